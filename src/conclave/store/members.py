"""Rows of ``members`` and ``marks``: accounts inside a room or a group."""

import copy
from collections.abc import Sequence
from typing import Final

import msgspec

from conclave.store.many import Many, alone
from conclave.store.statements import Row, Statement, Transaction

NO_MARKS: Final = "[]"
NO_CUSTOM_FIELDS: Final = "[]"
NO_ATTRIBUTES: Final = "{}"
_read_marks: Final = msgspec.json.Decoder(list[int]).decode
_read_attributes: Final = msgspec.json.Decoder(dict[str, str]).decode


def marks_of(stored: str) -> list[int]:
    """Return marks as they are stored, ascending; few members have any."""
    return [] if stored == NO_MARKS else _read_marks(stored)


def attributes_of(stored: str) -> dict[str, str]:
    """Return what is kept with a member, as it is stored."""
    return {} if stored == NO_ATTRIBUTES else _read_attributes(stored)


class Member(msgspec.Struct, gc=False):
    """An account inside a group, in the order of ``_COLUMNS``; ownership is the group's, not the row's.

    By default it is what everybody is who has just come in.
    """

    account: str
    entry: int = 0
    entered_at: int = 0
    is_robot: int = 0
    role: str = "Member"
    name_card: str = ""
    custom_info: str = ""
    marks: str = NO_MARKS
    custom: str = NO_CUSTOM_FIELDS
    devices: int = 0
    grants: int = 0
    is_muted: int = 0
    attributes: str = NO_ATTRIBUTES
    node: str = ""

    @property
    def mark_set(self) -> set[int]:
        """The member's marks."""
        return set(marks_of(self.marks))


_COLUMNS: Final = ", ".join(Member.__struct_fields__)
_FIND = Statement(f"SELECT {_COLUMNS} FROM members WHERE sdkappid = $1 AND group_key = $2 AND account = $3")
_AMONG = Many(f"SELECT {_COLUMNS} FROM members WHERE sdkappid = $1 AND group_key = $2 AND account IN ([each])", first=3)
_PAGE = Statement(
    "SELECT account, name_card, role, marks, custom_info, entry FROM members "
    "WHERE sdkappid = $1 AND group_key = $2 AND entry > $3 ORDER BY entry LIMIT $4"
)
_INSERT = Statement(
    f"INSERT INTO members (sdkappid, group_key, {_COLUMNS}) "
    f"VALUES ({', '.join(f'${n}' for n in range(1, len(Member.__struct_fields__) + 3))})"
)
_UPDATE = Statement(
    "UPDATE members SET role = $4, name_card = $5, custom_info = $6, marks = $7, devices = $8, grants = $9, "
    "is_muted = $10, attributes = $11 WHERE sdkappid = $1 AND group_key = $2 AND account = $3"
)
_SET_NODE = Statement("UPDATE members SET node = $4 WHERE sdkappid = $1 AND group_key = $2 AND account = $3")
_DELETE = Many("DELETE FROM members WHERE sdkappid = $1 AND group_key = $2 AND account IN ([each])", first=3)
_MARK = Statement(
    "INSERT INTO marks (sdkappid, room_key, mark, holders) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (sdkappid, room_key, mark) DO UPDATE SET holders = marks.holders + excluded.holders"
)
_FORGET_MARKS = Statement("DELETE FROM marks WHERE sdkappid = $1 AND room_key = $2 AND holders <= 0")
_COUNT_MARKS = Statement("SELECT COUNT(*) FROM marks WHERE sdkappid = $1 AND room_key = $2")
_ADMINISTRATORS = Statement(
    "SELECT account FROM members WHERE sdkappid = $1 AND group_key = $2 AND role = 'Admin' ORDER BY entry"
)
_FIRST = Statement(
    "SELECT account FROM members WHERE sdkappid = $1 AND group_key = $2 AND is_robot = 0 AND role = $3 "
    "AND account <> $4 ORDER BY entry LIMIT 1"
)


_PUBLISHING = Statement(
    "SELECT account FROM members WHERE sdkappid = $1 AND group_key = $2 AND (devices > 0 OR grants > 0) "
    "ORDER BY account"
)
_SHARER = Statement("SELECT account FROM members WHERE sdkappid = $1 AND group_key = $2 AND devices >= 4")


