"""Rows of ``mutes``: who may not send messages in a room, member or not."""

import msgspec

from conclave.store.statements import Statement, Transaction

_HAS = Statement("SELECT 1 FROM mutes WHERE sdkappid = $1 AND room_key = $2 AND account = $3")
_INSERT = Statement("INSERT INTO mutes (sdkappid, room_key, account, place) VALUES ($1, $2, $3, $4)")
_DELETE = Statement("DELETE FROM mutes WHERE sdkappid = $1 AND room_key = $2 AND account = $3")
_PAGE = Statement(
    "SELECT m.place, m.account, COALESCE(a.nick, ''), COALESCE(a.face_url, '') FROM mutes m "
    "LEFT JOIN accounts a ON a.sdkappid = m.sdkappid AND a.account = m.account "
    "WHERE m.sdkappid = $1 AND m.room_key = $2 AND m.place > $3 ORDER BY m.place LIMIT $4"
)


class Mute(msgspec.Struct, frozen=True):
    """A muted account with its profile; ``place`` is the number of the event that muted it."""

    place: int
    account: str
    nick: str
    face_url: str


async def has(tx: Transaction, sdkappid: int, room_key: int, account: str) -> bool:
    """Tell whether the account is muted."""
    return await tx.one(_HAS, sdkappid, room_key, account) is not None


async def insert(tx: Transaction, sdkappid: int, room_key: int, account: str, place: int) -> None:
    """Write a mute that is new."""
    await tx.run(_INSERT, sdkappid, room_key, account, place)


async def delete(tx: Transaction, sdkappid: int, room_key: int, account: str) -> None:
    """Delete a mute."""
    await tx.run(_DELETE, sdkappid, room_key, account)


async def page(tx: Transaction, sdkappid: int, room_key: int, after: int, limit: int) -> list[Mute]:
    """Read up to ``limit`` mutes in the order of their time, after the place ``after``."""
    return [Mute(*row) for row in await tx.all(_PAGE, sdkappid, room_key, after, limit)]
