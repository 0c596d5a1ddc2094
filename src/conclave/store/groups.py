"""Rows of ``groups`` and ``counters``: every Chat group, those of rooms included."""

import functools
from collections.abc import Iterable
from typing import Final

import msgspec

from conclave.store.statements import Row, Statement, Transaction


class Group(msgspec.Struct, gc=False):
    """A Chat group as it is stored; ``custom`` is JSON, ``is_muted`` the room's IsMessageDisabled."""

    group_key: int
    group_id: str
    type: str
    is_room: int
    name: str
    owner: str
    created_at: int
    member_count: int
    max_member_count: int
    entries: int
    introduction: str
    notification: str
    face_url: str
    apply_option: str
    invite_option: str
    custom: str
    support_topic: int
    enable_permission: int
    default_permission: int
    is_active: int
    info_seq: int
    info_at: int
    is_muted: int = 0


_STORED: Final = tuple(field for field in Group.__struct_fields__ if field != "is_muted")
COLUMNS: Final = ", ".join([*(f"g.{name}" for name in _STORED), "COALESCE(r.is_message_disabled, 0)"])
WITH_ROOM: Final = "groups g LEFT JOIN rooms r ON r.sdkappid = g.sdkappid AND r.room_key = g.group_key"

_FIND = Statement(f"SELECT {COLUMNS} FROM {WITH_ROOM} WHERE g.sdkappid = $1 AND g.group_id = $2")
_LOCK = Statement("SELECT group_key FROM groups WHERE sdkappid = $1 AND group_id = $2 FOR UPDATE")
_CLAIM = Statement(
    f"INSERT INTO groups (sdkappid, {', '.join(_STORED)}) "
    f"VALUES ($1, {{new_key}}, {', '.join(f'${n}' for n in range(2, len(_STORED) + 1))}) "
    "ON CONFLICT (sdkappid, group_id) DO NOTHING RETURNING group_key"
)
_COUNTERS = Statement("SELECT name, value FROM counters WHERE sdkappid = $1")
# A counter may be spread over several rows: 'rooms', 'rooms/1', 'rooms/2' and so on; '0' comes right after '/'.
_COUNTER = Statement(
    "SELECT CAST(COALESCE(SUM(value), 0) AS BIGINT) FROM counters "
    "WHERE sdkappid = $1 AND name >= $2 AND name < $2 || '0'"
)
_NUMBER = Statement(
    "INSERT INTO counters (sdkappid, name, value) VALUES ($1, $2, 1) "
    "ON CONFLICT (sdkappid, name) DO UPDATE SET value = counters.value + 1 RETURNING value"
)
_HOLDER = Statement("SELECT group_key, is_room, owner FROM groups WHERE sdkappid = $1 AND group_id = $2")
_LEAVE = Statement("UPDATE groups SET member_count = member_count - 1 WHERE sdkappid = $1 AND group_key = $2")
_SET_OWNER = Statement(
    "UPDATE groups SET owner = $3, info_seq = info_seq + 1, info_at = $4 WHERE sdkappid = $1 AND group_key = $2"
)
_DISOWN = Statement(
    "UPDATE groups SET owner = '', info_seq = info_seq + 1, info_at = $3 "
    "WHERE sdkappid = $1 AND owner = $2 AND is_room = 0"
)
_JOINED_KEYS = Statement(
    "SELECT m.group_key, g.group_id, g.is_room FROM members m "
    "JOIN groups g ON g.sdkappid = m.sdkappid AND g.group_key = m.group_key "
    "WHERE m.sdkappid = $1 AND m.account = $2 AND m.group_key > $3 ORDER BY m.group_key LIMIT $4"
)
_NEWEST_ROOMS = Statement(
    "SELECT g.group_id FROM members m JOIN groups g ON g.sdkappid = m.sdkappid AND g.group_key = m.group_key "
    "WHERE m.sdkappid = $1 AND m.account = $2 AND g.is_room = 1 ORDER BY m.group_key DESC LIMIT $3"
)
_OWNED_ROOMS = Statement(
    "SELECT group_key FROM groups WHERE sdkappid = $1 AND owner = $2 AND is_room = 1 ORDER BY group_key LIMIT $3"
)
_DELETE = Statement("DELETE FROM groups WHERE sdkappid = $1 AND group_key = $2")
_DELETE_MEMBERS = Statement("DELETE FROM members WHERE sdkappid = $1 AND group_key = $2")


