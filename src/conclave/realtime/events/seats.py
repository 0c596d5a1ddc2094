"""Events of seats."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.realtime.events.base import ALL
from conclave.realtime.registry import event
from conclave.realtime.shapes.people import Operator, UserInfo
from conclave.realtime.shapes.seats import SeatInfo
from conclave.realtime.shapes.words import RoomId


@event("onSeatListChanged", receivers=ALL)
class SeatListChanged(msgspec.Struct, frozen=True):
    """Somebody sat down, got up or moved, or a seat was locked, unlocked or barred."""

    roomId: RoomId
    seatList: Annotated[list[SeatInfo], Meta(description="Every seat after the event, by index.")]
    seatedList: Annotated[list[SeatInfo], Meta(description="The seats that somebody new sits on.")]
    leftList: Annotated[list[SeatInfo], Meta(description="The seats that were left, with the user who left.")]
    newlySeatedUsers: Annotated[list[UserInfo], Meta(description="Those who sat down; the newer form of seatedList.")]
    newlyLeftUsers: Annotated[list[UserInfo], Meta(description="Those who got up; the newer form of leftList.")]


@event("onKickedOffSeat", receivers="the person taken off the seat")
class KickedOffSeat(msgspec.Struct, frozen=True):
    """The receiver was taken off the seat, and is still in the room."""

    roomId: RoomId
    seatIndex: Annotated[int, Meta(description="The seat that the receiver sat on.")]
    operator: Operator
    extensionInfo: Annotated[str, Meta(description='What the operator sent along (`Data`), `""` for nothing.')]
