"""Members leave: what stays, what goes with them, and what becomes of the room."""

from typing import Any

import pytest

from tests.eventlog import EventLog
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server
from tests.member import Join, Member

KICK_OUT = f"{ROOMS}/kick_user_out"
UPDATE_MEMBER = f"{ROOMS}/update_room_member_info"


def users(snapshot: dict[str, Any]) -> list[str]:
    return [user["userId"] for user in snapshot["members"]["list"]]


def test_leaving_drops_role_card_info_marks_and_seat(caller: Caller, member: Join) -> None:
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=1)
    ann = member("ann")
    ann.enter()
    ann.call("takeSeat")
    info = {"Member_Account": "ann", "NameCard": "A.", "Role": "Admin", "CustomInfo": "x"}
    caller.ok(UPDATE_MEMBER, {"RoomId": "room-1", "MemberInfo": info})
    mark = {"Member_Account": "ann", "Marks": [1000]}
    caller.ok(f"{ROOMS}/mark_room_member", {"RoomId": "room-1", "CommandType": 1, "MemberList": [mark]})
    assert ann.call("getRoomSnapshot")["role"] == 1
    ann.call("exitRoom")
    assert caller.seats() == [""]
    snapshot = ann.enter()
    user = snapshot["members"]["list"][0]
    assert (snapshot["role"], user["nameCard"], user["customInfo"], user["marks"]) == (2, "", "", [])


def test_exit_without_a_room_is_refused(caller: Caller, member: Join) -> None:
    caller.create_room()
    ann = member("ann")
    for method in ("exitRoom", "takeSeat", "leaveSeat", "getRoomSnapshot"):
        assert "enter a room" in ann.refused(-2101, method)
    ann.enter()
    ann.call("exitRoom")
    ann.refused(-2101, "exitRoom")


def test_the_owner_comes_back_as_the_owner(caller: Caller, member: Join) -> None:
    caller.import_accounts("ann")
    caller.create_room(Owner_Account="ann")
    ann, bob = member("ann"), member("bob")
    assert ann.enter()["role"] == 0
    assert bob.enter()["role"] == 2
    ann.call("exitRoom")
    assert bob.call("getRoomSnapshot")["roomInfo"]["ownerId"] == "ann"
    assert ann.enter()["role"] == 0


@pytest.fixture(scope="module")
def strict_house(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A server whose applications have other rules for owners who leave, and for early entry."""
    server = Server(tmp_path_factory.mktemp("strict"), applications=0)
    server.configure(
        'owner_exit = "forbid"', 'owner_exit = "dismiss"', 'owner_exit = "transfer"', "allow_early_entry = false"
    )
    with server:
        yield server


def owned_room(server: Server, place: int) -> tuple[Caller, Member, Member]:
    caller = Caller(server.url, FIRST_SDKAPPID + place)
    caller.import_accounts("ann")
    caller.create_room(Owner_Account="ann")
    ann, bob = Member(caller, "ann"), Member(caller, "bob")
    ann.enter()
    bob.enter()
    ann.told()
    return caller, ann, bob


def test_an_owner_may_be_forbidden_to_leave(strict_house: Server) -> None:
    caller, ann, bob = owned_room(strict_house, 0)
    with ann, bob:
        ann.refused(-2102, "exitRoom")
        caller.create_room("room-2")
        ann.refused(-2102, "enterRoom", roomId="room-2")
        assert caller.members("room-2") == {}
        assert users(ann.call("getRoomSnapshot")) == ["ann", "bob"]
        bob.call("exitRoom")


def test_an_owner_who_leaves_may_end_the_room(strict_house: Server) -> None:
    caller, ann, bob = owned_room(strict_house, 1)
    with ann, bob:
        ann.call("exitRoom")
        assert bob.next_event()["data"] == {"roomId": "room-1", "reason": 1, "operator": "ann"}
        caller.refused(100004, f"{ROOMS}/get_room_info", {"RoomId": "room-1"})
        assert ann.names_told() == []
        bob.refused(-2101, "exitRoom")


def test_an_owner_who_leaves_may_hand_the_room_on(strict_house: Server) -> None:
    caller, ann, bob = owned_room(strict_house, 2)
    with ann, bob:
        ann.call("exitRoom")
        assert bob.next_event("onConferenceOwnerChanged")["data"]["newOwner"]["userId"] == "bob"
        assert bob.next_event()["event"] == "onRemoteUserLeaveRoom"
        assert caller.room()["Owner_Account"] == "bob"
        assert ann.names_told() == []


def test_early_entry_may_be_switched_off(strict_house: Server) -> None:
    caller = Caller(strict_house.url, FIRST_SDKAPPID + 3)
    with Member(caller, "ann") as ann:
        now = ann.call("ping")["serverTime"] // 1000
        caller.create_room(ScheduleStartTime=now + 100, ScheduleEndTime=now + 1000)
        ann.refused(100006, "enterRoom", roomId="room-1")
        caller.advance(101)
    with Member(caller, "ann") as ann:
        ann.enter()


def test_a_room_that_ended_is_left_behind(caller: Caller, member: Join) -> None:
    caller.create_room()
    ann = member("ann")
    ann.enter()
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    ann.expect("onRoomDismissed")
    for method in ("exitRoom", "leaveSeat", "getRoomSnapshot"):
        ann.refused(-2101, method)
    ann.refused(100004, "enterRoom", roomId="room-1")
    caller.create_room()
    assert ann.enter()["seq"] == 2


def test_after_a_kick_the_connection_stays_and_may_enter_again(caller: Caller, member: Join) -> None:
    caller.create_room()
    ann = member("ann")
    ann.enter()
    caller.ok(KICK_OUT, {"RoomId": "room-1", "MemberList_Account": ["ann"], "Reason": "go"})
    kicked = ann.next_event("onKickedOutOfRoom")
    assert kicked["data"] == {"roomId": "room-1", "reason": 2, "message": "go"}
    ann.refused(-2101, "exitRoom")
    assert ann.enter()["seq"] > kicked["seq"]


def test_history_tells_how_members_came_and_went(caller: Caller, member: Join, log: EventLog) -> None:
    caller.create_room()
    ann = member("ann", platform="Android")
    ann.enter()
    ann.call("exitRoom")
    told = [(event.kind, event.operator, event.platform) for event in log.all()]
    assert told[1:] == [("MemberEntered", "ann", "Android"), ("MemberLeft", "ann", "Android")]
