"""Rows of ``bans``: who may not enter a room, and until when."""

import msgspec

from conclave.store.statements import Statement, Transaction


class Ban(msgspec.Struct, gc=False):
    """A ban; ``until`` in milliseconds, ``place`` in the order of the time of the ban."""

    account: str
    place: int
    until: int
    reason: str


_FIND = Statement(
    "SELECT account, place, until, reason FROM bans "
    "WHERE sdkappid = $1 AND room_key = $2 AND account = $3 AND until > $4"
)
_PAGE = Statement(
    "SELECT account, place, until, reason FROM bans "
    "WHERE sdkappid = $1 AND room_key = $2 AND place > $3 AND until > $4 ORDER BY place LIMIT $5"
)
_SAVE = Statement(
    "INSERT INTO bans (sdkappid, room_key, account, place, until, reason) VALUES ($1, $2, $3, $4, $5, $6) "
    "ON CONFLICT (sdkappid, room_key, account) "
    "DO UPDATE SET place = excluded.place, until = excluded.until, reason = excluded.reason"
)
_DELETE = Statement("DELETE FROM bans WHERE sdkappid = $1 AND room_key = $2 AND account = $3")


async def find(tx: Transaction, sdkappid: int, room_key: int, account: str) -> Ban | None:
    """Return the account's ban, if one is in force."""
    row = await tx.one(_FIND, sdkappid, room_key, account, tx.now)
    return None if row is None else Ban(*row)


async def page(tx: Transaction, sdkappid: int, room_key: int, after: int, limit: int) -> list[Ban]:
    """Read up to ``limit`` bans in force, in the order of their time, after the place ``after``."""
    return [Ban(*row) for row in await tx.all(_PAGE, sdkappid, room_key, after, tx.now, limit)]


async def save(tx: Transaction, sdkappid: int, room_key: int, ban: Ban) -> None:
    """Write a ban; a later one replaces the earlier end [R18]."""
    await tx.run(_SAVE, sdkappid, room_key, ban.account, ban.place, ban.until, ban.reason)


async def delete(tx: Transaction, sdkappid: int, room_key: int, account: str) -> None:
    """Delete an account's ban."""
    await tx.run(_DELETE, sdkappid, room_key, account)
