"""Robots: stand-in members that the application puts into a room (conference.md A.13, A.14, [R22])."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.eventlog import EventLog
from tests.house import ROOMS, SEATS, Caller, Server
from tests.people import People
from tests.test_rooms import SIMPLE_OK, exact

ADD: Final = f"{ROOMS}/add_robot"
DELETE: Final = f"{ROOMS}/delete_robot"


def robot(account: str, room_id: str = "room-1") -> dict[str, str]:
    return {"RoomId": room_id, "Member_Account": account}


@pytest.fixture
def room(caller: Caller, log: EventLog) -> Caller:
    caller.import_accounts("robot-1", "robot-2", "robot-3", "robot-4", "user1")
    caller.create_room(IsSeatEnabled=True)
    log.new()
    return caller


def snapshot(account: str) -> dict[str, Any]:
    named = {"account": account, "nick": "", "face_url": "", "role": "Member", "name_card": "", "custom_info": ""}
    return {**named, "marks": [], "is_robot": True, "devices": 0, "is_muted": False, "attributes": {}}


def test_a_robot_is_a_member_like_others(room: Caller, log: EventLog) -> None:
    assert sorted(room.call(ADD, robot("robot-1"))) == SIMPLE_OK
    member = {"Member_Account": "robot-1", "NameCard": "", "Role": "Member", "Marks": [], "CustomInfo": ""}
    assert exact(room.members()) == exact({"robot-1": member})
    assert room.room()["MemberCount"] == 1
    (added,) = log.told("RobotAdded")
    assert exact(added.data) == exact({"members": [snapshot("robot-1")], "member_count": 1})


def test_a_robot_goes_with_all_it_had(room: Caller, log: EventLog) -> None:
    room.ok(ADD, robot("robot-1"))
    room.ok(ADD, robot("robot-2"))
    room.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 4, "Member_Account": "robot-1"})
    log.new()
    assert sorted(room.call(DELETE, robot("robot-1"))) == SIMPLE_OK
    assert list(room.members()) == ["robot-2"]
    assert room.room()["MemberCount"] == 1
    assert set(room.seats()) == {""}
    seats, removed = log.told("SeatsChanged", "RobotRemoved")
    assert seats.data["left"] == ["robot-1"]
    assert exact(removed.data) == exact({"members": [snapshot("robot-1")], "member_count": 1})


def test_adding_twice_succeeds_without_effect(room: Caller, log: EventLog) -> None:
    room.ok(ADD, robot("robot-1"))
    log.new()
    room.ok(ADD, robot("robot-1"))
    assert room.room()["MemberCount"] == 1
    log.silent()


def test_a_fourth_robot_is_100700(room: Caller, log: EventLog) -> None:
    for number in (1, 2, 3):
        room.ok(ADD, robot(f"robot-{number}"))
    log.new()
    assert "robots" in room.refused(100700, ADD, robot("robot-4"))
    log.silent()
    room.ok(ADD, robot("robot-3"))  # is there already
    room.ok(DELETE, robot("robot-2"))
    room.ok(ADD, robot("robot-4"))
    room.refused(100700, ADD, robot("robot-2"))
    room.create_room("room-2")
    room.ok(ADD, robot("robot-2", "room-2"))  # every room has its own


@pytest.mark.parametrize("how", ["kick_user_out", "ban_room_member"])
def test_a_robot_that_is_put_out_gives_its_place_back(room: Caller, how: str) -> None:
    for number in (1, 2, 3):
        room.ok(ADD, robot(f"robot-{number}"))
    targets = {"MemberList_Account": ["robot-1", "robot-2"], "Reason": "", "Duration": 60}
    room.ok(f"{ROOMS}/{how}", {"RoomId": "room-1", **targets})
    assert list(room.members()) == ["robot-3"]
    room.ok(ADD, robot("robot-4"))
    assert room.room()["MemberCount"] == 2


def test_an_account_that_is_not_imported_is_100002_before_anything_else(room: Caller, log: EventLog) -> None:
    for number in (1, 2, 3):
        room.ok(ADD, robot(f"robot-{number}"))
    log.new()
    assert "stranger" in room.refused(100002, ADD, robot("stranger"))
    room.refused(100004, ADD, robot("stranger", "no-room"))  # the room comes before the accounts
    log.silent()


def test_an_administrator_counts_as_imported(room: Caller) -> None:
    room.create_room("room-2", Owner_Account="user1")
    room.ok(ADD, robot("administrator", "room-2"))
    assert list(room.members("room-2")) == ["administrator"]


def test_a_person_who_is_inside_is_no_robot(room: Caller, people: People, log: EventLog) -> None:
    people.enter("user1")
    for number in (1, 2, 3):
        room.ok(ADD, robot(f"robot-{number}"))
    log.new()
    assert "user1" in room.refused(100005, ADD, robot("user1"))  # before 100700
    assert "user1" in room.refused(100005, DELETE, robot("user1"))
    log.silent()
    people["user1"].call("exitRoom")
    room.ok(DELETE, robot("robot-1"))
    room.ok(ADD, robot("user1"))


@pytest.mark.parametrize("account", ["robot-1", "user1", "stranger"])
def test_taking_out_what_is_no_robot_is_100005(room: Caller, log: EventLog, account: str) -> None:
    assert account in room.refused(100005, DELETE, robot(account))
    log.silent()


def test_a_full_room_is_100008(room: Caller, log: EventLog) -> None:
    room.create_room("small", MaxMemberCount=1)
    room.ok(ADD, robot("robot-1", "small"))
    log.new()
    assert "full" in room.refused(100008, ADD, robot("robot-2", "small"))
    room.ok(ADD, robot("robot-1", "small"))
    log.silent()


def test_a_robot_takes_the_place_of_a_person(room: Caller, people: People) -> None:
    room.create_room("small", MaxMemberCount=1)
    room.ok(ADD, robot("robot-1", "small"))
    with pytest.raises(Exception, match="100008"):
        people.enter("user1", room_id="small")
    room.ok(DELETE, robot("robot-1", "small"))
    people.enter("user1", room_id="small")


def test_the_number_of_robots_is_a_setting(new_server: Callable[..., Server]) -> None:
    most = 5
    with new_server(toml=f"max_robot_count = {most}\nrates = {{default = 0}}") as server:
        caller = Caller(server.url)
        crowd = [f"robot-{number}" for number in range(most + 1)]
        caller.import_accounts(*crowd)
        caller.create_room()
        for account in crowd[:most]:
            caller.ok(ADD, robot(account))
        caller.refused(100700, ADD, robot(crowd[most]))


def test_a_robot_may_be_given_a_role_and_the_room(room: Caller) -> None:
    room.ok(ADD, robot("robot-1"))
    changed = {"Member_Account": "robot-1", "Role": "Admin"}
    room.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": changed})
    assert room.members()["robot-1"]["Role"] == "Admin"
    handed = {"RoomId": "room-1", "From_Account": "administrator", "NewOwner_Account": "robot-1"}
    room.ok(f"{ROOMS}/change_room_owner", handed)
    assert room.members()["robot-1"]["Role"] == "Owner"
