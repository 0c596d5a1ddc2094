"""Members on seats, each for himself: he takes one or applies for it, gets up, moves, and sees who sits where."""

import msgspec

from conclave import errors
from conclave.domain import pending_requests, room_drafts, seating, snapshots
from conclave.domain.facts import MemberSnapshot, SeatSnapshot
from conclave.domain.membership import as_member, as_reader
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store.rooms import Room


class Taken(msgspec.Struct, frozen=True):
    """A seat that was taken; or, with a ``request_id``, one that was applied for."""

    index: int
    request_id: str = ""


async def take(op: Operation, room_id: str, room_key: int, index: int, timeout: int, extension: str) -> Taken:
    """Seat the operator, or, where that needs consent, let him apply for ``timeout`` seconds; ``ANY_SEAT`` is one.

    Refuses with 100004, 100005, 100211, 100252, 100203, 100200, 100210 or 100205; an application with 100202 while one
    is pending, with 100102 while an administrator invites him, and with 100013 where too many are pending.
    """
    inside = await as_member(op, room_id, room_key)
    seating.require_index(inside.room, index, or_any=True)
    if inside.room.take_seat_mode != room_drafts.APPLY_TO_TAKE or inside.administers:
        return Taken(await seating.sit(op, inside.room, index, op.operator))
    await _refuse_waiting(op, inside.room, op.operator)
    await seating.choose(op, inside.room, index)
    action, everybody = pending_requests.TAKE_SEAT, pending_requests.ADMINISTRATORS
    request_id = await pending_requests.add(
        op, inside.room, action, everybody, timeout=timeout, seat_index=index, extension=extension
    )
    return Taken(index, request_id)


async def _refuse_waiting(op: Operation, room: Room, account: str) -> None:
    await seating.refuse_seated(op, room, account)
    if await pending_requests.sent(op, room, account, pending_requests.TAKE_SEAT):
        raise Refusal(errors.SEAT_APPLIED_FOR, f"account {account!r} has applied for a seat already")
    if await pending_requests.received(op, room, account, pending_requests.INVITE_TO_SEAT):
        raise Refusal(errors.REQUEST_CONFLICT, "an administrator invites you to a seat: accept that instead")


async def leave(op: Operation, room_id: str, room_key: int) -> None:
    """Let the operator get up; refuses with 100004, 100005, 100206, or 100006 an owner who is to stay seated."""
    inside = await as_member(op, room_id, room_key)
    await seating.get_up(op, inside.room, op.operator)


async def move(op: Operation, room_id: str, room_key: int, index: int) -> None:
    """Move the operator to an empty seat; refuses with 100004, 100005, 100211, 100252, 100206, 100200 or 100210."""
    inside = await as_member(op, room_id, room_key)
    seating.require_index(inside.room, index)
    await seating.switch(op, inside.room, op.operator, index)


async def listed(op: Operation, room_id: str, room_key: int) -> tuple[list[SeatSnapshot], list[MemberSnapshot]]:
    """Return every seat, and whoever sits there, for the operator; refuses with 100004 or 100005."""
    inside = await as_reader(op, room_id, room_key)
    found = await seating.every(op, inside.room)
    seated = [seat.account for seat in found if seat.account]
    return [SeatSnapshot.of(seat) for seat in found], await snapshots.of_members(op, inside.room, seated)
