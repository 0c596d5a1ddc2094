"""Members' seats in the hands of owner and administrators: they invite, take off, move and lock.

An administrator acts on general users only, the owner on everybody but himself; whoever is invited is asked.
"""

from conclave import errors
from conclave.domain import pending_requests, seating
from conclave.domain.membership import Inside, as_administrator, subordinate
from conclave.domain.operation import Operation
from conclave.domain.seating import ANY_SEAT
from conclave.errors import Refusal


async def invite(
    op: Operation, room_id: str, room_key: int, index: int, account: str, timeout: int, extension: str
) -> str:
    """Ask a member to sit down, for ``timeout`` seconds; seats are looked at when he accepts. Return the request's id.

    Refuses with 100004, 100005, -2301, 100211, 100252, 100006, 100203, 100102 (he has applied for one), -2312
    or 100013.
    """
    inside = await as_administrator(op, room_id, room_key)
    room = inside.room
    seating.require_index(room, index, or_any=True)
    pending_requests.refuse_robot(await subordinate(op, inside, account))
    await seating.refuse_seated(op, room, account)
    if await pending_requests.sent(op, room, account, pending_requests.TAKE_SEAT):
        raise Refusal(errors.REQUEST_CONFLICT, f"account {account!r} has applied for a seat: accept that instead")
    action = pending_requests.INVITE_TO_SEAT
    return await pending_requests.add(op, room, action, account, timeout=timeout, seat_index=index, extension=extension)


async def kick_off(op: Operation, room_id: str, room_key: int, index: int, account: str, data: str) -> None:
    """Take another member off the seat, if it is the one of that index or ``ANY_SEAT``.

    Refuses with 100004, 100005, -2301, 100006 or 100206.
    """
    inside = await as_administrator(op, room_id, room_key)
    await subordinate(op, inside, account)
    seat = await seating.require_seated(op, inside.room, account)
    if index not in (ANY_SEAT, seat.seat_index):
        raise Refusal(errors.NOT_SEATED, f"account {account!r} is on another seat than {index}")
    await seating.put_off(op, inside.room, seat, data)


async def lock(
    op: Operation,
    room_id: str,
    room_key: int,
    index: int,
    *,
    taken: bool | None,
    video: bool | None,
    audio: bool | None,
) -> None:
    """Do what ``seats.lock`` does, as owner or administrator, with whoever sits there below them, or oneself.

    Refuses with 100004, 100005, -2301, 100211, 100252 or 100006.
    """
    inside = await as_administrator(op, room_id, room_key)
    seating.require_index(inside.room, index)
    seat = await seating.at(op, inside.room, index)
    await _require_below(op, inside, seat.account)
    await seating.bar(op, inside.room, seat, taken=taken, video=video, audio=audio)


async def move(op: Operation, room_id: str, room_key: int, account: str, index: int, policy: int) -> None:
    """Move another member as ``seats.move`` does; whoever sits at the target must be below the operator, or himself.

    Refuses with 100004, 100005, -2301, 100211, 100252, 100006, 100206 or 100210.
    """
    inside = await as_administrator(op, room_id, room_key)
    seating.require_index(inside.room, index)
    await subordinate(op, inside, account)
    target = await seating.at(op, inside.room, index)
    if policy != seating.ABORT:
        await _require_below(op, inside, target.account)
    await seating.move(op, inside.room, account, target, policy)


async def _require_below(op: Operation, inside: Inside, occupant: str) -> None:
    if occupant not in ("", op.operator):
        await subordinate(op, inside, occupant)
