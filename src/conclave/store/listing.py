"""Lists across rooms and groups: what an application has, what an account is in, who is in a group.

Each statement is bounded by its limit and served by an index, so that a page costs the same wherever it lies. Two
wire fields are counts instead of cursors (``Offset`` of get_group_member_info and get_joined_group_list): there the
rows before the page are stepped over in the index, at most one group's members or one account's groups.
"""

from typing import Final

import msgspec

from conclave.store import groups, rooms
from conclave.store.groups import Group
from conclave.store.members import Member
from conclave.store.rooms import RoomHead
from conclave.store.statements import Statement, Transaction

_IDS = Statement(
    "SELECT group_key, group_id FROM groups WHERE sdkappid = $1 AND group_key > $2 ORDER BY group_key LIMIT $3"
)
_OF_TYPE: Final = "SELECT group_key, group_id FROM groups WHERE sdkappid = $1 AND type = $4 AND is_room = 0"
_IDS_OF_TYPE = Statement(f"{_OF_TYPE} AND group_key > $2 ORDER BY group_key LIMIT $3")
# Every room's group is a ChatRoom [R1]; the index on types leaves rooms out, as they have a table of their own.
_IDS_WITH_ROOMS = Statement(
    f"{_OF_TYPE} AND group_key > $2 UNION ALL SELECT r.room_key, g.group_id FROM rooms r CROSS JOIN groups g "
    "WHERE r.sdkappid = $1 AND r.room_key > $2 AND g.sdkappid = r.sdkappid AND g.group_key = r.room_key "
    "AND g.group_key > $2 ORDER BY 1 LIMIT $3"
)
# Both sides begin behind the place: PostgreSQL may merge them, and would read the other one from its start.
_ROOMS = Statement(
    f"SELECT {rooms.HEAD_COLUMNS} FROM rooms r JOIN groups g ON g.sdkappid = r.sdkappid AND g.group_key = r.room_key "
    "WHERE r.sdkappid = $1 AND r.room_key > $2 AND g.group_key > $2 ORDER BY r.room_key LIMIT $3"
)
_OWNED = Statement(
    f"SELECT {rooms.HEAD_COLUMNS}, g.is_room FROM groups g "
    "LEFT JOIN rooms r ON r.sdkappid = g.sdkappid AND r.room_key = g.group_key AND r.room_key > $2 "
    "WHERE g.sdkappid = $1 AND g.owner = $4 AND g.group_key > $2 ORDER BY g.group_key LIMIT $3"
)
_IN_GROUP: Final = "m.sdkappid = $1 AND m.group_key = $2"
_MEMBER: Final = ", ".join(f"m.{name}" for name in Member.__struct_fields__)
_MEMBERS = Statement(
    f"SELECT {_MEMBER} FROM members m WHERE {_IN_GROUP} AND m.entry > $3 AND m.account <> $4 "
    "AND ($5 = '' OR m.role = $5) ORDER BY m.entry LIMIT $6 OFFSET $7"
)
_JOINED: Final = (
    "members m JOIN groups g ON g.sdkappid = m.sdkappid AND g.group_key = m.group_key "
    "LEFT JOIN rooms r ON r.sdkappid = g.sdkappid AND r.room_key = g.group_key "
    "WHERE m.sdkappid = $1 AND m.account = $2 AND ($3 = '' OR g.type = $3) "
    "AND ($4 = 1 OR g.is_active = 1) AND ($5 < 0 OR g.support_topic = $5)"
)
_JOINED_PAGE = Statement(
    f"SELECT {groups.COLUMNS}, m.role, m.entered_at FROM {_JOINED} ORDER BY m.group_key LIMIT $6 OFFSET $7"
)
_JOINED_COUNT = Statement(f"SELECT COUNT(*) FROM {_JOINED}")


class Joined(msgspec.Struct):
    """A group, and what somebody is in it."""

    group: Group
    role: str
    entered_at: int


async def ids(tx: Transaction, sdkappid: int, group_type: str, after: int, limit: int) -> list[tuple[int, str]]:
    """Return ``(group_key, group_id)`` in the order of creation; an empty ``group_type`` means every type."""
    if not group_type:
        found = await tx.all(_IDS, sdkappid, after, limit)
    elif group_type == "ChatRoom":
        found = await tx.all(_IDS_WITH_ROOMS, sdkappid, after, limit, group_type)
    else:
        found = await tx.all(_IDS_OF_TYPE, sdkappid, after, limit, group_type)
    return [(row[0], row[1]) for row in found]


async def rooms_after(
    tx: Transaction, sdkappid: int, owner: str | None, after: int, limit: int
) -> list[RoomHead | int]:
    """Return rooms in the order of creation, of one owner or of all.

    Where the owner also owns Chat groups, their keys stand in the rooms' places: they count as looked at.
    """
    if owner is None:
        return [RoomHead(*row) for row in await tx.all(_ROOMS, sdkappid, after, limit)]
    found = await tx.all(_OWNED, sdkappid, after, limit, owner)
    return [RoomHead(*row[:-1]) if row[-1] else int(row[0]) for row in found]


async def members(
    tx: Transaction, sdkappid: int, key: int, without: str, role: str, after: int, limit: int, offset: int
) -> list[Member]:
    """Read members in the order of entry, one left aside, of one stored role or of all.

    ``after`` is a place in the order of entry, ``offset`` a number of rows to step over; one of them is 0.
    """
    return [Member(*row) for row in await tx.all(_MEMBERS, sdkappid, key, after, without, role, limit, offset)]


async def joined(
    tx: Transaction,
    sdkappid: int,
    account: str,
    group_type: str,
    *,
    inactive: bool,
    topics: int,
    limit: int,
    offset: int,
) -> list[Joined]:
    """Read the groups that an account is in, in the order of creation.

    An empty ``group_type`` means every type, ``inactive`` adds Private groups without a message, ``topics`` is 1 or 0
    for communities with or without topics and -1 for both.
    """
    chosen = (account, group_type, int(inactive), topics)
    found = await tx.all(_JOINED_PAGE, sdkappid, *chosen, limit, offset)
    return [Joined(Group(*row[:-2]), row[-2], row[-1]) for row in found]


async def count_joined(
    tx: Transaction, sdkappid: int, account: str, group_type: str, *, inactive: bool, topics: int
) -> int:
    """Count what ``joined`` would list."""
    row = await tx.one(_JOINED_COUNT, sdkappid, account, group_type, int(inactive), topics)
    assert row is not None
    return int(row[0])
