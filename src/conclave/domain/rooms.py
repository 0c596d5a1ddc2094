"""Rooms: read, change, end; they are made in ``room_creation``.

Every change begins with ``lock``; ``find`` is for reading.
"""

import msgspec

from conclave import errors
from conclave.domain import (
    attendees,
    booking,
    events,
    facts,
    pending_invitations,
    pending_requests,
    publishing,
    room_drafts,
    speech,
)
from conclave.domain.operation import SYSTEM, Operation
from conclave.domain.room_drafts import RoomChanges
from conclave.domain.snapshots import of_person
from conclave.errors import Refusal
from conclave.store import groups, room_contents, room_times
from conclave.store import rooms as rows
from conclave.store.rooms import Room


async def find(op: Operation, room_id: str) -> Room:
    """Return a living room for reading; refuses with 100004."""
    room = await rows.find(op.tx, op.sdkappid, room_id)
    if room is None:
        raise _not_exist(room_id)
    return room


async def exists(op: Operation, room_id: str) -> bool:
    """Tell whether there is such a room, which is locked then."""
    return await rows.lock(op.tx, op.sdkappid, room_id) is not None


async def glance(op: Operation, room_id: str) -> Room:
    """Return a living room, perhaps from memory, for an answer that rests on it alone; refuses with 100004."""
    room = await rows.glance(op.tx, op.sdkappid, room_id)
    if room is None:
        raise _not_exist(room_id)
    return room


async def lock(op: Operation, room_id: str) -> Room:
    """Return a living room that nobody else changes until the transaction ends; refuses with 100004."""
    room = await rows.lock(op.tx, op.sdkappid, room_id)
    if room is None:
        raise _not_exist(room_id)
    return room


async def lock_in_order(op: Operation, room_id: str, other: int) -> None:
    """Lock the room of the key ``other``, where there is one, if it comes before the room that is locked next.

    Whoever locks several rooms does so in the order of their keys: nobody waits for one who waits for him.
    """
    if other:
        room = await rows.find(op.tx, op.sdkappid, room_id)
        if room is None or other < room.room_key:
            await rows.lock_by_key(op.tx, op.sdkappid, other)


def _not_exist(room_id: str) -> Refusal:
    return Refusal(errors.ROOM_NOT_EXIST, f"room {room_id!r} does not exist")


async def update(op: Operation, room_id: str, changes: RoomChanges) -> Room:
    """Change what is given; refuses with 100002, 100013 or 100004."""
    room = await rows.lock(op.tx, op.sdkappid, room_id)
    if changes.take_seat_mode is not None and (room is None or room.is_seat_enabled):
        room_drafts.seat_mode(changes.take_seat_mode)
    room_drafts.check_ceiling(op, changes.max_member_count)
    if room is None:
        raise _not_exist(room_id)
    return await change(op, room, changes)


async def change(op: Operation, before: Room, changes: RoomChanges) -> Room:
    """Change what is given of a locked room, whoever asks; refuses with 100002 where no password is stored [R25]."""
    given = {field: value for field, value in msgspec.structs.asdict(changes).items() if value is not None}
    if not before.is_seat_enabled:
        given.pop("take_seat_mode", None)  # ignored, whatever it says [R7]
    if not changes.password:
        given.pop("password", None)  # an empty one leaves the stored one alone [R25]
    after = msgspec.structs.replace(
        before, **{field: int(value) if isinstance(value, bool) else value for field, value in given.items()}
    )
    room_drafts.check_password(changes.is_password_enabled, after.password)
    changed = [field for field in given if getattr(after, field) != getattr(before, field)]
    if not changed:
        return before
    if booking.is_moved(changed):
        after.closes_at = booking.closes_at(op, after.created_at, after.schedule_end_s)
        await room_times.set_schedule(
            op.tx, op.sdkappid, after, booking.notice_at(op, after), booking.remind_at(op, after)
        )
    snapshot, mode = facts.RoomSnapshot.of(after, op.now), speech.mode_if_changed(before, after)
    await events.change(op, after, facts.RoomUpdated(snapshot, changed, await attendees.of(op, after), mode))
    await publishing.stop_banned(op, after, changed)
    if "take_seat_mode" in changed and after.take_seat_mode == room_drafts.FREE_TO_TAKE:
        await pending_requests.withdraw_applications(op, after)
    return after


async def destroy(op: Operation, room_id: str) -> None:
    """End a room: members, seats, bans, marks, robots and group go with it; refuses with 100004."""
    await end(op, await lock(op, room_id))


async def end(op: Operation, room: Room) -> None:
    """End a locked room."""
    await pending_invitations.withdraw_all(op, room)
    fact = facts.RoomDestroyed(by_system=op.operator == SYSTEM, by_owner=op.operator == room.owner)
    if not room.has_started(op.now):  # those who were to come are told that they need not
        fact = msgspec.structs.replace(
            fact,
            room=facts.RoomSnapshot.of(room, op.now),
            host=await of_person(op, room.owner),
            attendees=await attendees.of(op, room),
        )
    await events.end(op, room, fact)
    await room_contents.delete(op.tx, op.sdkappid, room)
    await rows.delete(op.tx, op.sdkappid, room)
    await groups.delete(op.tx, op.sdkappid, room.room_key, room.entries)
    await groups.count(op.tx, op.sdkappid, rooms=-1, members=-room.member_count)
