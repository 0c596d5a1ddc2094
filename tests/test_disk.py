"""A disk that is full, or that cannot be written: a clear error, reading goes on, nothing is corrupt, and it heals."""

import os
import resource
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests import database, invariants, requirements
from tests.crowd import SETTINGS, Crowd, database_of
from tests.house import ROOMS, Caller, Server
from tests.member import until

pytestmark = pytest.mark.sqlite

NewServer = Callable[..., Server]
CREATE = f"{ROOMS}/create_room"


def creation(room_id: str, **info: object) -> dict[str, object]:
    return {"RoomInfo": {"RoomId": room_id, "RoomType": "Conference", **info}}


def forbid_writing(server: Server, forbidden: bool) -> None:
    """Let every write to a file fail, or succeed again, in the running server: its log's, too."""
    assert server.process is not None
    _, hard = resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (0 if forbidden else hard, hard))


def until_it_heals(caller: Caller, room_id: str) -> float:
    """Create a room, trying again for a while; return how long it took."""
    started = time.monotonic()
    while (answer := caller.call(CREATE, creation(room_id)))["ErrorCode"] != 0:
        assert answer["ErrorCode"] == 100001, answer
        assert time.monotonic() - started < 10, answer
    return time.monotonic() - started


def expect_refusals_and_reads(caller: Caller) -> None:
    """Nothing can be written: changes are refused with a sentence, reads are as ever, and nothing is half done."""
    for n in range(20):
        sentence = caller.refused(100001, CREATE, creation(f"lost-{n}"))
        assert "Traceback" not in sentence
        assert "nothing was changed" in sentence
        caller.refused(100001, f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "before", "RoomName": "other"}})
        # Even a refusal may rest on what could not be written.
        assert caller.call(f"{ROOMS}/destroy_room", {"RoomId": "nowhere"})["ErrorCode"] in (100001, 100004)
        assert caller.room("before")["RoomName"] == "before"
        assert list(caller.members("before")) == ["ann"]
        assert caller.seats("before") == ["ann", ""]
        caller.refused(100004, f"{ROOMS}/get_room_info", {"RoomId": f"lost-{n}"})


def prepare(caller: Caller) -> None:
    caller.import_accounts("ann")
    caller.create_room("before", IsSeatEnabled=True, MaxSeatCount=2)
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "before", "Member_Account": "ann"})
    caller.ok("room_engine_http_mic/pick_user_on_seat", {"RoomId": "before", "Member_Account": "ann", "Index": 0})


def test_a_server_that_cannot_write_says_so_reads_on_and_heals(new_server: NewServer) -> None:
    server = new_server().start()
    caller = Caller(server.url)
    prepare(caller)
    for round_ in range(3):
        forbid_writing(server, True)
        expect_refusals_and_reads(caller)
        assert caller.http.get("/healthz").status_code == 200
        forbid_writing(server, False)
        assert until_it_heals(caller, f"after-{round_}") < 5
    assert "conclave_lost_transactions" in caller.http.get("/metrics").text
    invariants.check(server.database)
    server.kill()
    invariants.check(server.database)
    with server:
        assert caller.room("after-2")["RoomId"] == "after-2"
        caller.refused(100004, f"{ROOMS}/get_room_info", {"RoomId": "lost-0"})


def test_a_server_killed_while_it_cannot_write_keeps_what_it_acknowledged(new_server: NewServer) -> None:
    server = new_server().start()
    caller = Caller(server.url)
    prepare(caller)
    forbid_writing(server, True)
    expect_refusals_and_reads(caller)
    server.kill()
    with server:
        assert caller.seats("before") == ["ann", ""]
        invariants.check(server.database)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of four megabytes."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = requirements.program("mount")
    if subprocess.run([mount, "-t", "tmpfs", "-o", "size=4m", "tmpfs", str(disk)], capture_output=True).returncode:
        requirements.missing("the right to mount a small disk")
    yield disk
    subprocess.run(["umount", "--lazy", str(disk)], check=True)


