"""Rows of ``events``: the log of what happened, in the order in which it happened."""

from typing import Final

import msgspec

from conclave.store.statements import Statement, Transaction


class EventRow(msgspec.Struct, gc=False):
    """One fact as it is stored; ``position`` orders the whole log, ``seq`` the room's own events without a gap."""

    position: int
    sdkappid: int
    room_key: int
    seq: int
    room_id: str
    kind: str
    at: int
    operator: str
    platform: str
    client_ip: str
    data: str


class HistoryRow(msgspec.Struct, gc=False):
    """What the history needs of a fact."""

    position: int
    room_key: int
    kind: str
    at: int
    operator: str
    data: str


_COLUMNS: Final = ", ".join(EventRow.__struct_fields__)
_OF_HISTORY: Final = ", ".join(HistoryRow.__struct_fields__)
# The kinds that tell who was inside, and when; a partial index leads to their rows.
HISTORY_KINDS: Final = frozenset(
    ("RoomCreated", "RoomDestroyed", "MemberEntered", "MemberLeft", "RobotAdded", "RobotRemoved")
)

_APPEND = Statement(
    f"INSERT INTO events ({_COLUMNS.removeprefix('position, ')}, is_history) "
    "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)"
)
_AFTER = Statement(f"SELECT {_COLUMNS} FROM events WHERE position > $1 AND position <= $2 ORDER BY position LIMIT $3")
_FIRST = Statement("SELECT COALESCE(MIN(position), 0) FROM events")
_OF_KIND = Statement(
    f"SELECT {_COLUMNS} FROM events WHERE position > $1 AND position <= $2 AND kind = $3 ORDER BY position LIMIT 1"
)
_LAST = Statement("SELECT COALESCE({settled}, 0)")
_OF_ID = Statement(
    f"SELECT {_OF_HISTORY} FROM events "
    "WHERE sdkappid = $1 AND room_id = $2 AND at >= $3 AND (at, position) > ($3, $4) "
    "AND at <= $5 AND is_history = 1 ORDER BY at, position LIMIT $6"
)

_DESTROYED = Statement(
    "SELECT 1 FROM events WHERE sdkappid = $1 AND room_id = $2 AND at > $3 "
    "AND is_history = 1 AND kind = 'RoomDestroyed' LIMIT 1"
)


async def append(
    tx: Transaction,
    sdkappid: int,
    room_key: int,
    seq: int,
    room_id: str,
    kind: str,
    at: int,
    operator: str,
    platform: str,
    client_ip: str,
    data: str,
) -> None:
    """Write one fact; its position is given by the log. The parameters are the columns: every change passes here."""
    is_history = 1 if kind in HISTORY_KINDS else 0
    await tx.run(_APPEND, sdkappid, room_key, seq, room_id, kind, at, operator, platform, client_ip, data, is_history)


async def after(tx: Transaction, position: int, until: int, limit: int) -> list[EventRow]:
    """Read the log on from ``position`` up to ``until``: the feed of every consumer, across applications."""
    return [EventRow(*row) for row in await tx.all(_AFTER, position, until, limit)]


async def of_kind(tx: Transaction, position: int, until: int, kind: str) -> list[EventRow]:
    """Read the next fact of a kind behind ``position`` and up to ``until``, across applications, if there is one."""
    return [EventRow(*row) for row in await tx.all(_OF_KIND, position, until, kind)]


async def first_position(tx: Transaction) -> int:
    """Return the position of the oldest fact that is kept, 0 for an empty log."""
    row = await tx.one(_FIRST)
    assert row is not None
    return int(row[0])


async def last_position(tx: Transaction) -> int:
    """Return the position up to which the log is settled, 0 for an empty one.

    Every fact up to there is seen by whoever reads from now on. What this transaction itself has written may be behind
    it.
    """
    row = await tx.one(_LAST)
    assert row is not None
    return int(row[0])


async def history(
    tx: Transaction, sdkappid: int, room_id: str, after: tuple[int, int], until: int, limit: int
) -> list[HistoryRow]:
    """Read who came and went under a room id, across its lives, after ``(at, position)`` and up to ``until`` (ms)."""
    return [HistoryRow(*row) for row in await tx.all(_OF_ID, sdkappid, room_id, *after, until, limit)]


async def was_destroyed(tx: Transaction, sdkappid: int, room_id: str, since: int) -> bool:
    """Tell whether a room of that id ended later than ``since`` (ms), as far as the log reaches back."""
    return await tx.one(_DESTROYED, sdkappid, room_id, since) is not None
