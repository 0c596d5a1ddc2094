"""``room_engine_http_mic``: seats (docs 60716-60719, 72552, 72685)."""

from typing import Literal

import msgspec

from conclave import errors
from conclave.api import fields
from conclave.api.registry import Example, command, service
from conclave.domain import rooms, seats
from conclave.domain.operation import Operation

SERVICE = service("room_engine_http_mic", "Seats (mic positions) of conferences.")


class GetSeatList(msgspec.Struct):
    """Request of get_seat_list."""

    RoomId: fields.RoomId


class SeatInfo(msgspec.Struct):
    """A seat; ``Member_Account`` is empty when nobody sits on it [S3]."""

    Index: int
    Member_Account: str
    IsTakenDisabled: bool
    IsVideoDisabled: bool
    IsAudioDisabled: bool


class GetSeatListReply(msgspec.Struct):
    """Reply of get_seat_list: every seat, in order."""

    SeatList: list[SeatInfo]


@command(
    SERVICE,
    document="60719",
    access="point",
    codes=(errors.ROOM_NOT_EXIST,),
    example=Example({"RoomId": "room-1"}),
)
async def get_seat_list(op: Operation, request: GetSeatList) -> GetSeatListReply:
    """Read all seats of a room; none where it has no seats."""
    room = await rooms.glance(op, request.RoomId)
    return GetSeatListReply(
        [
            SeatInfo(
                seat.seat_index,
                seat.account,
                seat.is_locked == 1,
                seat.is_video_disabled == 1,
                seat.is_audio_disabled == 1,
            )
            for seat in await seats.every(op, room)
        ]
    )


class PickUserOnSeat(msgspec.Struct):
    """Request of pick_user_on_seat."""

    RoomId: fields.RoomId
    Index: fields.Int64
    Member_Account: fields.Account


@command(
    SERVICE,
    document="60718",
    access="write",
    codes=(
        errors.ROOM_NOT_EXIST,
        errors.NO_SEATS,
        errors.SEAT_INDEX_INVALID,
        errors.NOT_MEMBER,
        errors.ALREADY_SEATED,
        errors.SEAT_LOCKED,
        errors.SEAT_OCCUPIED,
        errors.ALL_SEATS_TAKEN,
    ),
    example=Example({"RoomId": "room-1", "Index": 1, "Member_Account": "user1"}),
)
async def pick_user_on_seat(op: Operation, request: PickUserOnSeat) -> None:
    """Place a member on a given seat, without consent."""
    await seats.pick(op, request.RoomId, request.Index, request.Member_Account)


class KickUserOffSeat(msgspec.Struct):
    """Request of kick_user_off_seat; ``Data`` reaches the user with the notice [S5]."""

    RoomId: fields.RoomId
    Member_Account: fields.Account
    Data: fields.Reason | None = None


@command(
    SERVICE,
    document="60717",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_MEMBER, errors.NOT_SEATED, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "Member_Account": "user1", "Data": "time is up"}),
)
async def kick_user_off_seat(op: Operation, request: KickUserOffSeat) -> None:
    """Take a member off the seat; he stays in the room."""
    await seats.kick_off(op, request.RoomId, request.Member_Account, request.Data or "")


class LockSeat(msgspec.Struct):
    """Request of lock_seat; a field left out leaves that attribute alone."""

    RoomId: fields.RoomId
    Index: fields.Int64
    ForbidTaken: bool | None = None
    ForbidVideo: bool | None = None
    ForbidAudio: bool | None = None


@command(
    SERVICE,
    document="60716",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NO_SEATS, errors.SEAT_INDEX_INVALID, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "Index": 1, "ForbidTaken": True}),
)
async def lock_seat(op: Operation, request: LockSeat) -> None:
    """Lock or unlock a seat; bar or allow the video and audio of its user."""
    await seats.lock(op, request.RoomId, request.Index, request.ForbidTaken, request.ForbidVideo, request.ForbidAudio)


class SwitchSeat(msgspec.Struct):
    """Request of switch_seat."""

    RoomId: fields.RoomId
    ToIndex: fields.Int64
    Member_Account: fields.Account


@command(
    SERVICE,
    document="72552",
    access="write",
    codes=(
        errors.ROOM_NOT_EXIST,
        errors.NO_SEATS,
        errors.SEAT_INDEX_INVALID,
        errors.NOT_SEATED,
        errors.NOT_PERMITTED,
        errors.SEAT_LOCKED,
        errors.SEAT_OCCUPIED,
    ),
    example=Example({"RoomId": "room-1", "ToIndex": 3, "Member_Account": "user1"}),
)
async def switch_seat(op: Operation, request: SwitchSeat) -> None:
    """Move a seated member to an empty seat."""
    await seats.switch(op, request.RoomId, request.Member_Account, request.ToIndex)


class MoveUserToSeat(msgspec.Struct):
    """Request of move_user_to_seat; ``Policy`` 0 refuses an occupied target, 1 puts its user off, 2 exchanges both."""

    RoomId: fields.RoomId
    SeatIndex: fields.Int64
    Member_Account: fields.Account
    Policy: Literal[0, 1, 2]


@command(
    SERVICE,
    document="72685",
    access="write",
    codes=(
        errors.ROOM_NOT_EXIST,
        errors.NO_SEATS,
        errors.SEAT_INDEX_INVALID,
        errors.NOT_MEMBER,
        errors.NOT_SEATED,
        errors.NOT_PERMITTED,
        errors.SEAT_OCCUPIED,
    ),
    example=Example({"RoomId": "room-1", "SeatIndex": 3, "Member_Account": "user1", "Policy": 2}),
)
async def move_user_to_seat(op: Operation, request: MoveUserToSeat) -> None:
    """Move a seated member to another seat, with a rule for an occupied one."""
    await seats.move(op, request.RoomId, request.Member_Account, request.SeatIndex, request.Policy)
