"""Seats, each member for himself: take one or apply for it, leave it, move, and see who sits where."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import requests, seat_taking, seating
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import AS_ADMINISTRATOR, GONE, NO_SUCH_SEAT
from conclave.realtime.methods.requests import RequestListResult
from conclave.realtime.registry import method
from conclave.realtime.shapes.requests import RequestInfo
from conclave.realtime.shapes.seats import SeatInfo, seat_list
from conclave.realtime.shapes.words import Timeout

SeatIndex = Annotated[fields.Natural, Meta(description="The seat, from 0.")]
AnySeat = Annotated[
    int, Meta(ge=-1, le=fields.INT64_MAX, description="The seat, -1 for the lowest that is free and not locked.")
]


class TakeSeat(msgspec.Struct):
    """Parameters of takeSeat."""

    seatIndex: AnySeat = seating.ANY_SEAT
    timeout: Timeout = 0
    extensionInfo: Annotated[fields.Remark, Meta(description="What the receivers of an application are told.")] = ""


class TakeSeatResult(msgspec.Struct, frozen=True):
    """Result of takeSeat."""

    requestId: Annotated[
        str, Meta(description='The application, `""` when the seat was taken at once: nothing is pending.')
    ]
    seatIndex: Annotated[int, Meta(description="The seat that was taken, or is applied for, -1 for any.")]


@method(
    "takeSeat",
    needs="room",
    codes=(
        *GONE,
        *NO_SUCH_SEAT,
        errors.ALREADY_SEATED,
        errors.SEAT_APPLIED_FOR,
        errors.REQUEST_CONFLICT,
        errors.SEAT_LOCKED,
        errors.SEAT_OCCUPIED,
        errors.ALL_SEATS_TAKEN,
        errors.OVER_CEILING,
    ),
    example={"seatIndex": 0, "timeout": 60},
)
async def take_seat(call: Call, params: TakeSeat) -> TakeSeatResult:
    """Sit down; or, as a general user in a room whose seats are taken by application, apply for it.

    What became of an application is told by `onRequestCallback`. One is pending at a time (100202). 100102: one is
    invited to a seat, and accepts that instead.
    """
    place = call.place

    async def work(op: Operation) -> TakeSeatResult:
        taken = await seat_taking.take(
            op, place.room_id, place.room[1], params.seatIndex, params.timeout, params.extensionInfo
        )
        return TakeSeatResult(taken.request_id, taken.index)

    return await call.write(work)


class LeaveSeat(msgspec.Struct):
    """Parameters of leaveSeat: none; a member sits on one seat."""


@method("leaveSeat", needs="room", codes=(*GONE, errors.NOT_SEATED, errors.NOT_PERMITTED), example={})
async def leave_seat(call: Call, params: LeaveSeat) -> None:
    """Get up, and stay in the room; whatever one publishes stops.

    100006: the owner, in a room with `keepOwnerOnSeat`.
    """
    place = call.place
    await call.write(lambda op: seat_taking.leave(op, place.room_id, place.room[1]))


class MoveToSeat(msgspec.Struct):
    """Parameters of moveToSeat."""

    targetSeatIndex: SeatIndex


@method(
    "moveToSeat",
    needs="room",
    codes=(*GONE, *NO_SUCH_SEAT, errors.NOT_SEATED, errors.SEAT_LOCKED, errors.SEAT_OCCUPIED),
    example={"targetSeatIndex": 2},
)
async def move_to_seat(call: Call, params: MoveToSeat) -> None:
    """Move from one's seat to an empty one; what is barred there, and what is published, moves along [S6] [S7]."""
    place = call.place
    await call.write(lambda op: seat_taking.move(op, place.room_id, place.room[1], params.targetSeatIndex))


class GetSeatList(msgspec.Struct):
    """Parameters of getSeatList: none."""


class SeatListResult(msgspec.Struct, frozen=True):
    """Result of getSeatList."""

    seatList: Annotated[list[SeatInfo], Meta(description="Every seat, by index; none in a room without seats [S4].")]


@method("getSeatList", needs="room", codes=GONE, example={})
async def get_seat_list(call: Call, params: GetSeatList) -> SeatListResult:
    """Read all seats, and who sits there [S3]."""
    place = call.place

    async def work(op: Operation) -> SeatListResult:
        return SeatListResult(seat_list(*await seat_taking.listed(op, place.room_id, place.room[1])))

    return await call.read(work)


class GetSeatApplicationList(msgspec.Struct):
    """Parameters of getSeatApplicationList: none."""


@method("getSeatApplicationList", needs="room", codes=AS_ADMINISTRATOR, example={})
async def get_seat_application_list(call: Call, params: GetSeatApplicationList) -> RequestListResult:
    """Read the applications for seats that are pending; whoever became owner or administrator reads them first."""
    place = call.place

    async def work(op: Operation) -> RequestListResult:
        found = await requests.applications(op, place.room_id, place.room[1])
        return RequestListResult([RequestInfo.of(request) for request in found])

    return await call.read(work)
