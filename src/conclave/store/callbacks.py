"""Rows of ``callbacks`` and ``callback_rooms``: what is owed to the applications' backends, in which order."""

from typing import Final

import msgspec

from conclave.store.callback_endpoints import count, lock
from conclave.store.callback_rooms import forget_room
from conclave.store.statements import Statement, Transaction

WAITING: Final = "waiting"
DELIVERED: Final = "delivered"
DEAD: Final = "dead"


class CallbackRow(msgspec.Struct, gc=False):
    """One callback; ``number`` counts those of its room id without a gap [C11], ``attempts`` is JSON."""

    sdkappid: int
    position: int
    number: int
    room_id: str
    at: int
    command: str
    platform: str
    client_ip: str
    body: str
    state: str = WAITING
    refusals: int = 0
    attempts: str = "[]"


_FIELDS: Final = CallbackRow.__struct_fields__
_COLUMNS: Final = ", ".join(_FIELDS)
_QUALIFIED: Final = ", ".join(f"c.{field}" for field in _FIELDS)

_NUMBER = Statement(
    "INSERT INTO callback_rooms (sdkappid, room_id, numbered, next, since, due_at) VALUES ($1, $2, 1, 1, $3, $4) "
    "ON CONFLICT (sdkappid, room_id) DO UPDATE SET numbered = callback_rooms.numbered + 1, "
    "next = CASE callback_rooms.next WHEN 0 THEN callback_rooms.numbered + 1 ELSE callback_rooms.next END, "
    "since = CASE callback_rooms.next WHEN 0 THEN excluded.since ELSE callback_rooms.since END, "
    "due_at = CASE callback_rooms.next WHEN 0 THEN excluded.due_at ELSE callback_rooms.due_at END "
    "RETURNING numbered"
)
_INSERT = Statement(f"INSERT INTO callbacks ({', '.join(_FIELDS[:9])}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)")
_ROOMS: Final = (
    f"SELECT {_QUALIFIED} FROM callback_rooms r "
    "JOIN callbacks c ON c.sdkappid = r.sdkappid AND c.room_id = r.room_id AND c.number = r.next "
)
_DUE = Statement(_ROOMS + "WHERE r.sdkappid = $1 AND r.next > 0 AND r.due_at <= $2 ORDER BY r.due_at LIMIT $3")
_OLDEST = Statement(_ROOMS + "WHERE r.sdkappid = $1 AND r.next > 0 AND r.since <= $2 ORDER BY r.since LIMIT $3")
_FIND = Statement(f"SELECT {_COLUMNS} FROM callbacks WHERE sdkappid = $1 AND room_id = $2 AND number = $3")
_FIND_AT = Statement(f"SELECT {_COLUMNS} FROM callbacks WHERE sdkappid = $1 AND position = $2 AND number = $3")
_SETTLE = Statement(
    "UPDATE callbacks SET state = $4, refusals = $5, attempts = $6 "
    "WHERE sdkappid = $1 AND position = $2 AND number = $3 AND state = 'waiting' AND attempts = $7 RETURNING number"
)
_SEND_AGAIN = Statement(
    "UPDATE callbacks SET state = 'waiting', refusals = 0 WHERE sdkappid = $1 AND position = $2 AND number = $3"
)
_AFTER = Statement(
    "SELECT number, at FROM callbacks WHERE sdkappid = $1 AND room_id = $2 AND number > $3 AND state = 'waiting' "
    "ORDER BY number LIMIT 1"
)
# An earlier one may have been brought forward while this one was on its way: then that one is next, and stays so.
_SET_NEXT = Statement(
    "UPDATE callback_rooms SET next = $4, since = $5, due_at = $6 WHERE sdkappid = $1 AND room_id = $2 AND next = $3"
)
_HOLD_BACK = Statement("UPDATE callback_rooms SET due_at = $4 WHERE sdkappid = $1 AND room_id = $2 AND next = $3")
_BRING_FORWARD = Statement(
    "UPDATE callback_rooms SET next = $3, since = $4, due_at = $4 "
    "WHERE sdkappid = $1 AND room_id = $2 AND (next = 0 OR next > $3)"
)
_RELEASE = Statement("UPDATE callback_rooms SET due_at = $2 WHERE sdkappid = $1 AND next > 0 AND due_at > $2")
_WAITING_ROOMS = Statement("SELECT room_id, next FROM callback_rooms WHERE sdkappid = $1 AND next > 0 LIMIT $2")
_DROP = Statement(
    "DELETE FROM callbacks WHERE sdkappid = $1 AND room_id = $2 AND number IN "
    "(SELECT number FROM callbacks WHERE sdkappid = $1 AND room_id = $2 AND number >= $3 AND state = 'waiting' "
    "ORDER BY number LIMIT $4) RETURNING number"
)
_PAGE: Final = f"SELECT {_COLUMNS} FROM callbacks WHERE sdkappid = $1 AND (position, number) < ($2, $3) "
_LIST = Statement(_PAGE + "ORDER BY position DESC, number DESC LIMIT $4")
_LIST_OF_ROOM = Statement(
    f"SELECT {_COLUMNS} FROM callbacks WHERE sdkappid = $1 AND room_id = $2 AND number < $3 "
    "ORDER BY number DESC LIMIT $4"
)
# Only the oldest are looked at: what they are followed by is younger, or at least not much older.
_PRUNE = Statement(
    "DELETE FROM callbacks WHERE sdkappid = $1 AND (position, number) IN (SELECT position, number FROM "
    "(SELECT position, number, at FROM callbacks WHERE sdkappid = $1 AND state = 'delivered' "
    "ORDER BY position, number LIMIT $3) AS oldest WHERE at <= $2) RETURNING room_id"
)
_DISCARD = Statement(
    "DELETE FROM callbacks WHERE sdkappid = $1 AND position = $2 AND number = $3 AND state = 'dead' RETURNING number"
)


