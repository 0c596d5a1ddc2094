"""How a connection comes to stand in a room: the snapshot that it is given, and its place in the books."""

from conclave import errors
from conclave.api import cursors
from conclave.domain import members, snapshots
from conclave.domain.membership import require
from conclave.domain.operation import Operation
from conclave.domain.snapshots import RoomView
from conclave.errors import Refusal
from conclave.realtime import shapes
from conclave.realtime.call import Call
from conclave.realtime.events.base import OTHER_DEVICE, TOO_MANY_ROOMS
from conclave.realtime.events.members import KickedOutOfRoom
from conclave.realtime.hub import Audience, Place
from conclave.realtime.recent import Recent
from conclave.realtime.shapes import RoomSnapshotResult
from conclave.store import events as log
from conclave.store.rooms import Room

FIRST_MEMBERS = 50


async def snapshot(op: Operation, room: Room) -> tuple[RoomView, RoomSnapshotResult]:
    """Return the room as the operator sees it; refuses with 100005."""
    member = await require(op, room, op.operator)
    view = await snapshots.of_room(op, room, member, FIRST_MEMBERS)
    key = cursors.of_group(op.sdkappid, view.room_key)
    cursor = cursors.write(key, view.next_entry) if view.next_entry else ""
    return view, shapes.snapshot(view, cursor)


async def stand(call: Call, op: Operation, room: Room, left: Place | None) -> RoomSnapshotResult:
    """Let the connection stand in a room that its account is in, from this commit on; return the snapshot.

    ``left`` is the place in another room that the device has left for it [M3].
    """
    view, result = await snapshot(op, room)
    position = await log.last_position(op.tx)
    op.tx.on_commit(lambda: _take_place(call, view, result, left, position))
    return result


def _take_place(call: Call, view: RoomView, result: RoomSnapshotResult, left: Place | None, position: int) -> None:
    hub, connection, identity = call.house.hub, call.connection, call.identity
    is_open = connection in hub.connections
    place = Place(
        room=(identity.sdkappid, view.room_key),
        room_id=view.room_id,
        account=identity.account,
        device=identity.device,
        since=view.seq,
        entered=view.seq,
        connection=connection if is_open else None,
        client_ip=connection.client_ip,
        lost_ns=call.house.clock.monotonic_ns(),
    )
    call.house.feed.listen_from(position)
    if left is not None:
        left.farewell = TOO_MANY_ROOMS
    recent = Recent(view.seq, call.house.patience.longest_absence // 1_000_000)
    before = hub.take(place, Audience(view.room_id, view.seq, result.seats, recent))
    if before is not None and before.connection not in (None, connection):
        assert before.connection is not None
        sentence = "the account entered the room on another device"
        before.connection.tell_of(view.room_id, view.seq, KickedOutOfRoom(view.room_id, OTHER_DEVICE, sentence))


async def leave_behind(op: Operation, left: Place) -> None:
    """Leave a room; that the membership has ended meanwhile is as good."""
    try:
        await members.leave(op, left.room_id, left.room[1])
    except Refusal as refusal:
        if refusal.code not in (errors.ROOM_NOT_EXIST, errors.NOT_MEMBER):
            raise


def give_up(call: Call, place: Place) -> None:
    """Take a place out of the books at once: whoever leaves by himself is told nothing of the room any more."""
    if call.house.hub.place(place.room, place.account) is place:
        call.house.hub.vacate(place)
