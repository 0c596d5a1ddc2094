"""``keepOwnerOnSeat``: nobody takes the owner off his seat, neither an administrator nor the backend; he may move."""

from typing import Any

import pytest

from tests.house import ROOMS, SEATS, Caller
from tests.member import Join, Member

ROOM = {"roomId": "room-1", "isSeatEnabled": True, "maxSeatCount": 4, "keepOwnerOnSeat": True}


@pytest.fixture
def host(caller: Caller, member: Join) -> Member:
    """The owner, on seat 0; ``ann`` is on seat 1."""
    host, ann = member("host"), member("ann")
    host.call("createRoom", **ROOM)
    host.enter()
    ann.enter()
    host.call("takeSeat", seatIndex=0)
    ann.call("takeSeat", seatIndex=1)
    return host


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("kick_user_off_seat", {"Member_Account": "host"}),
        ("lock_seat", {"Index": 0, "ForbidTaken": True}),
        ("switch_seat", {"Member_Account": "host", "ToIndex": 2}),
        ("move_user_to_seat", {"Member_Account": "host", "SeatIndex": 2, "Policy": 0}),
        ("move_user_to_seat", {"Member_Account": "host", "SeatIndex": 1, "Policy": 2}),
        ("move_user_to_seat", {"Member_Account": "ann", "SeatIndex": 0, "Policy": 1}),
        ("move_user_to_seat", {"Member_Account": "ann", "SeatIndex": 0, "Policy": 2}),
    ],
    ids=["off", "locked", "switched", "moved", "swapped", "replaced", "swapped by another"],
)
def test_the_backend_leaves_the_owner_where_he_is(
    host: Member, caller: Caller, command: str, body: dict[str, Any]
) -> None:
    host.told()
    sentence = caller.refused(100006, f"{SEATS}/{command}", {"RoomId": "room-1", **body})
    assert "owner" in sentence
    assert caller.seats() == ["host", "ann", "", ""]
    assert host.told() == []


def test_what_leaves_him_there_the_backend_may(host: Member, caller: Caller) -> None:
    seat = {"RoomId": "room-1", "Index": 0}
    caller.ok(f"{SEATS}/lock_seat", {**seat, "ForbidTaken": False, "ForbidAudio": True})
    caller.ok(f"{SEATS}/switch_seat", {"RoomId": "room-1", "Member_Account": "host", "ToIndex": 0})
    moved = {"RoomId": "room-1", "Member_Account": "ann", "SeatIndex": 0, "Policy": 0}
    caller.refused(100210, f"{SEATS}/move_user_to_seat", moved)
    caller.ok(f"{SEATS}/kick_user_off_seat", {"RoomId": "room-1", "Member_Account": "ann"})
    assert caller.seats() == ["host", "", "", ""]


def test_he_himself_moves_but_does_not_get_up(host: Member, caller: Caller) -> None:
    host.refused(100006, "leaveSeat")
    host.call("moveToSeat", targetSeatIndex=3)
    host.call("moveUserToSeatByAdmin", userId="ann", targetSeatIndex=3, policy=2)
    assert caller.seats() == ["", "host", "", "ann"]
    host.refused(100006, "moveUserToSeatByAdmin", userId="ann", targetSeatIndex=1, policy=1)
    host.refused(100006, "lockSeatByAdmin", seatIndex=1, lockSeat=True)


def test_whoever_owns_the_room_now_is_kept(host: Member, caller: Caller) -> None:
    change = {"RoomId": "room-1", "From_Account": "host", "NewOwner_Account": "ann"}
    caller.ok(f"{ROOMS}/change_room_owner", change)
    caller.refused(100006, f"{SEATS}/kick_user_off_seat", {"RoomId": "room-1", "Member_Account": "ann"})
    caller.ok(f"{SEATS}/kick_user_off_seat", {"RoomId": "room-1", "Member_Account": "host"})
    host.refused(100206, "leaveSeat")