def fill(disk: Path) -> Path:
    """Leave no space; return the file that took it."""
    filler = disk / "filler"
    with filler.open("wb", buffering=0) as file:
        for size in (65_536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                continue
    assert shutil.disk_usage(disk).free == 0
    return filler


def test_a_full_disk_is_said_read_from_and_survived(new_server: NewServer, small_disk: Path) -> None:
    server = new_server(data=str(small_disk / "data"))
    server.data = small_disk / "data"
    server.database = database.at(server.data)
    with server:
        caller = Caller(server.url)
        prepare(caller)
        for round_ in range(3):
            filler = fill(small_disk)
            created = eat_what_is_left(caller, f"last-{round_}")
            expect_refusals_and_reads(caller)
            for room in created:
                assert caller.room(room)["CustomInfo"] == "x" * 500
            invariants.check(server.database)
            filler.unlink()
            assert until_it_heals(caller, f"after-{round_}") < 5
            for room in created:
                caller.ok(f"{ROOMS}/destroy_room", {"RoomId": room})
        invariants.check(server.database)
    with server:
        assert caller.room("after-2")["RoomId"] == "after-2"
        invariants.check(server.database)


def eat_what_is_left(caller: Caller, prefix: str) -> list[str]:
    """Create rooms in what the log still holds of space, until one is refused; return those that were not."""
    created: list[str] = []
    while len(created) < 5000:
        room = f"{prefix}-{len(created)}"
        answer = caller.call(CREATE, creation(room, CustomInfo="x" * 500))
        if answer["ErrorCode"]:
            assert answer["ErrorCode"] == 100001
            return created
        created.append(room)
    raise AssertionError("the disk never got full")


def test_a_disk_that_fills_up_under_load_loses_nothing_acknowledged(new_server: NewServer) -> None:
    server = new_server(toml=SETTINGS).start()
    crowd = Crowd(server, 3)
    crowd.begin(seed=3)
    time.sleep(0.3)
    forbid_writing(server, True)
    until(lambda: all(backend.lost for backend in crowd.backends))
    crowd.end(lost=True)
    forbid_writing(server, False)
    crowd.find()
    invariants.check(server.database, crowd.now)


def test_a_folder_without_space_is_refused_at_start(new_server: NewServer) -> None:
    server = new_server()
    prlimit = requirements.program("prlimit")
    assert server.launch(prlimit, "--fsize=0:").wait(20) == 1
    # The log is a file as well: it stays empty. Nothing that a later start would stumble over is left.
    with server:
        Caller(server.url).create_room()


def test_a_backup_without_space_is_refused_and_leaves_nothing(new_server: NewServer, tmp_path: Path) -> None:
    with new_server() as server:
        Caller(server.url).create_room()
        target = tmp_path / "backup.db"
        run = [requirements.program("prlimit"), "--fsize=8192:", sys.executable, "-m", "conclave"]
        done = subprocess.run(
            [*run, "backup", str(target), "--data", str(server.data)], capture_output=True, text=True, timeout=30
        )
        assert done.returncode == 1
        assert str(target) in done.stderr
        assert len(done.stderr.strip().splitlines()) == 1, done.stderr
        assert not target.exists()
        invariants.check(server.database)


def unprivileged() -> list[str]:
    """Return the command that makes permission bits count for root, too."""
    if os.geteuid() != 0:
        return []
    wrapper = [requirements.program("setpriv"), "--bounding-set=-dac_override,-dac_read_search"]
    if subprocess.run([*wrapper, "true"], capture_output=True).returncode:
        requirements.missing("the right to drop capabilities")
    return wrapper


@pytest.mark.parametrize("what", ["empty folder", "folder", "database", "parent"])
def test_what_cannot_be_written_is_refused_at_start_in_one_sentence(new_server: NewServer, what: str) -> None:
    wrapper = unprivileged()
    server = new_server()
    if what in ("folder", "database"):
        with server:
            Caller(server.url).create_room()
        server.start()
        server.stop()
    elif what == "empty folder":
        server.data.mkdir()
    closed = {"database": database_of(server), "parent": server.folder}.get(what, server.data)
    server.log.write_text("")
    mode = closed.stat().st_mode
    closed.chmod(mode & 0o555)
    try:
        assert server.launch(*wrapper).wait(20) == 1
    finally:
        closed.chmod(mode)
    told = server.log.read_text()
    assert "Traceback" not in told
    assert len(told.strip().splitlines()) == 1, told
    assert str(server.data) in told
    with server:  # and it starts as soon as it may write
        caller = Caller(server.url)
        if what in ("folder", "database"):
            assert caller.room()["RoomId"] == "room-1"
        invariants.check(server.database)


def test_a_folder_that_becomes_read_only_under_a_server_does_no_harm(new_server: NewServer) -> None:
    server = new_server().start(*unprivileged())
    caller = Caller(server.url)
    prepare(caller)
    files = [server.data, *server.data.glob("conclave.db*")]
    modes = [file.stat().st_mode for file in files]
    for file, mode in zip(files, modes, strict=True):
        file.chmod(mode & 0o555)
    caller.create_room("after")  # what is open stays open
    assert caller.seats("before") == ["ann", ""]
    for file, mode in zip(files, modes, strict=True):
        file.chmod(mode)
    assert server.stop() == 0
    invariants.check(server.database)
