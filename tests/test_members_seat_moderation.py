"""Seats in the hands of owner and administrators: take off, move, lock."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import backend as to
from tests.asking import Meeting, meeting, new_meeting
from tests.backend import Backend
from tests.house import SEATS
from tests.member import Join
from tests.told import data, seat

__all__ = ["meeting", "new_meeting"]
METHODS: dict[str, dict[str, Any]] = {
    "kickUserOffSeatByAdmin": {},
    "moveUserToSeatByAdmin": {"targetSeatIndex": 1},
}


@pytest.mark.parametrize("who", ["owner", "admin"])
@pytest.mark.parametrize("index", [-1, 1])
def test_a_user_is_taken_off(meeting: Meeting, who: str, index: int) -> None:
    meeting.pick("ann", 1)
    meeting.ann.call("openLocalMicrophone")
    meeting.hush()
    meeting.people[who].call("kickUserOffSeatByAdmin", userId="ann", seatIndex=index, extensionInfo="time is up")
    assert meeting.caller.seats() == ["", ""]
    changed, kicked, silent = meeting.ann.expect("onSeatListChanged", "onKickedOffSeat", "onUserAudioStateChanged")
    assert data([changed, kicked])[1] == {
        "seatIndex": 1,
        "operator": {"userId": who},
        "extensionInfo": "time is up",
    }
    assert (silent["data"]["hasAudio"], silent["data"]["reason"]) == (False, 1)
    assert meeting.bob.names_told() == ["onSeatListChanged", "onUserAudioStateChanged"]


def test_taking_off_is_refused_with_its_codes(meeting: Meeting) -> None:
    meeting.admin.refused(100206, "kickUserOffSeatByAdmin", userId="ann")
    meeting.pick("ann", 1)
    meeting.admin.refused(100206, "kickUserOffSeatByAdmin", userId="ann", seatIndex=0)
    meeting.admin.refused(100005, "kickUserOffSeatByAdmin", userId="nobody")
    meeting.admin.refused(-1001, "kickUserOffSeatByAdmin", userId="ann", extensionInfo="é" * 501)
    meeting.admin.refused(-1001, "kickUserOffSeatByAdmin", userId="ann", seatIndex=-2)


@pytest.mark.parametrize("method", METHODS)
def test_who_may_act_on_whom(new_meeting: Callable[..., Meeting], method: str) -> None:
    meeting = new_meeting(MaxSeatCount=8)
    params = METHODS[method]
    meeting.enter("second")
    meeting.role("second", "Admin")
    meeting.owner.call("takeSeat", seatIndex=2)
    meeting.admin.call("takeSeat", seatIndex=3)
    meeting.people["second"].call("takeSeat", seatIndex=4)
    meeting.pick("ann", 5)
    for target in ("owner", "admin", "ann", "bob"):
        meeting.bob.refused(-2301, method, userId=target, **params)
    for target in ("owner", "admin", "second"):
        meeting.admin.refused(100006, method, userId=target, **params)
    meeting.owner.refused(100006, method, userId="owner", **params)
    meeting.owner.refused(100206, method, userId="bob", **params)
    meeting.owner.refused(100005, method, userId="nobody", **params)
    before = meeting.caller.seats()
    meeting.owner.call(method, userId="second", **params)
    assert meeting.caller.seats() != before


@pytest.mark.parametrize(
    ("policy", "seats", "off"), [(1, ["", "ann"], ["bob"]), (2, ["bob", "ann"], [])], ids=["replace", "swap"]
)
def test_moving_a_user_to_where_somebody_sits(meeting: Meeting, policy: int, seats: list[str], off: list[str]) -> None:
    meeting.pick("ann", 0)
    meeting.pick("bob", 1)
    meeting.bob.call("openLocalCamera")
    meeting.hush()
    meeting.admin.refused(100210, "moveUserToSeatByAdmin", userId="ann", targetSeatIndex=1)
    meeting.admin.refused(100210, "moveUserToSeatByAdmin", userId="ann", targetSeatIndex=1, policy=0)
    meeting.admin.refused(-1001, "moveUserToSeatByAdmin", userId="ann", targetSeatIndex=1, policy=3)
    meeting.admin.refused(100252, "moveUserToSeatByAdmin", userId="ann", targetSeatIndex=2)
    meeting.admin.call("moveUserToSeatByAdmin", userId="ann", targetSeatIndex=1, policy=policy)
    assert meeting.caller.seats() == seats
    told = meeting.ann.told()
    assert [user["userId"] for user in told[0]["data"]["newlyLeftUsers"]] == off
    assert [frame["event"] for frame in told] == ["onSeatListChanged", *["onUserVideoStateChanged"] * len(off)]
    assert ("onKickedOffSeat" in meeting.bob.names_told()) == bool(off)


def test_a_locked_target_is_unlocked_by_the_move(meeting: Meeting) -> None:
    meeting.pick("ann", 0)
    meeting.admin.call("lockSeatByAdmin", seatIndex=1, lockSeat=True)
    meeting.admin.call("moveUserToSeatByAdmin", userId="ann", targetSeatIndex=1)
    assert meeting.bob.call("getSeatList")["seatList"] == [seat(0), seat(1, "ann")]


def test_nobody_is_moved_onto_the_seat_of_a_superior(new_meeting: Callable[..., Meeting]) -> None:
    meeting = new_meeting(MaxSeatCount=4)
    meeting.enter("second")
    meeting.role("second", "Admin")
    meeting.pick("ann", 0)
    meeting.owner.call("takeSeat", seatIndex=1)
    meeting.people["second"].call("takeSeat", seatIndex=2)
    for policy in (1, 2):
        for index in (1, 2):
            move = {"userId": "ann", "targetSeatIndex": index, "policy": policy}
            meeting.admin.refused(100006, "moveUserToSeatByAdmin", **move)
    meeting.people["second"].call("moveUserToSeatByAdmin", userId="ann", targetSeatIndex=2, policy=2)
    meeting.owner.call("moveUserToSeatByAdmin", userId="ann", targetSeatIndex=1, policy=1)
    assert meeting.caller.seats() == ["second", "ann", "", ""]


def test_a_lock_takes_the_user_off_and_stops_him(meeting: Meeting) -> None:
    meeting.pick("ann", 1)
    meeting.ann.call("openLocalMicrophone")
    meeting.hush()
    meeting.admin.call("lockSeatByAdmin", seatIndex=1, lockSeat=True)
    names = ("onSeatListChanged", "onKickedOffSeat", "onUserAudioStateChanged")
    changed, kicked, _ = meeting.ann.expect(*names)
    assert changed["data"]["seatList"] == [seat(0), seat(1, isLocked=True)]
    assert kicked["data"]["operator"] == {"userId": "admin"}
    meeting.admin.call("lockSeatByAdmin", seatIndex=1, lockSeat=False)
    assert meeting.bob.call("getSeatList")["seatList"] == [seat(0), seat(1)]


def test_what_a_seat_is_barred_from_stops_at_once(meeting: Meeting) -> None:
    meeting.pick("ann", 0)
    for method in ("openLocalMicrophone", "openLocalCamera", "startScreenSharing"):
        meeting.ann.call(method)
    meeting.hush()
    meeting.admin.call("lockSeatByAdmin", seatIndex=0, lockAudio=True)
    seats, silent = meeting.bob.expect("onSeatListChanged", "onUserAudioStateChanged")
    assert seats["data"]["seatList"][0] == seat(0, "ann", isAudioLocked=True)
    assert (silent["data"]["hasAudio"], silent["data"]["reason"]) == (False, 1)
    meeting.owner.call("lockSeatByAdmin", seatIndex=0, lockVideo=True)
    _, camera, screen = meeting.bob.expect("onSeatListChanged", *["onUserVideoStateChanged"] * 2)
    assert (camera["data"]["streamType"], screen["data"]["streamType"]) == (0, 1)
    for code, method in ((-2360, "openLocalMicrophone"), (-2370, "openLocalCamera"), (-2372, "startScreenSharing")):
        meeting.ann.refused(code, method)
    meeting.owner.call("lockSeatByAdmin", seatIndex=0, lockVideo=True, lockAudio=True)
    assert meeting.bob.names_told() == []


@pytest.mark.parametrize("flag", range(8))
def test_the_flag_says_which_lock_to_apply(meeting: Meeting, flag: int) -> None:
    meeting.pick("ann", 0)
    meeting.owner.call("lockSeatByAdmin", seatIndex=0, lockSeat=True, lockVideo=True, lockAudio=True, lockFlag=flag)
    shown = meeting.bob.call("getSeatList")["seatList"][0]
    expected = seat(0, "ann", isVideoLocked=bool(flag & 2), isAudioLocked=bool(flag & 4))
    assert shown == (seat(0, isLocked=True) if flag & 1 else expected)


def test_who_may_lock_which_seat(new_meeting: Callable[..., Meeting]) -> None:
    meeting = new_meeting(MaxSeatCount=4)
    meeting.owner.call("takeSeat", seatIndex=0)
    meeting.admin.call("takeSeat", seatIndex=1)
    meeting.enter("second")
    meeting.role("second", "Admin")
    second = meeting.people["second"]
    meeting.ann.refused(-2301, "lockSeatByAdmin", seatIndex=3, lockSeat=True)
    for index in (0, 1):
        second.refused(100006, "lockSeatByAdmin", seatIndex=index, lockAudio=True)
    meeting.admin.call("lockSeatByAdmin", seatIndex=1, lockAudio=True)
    meeting.owner.call("lockSeatByAdmin", seatIndex=1, lockSeat=True)
    meeting.owner.refused(100252, "lockSeatByAdmin", seatIndex=4, lockSeat=True)
    meeting.owner.refused(-1001, "lockSeatByAdmin", seatIndex=-1, lockSeat=True)
    assert meeting.caller.seats() == ["owner", "", "", ""]


def test_a_room_without_seats_has_none_to_lock(new_meeting: Callable[..., Meeting]) -> None:
    meeting = new_meeting(IsSeatEnabled=False)
    meeting.owner.refused(100211, "lockSeatByAdmin", seatIndex=0, lockSeat=True)
    meeting.owner.refused(100211, "moveUserToSeatByAdmin", userId="ann", targetSeatIndex=0)
    meeting.owner.refused(100206, "kickUserOffSeatByAdmin", userId="ann")


def test_an_owner_who_is_kept_on_his_seat(new_meeting: Callable[..., Meeting], member: Join) -> None:
    meeting = new_meeting(MaxSeatCount=4)
    host = member("host")
    room = {"roomId": "room-3", "isSeatEnabled": True, "maxSeatCount": 3, "keepOwnerOnSeat": True}
    host.call("createRoom", **room)
    host.enter("room-3")
    for who in ("ann", "bob"):
        meeting.people[who].enter("room-3")
    host.call("takeSeat", seatIndex=0)
    meeting.ann.call("takeSeat", seatIndex=1)
    host.refused(100006, "leaveSeat")
    host.refused(100006, "lockSeatByAdmin", seatIndex=0, lockSeat=True)
    host.refused(100006, "moveUserToSeatByAdmin", userId="ann", targetSeatIndex=0, policy=1)
    host.call("lockSeatByAdmin", seatIndex=0, lockAudio=True)
    host.call("moveUserToSeatByAdmin", userId="ann", targetSeatIndex=0, policy=2)
    host.call("moveToSeat", targetSeatIndex=2)
    assert meeting.caller.seats("room-3") == ["ann", "", "host"]
    meeting.ann.call("leaveSeat")
    host.call("exitRoom")
    assert meeting.caller.seats("room-3") == ["", "", ""]


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("kick_user_off_seat", {"Member_Account": "ann"}),
        ("lock_seat", {"Index": 0, "ForbidTaken": True}),
        ("lock_seat", {"Index": 0, "ForbidAudio": True}),
        ("move_user_to_seat", {"Member_Account": "bob", "SeatIndex": 0, "Policy": 1}),
    ],
    ids=["off", "locked", "barred", "replaced"],
)
def test_the_backend_stops_what_is_published_as_well(meeting: Meeting, command: str, body: dict[str, Any]) -> None:
    meeting.pick("ann", 0)
    meeting.pick("bob", 1)
    meeting.ann.call("openLocalMicrophone")
    meeting.hush()
    meeting.caller.ok(f"{SEATS}/{command}", {"RoomId": "room-1", **body})
    seats, silent = meeting.owner.expect("onSeatListChanged", "onUserAudioStateChanged")
    assert seats["seq"] < silent["seq"]
    assert (silent["data"]["userId"], silent["data"]["hasAudio"], silent["data"]["reason"]) == ("ann", False, 1)


def test_every_change_of_seats_raises_its_callback(backend: Backend, member: Join) -> None:
    meeting = Meeting(backend.caller, member, MaxSeatCount=3)
    backend.listen("Mic.CallbackAfterSeatInfoChanged")
    meeting.owner.call("takeSeat", seatIndex=0)
    meeting.owner.call("moveToSeat", targetSeatIndex=1)
    request_id = meeting.ann.call("takeSeat", seatIndex=0)["requestId"]
    meeting.admin.call("acceptRemoteRequest", requestId=request_id)
    meeting.admin.call("moveUserToSeatByAdmin", userId="ann", targetSeatIndex=2)
    meeting.admin.call("lockSeatByAdmin", seatIndex=2, lockVideo=True)
    meeting.admin.call("kickUserOffSeatByAdmin", userId="ann")
    meeting.owner.call("leaveSeat")
    told = backend.told(*[to.SEATS_CHANGED] * 7)
    assert [each.body["Operator_Account"] for each in told] == ["owner"] * 2 + ["admin"] * 4 + ["owner"]
    assert [seat["Index"] for seat in told[1].body["SeatList"]] == [0, 1]
    (taken,) = told[2].body["SeatList"]
    assert taken == {
        "Index": 0,
        "Member_Account": "ann",
        "IsTakenDisabled": False,
        "IsVideoDisabled": False,
        "IsAudioDisabled": False,
    }
