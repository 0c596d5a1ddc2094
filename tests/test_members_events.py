"""What members are told of the room and of each other: every event, from REST and from members."""

import pytest

from tests.house import ROOMS, Caller
from tests.member import Frame, Join, Member
from tests.told import HANDED_ON, data, user

UPDATE = f"{ROOMS}/update_room_info"


def test_an_entry(room: Caller, ann: Member, member: Join) -> None:
    room.ok("im_open_login_svc/account_import", {"UserID": "bob", "Nick": "Bob", "FaceUrl": "https://x/b.png"})
    bob = member("bob")
    assert bob.enter()["seq"] == 3
    told = data(ann.expect("onRemoteUserEnterRoom", "onRoomUserCountChanged"), 3)
    assert told == [
        {"userInfo": user("bob", userName="Bob", avatarUrl="https://x/b.png")},
        {"userCount": 2},
    ]
    assert bob.names_told() == []


def test_a_leave(room: Caller, ann: Member, bob: Member) -> None:
    bob.call("exitRoom")
    told = data(ann.expect("onRemoteUserLeaveRoom", "onRoomUserCountChanged"), 4)
    assert told == [{"userInfo": user("bob"), "reason": "Leave"}, {"userCount": 1}]
    assert bob.names_told() == []


def test_a_kick_of_several(room: Caller, ann: Member, bob: Member, member: Join) -> None:
    eve = member("eve")
    eve.enter()
    ann.told()
    room.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["bob", "eve"], "Reason": "late"})
    told = data(ann.expect("onRemoteUserLeaveRoom", "onRemoteUserLeaveRoom", "onRoomUserCountChanged"), 5)
    assert told == [
        {"userInfo": user("bob"), "reason": "Kicked"},
        {"userInfo": user("eve"), "reason": "Kicked"},
        {"userCount": 1},
    ]
    assert data([bob.next_event("onKickedOutOfRoom")], 5) == [{"reason": 2, "message": "late"}]
    assert data([eve.next_event("onKickedOutOfRoom")], 5) == [{"reason": 2, "message": "late"}]
    assert bob.names_told() == eve.names_told() == []


def test_a_ban_puts_out_with_its_reason(room: Caller, ann: Member, bob: Member) -> None:
    ban = {"RoomId": "room-1", "MemberList_Account": ["bob", "stranger"], "Duration": 60, "Reason": "noise"}
    room.ok(f"{ROOMS}/ban_room_member", ban)
    assert data(ann.expect("onRemoteUserLeaveRoom", "onRoomUserCountChanged"), 5)[0]["reason"] == "Kicked"
    assert data(bob.expect("onKickedOutOfRoom")) == [{"reason": 2, "message": "noise"}]
    room.ok(f"{ROOMS}/unban_room_member", {"RoomId": "room-1", "MemberList_Account": ["bob"]})
    assert ann.names_told() == []