def _key(sdkappid: int, key: int, account: str) -> tuple[str, int, int, str]:
    return "member", sdkappid, key, account


async def find(tx: Transaction, sdkappid: int, key: int, account: str) -> Member | None:
    """Read one member."""
    known: Member | None = tx.recall(_key(sdkappid, key, account))
    if known is None:
        row = await tx.one(_FIND, sdkappid, key, account)
        known = None if row is None else Member(*row)
        tx.remember(_key(sdkappid, key, account), known)
    return copy.copy(known)


async def among(tx: Transaction, sdkappid: int, key: int, accounts: Sequence[str]) -> list[Member]:
    """Read those of the accounts that are members, in the order of the accounts."""
    recalled = {account: tx.recall(_key(sdkappid, key, account)) for account in accounts}
    unknown = [account for account, known in recalled.items() if known is None]
    for statement, listed in _AMONG.over(alone(unknown)):
        for row in await tx.all(statement, sdkappid, key, *listed):
            member = recalled[row[0]] = Member(*row)
            tx.remember(_key(sdkappid, key, member.account), member)
    return [copy.copy(known) for known in recalled.values() if known is not None]


async def page(tx: Transaction, sdkappid: int, key: int, after: int, limit: int) -> list[Row]:
    """Read up to ``limit`` members in the order of entry, after the place ``after``, as a list shows them.

    A row is ``(account, name_card, role, marks, custom_info, entry)``: no column more than the list needs.
    """
    return await tx.all(_PAGE, sdkappid, key, after, limit)


async def insert(tx: Transaction, sdkappid: int, key: int, member: Member) -> None:
    """Write a new member."""
    tx.remember(_key(sdkappid, key, member.account), member)
    await tx.run(_INSERT, sdkappid, key, *msgspec.structs.astuple(member))


async def update(tx: Transaction, sdkappid: int, key: int, member: Member) -> None:
    """Write all that may change of a member."""
    tx.remember(_key(sdkappid, key, member.account), member)
    await tx.run(
        _UPDATE,
        sdkappid,
        key,
        member.account,
        member.role,
        member.name_card,
        member.custom_info,
        member.marks,
        member.devices,
        member.grants,
        member.is_muted,
        member.attributes,
    )


async def set_node(tx: Transaction, sdkappid: int, key: int, member: Member) -> None:
    """Write which node answers for a member's presence."""
    tx.remember(_key(sdkappid, key, member.account), member)
    await tx.run(_SET_NODE, sdkappid, key, member.account, member.node)


async def delete(tx: Transaction, sdkappid: int, key: int, *accounts: str) -> None:
    """Delete the rows of members."""
    for account in accounts:
        tx.remember(_key(sdkappid, key, account), None)
    for statement, listed in _DELETE.over(alone(accounts)):
        await tx.run(statement, sdkappid, key, *listed)


async def first(tx: Transaction, sdkappid: int, key: int, role: str, without: str) -> str | None:
    """Return the person of that stored role who entered first, ``without`` left aside."""
    row = await tx.one(_FIRST, sdkappid, key, role, without)
    return None if row is None else str(row[0])


async def publishing(tx: Transaction, sdkappid: int, key: int) -> list[str]:
    """Read the accounts of members that have a device open, or may open one in spite of a ban."""
    return [row[0] for row in await tx.all(_PUBLISHING, sdkappid, key)]


async def sharer(tx: Transaction, sdkappid: int, key: int) -> str | None:
    """Return who shares a screen."""
    row = await tx.one(_SHARER, sdkappid, key)
    return None if row is None else str(row[0])


async def administrators(tx: Transaction, sdkappid: int, key: int) -> list[str]:
    """Return those whose stored role is Admin, in the order of their entry."""
    return [str(row[0]) for row in await tx.all(_ADMINISTRATORS, sdkappid, key)]


async def count_holders(tx: Transaction, sdkappid: int, key: int, changes: dict[int, int]) -> int:
    """Add to the number of members that carry each mark; return how many distinct marks the room has."""
    for mark, change in changes.items():
        await tx.run(_MARK, sdkappid, key, mark, change)
    await tx.run(_FORGET_MARKS, sdkappid, key)
    row = await tx.one(_COUNT_MARKS, sdkappid, key)
    assert row is not None
    return int(row[0])
