"""What members are told of what happens: every event, from REST and from members."""

from typing import Any

import pytest

from tests.house import ROOMS, SEATS, Caller
from tests.member import Frame, Join, Member

UPDATE = f"{ROOMS}/update_room_info"
NOBODY = {
    "userName": "",
    "nameCard": "",
    "avatarUrl": "",
    "userRole": 2,
    "customInfo": "",
    "marks": [],
    "isRobot": False,
}


def user(account: str, **known: Any) -> Frame:
    return {"userId": account, **NOBODY, **known}


def seat(index: int, account: str = "", **known: Any) -> Frame:
    shown = {"userId": account, "userName": "", "nameCard": "", "avatarUrl": ""}
    return {"index": index, **shown, "isLocked": False, "isVideoLocked": False, "isAudioLocked": False, **known}


@pytest.fixture
def room(caller: Caller) -> Caller:
    """A room with two seats."""
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    return caller


@pytest.fixture
def ann(room: Caller, member: Join) -> Member:
    """Sits in the room and listens; has number 2."""
    ann = member("ann")
    ann.enter()
    return ann


@pytest.fixture
def bob(ann: Member, member: Join) -> Member:
    """Came in after ann, with number 3."""
    bob = member("bob")
    bob.enter()
    ann.told()
    return bob


def data(frames: list[Frame], seq: int | None = None) -> list[Frame]:
    """The data of frames that name their room, share a number, and repeat the room in their data."""
    assert {frame["roomId"] for frame in frames} == {"room-1"}
    assert len({frame["seq"] for frame in frames}) == 1
    assert all(frame.keys() == {"event", "roomId", "seq", "data"} for frame in frames)
    assert seq in (None, frames[0]["seq"])
    return [{name: value for name, value in frame["data"].items() if name != "roomId"} for frame in frames]


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
    names = ("onUserInfoChanged", "onUserInfoChanged", "onConferenceOwnerChanged")
    told = data(bob.expect(*names), 4)
    assert told == [
        {"userInfo": user("administrator"), "modifyFlag": 1, **BY},
        {"userInfo": user("ann", userRole=0), "modifyFlag": 1, **BY},
        {"newOwner": user("ann", userRole=0), "oldOwner": user("administrator"), **BY},
    ]
    assert data(ann.expect(*names), 4) == told
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


def test_taking_and_leaving_a_seat(room: Caller, ann: Member, bob: Member) -> None:
    bob.call("takeSeat", seatIndex=1)
    taken = {
        "seatList": [seat(0), seat(1, "bob")],
        "seatedList": [seat(1, "bob")],
        "leftList": [],
        "newlySeatedUsers": [user("bob")],
        "newlyLeftUsers": [],
    }
    assert data(ann.expect("onSeatListChanged"), 4) == [taken]
    assert data(bob.expect("onSeatListChanged"), 4) == [taken]
    bob.call("leaveSeat")
    left = {
        "seatList": [seat(0), seat(1)],
        "seatedList": [],
        "leftList": [seat(1, "bob")],
        "newlySeatedUsers": [],
        "newlyLeftUsers": [user("bob")],
    }
    assert data(ann.expect("onSeatListChanged"), 5) == [left]


def test_a_seat_shows_whoever_sits_there(room: Caller, ann: Member, bob: Member) -> None:
    room.ok("im_open_login_svc/account_import", {"UserID": "bob", "Nick": "Bob", "FaceUrl": "https://x/b.png"})
    room.ok(
        f"{ROOMS}/update_room_member_info",
        {"RoomId": "room-1", "MemberInfo": {"Member_Account": "bob", "NameCard": "B."}},
    )
    bob.call("takeSeat", seatIndex=0)
    shown = seat(0, "bob", userName="Bob", nameCard="B.", avatarUrl="https://x/b.png")
    assert ann.next_event("onSeatListChanged")["data"]["seatList"][0] == shown
    room.ok(
        f"{ROOMS}/update_room_member_info",
        {"RoomId": "room-1", "MemberInfo": {"Member_Account": "bob", "NameCard": "Bobby"}},
    )
    ann.call("takeSeat", seatIndex=1)
    seats = ann.next_event("onSeatListChanged")["data"]["seatList"]
    assert seats[0] == {**shown, "nameCard": "Bobby"}
    assert seats == ann.call("getRoomSnapshot")["seats"]


