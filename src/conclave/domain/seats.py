"""Seats: who sits where, what is locked, and what is barred there.

The video and audio flags belong to the user on the seat: they move and go with him [S6].
"""

from collections.abc import Sequence
from typing import Final

import msgspec

from conclave import errors
from conclave.domain import events, facts, rooms, snapshots
from conclave.domain.facts import SeatSnapshot
from conclave.domain.membership import ADMIN, require
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store import seats as rows
from conclave.store.rooms import Room
from conclave.store.seats import Seat

ANY_SEAT: Final = -1
ABORT, REPLACE, SWAP = 0, 1, 2


async def every(op: Operation, room: Room) -> list[Seat]:
    """Return all seats of the room, none when it has no seats [S3] [S4]."""
    return await rows.every(op.tx, op.sdkappid, room.room_key, room.max_seat_count)


async def pick(op: Operation, room_id: str, index: int, account: str) -> None:
    """Place a member on a given seat, without asking him.

    Refuses with 100004, 100211, 100252, 100005, 100203, 100200, 100210 or 100205, in this order [S2].
    """
    room = await rooms.lock(op, room_id)
    _require_index(room, index)
    await require(op, room, account)
    await _seat(op, room, index, account)


async def take(op: Operation, room_id: str, index: int) -> int:
    """Seat the operator; ``ANY_SEAT`` means the lowest free one. Return the index.

    Refuses as ``pick`` does, and with 100006 where taking a seat needs consent.
    """
    room = await rooms.lock(op, room_id)
    if index != ANY_SEAT or not room.is_seat_enabled:
        _require_index(room, index)
    member = await require(op, room, op.operator)
    if room.take_seat_mode == "ApplyToTake" and op.operator != room.owner and member.role != ADMIN:
        raise Refusal(errors.NOT_PERMITTED, "taking a seat in this room needs the consent of its owner")
    if index == ANY_SEAT:
        await _refuse_seated(op, room, op.operator)
        free = [seat.seat_index for seat in await every(op, room) if seat.is_plain]
        if not free:
            raise Refusal(errors.ALL_SEATS_TAKEN, f"all seats of room {room_id!r} are taken")
        index = free[0]
    await _seat(op, room, index, op.operator)
    return index


async def leave(op: Operation, room_id: str) -> None:
    """Let the operator get up; refuses with 100004 or 100206."""
    room = await rooms.lock(op, room_id)
    seat = await _require_seated(op, room, op.operator)
    await _save(op, room, [Seat(seat.seat_index)], left=[op.operator])


async def kick_off(op: Operation, room_id: str, account: str, data: str) -> None:
    """Take a member off the seat; refuses with 100004, 100005 or 100206 [S5]."""
    room = await rooms.lock(op, room_id)
    await require(op, room, account)
    seat = await _require_seated(op, room, account)
    await _save(op, room, [Seat(seat.seat_index)], left=[account], kicked=[account], data=data)


async def lock(
    op: Operation, room_id: str, index: int, taken: bool | None, video: bool | None, audio: bool | None
) -> None:
    """Lock or unlock a seat, bar or allow its user's video and audio; ``None`` leaves an attribute alone [S6].

    Refuses with 100004, 100211 or 100252.
    """
    room = await rooms.lock(op, room_id)
    _require_index(room, index)
    before = await rows.at(op.tx, op.sdkappid, room.room_key, index)
    after = Seat(index) if taken and before.account else msgspec.structs.replace(before)
    if taken is not None:
        after.is_locked = int(taken)
    if after.account:
        after.is_video_disabled = before.is_video_disabled if video is None else int(video)
        after.is_audio_disabled = before.is_audio_disabled if audio is None else int(audio)
    if after != before:
        off = [before.account] if before.account and not after.account else []
        await _save(op, room, [after], left=off, kicked=off)


async def switch(op: Operation, room_id: str, account: str, index: int) -> None:
    """Move a seated user to an empty seat; refuses with 100004, 100211, 100252, 100206, 100200 or 100210 [S7]."""
    room = await rooms.lock(op, room_id)
    _require_index(room, index)
    origin = await _require_seated(op, room, account)
    target = await rows.at(op.tx, op.sdkappid, room.room_key, index)
    if target.seat_index == origin.seat_index:
        return
    _refuse_locked(room, target)
    _refuse_occupied(room, target)
    await _save(op, room, [Seat(origin.seat_index), _moved(origin, index)])


