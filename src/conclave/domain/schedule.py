"""What the clock does to rooms: booked ones start, empty ones end, and that an end is near is told.

The moments are columns, not timers: a server that slept through one does what is due as soon as it is back.
"""

from collections.abc import Awaitable, Callable
from typing import Final

from conclave.domain import attendees, callbacks, directory, events, facts, pending_invitations, pending_requests, rooms
from conclave.domain.applications import Application
from conclave.domain.operation import SYSTEM, Operation
from conclave.domain.snapshots import of_person
from conclave.store import due
from conclave.store import rooms as rows
from conclave.store.engine import Transaction
from conclave.store.rooms import Room

BATCH = 50
DueRooms = Callable[[Transaction, int], Awaitable[list[tuple[int, int]]]]
"""Finds ``(sdkappid, room_key)`` of rooms, at most so many, in which something is due."""
Deed = Callable[[Operation, Room], Awaitable[None]]
"""Does what is due in a locked room, all of it; what is not due any more is not done."""


async def run_due(tx: Transaction, application: Callable[[int], Application | None]) -> bool:
    """Do what is due, in at most ``BATCH`` rooms of each chore; return whether more may be waiting."""
    is_more = False
    for due_rooms, deed in CHORES:
        found = await due_rooms(tx, BATCH)
        for sdkappid, key in dict.fromkeys(found):
            op = _operation(tx, application(sdkappid))
            room = op and await rows.lock_by_key(tx, sdkappid, key)
            if op and room:
                await deed(op, room)
        is_more |= len(found) == BATCH
    return is_more


def _operation(tx: Transaction, application: Application | None) -> Operation | None:
    return None if application is None else Operation(tx, application, SYSTEM)


async def _start(op: Operation, room: Room) -> None:
    if not room.started_at and room.has_started(op.now):  # unless it was moved before it was locked
        room.started_at = room.schedule_start_s * 1000 or 1
        await rows.set_life(op.tx, op.sdkappid, room)
        started = facts.RoomStarted(facts.RoomSnapshot.of(room, op.now), await attendees.of(op, room))
        await events.append(op, room, started)


async def _remind(op: Operation, room: Room) -> None:
    is_wanted = await rows.forget_reminder(op.tx, op.sdkappid, room.room_key)
    if is_wanted and not room.has_started(op.now):  # late is better than never, but not for what has begun
        told = facts.RoomSnapshot.of(room, op.now), await of_person(op, room.owner), await attendees.of(op, room)
        await events.append(op, room, facts.RoomStartingSoon(*told))


async def _announce_end(op: Operation, room: Room) -> None:
    if not await rows.forget_notice(op.tx, op.sdkappid, room.room_key):
        return
    is_over = op.now >= room.schedule_end_s * 1000  # late is better than never, but for what is over
    if not is_over and await directory.is_listed(op.tx, op.sdkappid, callbacks.ROOM_ENDING):
        await events.append(op, room, facts.RoomEnding(facts.RoomSnapshot.of(room, op.now)))


async def _close(op: Operation, room: Room) -> None:
    if op.is_past(room.closes_at):
        await _start(op, room)  # of many that were due at once, it may not have had its turn
        await rooms.end(op, room)


CHORES: Final[tuple[tuple[DueRooms, Deed], ...]] = (
    (due.rooms_to_remind, _remind),
    (due.rooms_to_start, _start),
    (due.rooms_to_notice, _announce_end),
    (due.rooms_with_requests_to_expire, pending_requests.expire),
    (due.rooms_with_invitations_to_expire, pending_invitations.expire),
    (due.rooms_to_close, _close),
)
"""In the order in which they are done: a room starts before it ends."""
