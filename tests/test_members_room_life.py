"""createRoom, createAndJoinRoom, destroyRoom and fetchRoomInfo: a room's life, as its members make it."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests import backend as to
from tests.backend import Backend, asked, whole
from tests.clockwork import Lives
from tests.house import ROOMS, Caller, Server
from tests.member import Join, Member, Refused

PLAIN = {
    "roomName": "room-1",
    "isSeatEnabled": False,
    "seatMode": 0,
    "maxSeatCount": 0,
    "isMicrophoneDisableForAllUser": False,
    "isCameraDisableForAllUser": False,
    "isScreenShareDisableForAllUser": False,
    "isMessageDisableForAllUser": False,
    "isPasswordEnabled": False,
    "keepOwnerOnSeat": False,
    "maxMemberCount": 300,
    "roomMemberCount": 0,
    "roomType": 1,
    "status": 2,
    "ownerId": "ann",
    "reminderSecondsBeforeStart": 0,
}
OTHERWISE = {
    "roomName": "weekly",
    "isSeatEnabled": True,
    "seatMode": 2,
    "maxSeatCount": 7,
    "isMicrophoneDisableForAllUser": True,
    "isCameraDisableForAllUser": True,
    "isScreenShareDisableForAllUser": True,
    "isMessageDisableForAllUser": True,
    "keepOwnerOnSeat": True,
}


# createRoom


def test_a_room_is_created_with_defaults_and_nobody_inside(member: Join, caller: Caller) -> None:
    caller.ok("im_open_login_svc/account_import", {"UserID": "ann", "Nick": "Ann", "FaceUrl": "https://x/a.png"})
    ann = member("ann")
    assert ann.call("createRoom", roomId="room-1") == {}
    info = ann.call("fetchRoomInfo", roomId="room-1")
    assert PLAIN.items() <= info.items()
    assert (info["ownerName"], info["ownerAvatarUrl"]) == ("Ann", "https://x/a.png")
    assert info["scheduleEndTime"] - info["scheduleStartTime"] == 3600
    assert caller.members() == {}
    ann.refused(-2101, "exitRoom")
    assert ann.enter()["role"] == 0


@pytest.mark.parametrize("field", OTHERWISE)
def test_each_field_of_a_new_room_arrives(member: Join, field: str) -> None:
    ann = member("ann")
    seats = {"isSeatEnabled": True} if field in ("seatMode", "maxSeatCount") else {}
    ann.call("createRoom", roomId="room-1", **seats, **{field: OTHERWISE[field]})
    info = ann.call("fetchRoomInfo", roomId="room-1")
    assert {name for name in OTHERWISE if info[name] != PLAIN[name]} >= {field}
    assert info[field] == OTHERWISE[field]
    others = OTHERWISE.keys() - {field, "isSeatEnabled", "seatMode", "maxSeatCount"}
    assert {name: info[name] for name in others} == {name: PLAIN[name] for name in others}


def test_options_for_seats_are_ignored_without_seats(member: Join) -> None:
    ann = member("ann")
    ann.call("createRoom", roomId="room-1", seatMode=2, maxSeatCount=1000)
    assert PLAIN.items() <= ann.call("fetchRoomInfo", roomId="room-1").items()


def test_seats_are_as_many_as_the_application_allows(member: Join) -> None:
    ann = member("ann")
    ann.call("createRoom", roomId="room-1", isSeatEnabled=True)
    info = ann.call("fetchRoomInfo", roomId="room-1")
    assert (info["maxSeatCount"], info["seatMode"]) == (20, 1)


def test_a_password_keeps_others_out_and_is_never_told(member: Join, caller: Caller) -> None:
    ann, bob = member("ann"), member("bob")
    ann.call("createRoom", roomId="room-1", password="secret-1")
    assert caller.room()["Password"] == "secret-1"
    info = bob.call("fetchRoomInfo", roomId="room-1")
    assert info["isPasswordEnabled"] is True
    assert "secret-1" not in str(info)
    bob.refused(100018, "enterRoom", roomId="room-1")
    bob.refused(100019, "enterRoom", roomId="room-1", password="secret-2")
    bob.enter(password="secret-1")
    ann.enter()


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({}, -1001),
        ({"roomId": ""}, -1001),
        ({"roomId": "x" * 49}, -1001),
        ({"roomId": "é"}, -1001),
        ({"roomId": "r", "roomName": ""}, -1001),
        ({"roomId": "r", "roomName": "é" * 51}, -1001),
        ({"roomId": "r", "isSeatEnabled": 1}, -1001),
        ({"roomId": "r", "seatMode": 3}, -1001),
        ({"roomId": "r", "maxSeatCount": 0}, -1001),
        ({"roomId": "r", "password": "x" * 33}, -1001),
        ({"roomId": "r", "password": "ü"}, -1001),
        ({"roomId": "@TGS#1"}, 100002),
        ({"roomId": "r", "roomType": 2}, 100015),
        ({"roomId": "r", "isSeatEnabled": True, "maxSeatCount": 21}, 100013),
    ],
)
def test_a_creation_is_refused(member: Join, caller: Caller, params: dict[str, Any], code: int) -> None:
    ann = member("ann")
    for method in ("createRoom", "createAndJoinRoom", "scheduleConference"):
        ann.refused(code, method, **params)
    assert caller.ok("conclave/list_rooms")["TotalCount"] == 0


def test_an_id_in_use_says_by_whom(member: Join, caller: Caller) -> None:
    ann, bob = member("ann"), member("bob")
    ann.call("createRoom", roomId="room-1")
    caller.ok("group_open_http_svc/create_group", {"Type": "Public", "Name": "chat", "GroupId": "chat-1"})
    for method in ("createRoom", "scheduleConference"):
        assert "already exists" in ann.refused(100010, method, roomId="room-1")
        assert "already exists" in bob.refused(100003, method, roomId="room-1")
        ann.refused(100011, method, roomId="chat-1")
    ann.refused(100011, "createAndJoinRoom", roomId="chat-1")


def test_one_may_own_several_rooms(member: Join) -> None:
    ann = member("ann")
    ann.call("createRoom", roomId="room-1")
    ann.call("createRoom", roomId="room-2")


def test_what_the_application_may_refuse(lives: Lives, member: Join, new_server: Callable[..., Server]) -> None:
    life = lives("paused")
    ann = member("ann", of=life.caller)
    ann.call("createAndJoinRoom", roomId="room-1")
    ann.call("destroyRoom", roomId="room-1")
    ann.refused(100012, "createRoom", roomId="room-1")
    ann.refused(100012, "createAndJoinRoom", roomId="room-1")
    for setting, code in (("allow_rooms = false", 100007), ("max_rooms = 1", 101011)):
        caller = Caller(new_server(toml=setting).start().url)
        with Member(caller, "ann") as bea:
            if code == 101011:
                bea.call("createRoom", roomId="room-1")
            bea.refused(code, "createRoom", roomId="room-2")
            bea.refused(code, "createAndJoinRoom", roomId="room-2")


def test_nobody_creates_a_room_before_login(caller: Caller) -> None:
    with Member(caller, "ann", login=False) as ann:
        for method in ("createRoom", "createAndJoinRoom", "destroyRoom", "fetchRoomInfo"):
            ann.refused(-1002, method, roomId="room-1")


def test_a_creation_raises_the_callback_of_create_room(backend: Backend, member: Join) -> None:
    backend.listen()
    ann = member("ann", of=backend.caller, platform="Web")
    ann.call("createAndJoinRoom", roomId="room-1", roomName="weekly")
    ann.call("destroyRoom", roomId="room-1")
    created, _, destroyed = backend.told(to.CREATE, to.ENTER, to.DESTROY)
    asked(created, backend.caller.sdkappid, platform="Web")
    assert created.body["Operator_Account"] == created.body["RoomInfo"]["Owner_Account"] == "ann"
    assert created.body["RoomInfo"]["RoomName"] == "weekly"
    whole(destroyed, {"Operator_Account": "ann", "RoomId": "room-1", "EventType": "DestroyByUser"})


# createAndJoinRoom


def test_the_first_creates_and_the_others_join(member: Join, caller: Caller) -> None:
    ann, bob = member("ann"), member("bob")
    snapshot = ann.call("createAndJoinRoom", roomId="room-1", roomName="call", password="secret-1")
    assert (snapshot["role"], snapshot["roomInfo"]["roomName"]) == (0, "call")
    assert "secret-1" not in str(snapshot)
    bob.refused(100018, "createAndJoinRoom", roomId="room-1")
    bob.refused(100019, "createAndJoinRoom", roomId="room-1", password="secret-2")
    joined = bob.call("createAndJoinRoom", roomId="room-1", roomName="other", password="secret-1")
    assert (joined["role"], joined["roomInfo"]["roomName"]) == (2, "call")
    assert [frame["event"] for frame in ann.told()] == ["onRemoteUserEnterRoom", "onRoomUserCountChanged"]
    assert list(caller.members()) == ["ann", "bob"]


def test_of_two_at_once_one_creates_and_both_are_inside(member: Join, caller: Caller) -> None:
    people = [member(f"user{n}") for n in range(12)]
    with ThreadPoolExecutor(len(people)) as pool:
        snapshots = list(pool.map(lambda each: each.call("createAndJoinRoom", roomId="room-1"), people))
    assert sorted(snapshot["role"] for snapshot in snapshots) == [0] + [2] * 11
    assert len(caller.members()) == 12


def test_joining_is_entering(member: Join, caller: Caller) -> None:
    ann, bob = member("ann"), member("bob")
    ann.call("createAndJoinRoom", roomId="room-1")
    ann.call("createAndJoinRoom", roomId="room-2")  # and leaves the first [M3]
    assert (caller.members(), list(caller.members("room-2"))) == ({}, ["ann"])
    ban = {"RoomId": "room-2", "MemberList_Account": ["bob"], "Duration": 100, "Reason": ""}
    caller.ok(f"{ROOMS}/ban_room_member", ban)
    bob.refused(100016, "createAndJoinRoom", roomId="room-2")
    caller.create_room("full", MaxMemberCount=1)
    ann.enter("full")
    bob.refused(100008, "createAndJoinRoom", roomId="full")


# destroyRoom


def test_the_owner_ends_the_room_one_is_in(member: Join, caller: Caller) -> None:
    ann, bob = member("ann"), member("bob")
    ann.call("createAndJoinRoom", roomId="room-1")
    bob.enter()
    bob.refused(-2300, "destroyRoom")
    ann.told()
    ann.call("destroyRoom")
    for each in (ann, bob):
        (dismissed,) = each.expect("onRoomDismissed")
        assert dismissed["data"] == {"roomId": "room-1", "reason": 1, "operator": "ann"}
        each.refused(-2101, "destroyRoom")
    bob.call("createRoom", roomId="room-1")  # the id is free again


@pytest.mark.parametrize("role", ["Admin", "Member"])
def test_nobody_but_the_owner_ends_a_room(member: Join, caller: Caller, role: str) -> None:
    ann, bob, eve = member("ann"), member("bob"), member("eve")
    ann.call("createRoom", roomId="room-1")
    bob.enter()
    info = {"Member_Account": "bob", "Role": role}
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})
    bob.refused(-2300, "destroyRoom", roomId="room-1")
    for each in (ann, eve):  # he who left has to come back first
        each.refused(-2101, "destroyRoom", roomId="room-1")
    ann.call("createAndJoinRoom", roomId="room-2")
    ann.refused(-2101, "destroyRoom", roomId="room-1")
    ann.enter()
    ann.call("destroyRoom", roomId="room-1")
    assert bob.next_event("onRoomDismissed")["data"]["operator"] == "ann"


def test_the_room_one_was_in_is_not_the_next_of_its_id(member: Join, caller: Caller) -> None:
    ann, bob = member("ann"), member("bob")
    ann.call("createAndJoinRoom", roomId="room-1")
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    dismissed = ann.next_event("onRoomDismissed")
    assert dismissed["data"] == {"roomId": "room-1", "reason": 2, "operator": "administrator"}  # says who [N3]
    ann.call("createRoom", roomId="room-1")
    ann.refused(-2101, "destroyRoom")
    bob.enter()
    assert list(caller.members()) == ["bob"]


# fetchRoomInfo


def test_anybody_may_look_at_a_room(member: Join, caller: Caller) -> None:
    ann, eve = member("ann"), member("eve")
    ann.call("createAndJoinRoom", roomId="room-1")
    assert eve.call("fetchRoomInfo", roomId="room-1") == ann.call("fetchRoomInfo")
    assert eve.call("fetchRoomInfo", roomId="room-1")["roomMemberCount"] == 1
    eve.refused(-2101, "fetchRoomInfo")
    eve.refused(100004, "fetchRoomInfo", roomId="nowhere")
    with pytest.raises(Refused):
        eve.call("getRoomSnapshot", roomId="room-1")


@pytest.mark.parametrize(
    "method", ["enterRoom", "fetchRoomInfo", "createRoom", "createAndJoinRoom", "scheduleConference"]
)
def test_rooms_are_conferences(member: Join, caller: Caller, method: str) -> None:
    ann = member("ann")
    ann.call("createRoom", roomId="room-1")
    assert ann.refused(100015, method, roomId="room-1", roomType=2) == "roomType must be 1, a conference"
    ann.refused(-1001, method, roomId="room-1", roomType="Conference")
    ann.call(method, roomId="room-1" if method in ("enterRoom", "fetchRoomInfo") else "room-2", roomType=1)
