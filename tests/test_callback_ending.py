"""Room.CallbackAfterRoomEnding: the scheduled end of a room is near; told once, to who lists it then."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.backend import CREATE, DESTROY, Backend
from tests.house import ROOMS, Caller, Server
from tests.member import until
from tests.receiver import Receiver

ENDING, STARTED = "Room.CallbackAfterRoomEnding", "Room.CallbackAfterRoomStarted"
CLOCK = "conclave/set_clock"


Listening = Callable[..., Backend]


@pytest.fixture
def listening(new_server: Callable[..., Server], receiver: Receiver) -> Listening:
    """Makes backends that listen, on servers of their own; what they do next counts at once [C10]."""

    def make(*commands: str) -> Backend:
        server = new_server()
        backend = Backend(server, Caller(server.url), receiver)
        server.configure("rates = {default = 0}\nend_notice = 600")
        server.start()
        backend.listen(*commands)
        return backend

    return make


def stop_clock(backend: Backend) -> int:
    """Freeze the clock at a whole second and return it."""
    now = backend.caller.ok(CLOCK, {"Freeze": True})["Time"]
    return int(backend.caller.ok(CLOCK, {"Advance": (-now % 1000) / 1000})["Time"]) // 1000


def book(backend: Backend, start: int, seconds: int, room_id: str = "room-1") -> None:
    backend.caller.create_room(room_id, ScheduleStartTime=start, ScheduleEndTime=start + seconds)


def ask(backend: Backend, query: str) -> list[tuple[Any, ...]]:
    return backend.server.database.query(query)


def notices(backend: Backend) -> list[tuple[int, ...]]:
    """The moments at which endings are still to be told."""
    return ask(backend, "SELECT notice_at FROM rooms ORDER BY room_key")


def kinds(backend: Backend) -> set[str]:
    """The kinds of what stands in the log."""
    return {kind for (kind,) in ask(backend, "SELECT DISTINCT kind FROM events")}


def test_the_end_is_told_once_and_in_time(listening: Listening) -> None:
    frozen = listening(ENDING, DESTROY)
    now = stop_clock(frozen)
    book(frozen, now, 3600)
    frozen.caller.advance(2999)
    assert notices(frozen) == [((now + 3000) * 1000,)]
    frozen.caller.advance(1)
    (told,) = frozen.told(ENDING)
    assert told.body["EventTime"] == (now + 3000) * 1000
    assert told.body["Operator_Account"] == "@TIM#SYSTEM"
    assert dict(told.parameters)["OptPlatform"] == "Unknown"
    room: dict[str, Any] = told.body["RoomInfo"]
    assert (room["RoomId"], room["ScheduleEndTime"], room["RoomStatus"]) == ("room-1", now + 3600, "Running")
    frozen.caller.advance(700)  # beyond the end: nobody is inside, but the room may stand empty for a while
    frozen.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    frozen.told(DESTROY)
    assert notices(frozen) == []


def test_it_comes_not_before_the_start(listening: Listening) -> None:
    frozen = listening(ENDING, STARTED)
    now = stop_clock(frozen)
    book(frozen, now + 1000, 300)
    frozen.caller.advance(999)
    assert notices(frozen) == [((now + 1000) * 1000,)]
    frozen.caller.advance(1)
    started, ending = frozen.told(STARTED, ENDING)
    assert started.body["EventTime"] == ending.body["EventTime"] == (now + 1000) * 1000


def test_nobody_who_did_not_list_it_is_told(listening: Listening) -> None:
    frozen = listening(CREATE, DESTROY)
    now = stop_clock(frozen)
    book(frozen, now, 3600)
    frozen.caller.advance(3500)
    until(lambda: notices(frozen) == [(0,)])
    frozen.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    frozen.told(CREATE, DESTROY)
    assert not kinds(frozen) & {"RoomEnding"}


@pytest.mark.parametrize("listed", [True, False])
def test_what_is_listed_at_the_moment_decides_whenever_the_room_was_made(listening: Listening, listed: bool) -> None:
    frozen = listening(*([DESTROY] if listed else [ENDING, DESTROY]))
    now = stop_clock(frozen)
    book(frozen, now, 3600)
    frozen.caller.advance(2999)
    frozen.listen(*([ENDING, DESTROY] if listed else [DESTROY]), command="update_callback")
    frozen.caller.advance(1)  # at once: what was answered is in force
    until(lambda: notices(frozen) == [(0,)])
    frozen.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    frozen.told(*([ENDING] if listed else []), DESTROY)


@pytest.mark.parametrize(("away", "expected"), [(3300, [ENDING]), (3700, [])])
def test_a_server_that_slept_tells_it_late_but_not_after_the_end(
    listening: Listening, away: int, expected: list[str]
) -> None:
    """The server is down while the moment passes; time is moved by moving the moments."""
    frozen = listening(ENDING, DESTROY)
    now = stop_clock(frozen)
    book(frozen, now, 3600)
    frozen.server.stop()
    change = "UPDATE rooms SET notice_at = notice_at - ?, schedule_end_s = schedule_end_s - ?"
    frozen.server.database.change(change, [(away * 1000, away)])
    frozen.server.start()
    frozen.caller.ok(f"{ROOMS}/get_room_info", {"RoomId": "room-1"})
    frozen.told(*expected)
    frozen.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    frozen.told(DESTROY)