async def move(op: Operation, room_id: str, account: str, index: int, policy: int) -> None:
    """Move a seated user; what happens to an occupant is the policy's: refuse, put off, or exchange [S8].

    A locked target is unlocked. Refuses with 100004, 100211, 100252, 100005, 100206 or 100210.
    """
    room = await rooms.lock(op, room_id)
    _require_index(room, index)
    await require(op, room, account)
    origin = await _require_seated(op, room, account)
    target = await rows.at(op.tx, op.sdkappid, room.room_key, index)
    if target.seat_index == origin.seat_index:
        return
    if policy == ABORT:
        _refuse_occupied(room, target)
    swapped = policy == SWAP and bool(target.account)
    off = [target.account] if target.account and not swapped else []
    left_behind = _moved(target, origin.seat_index) if swapped else Seat(origin.seat_index)
    await _save(op, room, [left_behind, _moved(origin, index)], left=off, kicked=off)


async def vacate(op: Operation, room: Room, accounts: Sequence[str]) -> None:
    """Free the seats of members who leave a locked room."""
    if not room.is_seat_enabled:
        return
    found = [await rows.of(op.tx, op.sdkappid, room.room_key, account) for account in accounts]
    taken = [seat for seat in found if seat is not None]
    if taken:
        left = [seat.account for seat in taken]
        await _save(op, room, [Seat(seat.seat_index) for seat in taken], left=left)


async def _seat(op: Operation, room: Room, index: int, account: str) -> None:
    await _refuse_seated(op, room, account)
    seat = await rows.at(op.tx, op.sdkappid, room.room_key, index)
    _refuse_locked(room, seat)
    _refuse_occupied(room, seat)
    ceiling = op.application.settings.max_seat_count
    if room.max_seat_count > ceiling:  # lowered since: nobody is put off, nobody sits down beyond it
        taken = sum(1 for each in await every(op, room) if each.account)
        if taken >= ceiling:
            raise Refusal(errors.ALL_SEATS_TAKEN, f"all seats of room {room.room_id!r} are taken")
    await _save(op, room, [Seat(index, account)], seated=[account])


async def _save(
    op: Operation,
    room: Room,
    changed: list[Seat],
    *,
    seated: Sequence[str] = (),
    left: Sequence[str] = (),
    kicked: Sequence[str] = (),
    data: str = "",
) -> None:
    changed.sort(key=lambda seat: seat.seat_index)
    await rows.save(op.tx, op.sdkappid, room.room_key, changed)
    told = [SeatSnapshot.of(seat) for seat in changed]
    concerned = dict.fromkeys([*(seat.account for seat in changed if seat.account), *seated, *left, *kicked])
    people = await snapshots.of_members(op, room, list(concerned))
    await events.append(op, room, facts.SeatsChanged(told, list(seated), list(left), list(kicked), data, people))


def _moved(seat: Seat, index: int) -> Seat:
    """Return the user of ``seat``, with his flags, on another seat."""
    return Seat(index, seat.account, 0, seat.is_video_disabled, seat.is_audio_disabled)


def _require_index(room: Room, index: int) -> None:
    if not room.is_seat_enabled:
        raise Refusal(errors.NO_SEATS, f"room {room.room_id!r} has no seats")
    if not 0 <= index < room.max_seat_count:
        raise Refusal(errors.SEAT_INDEX_INVALID, f"the seat index must be 0 to {room.max_seat_count - 1}")


async def _require_seated(op: Operation, room: Room, account: str) -> Seat:
    seat = await rows.of(op.tx, op.sdkappid, room.room_key, account)
    if seat is None:
        raise Refusal(errors.NOT_SEATED, f"account {account!r} is on no seat of room {room.room_id!r}")
    return seat


async def _refuse_seated(op: Operation, room: Room, account: str) -> None:
    if await rows.of(op.tx, op.sdkappid, room.room_key, account) is not None:
        raise Refusal(errors.ALREADY_SEATED, f"account {account!r} is already on a seat")


def _refuse_locked(room: Room, seat: Seat) -> None:
    if seat.is_locked:
        raise Refusal(errors.SEAT_LOCKED, f"seat {seat.seat_index} of room {room.room_id!r} is locked")


def _refuse_occupied(room: Room, seat: Seat) -> None:
    if seat.account:
        raise Refusal(errors.SEAT_OCCUPIED, f"somebody is already on seat {seat.seat_index} of room {room.room_id!r}")