@functools.cache
def _counting(names: int) -> Statement:
    rows = ", ".join(f"($1, ${2 * n}{{spread}}, ${2 * n + 1})" for n in range(1, names + 1))
    return Statement(
        f"INSERT INTO counters (sdkappid, name, value) VALUES {rows} "
        "ON CONFLICT (sdkappid, name) DO UPDATE SET value = counters.value + excluded.value"
    )


async def count(tx: Transaction, sdkappid: int, **changes: int) -> None:
    """Add to counters by name, in one statement; nobody waits for others who count at the same time."""
    values: list[str | int] = []
    for name, change in changes.items():
        values += name, change
    await tx.run(_counting(len(changes)), sdkappid, *values)


async def number(tx: Transaction, sdkappid: int, name: str) -> int:
    """Return 1, 2, 3 and so on without a gap: whoever comes next waits until this transaction ends."""
    row = await tx.one(_NUMBER, sdkappid, name)
    assert row is not None
    return int(row[0])


async def counter(tx: Transaction, sdkappid: int, name: str) -> int:
    """Return one of the application's counters."""
    row = await tx.one(_COUNTER, sdkappid, name)
    assert row is not None
    return int(row[0])


async def counters(tx: Transaction, sdkappid: int) -> dict[str, int]:
    """Return the application's counters by name."""
    return added_up((row[0], row[1]) for row in await tx.all(_COUNTERS, sdkappid))


def added_up(rows: Iterable[tuple[str, int]]) -> dict[str, int]:
    """Return counters by name, given the rows over which they are spread."""
    found: dict[str, int] = {}
    for name, value in rows:
        of = name.partition("/")[0]
        found[of] = found.get(of, 0) + value
    return found


async def find(tx: Transaction, sdkappid: int, group_id: str) -> Group | None:
    """Read a group."""
    row = await tx.one(_FIND, sdkappid, group_id)
    return None if row is None else Group(*row)


async def lock(tx: Transaction, sdkappid: int, group_id: str) -> Group | None:
    """Read a group and keep others from changing it until the transaction ends (SQLite has one writer anyway)."""
    await tx.one(_LOCK, sdkappid, group_id)
    return await find(tx, sdkappid, group_id)


async def claim(tx: Transaction, sdkappid: int, group: Group) -> bool:
    """Write a new group, which holds its id, and give it its key; return whether the id was free."""
    row = await tx.one(_CLAIM, sdkappid, *msgspec.structs.astuple(group)[1 : len(_STORED)])
    if row is None:
        return False
    group.group_key = row[0]
    return True


async def holder(tx: Transaction, sdkappid: int, group_id: str) -> Row | None:
    """Return ``(group_key, is_room, owner)`` of whoever holds the id, or ``None``."""
    return await tx.one(_HOLDER, sdkappid, group_id)


async def leave(tx: Transaction, sdkappid: int, key: int) -> None:
    """Count one member less."""
    await tx.run(_LEAVE, sdkappid, key)


async def set_owner(tx: Transaction, sdkappid: int, key: int, owner: str) -> None:
    """Write the owner of a group."""
    await tx.run(_SET_OWNER, sdkappid, key, owner, tx.now)


async def disown(tx: Transaction, sdkappid: int, owner: str) -> None:
    """Leave the Chat groups of an owner without one; rooms keep theirs [R31]."""
    await tx.run(_DISOWN, sdkappid, owner, tx.now)


async def joined_keys(
    tx: Transaction, sdkappid: int, account: str, after: int, limit: int
) -> list[tuple[int, str, int]]:
    """Return ``(group_key, group_id, is_room)`` of what an account is in, in the order of creation after a key."""
    return [(row[0], row[1], row[2]) for row in await tx.all(_JOINED_KEYS, sdkappid, account, after, limit)]


async def newest_rooms(tx: Transaction, sdkappid: int, account: str, limit: int) -> list[str]:
    """Return the ids of the rooms that an account is in, those that were created last first."""
    return [row[0] for row in await tx.all(_NEWEST_ROOMS, sdkappid, account, limit)]


async def owned_rooms(tx: Transaction, sdkappid: int, owner: str, limit: int) -> int:
    """Return how many living rooms an account owns; it counts no further than ``limit``."""
    return len(await tx.all(_OWNED_ROOMS, sdkappid, owner, limit))


async def delete(tx: Transaction, sdkappid: int, key: int, entries: int) -> None:
    """Delete a group and its members' rows; ``entries`` is how many there ever were."""
    if entries:
        await tx.run(_DELETE_MEMBERS, sdkappid, key)
    await tx.run(_DELETE, sdkappid, key)
