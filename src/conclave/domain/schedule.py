"""What the clock does to rooms: booked ones start, empty ones end, and that an end is near is told.

The moments are columns, not timers: a server that slept through one does what is due as soon as it is back.
Rooms are found without a lock, and each is then done in a transaction of its own: one that is locked, or that cannot be
done, stops no other.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import msgspec

from conclave.domain import attendees, callbacks, directory, events, facts, pending_invitations, pending_requests, rooms
from conclave.domain.applications import Application
from conclave.domain.operation import Operation, of_the_clock
from conclave.domain.snapshots import of_person
from conclave.store import due, room_times
from conclave.store import rooms as rows
from conclave.store.rooms import Room
from conclave.store.statements import Transaction

BATCH: Final = 50
MOST_LOOKED_AT: Final = 3200
DueRooms = Callable[[Transaction, int], Awaitable[list[tuple[int, int]]]]
"""Finds ``(sdkappid, room_key)`` of rooms, at most so many, in which something is due."""
Deed = Callable[[Operation, Room], Awaitable[None]]
"""Does what is due in a locked room, all of it; what is not due any more is not done."""


class Chore(msgspec.Struct, frozen=True):
    """Something that the clock does: how the rooms are found in which it is due, and what is done in each."""

    name: str
    due_rooms: DueRooms
    deed: Deed

    async def find(self, tx: Transaction, is_free: Callable[[tuple[str, int, int]], bool]) -> list[tuple[int, int]]:
        """Return ``(sdkappid, room_key)`` of at most ``BATCH`` rooms in which it is due.

        ``is_free`` is asked by ``(name, sdkappid, room_key)``: which rooms are to be left out must not hide others.
        """
        limit = BATCH
        while True:
            found = await self.due_rooms(tx, limit)
            free = [room for room in dict.fromkeys(found) if is_free((self.name, *room))]
            if free or len(found) < limit or limit >= MOST_LOOKED_AT:
                return free[:BATCH]
            limit *= 8

    async def do(self, tx: Transaction, application: Application, room_key: int) -> None:
        """Do it in one room, if it is due there still."""
        room = await rows.lock_by_key(tx, application.sdkappid, room_key)
        if room is not None:
            await self.deed(of_the_clock(tx, application), room)


async def _start(op: Operation, room: Room) -> None:
    if not room.started_at and room.has_started(op.now):  # unless it was moved before it was locked
        room.started_at = room.schedule_start_s * 1000 or 1
        await room_times.set_life(op.tx, op.sdkappid, room)
        started = facts.RoomStarted(facts.RoomSnapshot.of(room, op.now), await attendees.of(op, room))
        await events.append(op, room, started)


async def _remind(op: Operation, room: Room) -> None:
    is_wanted = await room_times.forget_reminder(op.tx, op.sdkappid, room.room_key)
    if is_wanted and not room.has_started(op.now):  # late is better than never, but not for what has begun
        told = facts.RoomSnapshot.of(room, op.now), await of_person(op, room.owner), await attendees.of(op, room)
        await events.append(op, room, facts.RoomStartingSoon(*told))


async def _announce_end(op: Operation, room: Room) -> None:
    if not await room_times.forget_notice(op.tx, op.sdkappid, room.room_key):
        return
    is_over = op.now >= room.schedule_end_s * 1000  # late is better than never, but for what is over
    if not is_over and await directory.is_listed(op.tx, op.sdkappid, callbacks.ROOM_ENDING):
        await events.append(op, room, facts.RoomEnding(facts.RoomSnapshot.of(room, op.now)))


async def _close(op: Operation, room: Room) -> None:
    if op.is_past(room.closes_at):
        await _start(op, room)  # of many that were due at once, it may not have had its turn
        await rooms.end(op, room)


CHORES: Final = (
    Chore("remind", due.rooms_to_remind, _remind),
    Chore("start", due.rooms_to_start, _start),
    Chore("announce end", due.rooms_to_notice, _announce_end),
    Chore("expire requests", due.rooms_with_requests_to_expire, pending_requests.expire),
    Chore("expire invitations", due.rooms_with_invitations_to_expire, pending_invitations.expire),
    Chore("close", due.rooms_to_close, _close),
)
"""In the order in which they are done: a room starts before it ends."""
