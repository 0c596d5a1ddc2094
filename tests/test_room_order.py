"""create_room and update_room_info refuse in the order of [G1]: of two faults the earlier one is told."""

import itertools
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.eventlog import EventLog
from tests.house import ROOMS, Caller, Server

CREATE: Final = f"{ROOMS}/create_room"
UPDATE: Final = f"{ROOMS}/update_room_info"
GROUPS: Final = "group_open_http_svc"
Fault = tuple[str, int, dict[str, Any]]

# Each fault is the code and what brings it about in a request that is otherwise good.
FIELD: Final[list[Fault]] = [
    ("a field of the wrong type", 100002, {"IsVideoDisabled": "yes"}),
    ("a name that is too long", 100002, {"RoomName": "n" * 101}),
    ("a schedule that is too short", 100002, {"ScheduleStartTime": 1000, "ScheduleEndTime": 1299}),
    ("no password", 100002, {"IsPasswordEnabled": True}),
    ("an unknown seat mode", 100002, {"IsSeatEnabled": True, "TakeSeatMode": "Random"}),
]
LATER: Final[list[Fault]] = [
    ("another room type", 100015, {"RoomType": "Live"}),
    ("too many members", 100013, {"MaxMemberCount": 301}),
    ("an id in use", 100003, {"RoomId": "taken"}),
    ("an owner who is not imported", 100002, {"Owner_Account": "stranger"}),
]
LADDER: Final = [*(pair for fault in FIELD for pair in itertools.product([fault], LATER))]
LADDER_LATER: Final = list(itertools.combinations(LATER, 2))


def body(*faults: Fault) -> dict[str, Any]:
    info: dict[str, Any] = {"RoomId": "room-1", "RoomType": "Conference"}
    for _, _, values in faults:
        info |= values
    return {"RoomInfo": info}


@pytest.fixture(scope="module")
def shared(new_caller: Callable[[], Caller]) -> Caller:
    caller = new_caller()
    caller.import_accounts("user1")
    caller.create_room("taken", Owner_Account="user1")
    return caller


@pytest.mark.parametrize("fault", [*FIELD, *LATER], ids=lambda fault: fault[0])
def test_each_fault_alone_has_its_code(shared: Caller, fault: Fault) -> None:
    shared.refused(fault[1], CREATE, body(fault))


@pytest.mark.parametrize(("first", "second"), [*LADDER, *LADDER_LATER], ids=lambda fault: fault[0])
def test_of_two_faults_of_create_room_the_earlier_one_is_told(shared: Caller, first: Fault, second: Fault) -> None:
    shared.refused(first[1], CREATE, body(first, second))


def test_an_account_that_is_no_string_comes_before_everything(shared: Caller) -> None:
    strange: Fault = ("an owner who is no string", 60015, {"Owner_Account": 7})
    for fault in (*FIELD, *LATER[:3]):
        shared.refused(60015, CREATE, body(fault, strange))


def test_a_ceiling_comes_before_the_room(shared: Caller) -> None:
    shared.refused(100013, UPDATE, {"RoomInfo": {"RoomId": "no-room", "MaxMemberCount": 301}})
    shared.refused(100002, UPDATE, {"RoomInfo": {"RoomId": "no-room", "MaxMemberCount": 301, "CustomInfo": 1}})
    shared.refused(100002, UPDATE, {"RoomInfo": {"RoomId": "no-room", "MaxMemberCount": 301, "TakeSeatMode": "x"}})


def test_a_group_that_is_no_room_holds_its_id(caller: Caller, log: EventLog) -> None:
    caller.ok(f"{GROUPS}/create_group", {"Type": "Public", "Name": "talk", "GroupId": "talk"})
    assert "group" in caller.refused(100011, CREATE, body(("", 0, {"RoomId": "talk"})))
    caller.refused(100011, CREATE, body(("", 0, {"RoomId": "talk", "Owner_Account": "stranger"})))
    log.silent()
    caller.refused(100004, f"{ROOMS}/destroy_room", {"RoomId": "talk"})
    caller.refused(100004, f"{ROOMS}/get_room_info", {"RoomId": "talk"})
    caller.ok(f"{GROUPS}/destroy_group", {"GroupId": "talk"})
    caller.create_room("talk")


def test_an_id_that_looks_assigned_is_refused_unless_a_group_holds_it(caller: Caller) -> None:
    assert "@TGS#" in caller.refused(100002, CREATE, body(("", 0, {"RoomId": "@TGS#x"})))
    held = caller.ok(f"{GROUPS}/create_group", {"Type": "Public", "Name": "talk"})["GroupId"]
    assert held.startswith("@TGS#")
    caller.refused(100011, CREATE, body(("", 0, {"RoomId": held})))
    for near in ("@TGS", "@tgs#x", " @TGS#x", "x@TGS#"):
        caller.create_room(near)


def test_a_room_is_a_group_that_only_rooms_may_end(caller: Caller) -> None:
    caller.import_accounts("user1")
    caller.create_room("room-1", RoomName="sync", Owner_Account="user1")
    assert caller.ok(f"{GROUPS}/get_appid_group_list")["GroupIdList"] == [{"GroupId": "room-1"}]
    (group,) = caller.ok(f"{GROUPS}/get_group_info", {"GroupIdList": ["room-1"]})["GroupInfo"]
    assert (group["Type"], group["Name"], group["Owner_Account"]) == ("ChatRoom", "sync", "user1")
    caller.refused(10007, f"{GROUPS}/destroy_group", {"GroupId": "room-1"})
    caller.ok(UPDATE, {"RoomInfo": {"RoomId": "room-1", "RoomName": "renamed"}})
    (group,) = caller.ok(f"{GROUPS}/get_group_info", {"GroupIdList": ["room-1"]})["GroupInfo"]
    assert group["Name"] == "renamed"
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    assert caller.ok(f"{GROUPS}/get_appid_group_list")["GroupIdList"] == []


def test_the_ceiling_of_rooms_is_101011_and_comes_last(new_server: Callable[..., Server]) -> None:
    with new_server(toml="max_rooms = 2\nrates = {default = 0}") as server:
        caller = Caller(server.url)
        caller.create_room("one")
        caller.create_room("two")
        assert "ceiling" in caller.refused(101011, CREATE, body())
        for code, values in (
            (100010, {"RoomId": "one"}),
            (100002, {"Owner_Account": "stranger"}),
            (100013, {"MaxMemberCount": 301}),
        ):
            caller.refused(code, CREATE, body(("", code, values)))
        caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "one"})
        caller.create_room("three")  # what was refused counts for nothing
        caller.refused(101011, CREATE, body())


def test_where_an_application_has_no_seats_asking_for_them_is_100002(new_server: Callable[..., Server]) -> None:
    with new_server(toml="max_seat_count = 0\nmax_member_count = 5") as server:
        caller = Caller(server.url)
        assert "not support seat" in caller.refused(100002, CREATE, body(("", 0, {"IsSeatEnabled": True})))
        caller.create_room(IsSeatEnabled=False, MaxSeatCount=3)
        assert (caller.room()["MaxSeatCount"], caller.room()["MaxMemberCount"]) == (0, 5)
        caller.refused(100013, UPDATE, {"RoomInfo": {"RoomId": "room-1", "MaxMemberCount": 6}})
