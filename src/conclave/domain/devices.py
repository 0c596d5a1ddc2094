"""Devices: who may publish what, and how it is opened and closed.

What the server keeps is the state: who has a microphone or a camera open, or shares a screen. Sound and picture do not
pass through it.
"""

from typing import Final

from conclave import errors
from conclave.domain import publishing, rooms
from conclave.domain.membership import CAMERA, MICROPHONE, SCREEN, Inside, as_administrator, as_member, subordinate
from conclave.domain.operation import Operation
from conclave.domain.room_drafts import RoomChanges
from conclave.errors import Refusal
from conclave.store import members as rows
from conclave.store import seats

_LOCKED: Final = {
    MICROPHONE: errors.MICROPHONE_LOCKED,
    CAMERA: errors.CAMERA_LOCKED,
    SCREEN: errors.SCREEN_LOCKED,
}
_NOT_ALLOWED: Final = {
    MICROPHONE: errors.MICROPHONE_NOT_ALLOWED,
    CAMERA: errors.CAMERA_NOT_ALLOWED,
    SCREEN: errors.SCREEN_NOT_ALLOWED,
}


async def open_own(op: Operation, room_id: str, room_key: int, device: int) -> None:
    """Open a device of the operator; one that is open stays open.

    Refuses with 100004 or 100005; with 100206 (general users in a room with seats) or -2360, -2370, -2372 (the seat);
    with -2361, -2371, -2373 (banned for all, and nobody has consented); with -1109 (somebody else shares a screen).
    """
    inside = await as_member(op, room_id, room_key)
    if inside.member.devices & device:
        return
    await _check_seat(op, inside, device)
    is_banned = bool(getattr(inside.room, publishing.BANS[device]))
    if is_banned and not inside.administers and not inside.member.grants & device:
        raise Refusal(_NOT_ALLOWED[device], "it is banned for all users; an administrator may consent to it")
    if device == SCREEN:
        await _refuse_second_sharer(op, inside)
    await publishing.open_own(op, inside.room, inside.member, device)


async def _check_seat(op: Operation, inside: Inside, device: int) -> None:
    """In a room with seats general users publish only while they sit, and nobody what the seat is barred from."""
    room = inside.room
    if not room.is_seat_enabled:
        return
    seat = await seats.of(op.tx, op.sdkappid, room.room_key, op.operator)
    if seat is None:
        if not inside.administers:
            raise Refusal(errors.NOT_SEATED, f"account {op.operator!r} is on no seat of room {room.room_id!r}")
        return
    if seat.is_audio_disabled if device == MICROPHONE else seat.is_video_disabled:
        raise Refusal(_LOCKED[device], f"seat {seat.seat_index} of room {room.room_id!r} is barred from it")


async def _refuse_second_sharer(op: Operation, inside: Inside) -> None:
    sharer = await rows.sharer(op.tx, op.sdkappid, inside.room.room_key)
    if sharer is not None:
        raise Refusal(errors.SOMEBODY_SHARES, f"account {sharer!r} is sharing a screen in this room")


async def close_own(op: Operation, room_id: str, room_key: int, device: int) -> None:
    """Close a device of the operator, and give up the consent to open it; refuses with 100004 or 100005."""
    inside = await as_member(op, room_id, room_key)
    await publishing.stop(op, inside.room, [op.operator], device, by_admin=False)


async def close_anothers(op: Operation, room_id: str, room_key: int, account: str, device: int) -> None:
    """Close a device of another, without asking; nothing keeps him from opening it again but a ban for all.

    Refuses with 100004, 100005, -2301 or 100006.
    """
    inside = await as_administrator(op, room_id, room_key)
    target = await subordinate(op, inside, account)
    await publishing.stop(op, inside.room, [target.account], device, by_admin=True)


async def disable_for_all(op: Operation, room_id: str, room_key: int, device: int, *, is_disabled: bool) -> None:
    """Ban a device for general users, or allow it again; refuses with 100004, 100005 or -2301."""
    inside = await as_administrator(op, room_id, room_key)
    changes = RoomChanges()
    setattr(changes, publishing.BANS[device], is_disabled)
    await rooms.change(op, inside.room, changes)
