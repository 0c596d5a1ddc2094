"""Settings of a room as members change them; the changes, and what follows from them, are those of ``rooms.change``."""

from conclave import errors
from conclave.domain import room_drafts, rooms, seating, speech
from conclave.domain.membership import as_administrator, as_owner, owned
from conclave.domain.operation import Operation
from conclave.domain.room_drafts import RoomChanges
from conclave.errors import Field, Refusal


async def change(op: Operation, room_id: str, room_key: int, changes: RoomChanges) -> None:
    """Change the room as its owner or an administrator; refuses with 100004, 100005 or -2301."""
    await rooms.change(op, (await as_administrator(op, room_id, room_key)).room, changes)


async def change_as_owner(op: Operation, room_id: str, room_key: int, changes: RoomChanges) -> None:
    """Change the room as its owner, who is inside; refuses with 100004, 100005 or -2300."""
    await rooms.change(op, (await as_owner(op, room_id, room_key)).room, changes)


async def set_seat_mode(op: Operation, room_id: str, room_key: int, mode: str) -> None:
    """Change how seats are taken; whoever sits stays. Refuses with 100004, 100005, -2301, or 100211 without seats."""
    room = (await as_administrator(op, room_id, room_key)).room
    if not room.is_seat_enabled:
        raise Refusal(errors.NO_SEATS, f"room {room_id!r} has no seats")
    await rooms.change(op, room, RoomChanges(take_seat_mode=mode))


async def set_speech_mode(op: Operation, room_id: str, room_key: int, mode: int) -> None:
    """Change between free speech and speech by application, which bars general users from microphone and camera.

    Refuses with 100004, 100005, -2301, or -2104: whether a room has seats never changes.
    """
    room = (await as_administrator(op, room_id, room_key)).room
    if mode == speech.mode(room):
        return
    is_barred = mode == speech.BY_APPLICATION
    if room.is_seat_enabled or mode == speech.ON_SEAT:
        raise Refusal(
            errors.WRONG_ROOM_SETTINGS, Field.SPEECH_MODE, " changes between 1 and 2 only, in a room without seats"
        )
    await rooms.change(op, room, RoomChanges(is_audio_disabled=is_barred, is_video_disabled=is_barred))


async def set_max_seat_count(op: Operation, room_id: str, count: int) -> None:
    """Change the number of seats of the operator's room, in which nobody is yet.

    Refuses with 100004, -2300, 100211 without seats, or 100013 above the application's ceiling or with somebody inside.
    """
    room = await owned(op, room_id)
    if not room.is_seat_enabled:
        raise Refusal(errors.NO_SEATS, f"room {room_id!r} has no seats")
    room_drafts.check_seat_ceiling(op, count)
    if room.member_count:
        raise Refusal(errors.OVER_CEILING, "the number of seats is set before anybody enters the room")
    for seat in await seating.every(op, room):
        if seat.seat_index >= count:
            await seating.bar(op, room, seat, taken=False, video=None, audio=None)  # it goes unlocked
    await rooms.change(op, room, RoomChanges(max_seat_count=count))
