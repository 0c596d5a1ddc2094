"""Members on seats: who may sit where."""

from typing import Any

import pytest

from tests.asking import Meeting, meeting
from tests.house import SEATS, Caller
from tests.member import Join, Member
from tests.told import data, seat

__all__ = ["meeting"]


def room(caller: Caller, **info: Any) -> Caller:
    caller.create_room(IsSeatEnabled=True, **{"MaxSeatCount": 3, **info})
    return caller


def lock(caller: Caller, index: int) -> None:
    caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": index, "ForbidTaken": True})


@pytest.fixture
def ann(member: Join) -> Member:
    return member("ann")


def test_any_seat_is_the_lowest_that_is_free_and_open(caller: Caller, ann: Member, member: Join) -> None:
    room(caller)
    lock(caller, 1)
    bob, eve = member("bob"), member("eve")
    for each in (ann, bob, eve):
        each.enter()
    assert bob.call("takeSeat", seatIndex=-1) == {"requestId": "", "seatIndex": 0}
    assert ann.call("takeSeat") == {"requestId": "", "seatIndex": 2}
    eve.refused(100205, "takeSeat")
    bob.call("leaveSeat")
    assert eve.call("takeSeat", timeout=0)["seatIndex"] == 0
    assert caller.seats() == ["eve", "", "ann"]


@pytest.mark.parametrize("index", [3, 4, 2**31, 2**63 - 1])
def test_a_seat_that_is_not_there(caller: Caller, ann: Member, index: int) -> None:
    room(caller)
    ann.enter()
    ann.refused(100252, "takeSeat", seatIndex=index)


def test_seats_are_refused_with_their_codes(caller: Caller, ann: Member, member: Join) -> None:
    room(caller)
    lock(caller, 2)
    bob = member("bob")
    ann.enter()
    bob.enter()
    ann.refused(100206, "leaveSeat")
    ann.call("takeSeat", seatIndex=0)
    for index in (-1, 0, 1, 2):
        ann.refused(100203, "takeSeat", seatIndex=index)
    bob.refused(100210, "takeSeat", seatIndex=0)
    bob.refused(100200, "takeSeat", seatIndex=2)
    ann.call("leaveSeat")
    ann.refused(100206, "leaveSeat")


@pytest.mark.parametrize("index", [-1, 0, 100])
def test_a_room_without_seats_has_none_to_take(caller: Caller, ann: Member, index: int) -> None:
    caller.create_room()
    ann.enter()
    ann.refused(100211, "takeSeat", seatIndex=index)
    ann.refused(100206, "leaveSeat")
    assert ann.call("getRoomSnapshot")["seats"] == []


def test_in_a_room_of_applications_owner_and_administrators_just_sit_down(meeting: Meeting) -> None:
    assert meeting.admin.call("takeSeat", timeout=60) == {"requestId": "", "seatIndex": 0}
    assert meeting.owner.call("takeSeat") == {"requestId": "", "seatIndex": 1}
    assert meeting.heard() == {}


def test_whoever_was_seated_by_the_backend_may_get_up(caller: Caller, ann: Member) -> None:
    room(caller)
    ann.enter()
    caller.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 2, "Member_Account": "ann"})
    assert ann.call("getRoomSnapshot")["seats"][2]["userId"] == "ann"
    ann.call("leaveSeat")
    assert caller.seats() == ["", "", ""]


def test_moving_to_another_seat(meeting: Meeting) -> None:
    meeting.pick("ann", 0)
    meeting.caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 0, "ForbidAudio": True})
    meeting.hush()
    meeting.ann.call("moveToSeat", targetSeatIndex=1)
    for listener in (meeting.ann, meeting.bob):
        (told,) = data(listener.expect("onSeatListChanged"))
        assert told["seatList"] == [seat(0), seat(1, "ann", isAudioLocked=True)]
        assert told["seatedList"] == told["leftList"] == []
    meeting.ann.call("moveToSeat", targetSeatIndex=1)
    assert meeting.bob.names_told() == []


def test_a_move_is_refused_with_its_codes(meeting: Meeting) -> None:
    meeting.bob.refused(100206, "moveToSeat", targetSeatIndex=0)
    meeting.pick("ann", 0)
    meeting.ann.refused(100252, "moveToSeat", targetSeatIndex=2)
    meeting.ann.refused(-1001, "moveToSeat", targetSeatIndex=-1)
    meeting.caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 1, "ForbidTaken": True})
    meeting.ann.refused(100200, "moveToSeat", targetSeatIndex=1)
    meeting.caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 1, "ForbidTaken": False})
    meeting.owner.call("takeSeat", seatIndex=1)
    for who, index in (("ann", 1), ("owner", 0)):
        meeting.people[who].refused(100210, "moveToSeat", targetSeatIndex=index)


def test_the_list_of_seats(meeting: Meeting) -> None:
    meeting.caller.ok(
        "im_open_login_svc/account_import", {"UserID": "ann", "Nick": "Ann", "FaceUrl": "https://x/a.png"}
    )
    meeting.pick("ann", 1)
    lock(meeting.caller, 0)
    shown = [seat(0, isLocked=True), seat(1, "ann", userName="Ann", avatarUrl="https://x/a.png")]
    for member in meeting.people.values():
        assert member.call("getSeatList") == {"seatList": shown}


def test_a_room_without_seats_lists_none_and_nobody_moves(caller: Caller, ann: Member) -> None:
    caller.create_room()
    ann.enter()
    assert ann.call("getSeatList") == {"seatList": []}
    ann.refused(100211, "moveToSeat", targetSeatIndex=0)


def test_getting_up_stops_what_is_published(meeting: Meeting) -> None:
    meeting.pick("ann", 0)
    meeting.ann.call("openLocalMicrophone")
    meeting.ann.call("openLocalCamera")
    meeting.hush()
    meeting.ann.call("leaveSeat")
    seats, sound, picture = meeting.bob.expect(
        "onSeatListChanged", "onUserAudioStateChanged", "onUserVideoStateChanged"
    )
    assert seats["data"]["newlyLeftUsers"][0]["userId"] == "ann"
    assert seats["seq"] < sound["seq"] == picture["seq"]
    assert (sound["data"]["hasAudio"], sound["data"]["reason"]) == (False, 0)
    assert (picture["data"]["hasVideo"], picture["data"]["reason"]) == (False, 0)
    meeting.ann.refused(100206, "openLocalMicrophone")


def test_moving_keeps_what_is_published(meeting: Meeting) -> None:
    meeting.pick("ann", 0)
    meeting.ann.call("openLocalMicrophone")
    meeting.hush()
    meeting.ann.call("moveToSeat", targetSeatIndex=1)
    assert meeting.bob.names_told() == ["onSeatListChanged"]
