"""Events of a conference that was booked: it starts, and is handed on."""

import msgspec

from conclave.realtime.events.base import ALL, By
from conclave.realtime.registry import event
from conclave.realtime.shapes import RoomId, Status, UserInfo


@event("onConferenceStatusChanged", receivers=ALL)
class ConferenceStatusChanged(msgspec.Struct, frozen=True):
    """A booked room started."""

    roomId: RoomId
    status: Status


@event("onConferenceOwnerChanged", receivers=ALL)
class ConferenceOwnerChanged(msgspec.Struct, frozen=True):
    """The room was handed on; the former owner is a general user now."""

    roomId: RoomId
    newOwner: UserInfo
    oldOwner: UserInfo
    operator: By
