"""Answering an invitation, from anywhere."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import invitations
from conclave.realtime.call import Call
from conclave.realtime.registry import method


class Accept(msgspec.Struct):
    """Parameters of accept."""

    roomId: Annotated[fields.RoomId, Meta(description="The room that one was invited into.")]


@method(
    "accept",
    needs="login",
    codes=(errors.ROOM_NOT_EXIST, errors.REQUEST_UNKNOWN),
    example={"roomId": "room-1"},
)
async def accept(call: Call, params: Accept) -> None:
    """Accept an invitation. It does not enter the room; entering it accepts as well."""
    await call.write(lambda op: invitations.accept(op, params.roomId))


class Reject(msgspec.Struct):
    """Parameters of reject."""

    roomId: Annotated[fields.RoomId, Meta(description="The room that one was invited into.")]
    reason: Annotated[int, Meta(ge=0, le=1, description="0 declined, 1 in another conference.")] = 0


@method(
    "reject",
    needs="login",
    codes=(errors.ROOM_NOT_EXIST, errors.REQUEST_UNKNOWN),
    example={"roomId": "room-1", "reason": 0},
)
async def reject(call: Call, params: Reject) -> None:
    """Reject an invitation, and say whether one is busy in another conference."""
    await call.write(lambda op: invitations.reject(op, params.roomId, params.reason))
