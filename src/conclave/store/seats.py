"""Rows of ``seats``: only those that differ from an empty, unlocked seat."""

from typing import Final

import msgspec

from conclave.store.statements import Statement, Transaction


class Seat(msgspec.Struct, gc=False):
    """A seat; ``account`` is ``""`` on an empty one. The flags belong to the user on it [S6]."""

    seat_index: int
    account: str = ""
    is_locked: int = 0
    is_video_disabled: int = 0
    is_audio_disabled: int = 0

    @property
    def is_plain(self) -> bool:
        """Empty and unlocked: not worth a row."""
        return not self.account and not self.is_locked


_COLUMNS: Final = ", ".join(Seat.__struct_fields__)
_ALL = Statement(f"SELECT {_COLUMNS} FROM seats WHERE sdkappid = $1 AND room_key = $2 ORDER BY seat_index")
_AT = Statement(f"SELECT {_COLUMNS} FROM seats WHERE sdkappid = $1 AND room_key = $2 AND seat_index = $3")
_OF = Statement(
    f"SELECT {_COLUMNS} FROM seats WHERE sdkappid = $1 AND room_key = $2 AND account = $3 AND account <> ''"
)
_DELETE = Statement("DELETE FROM seats WHERE sdkappid = $1 AND room_key = $2 AND seat_index = $3")
_PUT = Statement(
    f"INSERT INTO seats (sdkappid, room_key, {_COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7) "
    "ON CONFLICT (sdkappid, room_key, seat_index) DO UPDATE SET account = excluded.account, "
    "is_locked = excluded.is_locked, is_video_disabled = excluded.is_video_disabled, "
    "is_audio_disabled = excluded.is_audio_disabled"
)


async def every(tx: Transaction, sdkappid: int, room_key: int, seat_count: int) -> list[Seat]:
    """Return all seats of a room, plain ones included.

    A seat beyond ``seat_count`` is left out: where the count was read a moment before, the room may have grown since.
    """
    seats = [Seat(index) for index in range(seat_count)]
    for row in await tx.all(_ALL, sdkappid, room_key):
        seat = Seat(*row)
        if seat.seat_index < seat_count:
            seats[seat.seat_index] = seat
    return seats


async def at(tx: Transaction, sdkappid: int, room_key: int, index: int) -> Seat:
    """Return the seat of that index."""
    row = await tx.one(_AT, sdkappid, room_key, index)
    return Seat(index) if row is None else Seat(*row)


async def of(tx: Transaction, sdkappid: int, room_key: int, account: str) -> Seat | None:
    """Return the seat that the account sits on."""
    row = await tx.one(_OF, sdkappid, room_key, account)
    return None if row is None else Seat(*row)


async def save(tx: Transaction, sdkappid: int, room_key: int, seats: list[Seat]) -> None:
    """Write seats; those that nobody has any more go first, and where two exchange their users, both are cleared."""
    taken = [seat for seat in seats if not seat.is_plain]
    for seat in seats:
        if seat.is_plain or len(taken) > 1:
            await tx.run(_DELETE, sdkappid, room_key, seat.seat_index)
    for seat in taken:
        await tx.run(_PUT, sdkappid, room_key, *msgspec.structs.astuple(seat))
