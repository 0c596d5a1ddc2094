"""Seats over REST: list, pick, put off (conference.md B.1-B.3, [S1]-[S5])."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.eventlog import EventLog
from tests.house import ROOMS, SEATS, Caller, Server
from tests.people import Enter
from tests.seating import FIRST, LOCK, MOVE, OFF, PICK, SWITCH, lock, off, pick, room, seat, seated, seats, switch, told
from tests.test_rooms import SIMPLE_OK, exact

__all__ = ["room", "seated"]  # fixtures


# get_seat_list


def test_every_seat_is_listed_as_documented(seated: Caller) -> None:
    answer = seated.call(f"{SEATS}/get_seat_list", {"RoomId": "room-1"})
    assert sorted(answer) == sorted([*SIMPLE_OK, "Response"])
    assert exact(answer["Response"]) == exact({"SeatList": FIRST})


def test_a_room_without_seats_has_an_empty_list(caller: Caller) -> None:
    caller.create_room()
    assert exact(caller.ok(f"{SEATS}/get_seat_list", {"RoomId": "room-1"})) == exact({"SeatList": []})


# pick_user_on_seat


@pytest.mark.parametrize("index", [0, 3])
@pytest.mark.parametrize("mode", ["FreeToTake", "ApplyToTake"])
def test_a_member_is_placed_at_once_in_either_mode(room: Caller, log: EventLog, mode: str, index: int) -> None:
    room.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "TakeSeatMode": mode}})
    log.new()
    assert sorted(room.call(PICK, pick("user1", index))) == SIMPLE_OK
    assert seats(room)[index] == seat(index, "user1")
    expected = {"seats": [seat(index, "user1")], "seated": ["user1"], "left": [], "kicked": [], "data": ""}
    assert exact(told(log)) == exact(expected)


@pytest.mark.parametrize("index", [-1, 4, 20, -(2**63), 2**63 - 1])
@pytest.mark.parametrize("command", [PICK, LOCK, SWITCH, MOVE])
def test_an_index_outside_is_100252(seated: Caller, log: EventLog, command: str, index: int) -> None:
    body = {"Index": index, "ToIndex": index, "SeatIndex": index, "Member_Account": "user1", "Policy": 0}
    assert "0 to 3" in seated.refused(100252, command, {"RoomId": "room-1", **body})
    log.silent()


@pytest.mark.parametrize("command", [PICK, LOCK, SWITCH, MOVE])
def test_a_room_without_seats_is_100211_whatever_else(seated: Caller, command: str) -> None:
    seated.create_room("bare")
    body = {"Index": 99, "ToIndex": 99, "SeatIndex": 99, "Member_Account": "user4", "Policy": 0}
    seated.refused(100211, command, {"RoomId": "bare", **body})


# Each situation is one fault; S2 says which of two is told.
FAULTS: Final[list[tuple[int, dict[str, Any]]]] = [
    (100252, {"Index": 4}),
    (100005, {"Member_Account": "user4"}),
    (100203, {"Member_Account": "user1"}),
    (100200, {"Index": 3}),
    (100210, {"Index": 1}),
]


@pytest.mark.parametrize(("code", "fault"), FAULTS)
def test_picking_is_refused(seated: Caller, log: EventLog, code: int, fault: dict[str, Any]) -> None:
    seated.refused(code, PICK, {**pick("user3", 2), **fault})
    assert seats(seated) == FIRST
    log.silent()


@pytest.mark.parametrize(
    ("code", "account", "index"),
    [
        (100252, "user4", 4),
        (100252, "user1", 4),
        (100005, "user4", 3),
        (100005, "user4", 1),
        (100203, "user1", 3),
        (100203, "user1", 1),
        (100203, "user1", 0),
    ],
)
def test_of_two_reasons_the_earlier_one_is_told(seated: Caller, code: int, account: str, index: int) -> None:
    seated.refused(code, PICK, pick(account, index))


def test_the_words_of_a_taken_seat(seated: Caller) -> None:
    assert "already on" in seated.refused(100203, PICK, pick("user1", 2))
    assert "already on" in seated.refused(100210, PICK, pick("user3", 0))


def test_with_every_seat_taken_the_seat_asked_for_is_what_is_told(room: Caller, enter: Enter) -> None:
    room.create_room("duo", IsSeatEnabled=True, MaxSeatCount=2)
    enter("user1", "user2", "user3", room_id="duo")
    room.ok(PICK, pick("user1", 0, "duo"))
    room.ok(PICK, pick("user2", 1, "duo"))
    room.refused(100210, PICK, pick("user3", 0, "duo"))


def test_a_lowered_ceiling_leaves_people_seated_and_lets_nobody_sit_down_beyond_it(
    new_server: Callable[..., Server],
) -> None:
    server = new_server(toml="rates = {default = 0}")
    robots = ("robot-1", "robot-2", "robot-3")
    with server:
        caller = Caller(server.url)
        caller.import_accounts(*robots)
        caller.create_room(IsSeatEnabled=True, MaxSeatCount=4)
        for index, robot in enumerate(robots):
            caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": robot})
            if index < 2:
                caller.ok(PICK, pick(robot, index))
        assert server.stop() == 0
    server.config.write_text(server.config.read_text() + "max_seat_count = 2\n")
    with server:
        caller = Caller(server.url)
        assert caller.room()["MaxSeatCount"] == 4
        assert caller.seats() == ["robot-1", "robot-2", "", ""]
        assert "all seats" in caller.refused(100205, PICK, pick("robot-3", 2))
        caller.refused(100210, PICK, pick("robot-3", 1))  # S2: before 100205
        caller.ok(LOCK, lock(3, ForbidTaken=True))
        caller.refused(100200, PICK, pick("robot-3", 3))
        caller.ok(SWITCH, switch("robot-1", 2))  # who sits may still move
        caller.ok(OFF, off("robot-2"))
        caller.ok(PICK, pick("robot-3", 0))


# kick_user_off_seat


@pytest.mark.parametrize("data", ["time is up", "", "d" * 1000, "🦆" * 250, None])
def test_a_member_is_taken_off_the_seat_and_stays_inside(seated: Caller, log: EventLog, data: str | None) -> None:
    body = off("user1") if data is None else off("user1", Data=data)
    assert sorted(seated.call(OFF, body)) == SIMPLE_OK
    assert seats(seated) == [seat(0), *FIRST[1:]]
    assert "user1" in seated.members()
    expected = {"seats": [seat(0)], "seated": [], "left": ["user1"], "kicked": ["user1"], "data": data or ""}
    assert exact(told(log)) == exact(expected)


def test_flags_are_cleared_with_the_seat(seated: Caller) -> None:
    seated.ok(OFF, off("user1"))
    seated.ok(PICK, pick("user1", 0))
    assert seats(seated)[0] == seat(0, "user1")


@pytest.mark.parametrize(("account", "code"), [("user3", 100206), ("user4", 100005), ("stranger", 100005)])
def test_who_is_on_no_seat_cannot_be_taken_off(seated: Caller, log: EventLog, account: str, code: int) -> None:
    assert account in seated.refused(code, OFF, off(account))
    log.silent()


def test_in_a_room_without_seats_nobody_is_on_one(seated: Caller) -> None:
    seated.create_room("bare")
    seated.refused(100005, OFF, {"RoomId": "bare", "Member_Account": "user1"})


def test_people_sit_as_robots_do(room: Caller, enter: Enter, log: EventLog) -> None:
    enter("user4")
    log.new()
    room.ok(PICK, pick("user4", 2))
    assert exact(told(log)["seats"]) == exact([seat(2, "user4")])
    room.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["user4"], "Reason": ""})
    seats_told, _ = log.told("SeatsChanged", "MemberLeft")
    assert (seats_told.data["left"], seats_told.data["kicked"]) == (["user4"], [])
    assert seats(room) == [seat(index) for index in range(4)]
