"""Members enter and leave: who may, with what, and what becomes of what they had."""

from typing import Any

import pytest

from tests.house import ROOMS, SEATS, Caller
from tests.member import Join
from tests.told import user

BAN = f"{ROOMS}/ban_room_member"
KICK_OUT = f"{ROOMS}/kick_user_out"
UPDATE_MEMBER = f"{ROOMS}/update_room_member_info"


def users(snapshot: dict[str, Any]) -> list[str]:
    return [each["userId"] for each in snapshot["members"]["list"]]


def test_the_snapshot_tells_the_room_as_it_stands(caller: Caller, member: Join) -> None:
    caller.ok("im_open_login_svc/account_import", {"UserID": "bob", "Nick": "Bob", "FaceUrl": "https://x/b.png"})
    caller.create_room(
        RoomName="weekly",
        MaxMemberCount=9,
        IsSeatEnabled=True,
        MaxSeatCount=2,
        TakeSeatMode="ApplyToTake",
        IsVideoDisabled=True,
        IsMessageDisabled=True,
        CustomInfo="anything",
        IsPasswordEnabled=True,
        Password="secret-1",
    )
    bob = member("bob")
    bob.enter(password="secret-1")
    caller.ok(
        UPDATE_MEMBER,
        {
            "RoomId": "room-1",
            "MemberInfo": {"Member_Account": "bob", "NameCard": "B.", "Role": "Admin", "CustomInfo": "x"},
        },
    )
    mark = {"Member_Account": "bob", "Marks": [1001, 1000]}
    caller.ok(f"{ROOMS}/mark_room_member", {"RoomId": "room-1", "CommandType": 1, "MemberList": [mark]})
    bob.call("takeSeat")
    caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 1, "ForbidTaken": True})
    snapshot = member("ann").enter(password="secret-1")
    info = caller.room()
    assert snapshot["roomInfo"] == {
        "roomId": "room-1",
        "roomName": "weekly",
        "roomType": 1,
        "isSeatEnabled": True,
        "seatMode": 2,
        "isMicrophoneDisableForAllUser": False,
        "isCameraDisableForAllUser": True,
        "isScreenShareDisableForAllUser": False,
        "isMessageDisableForAllUser": True,
        "isCloudRecordingDisabled": False,
        "maxSeatCount": 2,
        "ownerId": "administrator",
        "ownerName": "",
        "ownerAvatarUrl": "",
        "createTime": info["CreateTime"],
        "roomMemberCount": 2,
        "maxMemberCount": 9,
        "isPasswordEnabled": True,
        "customInfo": "anything",
        "scheduleStartTime": info["ScheduleStartTime"],
        "scheduleEndTime": info["ScheduleEndTime"],
        "status": 2,
        "keepOwnerOnSeat": False,
        "reminderSecondsBeforeStart": 0,
    }
    assert snapshot["role"] == 2
    assert snapshot["members"]["next"] == ""
    profile = {"userName": "Bob", "nameCard": "B.", "avatarUrl": "https://x/b.png"}
    assert snapshot["members"]["list"][0] == user("bob", **profile, userRole=1, customInfo="x", marks=[1000, 1001])
    assert users(snapshot) == ["bob", "ann"]
    free = {"isVideoLocked": False, "isAudioLocked": False}
    nobody = {"userId": "", "userName": "", "nameCard": "", "avatarUrl": ""}
    taken = {"userId": "bob", "userName": "Bob", "nameCard": "B.", "avatarUrl": "https://x/b.png"}
    assert snapshot["seats"] == [
        {"index": 0, "isLocked": False, **free, **taken},
        {"index": 1, "isLocked": True, **free, **nobody},
    ]
    assert "secret-1" not in str(snapshot)


def test_the_snapshot_holds_the_first_fifty_members(caller: Caller, member: Join) -> None:
    caller.create_room()
    crowd = [f"user{n:02}" for n in range(51)]
    for account in crowd[:50]:
        snapshot = member(account).enter()
    assert snapshot["members"]["next"] == ""
    snapshot = member(crowd[50]).enter()
    assert users(snapshot) == crowd[:50]
    assert snapshot["roomInfo"]["roomMemberCount"] == 51
    # The cursor is that of the same list over REST.
    page = {"RoomId": "room-1", "Next": snapshot["members"]["next"]}
    rest = caller.ok(f"{ROOMS}/get_room_member_list", page)["MemberList"]
    assert [entry["Member_Account"] for entry in rest] == crowd[50:]


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, -1001),
        ({"roomId": None}, -1001),
        ({"roomId": ""}, -1001),
        ({"roomId": "x" * 49}, -1001),
        ({"roomId": "é"}, -1001),
        ({"roomId": 7}, -1001),
        ({"roomId": "nowhere"}, 100004),
        ({"roomId": "room-1", "password": 5}, -1001),
        ({"roomId": "room-1", "password": "x" * 1001}, -1001),
        ({"roomId": "room-1"}, 100018),
        ({"roomId": "room-1", "password": ""}, 100018),
        ({"roomId": "room-1", "password": None}, 100018),
        ({"roomId": "room-1", "password": "secret-2"}, 100019),
        ({"roomId": "room-1", "password": "ü" * 100}, 100019),
    ],
)
def test_an_entry_is_refused(caller: Caller, member: Join, params: dict[str, Any], code: int) -> None:
    caller.create_room(IsPasswordEnabled=True, Password="secret-1")
    ann = member("ann")
    assert "secret-1" not in ann.refused(code, "enterRoom", **params)
    ann.refused(-2101, "exitRoom")
    assert caller.members() == {}