def test_robots(room: Caller, ann: Member) -> None:
    room.import_accounts("robot")
    room.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    told = data(ann.expect("onRemoteUserEnterRoom", "onRoomUserCountChanged"), 3)
    assert told == [{"userInfo": user("robot", isRobot=True)}, {"userCount": 2}]
    room.ok(f"{ROOMS}/delete_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    told = data(ann.expect("onRemoteUserLeaveRoom", "onRoomUserCountChanged"), 4)
    assert told == [{"userInfo": user("robot", isRobot=True), "reason": "Leave"}, {"userCount": 1}]


BY = {"operator": "administrator"}


@pytest.mark.parametrize(
    ("change", "name", "told"),
    [
        ({"RoomName": "retro"}, "onRoomNameChanged", {"roomName": "retro", **BY}),
        ({"TakeSeatMode": "ApplyToTake"}, "onRoomSeatModeChanged", {"seatMode": 2, **BY}),
        ({"IsAudioDisabled": True}, "onAllUserMicrophoneDisableChanged", {"isDisable": True, **BY}),
        ({"IsVideoDisabled": True}, "onAllUserCameraDisableChanged", {"isDisable": True, **BY}),
        ({"IsScreenSharingDisabled": True}, "onScreenShareForAllUserDisableChanged", {"isDisable": True, **BY}),
        ({"IsMessageDisabled": True}, "onSendMessageForAllUserDisableChanged", {"isDisable": True, **BY}),
        ({"MaxMemberCount": 7}, "onRoomInfoChanged", {"changed": {"maxMemberCount": 7}, **BY}),
        ({"CustomInfo": "x"}, "onRoomInfoChanged", {"changed": {"customInfo": "x"}, **BY}),
        (
            {"IsCloudRecordingDisabled": True},
            "onRoomInfoChanged",
            {"changed": {"isCloudRecordingDisabled": True}, **BY},
        ),
        (
            {"IsPasswordEnabled": True, "Password": "secret-1"},
            "onRoomInfoChanged",
            {"changed": {"isPasswordEnabled": True}, **BY},
        ),
    ],
)
def test_a_change_of_the_room(room: Caller, ann: Member, change: Frame, name: str, told: Frame) -> None:
    room.ok(UPDATE, {"RoomInfo": {"RoomId": "room-1", **change}})
    assert data(ann.expect(name), 3) == [told]
    room.ok(UPDATE, {"RoomInfo": {"RoomId": "room-1", **change}})
    assert ann.names_told() == []


def test_several_changes_share_a_number(room: Caller, ann: Member) -> None:
    changes = {"RoomName": "retro", "IsAudioDisabled": True, "CustomInfo": "x", "MaxMemberCount": 7}
    room.ok(UPDATE, {"RoomInfo": {"RoomId": "room-1", **changes}})
    names = ("onRoomNameChanged", "onAllUserMicrophoneDisableChanged", "onRoomInfoChanged")
    assert data(ann.expect(*names), 3)[2]["changed"] == {"customInfo": "x", "maxMemberCount": 7}


def test_a_new_password_is_nobodys_news(room: Caller, ann: Member) -> None:
    for password in ("secret-1", "secret-2"):
        room.ok(UPDATE, {"RoomInfo": {"RoomId": "room-1", "IsPasswordEnabled": True, "Password": password}})
    room.ok(UPDATE, {"RoomInfo": {"RoomId": "room-1", "RoomName": "retro"}})
    frames = ann.told()
    assert [(frame["event"], frame["seq"]) for frame in frames] == [
        ("onRoomInfoChanged", 3),
        ("onRoomNameChanged", 5),
    ]
    assert "secret" not in str(frames)


def test_a_new_owner(room: Caller, ann: Member, bob: Member) -> None:
    change = {"RoomId": "room-1", "From_Account": "administrator", "NewOwner_Account": "ann"}
    room.ok(f"{ROOMS}/change_room_owner", change)
    told = data(bob.expect(*HANDED_ON), 4)
    info = told[4]["conferenceInfo"]
    assert info["basicRoomInfo"]["ownerId"] == "ann"
    assert told == [
        {"userInfo": user("administrator"), "modifyFlag": 1, **BY},
        {"userId": "administrator", "userRole": 2, "userInfo": user("administrator")},
        {"userInfo": user("ann", userRole=0), "modifyFlag": 1, **BY},
        {"userId": "ann", "userRole": 0, "userInfo": user("ann", userRole=0)},
        {"conferenceInfo": info, "newOwner": user("ann", userRole=0), "oldOwner": user("administrator"), **BY},
    ]
    assert data(ann.expect(*HANDED_ON), 4) == told
    assert ann.call("getRoomSnapshot")["role"] == 0


@pytest.mark.parametrize(
    ("change", "known", "flag"),
    [
        ({"Role": "Admin"}, {"userRole": 1}, 1),
        ({"NameCard": "B."}, {"nameCard": "B."}, 2),
        ({"CustomInfo": "x"}, {"customInfo": "x"}, 0),
        (
            {"Role": "Admin", "NameCard": "B.", "CustomInfo": "x"},
            {"userRole": 1, "nameCard": "B.", "customInfo": "x"},
            3,
        ),
    ],
)
def test_a_change_of_a_member(room: Caller, ann: Member, bob: Member, change: Frame, known: Frame, flag: int) -> None:
    body = {"RoomId": "room-1", "MemberInfo": {"Member_Account": "bob", **change}}
    room.ok(f"{ROOMS}/update_room_member_info", body)
    expected: list[Frame] = [{"userInfo": user("bob", **known), "modifyFlag": flag, **BY}]
    names = ["onUserInfoChanged"]
    if "Role" in change:
        names.append("onUserRoleChanged")
        expected.append({"userId": "bob", "userRole": 1, "userInfo": user("bob", **known)})
    for listener in (ann, bob):
        assert data(listener.expect(*names), 4) == expected
        assert listener.names_told() == []


def test_marks(room: Caller, ann: Member, bob: Member) -> None:
    body = {
        "RoomId": "room-1",
        "CommandType": 1,
        "MemberList": [{"Member_Account": account, "Marks": [1001, 1000]} for account in ("ann", "bob")],
    }
    room.ok(f"{ROOMS}/mark_room_member", body)
    told = data(bob.expect("onUserInfoChanged", "onUserInfoChanged"), 4)
    assert [entry["userInfo"] for entry in told] == [user(who, marks=[1000, 1001]) for who in ("ann", "bob")]
    assert [entry["modifyFlag"] for entry in told] == [0, 0]


def test_the_end_of_the_room_by_rest(room: Caller, ann: Member, bob: Member) -> None:
    room.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    for listener in (ann, bob):
        assert data(listener.expect("onRoomDismissed"), 4) == [{"reason": 2, **BY}]
        assert listener.names_told() == []
    room.create_room()
    assert ann.names_told() == []


def test_a_booked_room_starts_for_nobody_inside(clocked: Caller, member: Join) -> None:
    ann = member("ann", of=clocked)
    now = ann.call("ping")["serverTime"] // 1000
    clocked.create_room(ScheduleStartTime=now + 1000, ScheduleEndTime=now + 2000)
    assert ann.enter()["roomInfo"]["status"] == 2
    clocked.advance(20)
    assert ann.names_told() == []


def test_a_member_of_an_empty_application_hears_nothing(caller: Caller, member: Join) -> None:
    ann = member("ann")
    caller.create_room()
    caller.create_room("room-2")
    bob = member("bob")
    bob.enter()
    assert ann.names_told() == bob.names_told() == []
