"""What is asked of all applications at once: what is due, what is to be pruned, and the gauges.

Timers and pruning ask "what is due?", not "what is due for this application?": bounded by a limit, and served by an
index on the moment alone. The other statements read a few rows of each application, and no more where it is larger.
"""

import itertools

from conclave.store.callback_endpoints import OPEN
from conclave.store.groups import added_up
from conclave.store.statements import Statement, Transaction

_TO_START = Statement(
    "SELECT sdkappid, room_key FROM rooms WHERE started_at = 0 AND schedule_start_s <= $1 "
    "ORDER BY schedule_start_s LIMIT $2"
)
_TO_CLOSE = Statement(
    "SELECT sdkappid, room_key FROM rooms WHERE closes_at > 0 AND closes_at <= $1 ORDER BY closes_at LIMIT $2"
)
_TO_NOTICE = Statement(
    "SELECT sdkappid, room_key FROM rooms WHERE notice_at > 0 AND notice_at <= $1 ORDER BY notice_at LIMIT $2"
)
_TO_EXPIRE_REQUESTS = Statement(
    "SELECT sdkappid, room_key FROM requests WHERE expires_at > 0 AND expires_at <= $1 ORDER BY expires_at LIMIT $2"
)
_TO_REMIND = Statement(
    "SELECT sdkappid, room_key FROM rooms WHERE remind_at > 0 AND remind_at <= $1 ORDER BY remind_at LIMIT $2"
)
_TO_EXPIRE_INVITATIONS = Statement(
    "SELECT sdkappid, room_key FROM invitations WHERE expires_at > 0 AND expires_at <= $1 ORDER BY expires_at LIMIT $2"
)
_NEXT = Statement(
    "SELECT MIN(moment) FROM (SELECT MIN(schedule_start_s) * 1000 AS moment FROM rooms WHERE started_at = 0 "
    "UNION ALL SELECT MIN(closes_at) AS moment FROM rooms WHERE closes_at > 0 "
    "UNION ALL SELECT MIN(expires_at) AS moment FROM requests WHERE expires_at > 0 "
    "UNION ALL SELECT MIN(expires_at) AS moment FROM invitations WHERE expires_at > 0 "
    "UNION ALL SELECT MIN(remind_at) AS moment FROM rooms WHERE remind_at > 0 "
    "UNION ALL SELECT MIN(notice_at) AS moment FROM rooms WHERE notice_at > 0) AS moments"
)
# First looked up by the moment, then deleted by the key: one statement for both would read a whole application.
# Asked for the moment again: a ban may have been renewed in between.
_ENDED_BANS = Statement("SELECT sdkappid, room_key, account FROM bans WHERE until <= $1 ORDER BY until LIMIT $2")
_DELETE_BAN = Statement("DELETE FROM bans WHERE sdkappid = $1 AND room_key = $2 AND account = $3 AND until <= $4")
_PRUNE_EVENTS = Statement(
    "DELETE FROM events WHERE position IN "
    "(SELECT position FROM (SELECT position, at FROM events ORDER BY position LIMIT $2) AS oldest "
    "WHERE at <= $1 OR position <= (SELECT MAX(position) FROM events) - $3) "
    # The newest stays: positions go on from it, and no consumer's cursor is ever ahead of the log.
    "AND position < (SELECT MAX(position) FROM events) "
    "AND position <= $4 "
    "RETURNING position"
)
_COUNTERS = Statement(
    "SELECT sdkappid, name, value FROM counters WHERE name >= 'rooms' AND name < 'rooms0' "
    "OR name >= 'members' AND name < 'members0' ORDER BY sdkappid, name"
)
_CURSOR = Statement("SELECT position FROM consumers WHERE name = 'callbacks'")
_SET_CURSOR = Statement("UPDATE consumers SET position = $1 WHERE name = 'callbacks'")
_WATCHING = Statement("SELECT sdkappid, watched FROM callback_endpoints ORDER BY sdkappid")
_OWED = Statement(f"SELECT sdkappid FROM callback_endpoints WHERE {OPEN} ORDER BY sdkappid")
_ENDPOINTS = Statement("SELECT sdkappid, waiting, dead FROM callback_endpoints ORDER BY sdkappid")
_OLDEST = Statement(
    "SELECT e.sdkappid, (SELECT r.since FROM callback_rooms r WHERE r.sdkappid = e.sdkappid AND r.next > 0 "
    "ORDER BY r.since LIMIT 1) FROM callback_endpoints e WHERE e.waiting > 0"
)
_LAST = Statement("SELECT COALESCE(MAX(position), 0) FROM events")
_PRUNE_KEYS = Statement("DELETE FROM application_keys WHERE valid_until > 0 AND valid_until <= $1")


