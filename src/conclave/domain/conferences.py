"""Booked rooms, as their owners and those who are to attend see them: nobody need be inside for any of this."""

from collections.abc import Collection

import msgspec

from conclave import errors
from conclave.domain import accounts, attendees, booking, listing, own_rooms, ownership, paging, rooms
from conclave.domain.facts import PersonSnapshot, RoomSnapshot
from conclave.domain.listing import Status
from conclave.domain.membership import ADMIN, as_owner, in_person, owned, require
from conclave.domain.operation import Operation
from conclave.domain.room_drafts import RoomChanges
from conclave.domain.snapshots import of_person
from conclave.errors import Field, Refusal
from conclave.store import attendees as rows
from conclave.store.room_contents import INVITEES
from conclave.store.rooms import Room


class ConferenceView(msgspec.Struct, frozen=True):
    """A booked room, its owner, and who is to attend."""

    room_id: str
    room: RoomSnapshot
    host: PersonSnapshot
    attendees: list[str]


class AttendeePage(msgspec.Struct, frozen=True):
    """Some of those who are to attend, the place at which to go on (0 at the end), and how many there are in all."""

    attendees: list[PersonSnapshot]
    next: int
    total: int


async def dissolve(op: Operation, room_id: str, room_key: int) -> None:
    """End the room of which the operator, who is inside, is the owner; refuses with 100004, 100005 or -2300."""
    await rooms.end(op, (await as_owner(op, room_id, room_key)).room)


async def cancel(op: Operation, room_id: str) -> None:
    """End the operator's room before it starts; refuses with 100004, -2300, or 100006 when it has."""
    room = await owned(op, room_id)
    if room.has_started(op.now):
        raise Refusal(errors.NOT_PERMITTED, f"room {room_id!r} has started; destroyRoom ends it")
    await rooms.end(op, room)


async def update(op: Operation, room_id: str, changes: RoomChanges) -> None:
    """Change a booked room, as its owner, or as an administrator once it runs; its schedule only before it starts.

    Refuses with 100004, -2300, 100006 or 100002 [R8].
    """
    room = await rooms.lock(op, room_id)
    await _require_organizer(op, room)
    given = {field: getattr(changes, field) for field in booking.SCHEDULE}
    if any(value not in (None, getattr(room, field)) for field, value in given.items()):
        if room.has_started(op.now):
            raise Refusal(errors.NOT_PERMITTED, f"room {room_id!r} has started; its schedule does not change any more")
        start, end = given["schedule_start_s"], given["schedule_end_s"]
        booking.times(
            room.schedule_start_s if start is None else start,
            room.schedule_end_s if end is None else end,
            op.now // 1000,
        )
    await rooms.change(op, room, changes)


async def _require_organizer(op: Operation, room: Room) -> None:
    if op.operator == room.owner:
        return
    member = await in_person(op, room)
    if not room.has_started(op.now) or member is None or member.role != ADMIN:
        raise Refusal(errors.NEEDS_OWNER, "only the owner, and the administrators once the room runs, may do this")


async def add_attendees(op: Operation, room_id: str, wanted: list[str]) -> None:
    """Put accounts on the list of those who are to attend; refuses with 100004, -2300 or 100002 [R12]."""
    await accounts.hold(op, *wanted)
    await attendees.add(op, await owned(op, room_id), wanted)


async def remove_attendees(op: Operation, room_id: str, unwanted: list[str]) -> None:
    """Take accounts off the list of those who are to attend; refuses with 100004 or -2300."""
    await attendees.remove(op, await owned(op, room_id), unwanted)


async def hand_over(op: Operation, room_id: str, owner: str) -> None:
    """Hand the operator's room to another account: from inside to a member where people are inside, else to any.

    Refuses with 100004, -2300, 100002 (an account that is not imported [R4]), -2101, 100005, or 101011 where nobody is
    inside and the account owns as many rooms as it may.
    """
    await accounts.lock(op, owner)  # what an account owns is counted by one transaction after the other
    room = await owned(op, room_id)
    await accounts.require(op, owner, Field.NEW_OWNER)
    if owner == room.owner:
        return
    if room.people:
        if await in_person(op, room) is None:
            raise Refusal(errors.NOT_IN_ROOM, f"people are inside room {room_id!r}: enter it before you hand it on")
        await require(op, room, owner)
    else:
        await own_rooms.refuse_more_than_he_may(op, owner)
    await ownership.hand_over(op, room, owner)


async def find(op: Operation, room_id: str) -> Room:
    """Return a room for reading by those whom it concerns; refuses with 100004.

    Also refuses whoever neither owns the room, nor is to attend it, nor is inside in person, with 100006.
    """
    room = await rooms.find(op, room_id)
    if op.operator == room.owner or await in_person(op, room) is not None:
        return room
    if room.holds & INVITEES and await rows.is_one(op.tx, op.sdkappid, room.room_key, op.operator):
        return room
    raise Refusal(errors.NOT_PERMITTED, f"you neither own room {room_id!r}, nor are you to attend it")


async def list_attendees(op: Operation, room: Room, first: int, limit: int) -> AttendeePage:
    """Return those who are to attend, in the order of the list, from a place on."""
    key = room.room_key
    found = await rows.page(op.tx, op.sdkappid, key, first, limit + 1)
    go_on = found[limit].place if len(found) > limit else 0
    people = [PersonSnapshot(each.account, each.nick, each.face_url) for each in found[:limit]]
    return AttendeePage(people, go_on, await rows.count(op.tx, op.sdkappid, key))


async def view(op: Operation, room: Room) -> ConferenceView:
    """Return a room as those see it whom it concerns."""
    snapshot, host = RoomSnapshot.of(room, op.now), await of_person(op, room.owner)
    return ConferenceView(room.room_id, snapshot, host, await attendees.of(op, room))


async def of_operator(
    op: Operation, wanted: Collection[Status], after: int, limit: int
) -> tuple[list[ConferenceView], int]:
    """Return the rooms of a status that the operator owns or is to attend, in the order of their creation.

    Also returns the place to go on after, 0 at the end.
    """

    async def read(after: int, most: int) -> list[Room | int]:
        owned_by_him = await rows.owned(op.tx, op.sdkappid, op.operator, after, most)
        to_attend = await rows.attended(op.tx, op.sdkappid, op.operator, after, most)
        by_key = {place_of(room): room for room in (*owned_by_him, *to_attend)}
        return [by_key[key] for key in sorted(by_key)][:most]

    def place_of(room: Room | int) -> int:
        return room if isinstance(room, int) else room.room_key

    def admitted(room: Room | int) -> Room | None:
        return None if isinstance(room, int) or listing.status_of(room, op.now) not in wanted else room

    found, last = await paging.look_through(read, place_of, admitted, after=after, end=0, limit=limit)
    return [await view(op, room) for room in found], last
