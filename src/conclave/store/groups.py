"""Rows of ``groups`` and ``counters``: every Chat group, those of rooms included."""

from conclave.store.engine import Row, Statement, Transaction

_COUNT = Statement(
    "INSERT INTO counters (sdkappid, name, value) VALUES ($1, $2, $3) "
    "ON CONFLICT (sdkappid, name) DO UPDATE SET value = counters.value + excluded.value RETURNING value"
)
_COUNTERS = Statement("SELECT name, value FROM counters WHERE sdkappid = $1")
_HOLDER = Statement("SELECT group_key, is_room, owner FROM groups WHERE sdkappid = $1 AND group_id = $2")
_ENTER = Statement(
    "UPDATE groups SET entries = entries + 1, member_count = member_count + 1 "
    "WHERE sdkappid = $1 AND group_key = $2 RETURNING entries, member_count"
)
_LEAVE = Statement(
    "UPDATE groups SET member_count = member_count - $3 WHERE sdkappid = $1 AND group_key = $2 RETURNING member_count"
)
_SET_OWNER = Statement("UPDATE groups SET owner = $3 WHERE sdkappid = $1 AND group_key = $2")
_DELETE = Statement("DELETE FROM groups WHERE sdkappid = $1 AND group_key = $2")
_DELETE_MEMBERS = Statement("DELETE FROM members WHERE sdkappid = $1 AND group_key = $2")


async def count(tx: Transaction, sdkappid: int, name: str, change: int) -> int:
    """Add ``change`` to a counter and return its new value."""
    row = await tx.one(_COUNT, sdkappid, name, change)
    assert row is not None
    value: int = row[0]
    return value


async def counters(tx: Transaction, sdkappid: int) -> dict[str, int]:
    """Return the application's counters by name."""
    return dict(await tx.all(_COUNTERS, sdkappid))


async def next_key(tx: Transaction, sdkappid: int) -> int:
    """Return a group key that was never used before in the application [R0]."""
    return await count(tx, sdkappid, "keys", 1)


async def holder(tx: Transaction, sdkappid: int, group_id: str) -> Row | None:
    """Return ``(group_key, is_room, owner)`` of whoever holds the id, or ``None``."""
    return await tx.one(_HOLDER, sdkappid, group_id)


async def enter(tx: Transaction, sdkappid: int, key: int) -> tuple[int, int]:
    """Count one more member; return its place in the order of entry and the new count."""
    row = await tx.one(_ENTER, sdkappid, key)
    assert row is not None
    return row[0], row[1]


async def leave(tx: Transaction, sdkappid: int, key: int, members: int) -> int:
    """Count ``members`` less; return the new count."""
    row = await tx.one(_LEAVE, sdkappid, key, members)
    assert row is not None
    remaining: int = row[0]
    return remaining


async def set_owner(tx: Transaction, sdkappid: int, key: int, owner: str) -> None:
    """Write the owner of a group."""
    await tx.run(_SET_OWNER, sdkappid, key, owner)


async def delete(tx: Transaction, sdkappid: int, key: int) -> None:
    """Delete a group and its members' rows."""
    await tx.run(_DELETE_MEMBERS, sdkappid, key)
    await tx.run(_DELETE, sdkappid, key)
