"""Seats in the hands of owner and administrators: invite, take off, move, lock."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import seat_moderation, seating
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import AS_ADMINISTRATOR_OVER_ANOTHER, NO_SUCH_SEAT
from conclave.realtime.methods.requests import SentResult
from conclave.realtime.methods.seats import AnySeat, SeatIndex
from conclave.realtime.registry import method
from conclave.realtime.shapes.words import Timeout

SEAT, VIDEO, AUDIO = 1, 2, 4


class TakeUserOnSeat(msgspec.Struct):
    """Parameters of takeUserOnSeatByAdmin."""

    userId: Annotated[fields.Account, Meta(description="Who is invited.")]
    seatIndex: AnySeat = seating.ANY_SEAT
    timeout: Timeout = 0
    extensionInfo: Annotated[fields.Remark, Meta(description="What the user is told along with it.")] = ""


@method(
    "takeUserOnSeatByAdmin",
    needs="room",
    codes=(
        *AS_ADMINISTRATOR_OVER_ANOTHER,
        *NO_SUCH_SEAT,
        errors.ALREADY_SEATED,
        errors.REQUEST_CONFLICT,
        errors.REQUEST_REPEATED,
        errors.OVER_CEILING,
    ),
    example={"userId": "user2", "seatIndex": 1, "timeout": 60},
)
async def take_user_on_seat(call: Call, params: TakeUserOnSeat) -> SentResult:
    """Invite a member to sit down; he must accept, and only then is it asked whether the seat is free.

    100102: the member has applied for a seat himself, which is to be accepted instead.
    """
    place = call.place

    async def work(op: Operation) -> SentResult:
        return SentResult(
            await seat_moderation.invite(
                op,
                place.room_id,
                place.room[1],
                params.seatIndex,
                params.userId,
                params.timeout,
                params.extensionInfo,
            )
        )

    return await call.write(work)


class KickUserOffSeat(msgspec.Struct):
    """Parameters of kickUserOffSeatByAdmin."""

    userId: Annotated[fields.Account, Meta(description="Who is taken off.")]
    seatIndex: Annotated[
        int, Meta(ge=-1, le=fields.INT64_MAX, description="The seat that the user sits on, -1 for whichever it is.")
    ] = seating.ANY_SEAT
    extensionInfo: Annotated[fields.Remark, Meta(description="What the user is told along with it [S5].")] = ""


@method(
    "kickUserOffSeatByAdmin",
    needs="room",
    codes=(*AS_ADMINISTRATOR_OVER_ANOTHER, errors.NOT_SEATED),
    example={"userId": "user2", "extensionInfo": "time is up"},
)
async def kick_user_off_seat(call: Call, params: KickUserOffSeat) -> None:
    """Take a member off the seat; he stays in the room, and whatever he publishes stops."""
    place = call.place

    async def work(op: Operation) -> None:
        await seat_moderation.kick_off(
            op, place.room_id, place.room[1], params.seatIndex, params.userId, params.extensionInfo
        )

    await call.write(work)


class MoveUserToSeat(msgspec.Struct):
    """Parameters of moveUserToSeatByAdmin."""

    userId: Annotated[fields.Account, Meta(description="Who is moved.")]
    targetSeatIndex: SeatIndex
    policy: Annotated[
        Literal[0, 1, 2],
        Meta(description="When somebody sits there: 0 refuse, 1 take him off, 2 exchange both."),
    ] = 0


@method(
    "moveUserToSeatByAdmin",
    needs="room",
    codes=(*AS_ADMINISTRATOR_OVER_ANOTHER, *NO_SUCH_SEAT, errors.NOT_SEATED, errors.SEAT_OCCUPIED),
    example={"userId": "user2", "targetSeatIndex": 3, "policy": 2},
)
async def move_user_to_seat(call: Call, params: MoveUserToSeat) -> None:
    """Move a member from one seat to another; a locked one is unlocked by it [S8].

    Whoever is taken off for it must be one on whom the caller may act.
    """
    place = call.place

    async def work(op: Operation) -> None:
        await seat_moderation.move(
            op, place.room_id, place.room[1], params.userId, params.targetSeatIndex, params.policy
        )

    await call.write(work)


class LockSeat(msgspec.Struct):
    """Parameters of lockSeatByAdmin; what is left out stays as it is."""

    seatIndex: SeatIndex
    lockSeat: Annotated[bool | None, Meta(description="Whether nobody may sit there; takes off whoever does.")] = None
    lockVideo: Annotated[bool | None, Meta(description="Whether its user is barred from camera and screen.")] = None
    lockAudio: Annotated[bool | None, Meta(description="Whether its user is barred from the microphone.")] = None
    lockFlag: Annotated[
        int,
        Meta(ge=0, le=7, description="Which of the three to apply: 1 lockSeat, 2 lockVideo, 4 lockAudio, added up."),
    ] = SEAT | VIDEO | AUDIO


@method(
    "lockSeatByAdmin",
    needs="room",
    codes=(*AS_ADMINISTRATOR_OVER_ANOTHER, *NO_SUCH_SEAT),
    example={"seatIndex": 1, "lockAudio": True},
)
async def lock_seat(call: Call, params: LockSeat) -> None:
    """Lock or unlock a seat, bar or allow the video and audio of its user [S6]; what is barred stops at once."""
    place, flag = call.place, params.lockFlag

    async def work(op: Operation) -> None:
        await seat_moderation.lock(
            op,
            place.room_id,
            place.room[1],
            params.seatIndex,
            taken=params.lockSeat if flag & SEAT else None,
            video=params.lockVideo if flag & VIDEO else None,
            audio=params.lockAudio if flag & AUDIO else None,
        )

    await call.write(work)
