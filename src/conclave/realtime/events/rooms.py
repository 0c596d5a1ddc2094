"""Events of the room itself: its settings, its owner, its end."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from conclave.realtime.events.base import ALL, By
from conclave.realtime.registry import event
from conclave.realtime.shapes.words import IsDisable, RoomId, SeatMode


@event("onRoomDismissed", receivers=ALL)
class RoomDismissed(msgspec.Struct, frozen=True):
    """The room ended for good; nobody is inside any more."""

    roomId: RoomId
    reason: Annotated[int, Meta(description="1 by its owner, 2 by the server: a REST call or the clock.")]
    operator: By


@event("onRoomNameChanged", receivers=ALL)
class RoomNameChanged(msgspec.Struct, frozen=True):
    """The room has another name."""

    roomId: RoomId
    roomName: Annotated[str, Meta(description="The new name.")]
    operator: By


@event("onRoomSeatModeChanged", receivers=ALL)
class RoomSeatModeChanged(msgspec.Struct, frozen=True):
    """Seats are taken in another way; whoever is seated stays seated."""

    roomId: RoomId
    seatMode: SeatMode
    operator: By


@event("onRoomSpeechModeChanged", receivers=ALL)
class RoomSpeechModeChanged(msgspec.Struct, frozen=True):
    """Who may speak changed, in the terms of older clients: it follows from the bans, which are told as well."""

    roomId: RoomId
    speechMode: Annotated[int, Meta(description="1 free, 2 by application.")]
    operator: By


@event("onRoomMaxSeatCountChanged", receivers=ALL)
class RoomMaxSeatCountChanged(msgspec.Struct, frozen=True):
    """The room has another number of seats; as that changes while nobody is inside, it is kept for older clients."""

    roomId: RoomId
    maxSeatCount: Annotated[int, Meta(description="The number of seats.")]
    operator: By


@event("onAllUserMicrophoneDisableChanged", receivers=ALL)
class AllUserMicrophoneDisableChanged(msgspec.Struct, frozen=True):
    """General users were barred from opening their microphone, or allowed to again."""

    roomId: RoomId
    isDisable: IsDisable
    operator: By


@event("onAllUserCameraDisableChanged", receivers=ALL)
class AllUserCameraDisableChanged(msgspec.Struct, frozen=True):
    """General users were barred from opening their camera, or allowed to again."""

    roomId: RoomId
    isDisable: IsDisable
    operator: By


@event("onScreenShareForAllUserDisableChanged", receivers=ALL)
class ScreenShareForAllUserDisableChanged(msgspec.Struct, frozen=True):
    """General users were barred from sharing their screen, or allowed to again."""

    roomId: RoomId
    isDisable: IsDisable
    operator: By


@event("onSendMessageForAllUserDisableChanged", receivers=ALL)
class SendMessageForAllUserDisableChanged(msgspec.Struct, frozen=True):
    """General users were barred from sending messages, or allowed to again."""

    roomId: RoomId
    isDisable: IsDisable
    operator: By


class ChangedRoomInfo(msgspec.Struct, frozen=True):
    """What changed of a room that has no event of its own; what did not change is left out."""

    maxMemberCount: Annotated[int | UnsetType, Meta(description="The most members that may be inside.")] = UNSET
    customInfo: Annotated[str | UnsetType, Meta(description="What the application keeps with the room.")] = UNSET
    isCloudRecordingDisabled: Annotated[
        bool | UnsetType, Meta(description="Whether the room must not be recorded.")
    ] = UNSET
    isPasswordEnabled: Annotated[bool | UnsetType, Meta(description="Whether one enters with a password only.")] = UNSET


@event("onRoomInfoChanged", receivers=ALL)
class RoomInfoChanged(msgspec.Struct, frozen=True):
    """Something else about the room changed [M6]."""

    roomId: RoomId
    changed: Annotated[ChangedRoomInfo, Meta(description="The new values.")]
    operator: By
