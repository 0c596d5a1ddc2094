"""Rows of ``invitees``: who is to attend a booked room. It is whom to tell, not whom to let in."""

from typing import Final

import msgspec

from conclave.store import rooms
from conclave.store.many import Many, alone
from conclave.store.rooms import Room
from conclave.store.statements import Statement, Transaction


class Attendee(msgspec.Struct, frozen=True):
    """Somebody who is to attend; ``place`` is his in the order of the list, ``nick`` and ``face_url`` may be empty."""

    account: str
    place: int
    nick: str
    face_url: str


_IN_ROOM: Final = "i.sdkappid = $1 AND i.room_key = $2"
_ACCOUNTS = Statement(f"SELECT i.account FROM invitees i WHERE {_IN_ROOM} ORDER BY i.place")
_PAGE = Statement(
    "SELECT i.account, i.place, COALESCE(a.nick, ''), COALESCE(a.face_url, '') FROM invitees i "
    "LEFT JOIN accounts a ON a.sdkappid = i.sdkappid AND a.account = i.account "
    f"WHERE {_IN_ROOM} AND i.place >= $3 ORDER BY i.place LIMIT $4"
)
_COUNT = Statement(f"SELECT COUNT(*) FROM invitees i WHERE {_IN_ROOM}")
_IS_ONE = Statement(f"SELECT 1 FROM invitees i WHERE {_IN_ROOM} AND i.account = $3")
_LAST = Statement(f"SELECT i.place FROM invitees i WHERE {_IN_ROOM} ORDER BY i.place DESC LIMIT 1")
_INSERT = Many(
    "INSERT INTO invitees (sdkappid, room_key, account, place) VALUES [each]",
    "($1, $2, ?, ?)",
    first=3,
    may_repeat=False,
)
_DELETE = Many("DELETE FROM invitees WHERE sdkappid = $1 AND room_key = $2 AND account IN ([each])", first=3)
_ATTENDED = Statement(
    f"SELECT {rooms.COLUMNS} FROM invitees i JOIN groups g ON g.sdkappid = i.sdkappid AND g.group_key = i.room_key "
    "JOIN rooms r ON r.sdkappid = i.sdkappid AND r.room_key = i.room_key "
    "WHERE i.sdkappid = $1 AND i.account = $2 AND i.room_key > $3 ORDER BY i.room_key LIMIT $4"
)
_OWNED = Statement(
    f"SELECT g.group_key, r.room_key, {rooms.COLUMNS} FROM groups g "
    "LEFT JOIN rooms r ON r.sdkappid = g.sdkappid AND r.room_key = g.group_key "
    "WHERE g.sdkappid = $1 AND g.owner = $2 AND g.group_key > $3 ORDER BY g.group_key LIMIT $4"
)


async def accounts(tx: Transaction, sdkappid: int, room_key: int) -> list[str]:
    """Return everybody who is to attend, in the order of the list; the rules bound their number."""
    return [row[0] for row in await tx.all(_ACCOUNTS, sdkappid, room_key)]


async def page(tx: Transaction, sdkappid: int, room_key: int, first: int, limit: int) -> list[Attendee]:
    """Read up to ``limit`` of those who are to attend, from the place ``first`` on."""
    return [Attendee(*row) for row in await tx.all(_PAGE, sdkappid, room_key, first, limit)]


async def count(tx: Transaction, sdkappid: int, room_key: int) -> int:
    """Count those who are to attend."""
    row = await tx.one(_COUNT, sdkappid, room_key)
    assert row is not None
    return int(row[0])


async def is_one(tx: Transaction, sdkappid: int, room_key: int, account: str) -> bool:
    """Tell whether the account is to attend."""
    return await tx.one(_IS_ONE, sdkappid, room_key, account) is not None


async def add(tx: Transaction, sdkappid: int, room_key: int, joining: list[str]) -> None:
    """Write accounts that are not on the list yet at its end."""
    last = await tx.one(_LAST, sdkappid, room_key) if joining else None
    first = 1 if last is None else last[0] + 1
    for statement, listed in _INSERT.over([(account, place) for place, account in enumerate(joining, first)]):
        await tx.run(statement, sdkappid, room_key, *listed)


async def remove(tx: Transaction, sdkappid: int, room_key: int, leaving: list[str]) -> None:
    """Take accounts off the list."""
    for statement, listed in _DELETE.over(alone(leaving)):
        await tx.run(statement, sdkappid, room_key, *listed)


async def attended(tx: Transaction, sdkappid: int, account: str, after: int, limit: int) -> list[Room]:
    """Return the rooms that an account is to attend, in the order of their creation, after a room's key."""
    return [Room(*row) for row in await tx.all(_ATTENDED, sdkappid, account, after, limit)]


async def owned(tx: Transaction, sdkappid: int, account: str, after: int, limit: int) -> list[Room | int]:
    """Return the rooms that an account owns, likewise; Chat groups that it owns stand as their keys in their places."""
    found = await tx.all(_OWNED, sdkappid, account, after, limit)
    return [int(key) if room_key is None else Room(*room) for key, room_key, *room in found]