def test_being_seated_by_rest(room: Caller, ann: Member, bob: Member) -> None:
    room.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 1, "Member_Account": "bob"})
    told = data(bob.expect("onSeatListChanged"), 4)[0]
    assert told["seatedList"] == [seat(1, "bob")]


def test_being_taken_off_the_seat(room: Caller, ann: Member, bob: Member) -> None:
    bob.call("takeSeat", seatIndex=1)
    for each in (ann, bob):
        each.told()
    room.ok(f"{SEATS}/kick_user_off_seat", {"RoomId": "room-1", "Member_Account": "bob", "Data": "time is up"})
    changed, kicked = data(bob.expect("onSeatListChanged", "onKickedOffSeat"), 5)
    assert changed["leftList"] == [seat(1, "bob")]
    assert kicked == {"seatIndex": 1, "operator": {"userId": "administrator"}, "extensionInfo": "time is up"}
    assert ann.names_told() == ["onSeatListChanged"]


def test_a_lock_takes_the_user_off_first(room: Caller, ann: Member, bob: Member) -> None:
    bob.call("takeSeat", seatIndex=1)
    for each in (ann, bob):
        each.told()
    room.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 1, "ForbidTaken": True})
    changed, kicked = data(bob.expect("onSeatListChanged", "onKickedOffSeat"))
    assert changed["seatList"] == [seat(0), seat(1, isLocked=True)]
    assert (kicked["seatIndex"], kicked["extensionInfo"]) == (1, "")
    bob.refused(100200, "takeSeat", seatIndex=1)


def test_flags_of_a_seat(room: Caller, ann: Member) -> None:
    ann.call("takeSeat", seatIndex=0)
    ann.told()
    room.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 0, "ForbidVideo": True, "ForbidAudio": True})
    changed = data(ann.expect("onSeatListChanged"))[0]
    assert changed["seatList"][0] == seat(0, "ann", isVideoLocked=True, isAudioLocked=True)
    assert (changed["seatedList"], changed["leftList"]) == ([], [])


def test_moves_between_seats(room: Caller, ann: Member, bob: Member) -> None:
    ann.call("takeSeat", seatIndex=0)
    room.ok(f"{SEATS}/switch_seat", {"RoomId": "room-1", "ToIndex": 1, "Member_Account": "ann"})
    moved = bob.expect("onSeatListChanged", "onSeatListChanged")[1]["data"]
    assert moved["seatList"] == [seat(0), seat(1, "ann")]
    assert (moved["seatedList"], moved["leftList"]) == ([], [])
    bob.call("takeSeat", seatIndex=0)
    for each in (ann, bob):
        each.told()
    move = {"RoomId": "room-1", "SeatIndex": 1, "Member_Account": "bob"}
    room.ok(f"{SEATS}/move_user_to_seat", {**move, "Policy": 2})
    assert data(bob.expect("onSeatListChanged"))[0]["seatList"] == [seat(0, "ann"), seat(1, "bob")]
    ann.told()
    room.ok(f"{SEATS}/move_user_to_seat", {**move, "SeatIndex": 0, "Policy": 1})
    changed, kicked = data(ann.expect("onSeatListChanged", "onKickedOffSeat"))
    assert changed["seatList"] == [seat(0, "bob"), seat(1)]
    assert changed["leftList"] == [seat(0, "ann")]
    assert kicked["seatIndex"] == 0


def test_whoever_leaves_frees_the_seat_first(room: Caller, ann: Member, bob: Member) -> None:
    bob.call("takeSeat", seatIndex=1)
    ann.told()
    bob.call("exitRoom")
    seats, left, _ = ann.expect("onSeatListChanged", "onRemoteUserLeaveRoom", "onRoomUserCountChanged")
    assert seats["data"]["seatList"] == [seat(0), seat(1)]
    assert left["seq"] == seats["seq"] + 1


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
