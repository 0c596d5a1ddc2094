"""Rows of ``metadata``: what the members of a room keep with it, by name; the rules bound their number."""

from conclave.store.statements import Statement, Transaction

_ALL = Statement("SELECT name, value FROM metadata WHERE sdkappid = $1 AND room_key = $2 ORDER BY name")
_PUT = Statement(
    "INSERT INTO metadata (sdkappid, room_key, name, value) VALUES ($1, $2, $3, $4) "
    "ON CONFLICT (sdkappid, room_key, name) DO UPDATE SET value = excluded.value"
)
_DELETE = Statement("DELETE FROM metadata WHERE sdkappid = $1 AND room_key = $2 AND name = $3")


async def every(tx: Transaction, sdkappid: int, room_key: int) -> dict[str, str]:
    """Return all of a room's metadata, in the order of the names."""
    return {row[0]: row[1] for row in await tx.all(_ALL, sdkappid, room_key)}


async def put(tx: Transaction, sdkappid: int, room_key: int, name: str, value: str) -> None:
    """Write a value, in place of the one of that name."""
    await tx.run(_PUT, sdkappid, room_key, name, value)


async def delete(tx: Transaction, sdkappid: int, room_key: int, name: str) -> None:
    """Delete a value."""
    await tx.run(_DELETE, sdkappid, room_key, name)
