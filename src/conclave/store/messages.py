"""Rows of ``messages``: the latest that was said in a room, numbered without a gap."""

from conclave.store.statements import Statement, Transaction

_INSERT = Statement("INSERT INTO messages (sdkappid, room_key, number, data) VALUES ($1, $2, $3, $4)")
_PRUNE = Statement("DELETE FROM messages WHERE sdkappid = $1 AND room_key = $2 AND number <= $3")
_PAGE = Statement(
    "SELECT data FROM messages WHERE sdkappid = $1 AND room_key = $2 AND number > $3 AND number < $4 "
    "ORDER BY number DESC LIMIT $5"
)


async def insert(tx: Transaction, sdkappid: int, room_key: int, number: int, data: str) -> None:
    """Write a message."""
    await tx.run(_INSERT, sdkappid, room_key, number, data)


async def prune(tx: Transaction, sdkappid: int, room_key: int, number: int) -> None:
    """Delete the messages up to a number."""
    await tx.run(_PRUNE, sdkappid, room_key, number)


async def page(tx: Transaction, sdkappid: int, room_key: int, after: int, before: int, limit: int) -> list[str]:
    """Read up to ``limit`` messages between two numbers, neither included, the latest first."""
    return [str(row[0]) for row in await tx.all(_PAGE, sdkappid, room_key, after, before, limit)]
