"""How a connection comes to stand in a room: the snapshot that it is given, and its place in the books."""

from collections.abc import Awaitable, Callable
from typing import Final

from conclave import errors
from conclave.api import cursors
from conclave.domain import accounts, departures, members, rooms, snapshots
from conclave.domain.membership import require_in_person
from conclave.domain.operation import Operation
from conclave.domain.snapshots import RoomView
from conclave.errors import Refusal
from conclave.realtime import elsewhere
from conclave.realtime.call import Call
from conclave.realtime.events.base import MEMBERSHIP_ENDED, OTHER_DEVICE, TOO_MANY_ROOMS
from conclave.realtime.events.members import KickedOutOfRoom
from conclave.realtime.hub import Audience, Place
from conclave.realtime.recent import Recent
from conclave.realtime.shapes import rooms as shapes
from conclave.realtime.shapes.rooms import RoomSnapshotResult
from conclave.store import events as log
from conclave.store.rooms import Room

FIRST_MEMBERS = 50
REFUSALS: Final = (
    errors.ROOM_NOT_EXIST,
    errors.BANNED,
    errors.NOT_PERMITTED,
    errors.PASSWORD_NEEDED,
    errors.PASSWORD_WRONG,
    errors.ROOM_FULL,
    errors.OWNER_MAY_NOT_LEAVE,
)
"""What an entry may be refused with."""


async def snapshot(op: Operation, room: Room) -> tuple[RoomView, RoomSnapshotResult]:
    """Return the room as the operator sees it; refuses with 100005."""
    member = await require_in_person(op, room)
    view = await snapshots.of_room(op, room, member, FIRST_MEMBERS)
    key = cursors.of_group(op.sdkappid, view.room_key)
    cursor = cursors.write(key, view.next_entry) if view.next_entry else ""
    return view, shapes.snapshot(view, cursor)


async def enter(
    call: Call, room_id: str, password: str, before: Callable[[Operation], Awaitable[None]] | None = None
) -> RoomSnapshotResult:
    """Bring the connection into a room, and out of the one that its device was in [M3]; answer with the snapshot.

    ``before`` is done first, in the same transaction.
    """
    identity = call.identity
    arrival = (identity.sdkappid, room_id, identity.account)

    async def work(op: Operation) -> RoomSnapshotResult:
        leaving = room_to_leave(call, op)
        if before is not None:
            await accounts.lock(op, op.operator)
            await rooms.lock_in_order(op, room_id, leaving)
            await before(op)
        return await stand(call, op, await members.enter(op, room_id, password, leaving))

    guesses, clock = call.house.hub.guesses, call.house.clock
    if password and guesses.are_too_many(arrival, clock.monotonic_ns()):
        raise Refusal(errors.TOO_MANY_FRAMES, "too many wrong passwords; wait a few seconds before you try another")
    call.house.hub.arrive(*arrival)
    try:
        return await call.write(work)
    except Refusal as refusal:
        if refusal.code is errors.PASSWORD_WRONG:
            guesses.count_wrong(arrival, clock.monotonic_ns())
        raise
    finally:
        call.house.hub.arrived(*arrival)


def room_to_leave(call: Call, op: Operation) -> int:
    """Return the key of the room that the device is in, 0 for none: it is left for another one [M3]."""
    left = call.house.hub.on_device(op.sdkappid, op.operator, call.identity.device)
    return 0 if left is None else left.room[1]


async def stand(call: Call, op: Operation, room: Room) -> RoomSnapshotResult:
    """Let the connection stand in a room that its account is in, from this commit on; return the snapshot.

    The other room that its device was in, it leaves [M3].
    """
    left = call.house.hub.on_device(op.sdkappid, op.operator, call.identity.device)
    if left is not None and left.room == (op.sdkappid, room.room_key):
        left = None
    if left is not None:
        await leave_behind(op, left)
    await members.answer_for(op, room)
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
        moment=identity.moment,
        lost_ns=call.house.clock.monotonic_ns(),
    )
    call.house.feed.listen_from(position)
    elsewhere.tell_stood(call.house, identity, view.room_key)
    if left is not None:
        left.farewell = TOO_MANY_ROOMS
    recent = Recent(view.seq, call.house.patience.longest_absence // 1_000_000)
    before = hub.take(place, Audience(view.room_id, view.seq, result.seats, recent))
    if before is not None and before.connection not in (None, connection):
        assert before.connection is not None
        sentence = "the account entered the room on another device"
        before.connection.tell_of(view.room_id, view.seq, KickedOutOfRoom(view.room_id, OTHER_DEVICE, sentence))


async def leave_behind(op: Operation, left: Place) -> None:
    """Leave a room; that the membership has ended meanwhile, or is another node's, is as good."""
    try:
        await departures.leave(op, left.room_id, left.room[1])
    except Refusal as refusal:
        if refusal.code not in (errors.ROOM_NOT_EXIST, errors.NOT_MEMBER):
            raise


def give_up(call: Call, place: Place) -> None:
    """Take a place out of the books at once: whoever leaves by himself is told nothing of the room any more.

    A newer connection of the device, which has taken the place up meanwhile, learns that it is over.
    """
    hub = call.house.hub
    if hub.place(place.room, place.account) is not place:
        return
    newer, seq = place.connection, hub.audiences[place.room].seq
    hub.vacate(place)
    if newer not in (None, call.connection):
        assert newer is not None
        sentence = "another connection of this device has left the room"
        newer.tell_of(place.room_id, seq, KickedOutOfRoom(place.room_id, MEMBERSHIP_ENDED, sentence))
