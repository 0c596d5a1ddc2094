"""``resume``: going on where a lost connection ended."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import rooms
from conclave.domain.membership import require_in_person
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.realtime.call import Call
from conclave.realtime.entrance import room_to_leave, stand
from conclave.realtime.registry import method
from conclave.realtime.shapes.rooms import RoomSnapshotResult


class Resume(msgspec.Struct):
    """Parameters of resume."""

    roomId: Annotated[fields.RoomId, Meta(description="The room that the device was in.")]
    seq: Annotated[fields.Natural, Meta(description="The number of the last event that the client knows of.")]
    frames: Annotated[
        fields.Natural | None,
        Meta(description="How many frames of that event came; without it all did, as after a snapshot."),
    ] = None


class ResumeResult(msgspec.Struct, frozen=True):
    """Result of resume."""

    resumed: Annotated[
        bool, Meta(description="`true`: what was missed follows as events. `false`: start afresh from `snapshot`.")
    ]
    seq: Annotated[int, Meta(description="The number of the room's last event that is in the snapshot, or follows.")]
    snapshot: Annotated[
        RoomSnapshotResult | None, Meta(description="What getRoomSnapshot answers; `null` when `resumed` is `true`.")
    ] = None


@method(
    "resume",
    needs="login",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_MEMBER, errors.OWNER_MAY_NOT_LEAVE),
    example={"roomId": "room-1", "seq": 17, "frames": 1},
)
async def resume(call: Call, params: Resume) -> ResumeResult:
    """Go on in a room after the connection was lost, with place, role and seat; `login` on the same `deviceId` first.

    What the device missed follows right after the answer, each frame once, in its order [M5]. Where the server does not
    hold all of it any more (it started anew, too much happened, another device was there meanwhile) the answer brings a
    fresh snapshot. 100005 or 100004: the membership ended meanwhile, or another device of the account has taken it over
    [M2]: `enterRoom` takes it back. Another room of the device is left [M3].
    """
    missed = _go_on(call, params)
    if missed is not None:
        return missed
    identity = call.identity
    arrival = (identity.sdkappid, params.roomId, identity.account)
    call.house.hub.arrive(*arrival)
    try:
        return await call.write(lambda op: _start_afresh(call, op, params.roomId))
    finally:
        call.house.hub.arrived(*arrival)


def _go_on(call: Call, params: Resume) -> ResumeResult | None:
    """Answer, and send what was missed; return ``None`` where that is not known.

    All in one turn of the loop: between what is sent here and what comes next nothing is lost, nor told twice.
    """
    hub, identity = call.house.hub, call.identity
    place = hub.on_device(identity.sdkappid, identity.account, identity.device)
    if place is None or place.room_id != params.roomId or place.connection not in (None, call.connection):
        return None
    audience = hub.audiences[place.room]
    if audience.is_stale or not place.entered <= params.seq <= audience.seq:
        return None
    missed = audience.recent.missed(place.account, params.seq, params.frames)
    if missed is None:
        return None
    hub.return_to(place, call.connection)
    result = ResumeResult(True, audience.seq)
    call.answer(result)
    for text in missed:
        call.connection.send(text)
    return result


async def _start_afresh(call: Call, op: Operation, room_id: str) -> ResumeResult:
    await rooms.lock_in_order(op, room_id, room_to_leave(call, op))
    room = await rooms.lock(op, room_id)
    await require_in_person(op, room)
    place = call.house.hub.place((op.sdkappid, room.room_key), op.operator)
    if place is not None and place.connection is not None and place.device != call.identity.device:
        raise Refusal(errors.NOT_MEMBER, f"another device of account {op.operator!r} is in room {room_id!r}")
    snapshot = await stand(call, op, room)
    return ResumeResult(False, snapshot.seq, snapshot)
