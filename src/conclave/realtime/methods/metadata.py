"""``setRoomMetadataByAdmin``, ``deleteRoomMetadataByAdmin`` and ``getRoomMetadata``."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import metadata
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import AS_ADMINISTRATOR, GONE
from conclave.realtime.registry import method


class SetRoomMetadata(msgspec.Struct):
    """Parameters of setRoomMetadataByAdmin."""

    metadata: Annotated[
        dict[fields.Line, fields.Prose],
        Meta(description="Values by their keys: at most 10 keys of 50 bytes, 2 KiB for a value, 16 KiB in all."),
    ]


@method(
    "setRoomMetadataByAdmin",
    needs="room",
    codes=(
        *AS_ADMINISTRATOR,
        errors.METADATA_KEY_TOO_LARGE,
        errors.METADATA_VALUE_TOO_LARGE,
        errors.METADATA_TOO_MANY,
        errors.METADATA_TOO_LARGE,
    ),
    example={"metadata": {"topic": "budget"}},
)
async def set_room_metadata(call: Call, params: SetRoomMetadata) -> None:
    """Keep values with the room until it ends; keys that are not named stay. The owner and the administrators may.

    The limits hold for all that the room has afterwards; in all counts the bytes of keys and values.
    """
    place, values = call.place, params.metadata
    await call.write(lambda op: metadata.write(op, place.room_id, place.room[1], values))


class DeleteRoomMetadata(msgspec.Struct):
    """Parameters of deleteRoomMetadataByAdmin."""

    keys: Annotated[list[str], Meta(description="What to delete; keys that there are not are ignored.")]


@method(
    "deleteRoomMetadataByAdmin",
    needs="room",
    codes=(*AS_ADMINISTRATOR, errors.METADATA_NO_KEY),
    example={"keys": ["topic"]},
)
async def delete_room_metadata(call: Call, params: DeleteRoomMetadata) -> None:
    """Delete values of the room; 100503 when none of the keys is there. The owner and the administrators may."""
    place, keys = call.place, params.keys
    await call.write(lambda op: metadata.delete(op, place.room_id, place.room[1], keys))


class GetRoomMetadata(msgspec.Struct):
    """Parameters of getRoomMetadata."""

    keys: Annotated[list[str], Meta(description="What to read; by default all.")] = msgspec.field(default_factory=list)


class RoomMetadata(msgspec.Struct, frozen=True):
    """Result of getRoomMetadata."""

    metadata: Annotated[dict[str, str], Meta(description="Values by their keys; keys that there are not are left out.")]


@method(
    "getRoomMetadata",
    needs="room",
    codes=GONE,
    example={"keys": ["topic"]},
)
async def get_room_metadata(call: Call, params: GetRoomMetadata) -> RoomMetadata:
    """Read what is kept with the room."""
    place, keys = call.place, params.keys

    async def work(op: Operation) -> RoomMetadata:
        return RoomMetadata(await metadata.read(op, place.room_id, place.room[1], keys))

    return await call.read(work)
