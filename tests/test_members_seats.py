"""Members on seats: who may sit where."""

from typing import Any

import pytest

from tests.house import ROOMS, SEATS, Caller
from tests.member import Join, Member


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
    for seat in (-1, 0, 1, 2):
        ann.refused(100203, "takeSeat", seatIndex=seat)
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


def test_seats_by_application_are_for_owner_and_administrators(caller: Caller, ann: Member, member: Join) -> None:
    caller.import_accounts("owner")
    room(caller, Owner_Account="owner", TakeSeatMode="ApplyToTake")
    owner, admin = member("owner"), member("admin")
    for each in (ann, owner, admin):
        each.enter()
    for seat in (-1, 1):
        ann.refused(100006, "takeSeat", seatIndex=seat)
    admin.refused(100006, "takeSeat")
    info = {"Member_Account": "admin", "Role": "Admin"}
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})
    assert admin.call("takeSeat")["seatIndex"] == 0
    assert owner.call("takeSeat")["seatIndex"] == 1
    caller.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 2, "Member_Account": "ann"})
    ann.call("leaveSeat")


def test_whoever_was_seated_by_the_backend_may_get_up(caller: Caller, ann: Member) -> None:
    room(caller)
    ann.enter()
    caller.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 2, "Member_Account": "ann"})
    assert ann.call("getRoomSnapshot")["seats"][2]["userId"] == "ann"
    ann.call("leaveSeat")
    assert caller.seats() == ["", "", ""]
