"""What a room may have rows of beside its own, and how all of it goes with the room."""

from typing import Final

from conclave.store.rooms import Room
from conclave.store.statements import Statement, Transaction

MESSAGES, METADATA, MUTES, INVITATIONS, REQUESTS, INVITEES = 1, 2, 4, 8, 16, 32
"""The bits of ``Room.holds``: which of these the room may have."""

_DELETE_MARKS = Statement("DELETE FROM marks WHERE sdkappid = $1 AND room_key = $2")
_DELETE_SEATS = Statement("DELETE FROM seats WHERE sdkappid = $1 AND room_key = $2")
_DELETE_BANS = Statement("DELETE FROM bans WHERE sdkappid = $1 AND room_key = $2")
_DELETE_HELD: Final = {
    bit: Statement(f"DELETE FROM {table} WHERE sdkappid = $1 AND room_key = $2")
    for bit, table in {
        MESSAGES: "messages",
        METADATA: "metadata",
        MUTES: "mutes",
        INVITATIONS: "invitations",
        REQUESTS: "requests",
        INVITEES: "invitees",
    }.items()
}


async def delete(tx: Transaction, sdkappid: int, room: Room) -> None:
    """Delete whatever a room may have beside its own row."""
    statements = {
        _DELETE_MARKS: room.entries > 0,
        _DELETE_SEATS: room.is_seat_enabled,
        _DELETE_BANS: room.bans_made > 0,
        **{statement: room.holds & bit for bit, statement in _DELETE_HELD.items()},
    }
    for statement, may_have_rows in statements.items():
        if may_have_rows:
            await tx.run(statement, sdkappid, room.room_key)
