"""Rows of ``callbacks`` that an operator lets go: dead ones, which nothing else ever removes."""

from conclave.store.callbacks import _FORGET_ROOM, CallbackRow, count
from conclave.store.engine import Statement, Transaction

_DISCARD = Statement(
    "DELETE FROM callbacks WHERE sdkappid = $1 AND position = $2 AND number = $3 AND state = 'dead' RETURNING number"
)


async def discard(tx: Transaction, row: CallbackRow) -> bool:
    """Delete a dead callback, and return whether it was one still.

    A room id that no room has, and of which nothing is left, is numbered from 1 again.
    """
    if await tx.one(_DISCARD, row.sdkappid, row.position, row.number) is None:
        return False
    await tx.run(_FORGET_ROOM, row.sdkappid, row.room_id)
    await count(tx, row.sdkappid, dead=-1)
    return True
