"""Rows of ``callback_rooms`` that number nothing any more: which they are, and how they go."""

from typing import Final

from conclave.store.many import Many, alone
from conclave.store.statements import Statement, Transaction

_IS_OVER: Final = (
    "r.next = 0 "
    "AND NOT EXISTS (SELECT 1 FROM callbacks c WHERE c.sdkappid = r.sdkappid AND c.room_id = r.room_id) "
    "AND NOT EXISTS (SELECT 1 FROM groups g WHERE g.sdkappid = r.sdkappid AND g.group_id = r.room_id)"
)
_FORGET = Statement(f"DELETE FROM callback_rooms AS r WHERE r.sdkappid = $1 AND r.room_id = $2 AND {_IS_OVER}")
_PAGE = Statement(
    "SELECT room_id, next FROM callback_rooms WHERE sdkappid = $1 AND room_id > $2 ORDER BY room_id LIMIT $3"
)
# The end of a room may still be in front of the reader: it is numbered behind what was told of the room before [C11].
_SWEEP = Many(
    f"DELETE FROM callback_rooms AS r WHERE r.sdkappid = $1 AND r.room_id IN ([each]) AND {_IS_OVER} AND NOT EXISTS "
    "(SELECT 1 FROM events e WHERE e.position > $2 AND e.sdkappid = r.sdkappid AND e.room_id = r.room_id) "
    "RETURNING room_id",
    first=3,
)


async def forget_room(tx: Transaction, sdkappid: int, room_id: str) -> None:
    """Begin to number anew a room id that no room has, and of which no callback is left."""
    await tx.run(_FORGET, sdkappid, room_id)


async def sweep(tx: Transaction, sdkappid: int, after: str, read: int, limit: int) -> tuple[str, int]:
    """Forget which of the next ``limit`` room ids behind ``after`` are over, and of which all is read up to ``read``.

    Returns where to go on, empty at the end, and how many were forgotten.
    """
    page = await tx.all(_PAGE, sdkappid, after, limit)
    idle = [room_id for room_id, next_ in page if not next_]
    forgotten = [await tx.all(statement, sdkappid, read, *listed) for statement, listed in _SWEEP.over(alone(idle))]
    return page[-1][0] if len(page) == limit else "", sum(map(len, forgotten))
