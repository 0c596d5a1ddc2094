"""What was acknowledged is there: after ``kill -9`` under load, in a backup made meanwhile, behind a held lock."""

import shutil
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from random import Random
from typing import Any

import pytest

from tests import database, invariants
from tests.crowd import SETTINGS, Crowd
from tests.house import ROOMS, Caller, Server
from tests.member import until

ROUNDS = 6
BACKENDS = 5
NewServer = Callable[..., Server]


def crash_copy(server: Server, into: Path) -> Path:
    """Copy what a killed server left on the disk, so that looking at it changes nothing."""
    into.mkdir()
    for file in server.data.glob("conclave.db*"):
        if not file.name.endswith("-shm"):
            shutil.copy(file, into)
    return into / "conclave.db"


def backup(server: Server, target: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "conclave", "backup", str(target), "--data", str(server.data)]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False, umask=0o022)


def test_kill_9_under_load_loses_nothing_and_leaves_nothing_half_done(new_server: NewServer, tmp_path: Path) -> None:
    rnd = Random(9)
    server = new_server(toml=SETTINGS).start()
    crowd = Crowd(server, BACKENDS)
    for round_ in range(ROUNDS):
        crowd.begin(seed=1000 * round_)
        until(lambda: sum(backend.acknowledged for backend in crowd.backends) > 50)
        time.sleep(rnd.uniform(0, 0.4))
        server.kill()
        crowd.end()
        if database.ENGINE == "sqlite":
            invariants.check(crash_copy(server, tmp_path / f"crash {round_}"), crowd.now)
        server.start()
        crowd.find()
        invariants.check(server.database, crowd.now)
    assert crowd.acknowledged > 50 * ROUNDS, "too little load to prove anything"


def test_kill_9_while_starting_leaves_a_folder_that_starts(new_server: NewServer) -> None:
    server = new_server(toml=SETTINGS)
    for delay in (0.1, 0.3, 0.4, 0.5, 0.6, 0.8):
        server.launch()
        time.sleep(delay)
        server.kill()
    with server:
        Caller(server.url).create_room()
        invariants.check(server.database)


@pytest.mark.sqlite
def test_backups_made_under_load_are_whole(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server(toml=SETTINGS).start()
    crowd = Crowd(server, 3)
    crowd.begin(seed=5)
    targets = [tmp_path / f"backup {n}.db" for n in range(3)]
    for target in targets:
        done = backup(server, target)
        assert done.returncode == 0, done.stderr
    crowd.end()
    for target in targets:
        assert stat.S_IMODE(target.stat().st_mode) == 0o600  # it holds the keys
        invariants.check(target, crowd.now)


@pytest.mark.sqlite
def test_a_backup_restores_to_what_it_saw(new_server: NewServer, tmp_path: Path) -> None:
    server = new_server()
    with server:
        Caller(server.url).create_room("before")
        assert backup(server, tmp_path / "backup.db").returncode == 0
        Caller(server.url).create_room("after")
    restored = new_server()
    restored.data.mkdir(mode=0o700)
    shutil.copy(tmp_path / "backup.db", restored.data / "conclave.db")
    with restored:
        caller = Caller(restored.url)
        assert caller.room("before")["RoomId"] == "before"
        caller.refused(100004, f"{ROOMS}/get_room_info", {"RoomId": "after"})
        caller.create_room("after")
        invariants.check(restored.database)


@pytest.mark.sqlite
@pytest.mark.parametrize("obstacle", ["file", "folder", "no folder"])
def test_a_backup_never_overwrites_and_says_why_it_failed(new_server: NewServer, tmp_path: Path, obstacle: str) -> None:
    target = tmp_path / "taken"
    if obstacle == "file":
        target.write_text("precious")
    elif obstacle == "folder":
        target.mkdir()
    else:
        target = tmp_path / "nowhere" / "backup.db"
    with new_server() as server:
        done = backup(server, target)
    assert done.returncode == 1
    assert str(target) in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert obstacle != "file" or target.read_text() == "precious"


def test_changes_behind_a_held_lock_are_refused_in_time_and_never_done_later(new_server: NewServer) -> None:
    server = new_server(queue=8, timeout=3).start()
    caller = Caller(server.url)
    caller.create_room("before")
    held = server.database.writers_held_up()
    held.__enter__()
    answers: list[tuple[float, dict[str, Any]]] = []

    def create(n: int) -> None:
        started = time.monotonic()
        wanted = {"RoomInfo": {"RoomId": f"room-{n}", "RoomType": "Conference"}}
        envelope = Caller(server.url).call(f"{ROOMS}/create_room", wanted)
        answers.append((time.monotonic() - started, envelope))

    threads = [threading.Thread(target=create, args=(n,)) for n in range(60)]
    for thread in threads:
        thread.start()
    assert caller.room("before")["RoomId"] == "before"  # reading goes on
    for thread in threads:
        thread.join()
    held.__exit__(None, None, None)
    codes = [envelope["ErrorCode"] for _, envelope in answers]
    assert set(codes) == {60008, 60018}
    assert max(seconds for seconds, _ in answers) < 15
    room = {"RoomInfo": {"RoomId": "after", "RoomType": "Conference"}}
    while caller.call(f"{ROOMS}/create_room", room)["ErrorCode"] == 60018:
        pass  # those who were told are still in the queue; whatever waited came before this one
    for n in range(20):
        caller.refused(100004, f"{ROOMS}/get_room_info", {"RoomId": f"room-{n}"})
    invariants.check(server.database)


def test_changes_wait_for_a_lock_that_is_held_for_a_moment(new_server: NewServer) -> None:
    server = new_server().start()
    held = server.database.writers_held_up()
    held.__enter__()
    created: list[float] = []

    def create() -> None:
        Caller(server.url).create_room("patient")
        created.append(time.monotonic())

    thread = threading.Thread(target=create)
    thread.start()
    thread.join(0.5)
    assert not created
    held.__exit__(None, None, None)
    thread.join()
    assert created