async def rooms_to_start(tx: Transaction, limit: int) -> list[tuple[int, int]]:
    """Return ``(sdkappid, room_key)`` of booked rooms whose start has come."""
    return [(row[0], row[1]) for row in await tx.all(_TO_START, tx.now // 1000, limit)]


async def rooms_to_close(tx: Transaction, limit: int) -> list[tuple[int, int]]:
    """Return ``(sdkappid, room_key)`` of empty rooms whose time is up [R10]."""
    return [(row[0], row[1]) for row in await tx.all(_TO_CLOSE, tx.now, limit)]


async def rooms_to_notice(tx: Transaction, limit: int) -> list[tuple[int, int]]:
    """Return ``(sdkappid, room_key)`` of rooms of which it is to be told that their end is near."""
    return [(row[0], row[1]) for row in await tx.all(_TO_NOTICE, tx.now, limit)]


async def rooms_with_requests_to_expire(tx: Transaction, limit: int) -> list[tuple[int, int]]:
    """Return ``(sdkappid, room_key)`` of requests whose time is over, a room for each of its requests."""
    return [(row[0], row[1]) for row in await tx.all(_TO_EXPIRE_REQUESTS, tx.now, limit)]


async def rooms_to_remind(tx: Transaction, limit: int) -> list[tuple[int, int]]:
    """Return ``(sdkappid, room_key)`` of booked rooms of whose start it is time to remind."""
    return [(row[0], row[1]) for row in await tx.all(_TO_REMIND, tx.now, limit)]


async def rooms_with_invitations_to_expire(tx: Transaction, limit: int) -> list[tuple[int, int]]:
    """Return ``(sdkappid, room_key)`` of invitations whose time is over, a room for each of its invitations."""
    return [(row[0], row[1]) for row in await tx.all(_TO_EXPIRE_INVITATIONS, tx.now, limit)]


async def next_moment(tx: Transaction) -> int | None:
    """Return the next moment (ms) at which the clock has something to do with a room."""
    row = await tx.one(_NEXT)
    return None if row is None or row[0] is None else int(row[0])


async def prune(tx: Transaction, events_before: int, most_events: int, until: int, limit: int) -> bool:
    """Delete bans that ended, keys whose overlap ended, events older than ``events_before`` (ms) or too many.

    Events behind the position ``until`` stay: not everybody has read them. At most ``limit`` of each; returns whether
    there may be more.
    """
    bans = await tx.all(_ENDED_BANS, tx.now, limit)
    for ban in bans:
        await tx.run(_DELETE_BAN, *ban, tx.now)
    await tx.run(_PRUNE_KEYS, tx.now)
    events = await tx.all(_PRUNE_EVENTS, events_before, limit, most_events, until)
    return limit in (len(bans), len(events))


async def counters(tx: Transaction) -> list[tuple[int, str, int]]:
    """Return ``(sdkappid, name, value)`` of every application's counters of rooms and members, for the metrics."""
    rows = await tx.all(_COUNTERS)
    return [
        (sdkappid, name, value)
        for sdkappid, of in itertools.groupby(rows, key=lambda row: row[0])
        for name, value in added_up((row[1], row[2]) for row in of).items()
    ]


async def callback_cursor(tx: Transaction) -> int:
    """Return how far the log has been read for callbacks; what is behind it has been queued, or was not due."""
    row = await tx.one(_CURSOR)
    assert row is not None
    return int(row[0])


async def set_callback_cursor(tx: Transaction, position: int) -> None:
    """Write how far the log has been read for callbacks."""
    await tx.run(_SET_CURSOR, position)


async def watching(tx: Transaction) -> list[tuple[int, str]]:
    """Return ``(sdkappid, watched)`` of every application that ever had callbacks."""
    return [(row[0], row[1]) for row in await tx.all(_WATCHING)]


async def owed(tx: Transaction) -> list[int]:
    """Return the applications whose endpoints may be sent something now."""
    return [row[0] for row in await tx.all(_OWED, tx.now)]


async def callback_gauges(tx: Transaction) -> tuple[int, list[tuple[int, int, int]], dict[int, int]]:
    """Return the last event's position, ``(sdkappid, waiting, dead)``, and since when (ms) the oldest one waits."""
    last = await tx.one(_LAST)
    assert last is not None
    oldest = {row[0]: row[1] for row in await tx.all(_OLDEST) if row[1] is not None}
    return last[0], [(row[0], row[1], row[2]) for row in await tx.all(_ENDPOINTS)], oldest
