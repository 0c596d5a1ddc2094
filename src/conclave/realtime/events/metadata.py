"""The event of a room's metadata."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.realtime.events.base import ALL, By
from conclave.realtime.registry import event
from conclave.realtime.shapes.words import RoomId


@event("onRoomMetadataChanged", receivers=ALL)
class RoomMetadataChanged(msgspec.Struct, frozen=True):
    """Metadata of the room was written or deleted; one event for each key."""

    roomId: RoomId
    key: Annotated[str, Meta(description="Its key.")]
    value: Annotated[str, Meta(description='The new value, `""` when it was deleted.')]
    isDeleted: Annotated[bool, Meta(description="The key is not there any more.")]
    operator: By
