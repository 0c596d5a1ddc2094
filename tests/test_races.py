"""Calls at the same time: of those that want the same thing, exactly as many get it as there is of it."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from tests.eventlog import EventLog
from tests.house import ROOMS, SEATS, Caller

AT_ONCE = 8


def race(caller: Caller, command: str, bodies: list[dict[str, Any]]) -> Counter[int]:
    """Send all bodies at the same time; return how often each code came back."""
    with ThreadPoolExecutor(AT_ONCE) as threads:
        return Counter(threads.map(lambda body: int(caller.call(command, body)["ErrorCode"]), bodies))


def test_one_of_many_creates_the_room(caller: Caller, log: EventLog) -> None:
    bodies = [{"RoomInfo": {"RoomId": "room-1", "RoomType": "Conference"}}] * 24
    assert race(caller, f"{ROOMS}/create_room", bodies) == {0: 1, 100010: 23}
    log.told("RoomCreated")


def test_the_last_places_are_given_once(caller: Caller, log: EventLog) -> None:
    robots = [f"robot-{number}" for number in range(16)]
    caller.import_accounts(*robots)
    caller.create_room(MaxMemberCount=2)
    bodies = [{"RoomId": "room-1", "Member_Account": robot} for robot in robots]
    assert race(caller, f"{ROOMS}/add_robot", bodies) == {0: 2, 100008: 14}
    assert caller.room()["MemberCount"] == len(caller.members()) == 2
    assert [event.data["member_count"] for event in log.all()[1:]] == [1, 2]


def test_a_seat_is_given_once_and_everybody_sits_once(caller: Caller, log: EventLog) -> None:
    robots = [f"robot-{number}" for number in range(3)]
    caller.import_accounts(*robots)
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    for robot in robots:
        caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": robot})
    log.new()
    bodies = [{"RoomId": "room-1", "Index": index, "Member_Account": robot} for robot in robots for index in (0, 1)]
    answers = race(caller, f"{SEATS}/pick_user_on_seat", bodies)
    assert answers[0] == 2
    assert set(answers) <= {0, 100203, 100210}
    log.told("SeatsChanged", "SeatsChanged")
    assert len(set(caller.seats())) == 2


def test_one_of_many_ends_the_room_and_numbers_have_no_gap(caller: Caller, log: EventLog) -> None:
    caller.create_room()
    names = [{"RoomInfo": {"RoomId": "room-1", "RoomName": f"name {number}"}} for number in range(40)]
    assert race(caller, f"{ROOMS}/update_room_info", names) == {0: 40}
    assert race(caller, f"{ROOMS}/destroy_room", [{"RoomId": "room-1"}] * 16) == {0: 1, 100004: 15}
    events = log.all()
    assert [event.seq for event in events] == list(range(1, 43))
    assert [event.at for event in events] == sorted(event.at for event in events)
