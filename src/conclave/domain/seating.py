"""What may happen on the seats of a locked room: somebody sits down, gets up, moves, or a seat is locked or barred.

This is the lower part: it knows where people may sit, and asks nobody's right; who may do it stands in ``seats``. The
video and audio flags belong to the user on the seat: they move and go with him [S6]. Whoever leaves a seat stops
publishing; that he left is told first.
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from conclave import errors
from conclave.domain import events, facts, pending_requests, publishing, snapshots
from conclave.domain.facts import SeatSnapshot
from conclave.domain.membership import CAMERA, MICROPHONE, SCREEN
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store import seats as rows
from conclave.store.requests import Request
from conclave.store.rooms import Room
from conclave.store.seats import Seat

ANY_SEAT: Final = -1
ABORT, REPLACE, SWAP = 0, 1, 2
"""What becomes of whoever sits where somebody is moved to; the numbers of TUIMoveSeatPolicy."""


async def every(op: Operation, room: Room) -> list[Seat]:
    """Return all seats of the room, none when it has no seats [S3] [S4]."""
    return await rows.every(op.tx, op.sdkappid, room.room_key, room.max_seat_count)


async def at(op: Operation, room: Room, index: int) -> Seat:
    """Return a seat."""
    return await rows.at(op.tx, op.sdkappid, room.room_key, index)


async def require_seated(op: Operation, room: Room, account: str) -> Seat:
    """Return the seat that an account sits on; refuses with 100206."""
    seat = await rows.of(op.tx, op.sdkappid, room.room_key, account)
    if seat is None:
        raise Refusal(errors.NOT_SEATED, f"account {account!r} is on no seat of room {room.room_id!r}")
    return seat


async def refuse_seated(op: Operation, room: Room, account: str) -> None:
    """Refuse with 100203 whoever sits."""
    if await rows.of(op.tx, op.sdkappid, room.room_key, account) is not None:
        raise Refusal(errors.ALREADY_SEATED, f"account {account!r} is already on a seat")


def require_index(room: Room, index: int, *, or_any: bool = False) -> None:
    """Refuse with 100211 a room without seats, with 100252 an index that it does not have [S1]."""
    if not room.is_seat_enabled:
        raise Refusal(errors.NO_SEATS, f"room {room.room_id!r} has no seats")
    if not (0 <= index < room.max_seat_count or (or_any and index == ANY_SEAT)):
        raise Refusal(errors.SEAT_INDEX_INVALID, f"the seat index must be 0 to {room.max_seat_count - 1}")


async def choose(op: Operation, room: Room, index: int) -> int:
    """Return the seat on which somebody could sit down now, the lowest for ``ANY_SEAT``.

    Refuses with 100200, 100210 or 100205.
    """
    if index == ANY_SEAT:
        free = [seat.seat_index for seat in await every(op, room) if seat.is_plain]
        if not free:
            raise _full(room)
        index = free[0]
    else:
        seat = await at(op, room, index)
        _refuse_locked(room, seat)
        _refuse_occupied(room, seat)
    ceiling = op.application.settings.max_seat_count
    if room.max_seat_count > ceiling:  # lowered since: nobody is put off, nobody sits down beyond it
        taken = sum(1 for each in await every(op, room) if each.account)
        if taken >= ceiling:
            raise _full(room)
    return index


async def sit(
    op: Operation, room: Room, index: int, account: str, answered: Request | None = None, message: str = ""
) -> int:
    """Seat a member; whatever asked for it is granted [S2].

    ``answered`` is the request that the operator accepted, if any, ``message`` what he said to it.

    Refuses with 100203, 100200, 100210 or 100205. Returns the index.
    """
    await refuse_seated(op, room, account)
    index = await choose(op, room, index)
    await _save(op, room, [Seat(index, account)], seated=[account])
    await pending_requests.fulfil_seat(op, room, account, answered, message)
    return index


async def get_up(op: Operation, room: Room, account: str) -> None:
    """Let a member leave his seat; refuses with 100206, or with 100006 an owner who is kept there."""
    seat = await require_seated(op, room, account)
    _keep_owner(room, account)
    await _save(op, room, [Seat(seat.seat_index)], left=[seat])
    await publishing.stop(op, room, [account], publishing.EVERY, by_admin=False)


async def put_off(op: Operation, room: Room, seat: Seat, data: str) -> None:
    """Take whoever sits there off his seat; refuses with 100006 an owner who is kept there [S5]."""
    _keep_owner(room, seat.account)
    await _save(op, room, [Seat(seat.seat_index)], left=[seat], kicked=[seat.account], data=data)
    await publishing.stop(op, room, [seat.account], publishing.EVERY, by_admin=True)


async def bar(
    op: Operation, room: Room, before: Seat, *, taken: bool | None, video: bool | None, audio: bool | None
) -> None:
    """Lock or unlock a seat, bar or allow its user's video and audio; ``None`` leaves an attribute alone [S6].

    Refuses with 100006 to lock the seat of an owner who is kept there.
    """
    if taken:
        _keep_owner(room, before.account)
    after = Seat(before.seat_index) if taken and before.account else msgspec.structs.replace(before)
    if taken is not None:
        after.is_locked = int(taken)
    if after.account:
        after.is_video_disabled = before.is_video_disabled if video is None else int(video)
        after.is_audio_disabled = before.is_audio_disabled if audio is None else int(audio)
    if after == before:
        return
    off = [before.account] if before.account and not after.account else []
    await _save(op, room, [after], left=[before] if off else [], kicked=off)
    if off:
        await publishing.stop(op, room, off, publishing.EVERY, by_admin=True)
    barred = (MICROPHONE if after.is_audio_disabled else 0) | (CAMERA | SCREEN if after.is_video_disabled else 0)
    if barred:
        await publishing.stop(op, room, [after.account], barred, by_admin=True)


async def switch(op: Operation, room: Room, account: str, index: int) -> None:
    """Move a seated member to an empty seat; refuses with 100206, 100006, 100200 or 100210 [S7]."""
    origin = await require_seated(op, room, account)
    target = await at(op, room, index)
    if target.seat_index == origin.seat_index:
        return
    _keep_owner(room, account, mover=op.operator)
    _refuse_locked(room, target)
    _refuse_occupied(room, target)
    await _save(op, room, [Seat(origin.seat_index), _moved(origin, index)])


async def move(op: Operation, room: Room, account: str, target: Seat, policy: int) -> None:
    """Move a seated member; what happens to whoever sits there is the policy's: refuse, put off, or exchange [S8].

    A locked target is unlocked. Refuses with 100206, 100006 or 100210.
    """
    origin = await require_seated(op, room, account)
    if target.seat_index == origin.seat_index:
        return
    _keep_owner(room, account, mover=op.operator)
    if policy == ABORT:
        _refuse_occupied(room, target)
    _keep_owner(room, target.account, mover=op.operator if policy == SWAP else "")
    swapped = policy == SWAP and bool(target.account)
    off = [target.account] if target.account and not swapped else []
    left_behind = _moved(target, origin.seat_index) if swapped else Seat(origin.seat_index)
    await _save(op, room, [left_behind, _moved(origin, target.seat_index)], left=[target] if off else [], kicked=off)
    await publishing.stop(op, room, off, publishing.EVERY, by_admin=True)


async def vacate(op: Operation, room: Room, accounts: Sequence[str]) -> None:
    """Free the seats of members who leave the room; what they publish ends with their membership."""
    if not room.is_seat_enabled:
        return
    found = [await rows.of(op.tx, op.sdkappid, room.room_key, account) for account in accounts]
    taken = [seat for seat in found if seat is not None]
    if taken:
        await _save(op, room, [Seat(seat.seat_index) for seat in taken], left=taken)


async def _save(
    op: Operation,
    room: Room,
    changed: list[Seat],
    *,
    seated: Sequence[str] = (),
    left: Sequence[Seat] = (),
    kicked: Sequence[str] = (),
    data: str = "",
) -> None:
    changed.sort(key=lambda seat: seat.seat_index)
    await rows.save(op.tx, op.sdkappid, room.room_key, changed)
    told = [SeatSnapshot.of(seat) for seat in changed]
    gone = [seat.account for seat in left]
    concerned = dict.fromkeys([*(seat.account for seat in changed if seat.account), *seated, *gone, *kicked])
    people = await snapshots.of_members(op, room, list(concerned))
    former = [SeatSnapshot.of(seat) for seat in left]
    await events.append(op, room, facts.SeatsChanged(told, list(seated), gone, list(kicked), data, people, former))


def _keep_owner(room: Room, account: str, *, mover: str = "") -> None:
    """Refuse with 100006 what takes the owner off his seat, in a room that keeps him on it; he himself may move."""
    if room.keep_owner_on_seat and account == room.owner != mover:
        raise Refusal(errors.NOT_PERMITTED, f"the owner of room {room.room_id!r} stays on the seat")


def _moved(seat: Seat, index: int) -> Seat:
    """Return the user of ``seat``, with his flags, on another seat."""
    return Seat(index, seat.account, 0, seat.is_video_disabled, seat.is_audio_disabled)


def _full(room: Room) -> Refusal:
    return Refusal(errors.ALL_SEATS_TAKEN, f"all seats of room {room.room_id!r} are taken")


def _refuse_locked(room: Room, seat: Seat) -> None:
    if seat.is_locked:
        raise Refusal(errors.SEAT_LOCKED, f"seat {seat.seat_index} of room {room.room_id!r} is locked")


def _refuse_occupied(room: Room, seat: Seat) -> None:
    if seat.account:
        raise Refusal(errors.SEAT_OCCUPIED, f"somebody is already on seat {seat.seat_index} of room {room.room_id!r}")