def test_the_owner_needs_no_password(caller: Caller, member: Join) -> None:
    caller.import_accounts("ann")
    caller.create_room(Owner_Account="ann", IsPasswordEnabled=True, Password="secret-1")
    assert member("ann").enter()["role"] == 0


def test_whoever_is_inside_needs_no_password_again(caller: Caller, member: Join) -> None:
    caller.create_room()
    ann = member("ann")
    ann.enter()
    change = {"RoomId": "room-1", "IsPasswordEnabled": True, "Password": "secret-1"}
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": change})
    ann.enter()
    member("ann").enter()


def test_a_full_room_takes_nobody_in(caller: Caller, member: Join) -> None:
    caller.create_room(MaxMemberCount=1)
    ann, bob = member("ann"), member("bob")
    ann.enter()
    assert "full" in bob.refused(100008, "enterRoom", roomId="room-1")
    ann.enter()
    ann.call("exitRoom")
    bob.enter()


def test_a_ban_holds_on_every_device_until_it_is_lifted(caller: Caller, member: Join) -> None:
    caller.create_room()
    ann = member("ann", deviceId="phone")
    ann.enter()
    caller.ok(BAN, {"RoomId": "room-1", "MemberList_Account": ["ann"], "Duration": 1000, "Reason": "noise"})
    for device in (ann, member("ann", deviceId="laptop")):
        device.refused(100016, "enterRoom", roomId="room-1")
    caller.ok(f"{ROOMS}/unban_room_member", {"RoomId": "room-1", "MemberList_Account": ["ann"]})
    ann.enter()


def test_a_ban_ends_by_the_clock(clocked: Caller, member: Join) -> None:
    clocked.create_room()
    clocked.ok(BAN, {"RoomId": "room-1", "MemberList_Account": ["ann"], "Duration": 20, "Reason": ""})
    ann = member("ann", of=clocked)
    ann.refused(100016, "enterRoom", roomId="room-1")
    clocked.advance(20)
    ann.enter()


def test_a_robot_of_that_name_keeps_the_account_out(caller: Caller, member: Join) -> None:
    caller.create_room()
    caller.import_accounts("ann")
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "ann"})
    member("ann").refused(100006, "enterRoom", roomId="room-1")


def test_the_first_entry_starts_a_booked_room(caller: Caller, member: Join) -> None:
    ann = member("ann")
    now = ann.call("ping")["serverTime"] // 1000
    caller.create_room(ScheduleStartTime=now + 1000, ScheduleEndTime=now + 2000)
    assert caller.room()["RoomStatus"] == "NotStarted"
    assert ann.enter()["roomInfo"]["status"] == 2
    assert caller.room()["RoomStatus"] == "Running"


def test_entering_again_keeps_role_and_seat(caller: Caller, member: Join) -> None:
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    ann, bob = member("ann"), member("bob")
    ann.enter()
    bob.enter()
    ann.call("takeSeat", seatIndex=1)
    info = {"Member_Account": "ann", "Role": "Admin"}
    caller.ok(UPDATE_MEMBER, {"RoomId": "room-1", "MemberInfo": info})
    bob.told()
    before = ann.call("getRoomSnapshot")
    assert ann.enter() == before
    assert (before["role"], before["seats"][1]["userId"]) == (1, "ann")
    assert bob.names_told() == []


def test_snapshots_are_for_members(caller: Caller, member: Join) -> None:
    caller.create_room()
    caller.create_room("room-2")
    ann, bob = member("ann"), member("bob")
    ann.enter()
    assert ann.call("getRoomSnapshot", roomId="room-1") == ann.call("getRoomSnapshot")
    ann.refused(100005, "getRoomSnapshot", roomId="room-2")
    bob.refused(100005, "getRoomSnapshot", roomId="room-1")
    bob.refused(100004, "getRoomSnapshot", roomId="room-3")
    bob.refused(-1001, "getRoomSnapshot", roomId="x" * 49)
    assert users(member("ann").call("getRoomSnapshot", roomId="room-1")) == ["ann"]
