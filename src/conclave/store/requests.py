"""Rows of ``requests``: what waits for somebody's consent. Whoever answers first deletes the row."""

from typing import Final

import msgspec

from conclave.store.statements import Statement, Transaction


class Request(msgspec.Struct, gc=False):
    """A request that is pending; ``number`` is that of the event that sent it.

    ``target`` is ``""`` when owner and administrators may answer. Times are in milliseconds; ``expires_at`` is 0 for
    never. A unique key keeps the same sender from asking the same target for the same thing twice.
    """

    number: int
    action: int
    sender: str
    target: str
    seat_index: int
    extension: str
    at: int
    expires_at: int


_COLUMNS: Final = ", ".join(Request.__struct_fields__)
_INSERT = Statement(
    f"INSERT INTO requests (sdkappid, room_key, {_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) "
    "ON CONFLICT DO NOTHING"
)
_FIND = Statement(f"SELECT {_COLUMNS} FROM requests WHERE sdkappid = $1 AND room_key = $2 AND number = $3")
_OF_SENDER = Statement(
    f"SELECT {_COLUMNS} FROM requests WHERE sdkappid = $1 AND room_key = $2 AND sender = $3 ORDER BY number"
)
_TO = Statement(
    f"SELECT {_COLUMNS} FROM requests WHERE sdkappid = $1 AND room_key = $2 AND target = $3 ORDER BY number LIMIT $4"
)
_OVER = Statement(
    f"SELECT {_COLUMNS} FROM requests WHERE sdkappid = $1 AND room_key = $2 AND expires_at > 0 AND expires_at <= $3"
)
_COUNT = Statement("SELECT COUNT(*) FROM requests WHERE sdkappid = $1 AND room_key = $2")
_DELETE = Statement("DELETE FROM requests WHERE sdkappid = $1 AND room_key = $2 AND number = $3")


async def insert(tx: Transaction, sdkappid: int, room_key: int, request: Request) -> bool:
    """Write a request; return whether the same one was not pending yet."""
    return await tx.run(_INSERT, sdkappid, room_key, *msgspec.structs.astuple(request)) > 0


async def find(tx: Transaction, sdkappid: int, room_key: int, number: int) -> Request | None:
    """Read one request."""
    row = await tx.one(_FIND, sdkappid, room_key, number)
    return None if row is None else Request(*row)


async def of_sender(tx: Transaction, sdkappid: int, room_key: int, sender: str) -> list[Request]:
    """Return all that an account has asked for."""
    return [Request(*row) for row in await tx.all(_OF_SENDER, sdkappid, room_key, sender)]


async def to(tx: Transaction, sdkappid: int, room_key: int, target: str, limit: int) -> list[Request]:
    """Return up to ``limit`` requests to an account, or to owner and administrators with ``""``, the oldest first."""
    return [Request(*row) for row in await tx.all(_TO, sdkappid, room_key, target, limit)]


async def over(tx: Transaction, sdkappid: int, room_key: int) -> list[Request]:
    """Return the room's requests whose time is over."""
    return [Request(*row) for row in await tx.all(_OVER, sdkappid, room_key, tx.now)]


async def count(tx: Transaction, sdkappid: int, room_key: int) -> int:
    """Return how many requests are pending in a room."""
    row = await tx.one(_COUNT, sdkappid, room_key)
    assert row is not None
    return int(row[0])


async def delete(tx: Transaction, sdkappid: int, room_key: int, number: int) -> None:
    """Delete a request."""
    await tx.run(_DELETE, sdkappid, room_key, number)