async def enqueue(tx: Transaction, row: CallbackRow) -> None:
    """Give a callback its number and put it behind the others of its room id; it is due when it is the first."""
    due_at = min(row.at, tx.now)  # after the clock went back, the time of a room is ahead of it [R29]
    numbered = await tx.one(_NUMBER, row.sdkappid, row.room_id, row.at, due_at)
    assert numbered is not None
    row.number = numbered[0]
    await tx.run(_INSERT, *msgspec.structs.astuple(row)[:9])


async def due(tx: Transaction, sdkappid: int, until: int, limit: int) -> list[CallbackRow]:
    """Return the first callback of each room id that is due, the one longest due first."""
    return [CallbackRow(*row) for row in await tx.all(_DUE, sdkappid, until, limit)]


async def oldest(tx: Transaction, sdkappid: int, until: int, limit: int) -> list[CallbackRow]:
    """Return the first waiting callback of each room id if it waits since ``until`` (ms), the longest first."""
    return [CallbackRow(*row) for row in await tx.all(_OLDEST, sdkappid, until, limit)]


async def find(tx: Transaction, sdkappid: int, room_id: str, number: int) -> CallbackRow | None:
    """Return one callback."""
    row = await tx.one(_FIND, sdkappid, room_id, number)
    return None if row is None else CallbackRow(*row)


async def find_at(tx: Transaction, sdkappid: int, position: int, number: int) -> CallbackRow | None:
    """Return the callback that an event of the log raised under a number."""
    row = await tx.one(_FIND_AT, sdkappid, position, number)
    return None if row is None else CallbackRow(*row)


async def give_up(tx: Transaction, row: CallbackRow) -> None:
    """Let a waiting callback be dead, and the next of its room id be due."""
    if await settle(tx, row, msgspec.structs.replace(row, state=DEAD)):
        await advance(tx, row)
        await count(tx, row.sdkappid, waiting=-1, dead=1)


