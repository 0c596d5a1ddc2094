"""The callbacks of members and seats, key by key: who enters and leaves, and which seats change."""

from typing import Any

import httpx
import pytest

from tests import backend as to
from tests.backend import Backend, asked, whole
from tests.house import ROOMS, SEATS
from tests.member import Join
from tests.people import Enter, People


def seat(index: int, account: str = "", *, locked: bool = False, video: bool = False, audio: bool = False) -> Any:
    taken = {"Member_Account": account} if account else {}
    return {"Index": index, **taken, "IsTakenDisabled": locked, "IsVideoDisabled": video, "IsAudioDisabled": audio}


@pytest.mark.parametrize("platform", ["Web", "Android", "iOS", "Windows", "Mac", "iPad", "Unknown"])
def test_members_come_and_go_with_their_platform(backend: Backend, member: Join, platform: str) -> None:
    backend.listen()
    backend.caller.create_room()
    ann = member("ann", platform=platform, address="127.0.0.2")
    member("bob", platform="Web").enter()
    ann.enter()
    ann.enter()  # again, which is no entering
    ann.call("exitRoom")
    _, bob, entered, left = backend.told(to.CREATE, to.ENTER, to.ENTER, to.LEAVE)
    assert bob.body["MemberCount"] == 1
    for told in (entered, left):
        asked(told, backend.caller.sdkappid, "127.0.0.2", platform)
    common = {"Operator_Account": "ann", "RoomId": "room-1"}
    whole(entered, {**common, "MemberCount": 2, "Type": "Enter", "MemberList_Account": ["ann"]})
    whole(left, {**common, "MemberCount": 1, "Type": "Leave", "MemberList_Account": ["ann"], "Reason": ""})


def test_a_call_is_told_with_its_own_address(backend: Backend) -> None:
    backend.listen()
    backend.caller.http = httpx.Client(
        base_url=backend.server.url, transport=httpx.HTTPTransport(local_address="127.0.0.3")
    )
    backend.caller.create_room()
    (told,) = backend.told(to.CREATE)
    asked(told, backend.caller.sdkappid, "127.0.0.3")


def test_a_second_device_is_no_second_entry(backend: Backend, member: Join) -> None:
    backend.listen()
    backend.caller.create_room()
    member("ann", platform="Web").enter()
    member("ann", platform="iOS").enter()
    backend.rename("after")
    backend.told(to.CREATE, to.ENTER, to.UPDATE)


def test_kicks_of_several_are_one_callback_with_their_reason(backend: Backend, enter: Enter) -> None:
    backend.listen()
    backend.caller.create_room()
    enter("user1", "user2", "user3")
    backend.told(to.CREATE, to.ENTER, to.ENTER, to.ENTER)
    kick = {"RoomId": "room-1", "MemberList_Account": ["user3", "user1"], "Reason": "too loud \x1b[31m"}
    backend.caller.ok(f"{ROOMS}/kick_user_out", kick)
    (told,) = backend.told(to.LEAVE)
    asked(told, backend.caller.sdkappid)
    gone = sorted(told.body["MemberList_Account"])
    assert gone == ["user1", "user3"]
    whole(
        told,
        {
            "Operator_Account": "administrator",
            "RoomId": "room-1",
            "MemberCount": 1,
            "Type": "Kicked",
            "MemberList_Account": told.body["MemberList_Account"],
            "Reason": "too loud \x1b[31m",
        },
    )


def test_a_ban_tells_of_those_who_were_inside_alone(backend: Backend, enter: Enter) -> None:
    backend.listen()
    backend.caller.create_room()
    backend.caller.import_accounts("absent")
    enter("user1")
    backend.told(to.CREATE, to.ENTER)
    ban = {"RoomId": "room-1", "MemberList_Account": ["absent", "user1"], "Reason": "enough", "Duration": 60}
    backend.caller.ok(f"{ROOMS}/ban_room_member", ban)
    backend.rename("after")
    told, _ = backend.told(to.LEAVE, to.UPDATE)
    assert told.body["Type"] == "Kicked"
    assert told.body["MemberList_Account"] == ["user1"]
    assert told.body["Reason"] == "enough"
    assert told.body["MemberCount"] == 0


