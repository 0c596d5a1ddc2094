"""Events of devices: who has a microphone or a camera open, or shares a screen."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.realtime.events.base import ALL
from conclave.realtime.registry import event
from conclave.realtime.shapes.words import RoomId, UserId

Reason = Annotated[
    int, Meta(description="0 by the user, 1 by an administrator, or by a ban or another rule of the room.")
]


@event("onUserAudioStateChanged", receivers=ALL)
class UserAudioStateChanged(msgspec.Struct, frozen=True):
    """A user's microphone was opened or closed."""

    roomId: RoomId
    userId: UserId
    hasAudio: Annotated[bool, Meta(description="The microphone is open.")]
    reason: Reason


@event("onUserVideoStateChanged", receivers=ALL)
class UserVideoStateChanged(msgspec.Struct, frozen=True):
    """A user's camera was opened or closed, or a user began or ended to share a screen."""

    roomId: RoomId
    userId: UserId
    streamType: Annotated[int, Meta(description="0 the camera, 1 the screen.")]
    hasVideo: Annotated[bool, Meta(description="The camera is open, or the screen is shared.")]
    reason: Reason
