"""What the clock does to rooms: booked ones start, empty ones end, and that an end is near is told.

The moments are columns, not timers: a server that slept through one does what is due as soon as it is back.
"""

from collections.abc import Callable

from conclave.domain import callbacks, directory, events, facts, rooms
from conclave.domain.applications import Application
from conclave.domain.operation import SYSTEM, Operation
from conclave.store import due
from conclave.store import rooms as rows
from conclave.store.engine import Transaction

BATCH = 50


async def run_due(tx: Transaction, application: Callable[[int], Application | None]) -> bool:
    """Start, announce and end what is due, at most ``BATCH`` of each; return whether more may be waiting."""
    starting = await due.rooms_to_start(tx, BATCH)
    for sdkappid, key in starting:
        op = _operation(tx, application(sdkappid))
        room = op and await rows.lock_by_key(tx, sdkappid, key)
        if op and room and not room.started_at:
            room.started_at = room.schedule_start_s * 1000 or 1
            await rows.set_life(tx, sdkappid, room)
            await events.append(op, room, facts.RoomStarted(facts.RoomSnapshot.of(room, tx.now)))
    ending = await due.rooms_to_notice(tx, BATCH)
    for sdkappid, key in ending:
        op = _operation(tx, application(sdkappid))
        room = op and await rows.lock_by_key(tx, sdkappid, key)
        if op and room:
            await rows.forget_notice(tx, sdkappid, key)
            is_over = tx.now >= room.schedule_end_s * 1000  # late is better than never, but for what is over
            if not is_over and await directory.is_listed(tx, sdkappid, callbacks.ROOM_ENDING):
                await events.append(op, room, facts.RoomEnding(facts.RoomSnapshot.of(room, tx.now)))
    closing = await due.rooms_to_close(tx, BATCH)
    for sdkappid, key in closing:
        op = _operation(tx, application(sdkappid))
        room = op and await rows.lock_by_key(tx, sdkappid, key)
        if op and room and 0 < room.closes_at <= tx.now:
            await rooms.end(op, room)
    return BATCH in (len(starting), len(ending), len(closing))


def _operation(tx: Transaction, application: Application | None) -> Operation | None:
    return None if application is None else Operation(tx, application, SYSTEM)
