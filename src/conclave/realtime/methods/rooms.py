"""``enterRoom``, ``exitRoom`` and ``getRoomSnapshot``."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import departures, rooms
from conclave.domain.operation import Operation
from conclave.realtime import entrance
from conclave.realtime.call import Call
from conclave.realtime.entrance import give_up, snapshot
from conclave.realtime.methods.codes import GONE
from conclave.realtime.methods.new_room import RoomType, require_conference
from conclave.realtime.registry import method
from conclave.realtime.shapes.rooms import RoomSnapshotResult
from conclave.realtime.shapes.words import CONFERENCE

LONGEST_PASSWORD: Final = 1000  # whatever is longer than a password may be is simply another one


class EnterRoom(msgspec.Struct):
    """Parameters of enterRoom."""

    roomId: Annotated[fields.RoomId, Meta(description="The room to enter.")]
    password: Annotated[
        str, fields.text(LONGEST_PASSWORD), Meta(description="The room's password; its owner needs none.")
    ] = ""
    roomType: RoomType = CONFERENCE


@method(
    "enterRoom",
    needs="login",
    codes=(errors.ROOM_TYPE_INVALID, *entrance.REFUSALS),
    example={"roomId": "room-1"},
)
async def enter_room(call: Call, params: EnterRoom) -> RoomSnapshotResult:
    """Enter a room, and hear of what happens in it from `seq` on; the answer is its snapshot [M4].

    Whoever is inside already succeeds, with role and seat as they were. If it was another device of the account that
    was inside, that one is put out with reason 1 [M2]. A device that was in another room leaves it, with reason 5 [M3].
    """
    require_conference(params.roomType)
    return await entrance.enter(call, params.roomId, params.password)


class ExitRoom(msgspec.Struct):
    """Parameters of exitRoom: none; a device is in one room."""


@method(
    "exitRoom",
    needs="room",
    codes=(*GONE, errors.OWNER_MAY_NOT_LEAVE),
    example={},
)
async def exit_room(call: Call, params: ExitRoom) -> None:
    """Leave the room: with role, name card, marks and seat, but not with the ownership [R23] [R27].

    100005: the membership has ended, or another device of the account has taken it over [M2].
    """
    place = call.place

    async def work(op: Operation) -> None:
        await departures.leave(op, place.room_id, place.room[1])
        op.tx.on_commit(lambda: give_up(call, place))

    await call.write(work)


class GetRoomSnapshot(msgspec.Struct):
    """Parameters of getRoomSnapshot."""

    roomId: Annotated[
        fields.RoomId | None, Meta(description="The room, by default the one that the connection is in.")
    ] = None


@method(
    "getRoomSnapshot",
    needs="login",
    codes=(errors.NOT_IN_ROOM, *GONE),
    example={"roomId": "room-1"},
)
async def get_room_snapshot(call: Call, params: GetRoomSnapshot) -> RoomSnapshotResult:
    """Read the room as it stands; members only.

    Events that were under way may arrive after the snapshot that contains them: whose `seq` is not greater than the
    snapshot's has nothing new.
    """
    room_id = params.roomId or call.place.room_id

    async def work(op: Operation) -> RoomSnapshotResult:
        _, result = await snapshot(op, await rooms.find(op, room_id))
        return result

    return await call.read(work)