def test_an_owner_who_leaves_is_told_like_everybody(backend: Backend, enter: Enter, people: People) -> None:
    backend.listen()
    backend.caller.import_accounts("user1")
    backend.caller.create_room(Owner_Account="user1")
    enter("user1")
    people["user1"].call("exitRoom")
    told = backend.told(to.CREATE, to.ENTER, to.LEAVE)
    assert told[1].body["Operator_Account"] == "user1"  # the creator, when he actually enters
    assert told[2].body["Type"] == "Leave"
    assert told[2].body["MemberCount"] == 0


def test_robots_are_neither_entering_nor_leaving(backend: Backend) -> None:
    backend.listen()
    backend.caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    backend.caller.import_accounts("robot")
    robot = {"RoomId": "room-1", "Member_Account": "robot"}
    backend.caller.ok(f"{ROOMS}/add_robot", robot)
    backend.caller.ok(f"{SEATS}/pick_user_on_seat", {**robot, "Index": 1})
    backend.caller.ok(f"{ROOMS}/delete_robot", robot)
    _, picked, freed = backend.told(to.CREATE, to.SEATS_CHANGED, to.SEATS_CHANGED)
    assert picked.body["SeatList"] == [seat(1, "robot")]
    assert freed.body["SeatList"] == [seat(1)]


def test_seats_are_told_as_they_changed(backend: Backend, enter: Enter, people: People) -> None:
    backend.listen(to.SEATS_CHANGED)
    call = backend.caller.ok
    backend.caller.create_room(IsSeatEnabled=True, MaxSeatCount=4)
    enter("user1", "user2")
    call(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 1, "Member_Account": "user1"})
    people["user2"].call("takeSeat", seatIndex=2)
    call(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 3, "ForbidTaken": True})
    call(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 1, "ForbidVideo": True, "ForbidAudio": True})
    move = {"RoomId": "room-1", "SeatIndex": 2, "Member_Account": "user1", "Policy": 2}
    call(f"{SEATS}/move_user_to_seat", move)
    people["user1"].call("leaveSeat")
    call(f"{SEATS}/kick_user_off_seat", {"RoomId": "room-1", "Member_Account": "user2"})
    told = backend.told(*[to.SEATS_CHANGED] * 7)
    expected = [
        ("administrator", [seat(1, "user1")]),
        ("user2", [seat(2, "user2")]),
        ("administrator", [seat(3, locked=True)]),
        ("administrator", [seat(1, "user1", video=True, audio=True)]),
        ("administrator", None),
        ("user1", None),
        ("administrator", None),
    ]
    for each, (operator, seats) in zip(told, expected, strict=True):
        if seats is not None:
            whole(each, {"Operator_Account": operator, "RoomId": "room-1", "SeatList": seats})
    assert {each["Index"]: each.get("Member_Account") for each in told[4].body["SeatList"]} == {1: "user2", 2: "user1"}
    assert [each["Index"] for each in told[5].body["SeatList"]] == [2]
    assert [each["Index"] for each in told[6].body["SeatList"]] == [1]
    assert "Member_Account" not in told[6].body["SeatList"][0]  # [S3]
    asked(told[0], backend.caller.sdkappid)
    asked(told[1], backend.caller.sdkappid, "127.0.0.1", dict(told[1].parameters)["OptPlatform"])


def test_whoever_sits_and_is_kicked_is_told_with_his_seat(backend: Backend, enter: Enter) -> None:
    backend.listen()
    backend.caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    enter("user1")
    backend.caller.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 0, "Member_Account": "user1"})
    backend.told(to.CREATE, to.ENTER, to.SEATS_CHANGED)
    backend.caller.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["user1"], "Reason": ""})
    found = backend.got(5)[3:]
    assert sorted(each.command for each in found) == sorted([to.LEAVE, to.SEATS_CHANGED])
    of = {each.command: each.body for each in found}
    assert of[to.SEATS_CHANGED]["SeatList"] == [seat(0)]
    assert of[to.LEAVE]["Reason"] == ""
