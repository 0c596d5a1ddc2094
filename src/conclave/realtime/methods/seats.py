"""``takeSeat`` and ``leaveSeat``."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import seats
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.registry import method


class TakeSeat(msgspec.Struct):
    """Parameters of takeSeat."""

    seatIndex: Annotated[
        int, Meta(ge=-1, le=fields.INT64_MAX, description="The seat, -1 for the lowest that is free and not locked.")
    ] = seats.ANY_SEAT
    timeout: Annotated[
        fields.Natural, Meta(description="Seconds for which an application would be valid, 0 without end.")
    ] = 0


class TakeSeatResult(msgspec.Struct, frozen=True):
    """Result of takeSeat."""

    requestId: Annotated[str, Meta(description='`""`: the seat was taken at once, nothing is pending.')]
    seatIndex: Annotated[int, Meta(description="The seat that was taken.")]


@method(
    "takeSeat",
    needs="room",
    codes=(
        errors.ROOM_NOT_EXIST,
        errors.NO_SEATS,
        errors.SEAT_INDEX_INVALID,
        errors.NOT_MEMBER,
        errors.NOT_PERMITTED,
        errors.ALREADY_SEATED,
        errors.SEAT_LOCKED,
        errors.SEAT_OCCUPIED,
        errors.ALL_SEATS_TAKEN,
    ),
    example={"seatIndex": 0},
)
async def take_seat(call: Call, params: TakeSeat) -> TakeSeatResult:
    """Sit down; in a room whose seats are taken by application, only its owner and its administrators may."""
    place = call.place

    async def work(op: Operation) -> TakeSeatResult:
        return TakeSeatResult("", await seats.take(op, place.room_id, params.seatIndex))

    return await call.write(work)


class LeaveSeat(msgspec.Struct):
    """Parameters of leaveSeat: none; a member sits on one seat."""


@method("leaveSeat", needs="room", codes=(errors.ROOM_NOT_EXIST, errors.NOT_SEATED), example={})
async def leave_seat(call: Call, params: LeaveSeat) -> None:
    """Get up, and stay in the room."""
    place = call.place
    await call.write(lambda op: seats.leave(op, place.room_id))
