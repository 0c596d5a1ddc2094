"""Devices and rooms: one device is in one room, one account has one place in a room [M1] [M2] [M3]."""

from typing import Any

from tests.house import Caller
from tests.member import Join


def users(snapshot: dict[str, Any]) -> list[str]:
    return [user["userId"] for user in snapshot["members"]["list"]]


def test_a_newer_device_takes_the_membership_over(caller: Caller, member: Join) -> None:
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    phone, laptop, bob = member("ann", deviceId="phone"), member("ann", deviceId="laptop"), member("bob")
    bob.enter()
    phone.enter()
    phone.call("takeSeat", seatIndex=1)
    bob.told()
    snapshot = laptop.enter()
    assert snapshot["seats"][1]["userId"] == "ann"
    frame = phone.next_event("onKickedOutOfRoom")
    assert frame == {
        "event": "onKickedOutOfRoom",
        "roomId": "room-1",
        "seq": snapshot["seq"],
        "data": {
            "roomId": "room-1",
            "reason": 1,
            "message": "the account entered the room on another device",
        },
    }
    phone.refused(-2101, "leaveSeat")
    laptop.call("leaveSeat")
    assert [frame["event"] for frame in bob.told()] == ["onSeatListChanged"]
    assert phone.names_told() == []
    phone.enter()
    assert laptop.next_event("onKickedOutOfRoom")["data"]["reason"] == 1


def test_a_device_that_enters_a_second_room_leaves_the_first(caller: Caller, member: Join) -> None:
    caller.create_room()
    caller.create_room("room-2")
    ann, bob = member("ann"), member("bob")
    bob.enter()
    ann.enter()
    bob.told()
    assert users(ann.enter("room-2")) == ["ann"]
    left = ann.next_event("onKickedOutOfRoom")
    assert (left["roomId"], left["data"]["reason"]) == ("room-1", 5)
    entered, counted = bob.told()
    assert (entered["event"], entered["data"]["reason"]) == ("onRemoteUserLeaveRoom", "Leave")
    assert counted["data"]["userCount"] == 1
    assert left["seq"] == entered["seq"]
    assert caller.members().keys() == {"bob"}
    assert caller.members("room-2").keys() == {"ann"}
    ann.call("exitRoom")
    ann.refused(-2101, "exitRoom")


def test_a_refused_second_room_leaves_one_in_the_first(caller: Caller, member: Join) -> None:
    caller.create_room()
    caller.create_room("room-2", IsPasswordEnabled=True, Password="secret-1")
    ann = member("ann")
    ann.enter()
    ann.refused(100018, "enterRoom", roomId="room-2")
    assert ann.names_told() == []
    assert users(ann.call("getRoomSnapshot")) == ["ann"]


def test_two_devices_may_be_in_two_rooms(caller: Caller, member: Join) -> None:
    caller.create_room()
    caller.create_room("room-2")
    phone, laptop = member("ann"), member("ann")
    phone.enter()
    laptop.enter("room-2")
    assert phone.names_told() == laptop.names_told() == []
    assert caller.members().keys() == caller.members("room-2").keys() == {"ann"}


def test_a_device_that_comes_back_into_another_room_leaves_the_first(caller: Caller, member: Join) -> None:
    caller.create_room()
    caller.create_room("room-2")
    bob = member("bob")
    bob.enter()
    lost = member("ann", deviceId="phone")
    lost.enter()
    lost.drop()
    bob.told()
    member("ann", deviceId="phone").enter("room-2")
    assert bob.next_event("onRemoteUserLeaveRoom")["data"]["reason"] == "Leave"
    assert caller.members().keys() == {"bob"}
