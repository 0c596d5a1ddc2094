"""``createRoom``, ``createAndJoinRoom``, ``destroyRoom`` and ``fetchRoomInfo``: a room's life, seen by its members."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import conferences, own_rooms, rooms
from conclave.domain.facts import RoomSnapshot
from conclave.domain.operation import Operation
from conclave.domain.snapshots import of_person
from conclave.realtime import entrance
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import AS_OWNER, WHEN_CREATED
from conclave.realtime.methods.new_room import NewRoom, RoomType, require_conference
from conclave.realtime.registry import method
from conclave.realtime.shapes.rooms import RoomInfo, RoomSnapshotResult
from conclave.realtime.shapes.words import CONFERENCE


class CreateRoom(NewRoom, kw_only=True):
    """Parameters of createRoom."""


@method("createRoom", needs="login", codes=WHEN_CREATED, example={"roomId": "room-2", "roomName": "weekly sync"})
async def create_room(call: Call, params: CreateRoom) -> None:
    """Create a room that runs at once, and own it; nobody is inside yet, `enterRoom` follows.

    The room stands empty for `empty_room_ttl` at most, and at least for an hour [R8] [R10]. Whoever owns
    `max_rooms_per_member` rooms, 20 as it comes, creates no more of them (101011).
    """

    async def work(op: Operation) -> None:
        await own_rooms.create(op, params.draft(op.operator))

    await call.write(work)


class CreateAndJoinRoom(NewRoom, kw_only=True):
    """Parameters of createAndJoinRoom."""


@method(
    "createAndJoinRoom",
    needs="login",
    codes=(*WHEN_CREATED, *(code for code in entrance.REFUSALS if code is not errors.ROOM_NOT_EXIST)),
    example={"roomId": "room-2"},
)
async def create_and_join_room(call: Call, params: CreateAndJoinRoom) -> RoomSnapshotResult:
    """Enter a room, which is created first where its id is free; the answer is that of enterRoom.

    In one transaction: of several who call it at once, one creates the room and all are inside. What is said of the
    room counts only for its creation, the password also for entering one that exists.
    """
    require_conference(params.roomType)

    async def before(op: Operation) -> None:
        await own_rooms.create_where_free(op, params.draft(op.operator))

    return await entrance.enter(call, params.roomId, params.password, before)


class DestroyRoom(msgspec.Struct):
    """Parameters of destroyRoom."""

    roomId: Annotated[fields.RoomId | None, Meta(description="The room that the connection is in.")] = None


@method(
    "destroyRoom",
    needs="room",
    codes=AS_OWNER,
    example={"roomId": "room-1"},
)
async def destroy_room(call: Call, params: DestroyRoom) -> None:
    """End the room that one is in for good; everybody is put out, and the id is free again. Its owner may.

    One who left has to enter again first, else -2101, as with a `roomId` of another room.
    """
    place = call.place_in(params.roomId)
    await call.write(lambda op: conferences.dissolve(op, place.room_id, place.room[1]))


class FetchRoomInfo(msgspec.Struct):
    """Parameters of fetchRoomInfo."""

    roomId: Annotated[
        fields.RoomId | None, Meta(description="The room, by default the one that the connection is in.")
    ] = None
    roomType: RoomType = CONFERENCE


@method(
    "fetchRoomInfo",
    needs="login",
    codes=(errors.ROOM_TYPE_INVALID, errors.NOT_IN_ROOM, errors.ROOM_NOT_EXIST),
    example={"roomId": "room-1"},
)
async def fetch_room_info(call: Call, params: FetchRoomInfo) -> RoomInfo:
    """Look at a room, from inside or before entering it."""
    require_conference(params.roomType)
    room_id = params.roomId or call.place.room_id

    async def work(op: Operation) -> RoomInfo:
        room = await rooms.find(op, room_id)
        owner = await of_person(op, room.owner)
        return RoomInfo.of(room_id, RoomSnapshot.of(room, op.now), owner.nick, owner.face_url)

    return await call.read(work)
