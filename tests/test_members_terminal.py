"""``conclave member``: a room in the terminal."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from conclave.cli import happenings
from conclave.cli.member import LEAVE_S
from conclave.realtime import declared
from conclave.realtime.registry import EVENTS
from tests.house import ROOMS, SEATS, Caller, Server
from tests.member import Join
from tests.proxy import Proxy
from tests.terminal import Terminal

declared.load()
Watch = Callable[..., subprocess.Popen[str]]
STOPPED_S = 10.0  # of which a server that does not answer gets three; the rest is for a busy machine


@pytest.fixture
def watch(house: Server, caller: Caller) -> Iterator[Watch]:
    """Starts ``conclave member``; whatever still runs is gone after the test."""
    started: list[subprocess.Popen[str]] = []

    def start(*arguments: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "conclave", "member", *arguments]
        command += ["--config", str(house.config), "--sdkappid", str(caller.sdkappid)]
        started.append(subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True))
        return started[-1]

    yield start
    for process in started:
        process.kill()
        process.communicate()


def lines_until(process: subprocess.Popen[str], last: str) -> list[str]:
    """Read lines up to the one that contains ``last``."""
    assert process.stdout is not None
    lines = []
    for line in process.stdout:
        lines.append(line.rstrip("\n"))
        if last in line:
            return lines
    raise AssertionError((lines, process.communicate()))


def test_a_room_in_the_terminal(caller: Caller, watch: Watch, member: Join) -> None:
    caller.create_room(RoomName="weekly", IsSeatEnabled=True, MaxSeatCount=2)
    process = watch("room-1", "--as", "ann", "--take-seat", "0")
    assert lines_until(process, "sat down") == [
        "#2 entered 'weekly' (room-1) as a general user",
        "1 inside: ann",
        "seats: - -",
        "#3 ann sat down on seat 0; seats: ann -",
    ]
    bob = member("bob")
    bob.enter()
    bob.call("takeSeat", seatIndex=1)
    caller.ok(f"{SEATS}/kick_user_off_seat", {"RoomId": "room-1", "Member_Account": "ann", "Data": ""})
    caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 0, "ForbidTaken": True})
    change = {"RoomName": "retro", "IsAudioDisabled": True, "TakeSeatMode": "ApplyToTake", "CustomInfo": "x"}
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", **change}})
    info = {"Member_Account": "bob", "Role": "Admin", "NameCard": "B."}
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})
    bob.call("exitRoom")
    assert lines_until(process, "1 inside") == [
        "#4 bob came in",
        "#4 2 inside",
        "#5 bob sat down on seat 1; seats: ann bob",
        "#6 ann got up from seat 0; seats: - bob",
        "#6 taken off seat 0 by administrator",
        "#7 seats changed; seats: locked bob",
        "#8 the room is called 'retro' now, by administrator",
        "#8 seats are by application now, by administrator",
        "#8 microphones barred for all by administrator",
        "#8 the room changed: customInfo 'x'",
        "#9 B. (bob) changed",
        "#9 B. (bob) is an administrator now",
        "#10 B. (bob) got up from seat 1; seats: locked -",
        "#11 B. (bob) left",
        "#11 1 inside",
    ]
    process.send_signal(signal.SIGINT)
    assert process.communicate(timeout=15) == ("left the room\n", "")
    assert process.returncode == 0
    assert caller.members() == {}


def test_it_leaves_after_a_time(caller: Caller, watch: Watch) -> None:
    caller.create_room(IsPasswordEnabled=True, Password="secret-1")
    process = watch("room-1", "--as", "ann", "--password", "secret-1", "--for", "0.2")
    out, err = process.communicate(timeout=15)
    assert (out.splitlines()[-1], err, process.returncode) == ("left the room", "", 0)
    assert caller.members() == {}


def test_it_ends_when_the_room_does(caller: Caller, watch: Watch) -> None:
    caller.create_room()
    process = watch("room-1", "--as", "ann")
    lines_until(process, "no seats")
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    out, err = process.communicate(timeout=15)
    assert (out, err, process.returncode) == ("#3 the room was ended by administrator\n", "", 0)


def test_it_says_why_it_was_put_out(caller: Caller, watch: Watch) -> None:
    caller.create_room()
    process = watch("room-1", "--as", "ann")
    lines_until(process, "no seats")
    caller.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["ann"], "Reason": "late"})
    assert process.communicate(timeout=15) == ("#3 put out by the server (late)\n", "")


def test_it_comes_back_when_the_connection_breaks(house: Server, caller: Caller, watch: Watch) -> None:
    caller.create_room()
    with Proxy(house.port) as proxy:
        process = watch("room-1", "--as", "ann", "--url", proxy.url)
        lines_until(process, "no seats")
        proxy.cut()
        assert lines_until(process, "again") == ["the connection is lost; connecting again"]
        assert lines_until(process, "again") == ["connected again"]
        caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": "retro"}})
        assert lines_until(process, "called") == ["#3 the room is called 'retro' now, by administrator"]
        process.send_signal(signal.SIGINT)
        assert process.communicate(timeout=15) == ("left the room\n", "")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_at_once_while_the_server_is_away(
    house: Server, caller: Caller, watch: Watch, number: signal.Signals
) -> None:
    caller.create_room()
    with Proxy(house.port) as proxy:
        process = watch("room-1", "--as", "ann", "--url", proxy.url)
        lines_until(process, "no seats")
        proxy.take_down()
        lines_until(process, "connecting again")
        process.send_signal(number)
        out, err = process.communicate(timeout=STOPPED_S)
        assert (out.startswith("stopped while"), err, process.returncode) == (True, "", 0)


def test_it_waits_a_moment_for_a_server_that_does_not_answer(house: Server, caller: Caller, watch: Watch) -> None:
    caller.create_room()
    with Proxy(house.port) as proxy:
        process = watch("room-1", "--as", "ann", "--url", proxy.url)
        lines_until(process, "no seats")
        proxy.swallow()
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=STOPPED_S)
        assert "exitRoom was not answered" in err
        assert process.returncode == 1


def test_a_second_signal_ends_it_without_waiting(house: Server, caller: Caller, watch: Watch) -> None:
    caller.create_room()
    with Proxy(house.port) as proxy:
        process = watch("room-1", "--as", "ann", "--url", proxy.url)
        lines_until(process, "no seats")
        proxy.swallow()
        began = time.monotonic()
        process.send_signal(signal.SIGINT)
        while process.poll() is None:  # two that come at once may count as one
            process.send_signal(signal.SIGTERM)
            time.sleep(0.01)
        assert process.returncode == -signal.SIGTERM
        assert time.monotonic() - began < LEAVE_S


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (("nowhere", "--as", "ann"), 1, r"enterRoom was refused: .*nowhere.* \(100004\)"),
        (("room-1", "--as", "ann"), 1, r"enterRoom was refused: .* \(100018\)"),
        (("room-1", "--as", "x" * 33), 1, r"login was refused: .* \(7002\)"),
        (("room-1", "--as", "ann", "--password", "secret-1", "--take-seat", "0"), 1, r"takeSeat .* \(100211\)"),
        (("room-1", "--as", "ann", "--url", "http://127.0.0.1:1"), 1, r"127\.0\.0\.1:1/v1/members does not answer"),
        (("room-1",), 2, r"Missing option '--as'"),
    ],
)
def test_what_goes_wrong_is_one_sentence(
    caller: Caller, watch: Watch, arguments: tuple[str, ...], status: int, sentence: str
) -> None:
    caller.create_room(IsPasswordEnabled=True, Password="secret-1")
    process = watch(*arguments)
    _, err = process.communicate(timeout=15)
    assert process.returncode == status
    assert re.search(sentence, err)
    assert "Traceback" not in err


def test_it_finds_the_server_and_the_authority_of_a_data_folder(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    with terminal.serve():
        room = {"RoomId": "room-1", "RoomType": "Conference"}
        terminal.call(f"{ROOMS}/create_room", {"RoomInfo": room})
        lines = terminal.ok("member", "room-1", "--as", "ann", "--for", "0").splitlines()
        assert lines[-1] == "left the room"
    assert "does not answer" in terminal.refused(1, "member", "room-1", "--as", "ann")


def test_there_is_a_line_for_every_event() -> None:
    assert happenings.LINES.keys() == EVENTS.keys()


def test_what_people_write_does_not_steer_the_terminal(caller: Caller, watch: Watch, member: Join) -> None:
    caller.create_room()
    hidden = "eve\u200f"
    caller.import_accounts(hidden)
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": hidden})
    process = watch("room-1", "--as", "ann")
    assert r"eve\u200f" in lines_until(process, "2 inside")[-1]
    bob = member("bob")
    bob.enter()
    bob.call("sendTextMessage", textContent="clear\r\n\u202etxt.exe")
    assert lines_until(process, "clear")[-1].endswith(r"bob: clear\r\n\u202etxt.exe")
    kick = {"RoomId": "room-1", "MemberList_Account": ["ann"], "Reason": "clear\x1b[2J\x9b31m"}
    caller.ok(f"{ROOMS}/kick_user_out", kick)
    assert r"clear\x1b[2J\x9b31m" in process.communicate(timeout=15)[0]