async def settle(tx: Transaction, before: CallbackRow, after: CallbackRow) -> bool:
    """Write state, refusals and attempts of a callback; return whether it waits still, with the attempts of before."""
    key = (before.sdkappid, before.position, before.number)
    return await tx.one(_SETTLE, *key, after.state, after.refusals, after.attempts, before.attempts) is not None


async def advance(tx: Transaction, row: CallbackRow) -> None:
    """Let the next waiting callback of the room id be due, now that ``row`` waits no more."""
    await _move_on(tx, row.sdkappid, row.room_id, row.number, row.number)


async def _move_on(tx: Transaction, sdkappid: int, room_id: str, next_: int, last: int) -> None:
    found = await tx.one(_AFTER, sdkappid, room_id, last)
    number, at = (0, 0) if found is None else (found[0], found[1])
    await tx.run(_SET_NEXT, sdkappid, room_id, next_, number, at, tx.now)


async def hold_back(tx: Transaction, row: CallbackRow, until: int) -> None:
    """Keep a room's callbacks back until a moment (ms)."""
    await tx.run(_HOLD_BACK, row.sdkappid, row.room_id, row.number, until)


async def send_again(tx: Transaction, row: CallbackRow) -> None:
    """Let a callback that is delivered or dead wait again, as the first of its room id, and due.

    What counts against it begins anew.
    """
    await tx.run(_SEND_AGAIN, row.sdkappid, row.position, row.number)
    await count(tx, row.sdkappid, waiting=1, delivered=-(row.state == DELIVERED), dead=-(row.state == DEAD))
    await tx.run(_BRING_FORWARD, row.sdkappid, row.room_id, row.number, tx.now)


async def release(tx: Transaction, sdkappid: int) -> None:
    """Let every room id's next callback be due now."""
    await tx.run(_RELEASE, sdkappid, tx.now)


async def drop(tx: Transaction, sdkappid: int, limit: int) -> bool:
    """Delete at most ``limit`` callbacks that wait; return whether there may be more."""
    left = limit
    await lock(tx, sdkappid)
    for room_id, number in await tx.all(_WAITING_ROOMS, sdkappid, limit):
        dropped = await tx.all(_DROP, sdkappid, room_id, number, left)
        await _move_on(tx, sdkappid, room_id, number, max((row[0] for row in dropped), default=number))
        await forget_room(tx, sdkappid, room_id)
        left -= len(dropped)
        if not left:
            break
    await count(tx, sdkappid, waiting=left - limit)
    return not left


async def page(tx: Transaction, sdkappid: int, before: tuple[int, int], limit: int) -> list[CallbackRow]:
    """List callbacks, the latest first, before ``(position, number)``."""
    return [CallbackRow(*row) for row in await tx.all(_LIST, sdkappid, *before, limit)]


async def page_of_room(tx: Transaction, sdkappid: int, room_id: str, before: int, limit: int) -> list[CallbackRow]:
    """List the callbacks of a room id, the latest first, before the number ``before``."""
    return [CallbackRow(*row) for row in await tx.all(_LIST_OF_ROOM, sdkappid, room_id, before, limit)]


async def prune(tx: Transaction, sdkappid: int, until: int, limit: int) -> int:
    """Delete delivered callbacks that happened up to ``until`` (ms), the oldest first; return how many.

    What waits and what is dead stays. A room id that no room has, and of which nothing is left, is numbered from 1
    again.
    """
    deleted = await tx.all(_PRUNE, sdkappid, until, limit)
    for room_id in {row[0] for row in deleted}:
        await forget_room(tx, sdkappid, room_id)
    await count(tx, sdkappid, delivered=-len(deleted))
    return len(deleted)


async def discard(tx: Transaction, row: CallbackRow) -> bool:
    """Delete a dead callback, and return whether it was one still.

    A room id that no room has, and of which nothing is left, is numbered from 1 again.
    """
    await lock(tx, row.sdkappid)
    if await tx.one(_DISCARD, row.sdkappid, row.position, row.number) is None:
        return False
    await forget_room(tx, row.sdkappid, row.room_id)
    await count(tx, row.sdkappid, dead=-1)
    return True
