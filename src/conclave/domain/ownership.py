"""Who owns a room, and how it is handed on."""

from conclave import errors
from conclave.domain import accounts, attendees, events, facts, mutes, pending_requests, publishing, requests, rooms
from conclave.domain.membership import ADMIN, MEMBER, SCREEN, as_owner, require
from conclave.domain.operation import Operation
from conclave.domain.snapshots import of_member
from conclave.errors import Field, Refusal
from conclave.store import groups
from conclave.store import members as rows
from conclave.store.members import Member
from conclave.store.rooms import Room


async def change_owner(op: Operation, room_id: str, former: str, owner: str) -> None:
    """Hand the room to another member; refuses with 100004, 100002 or 100005 [R16]."""
    room = await rooms.lock(op, room_id)
    await accounts.require(op, owner, Field.NEW_OWNER)
    if former != room.owner:
        raise Refusal(errors.PARAMETER, Field.FORMER_OWNER, f" {former!r} is not the owner of room {room_id!r}")
    if owner == former:
        return
    await require(op, room, owner)
    await hand_over(op, room, owner)


async def transfer(op: Operation, room_id: str, room_key: int, owner: str) -> None:
    """Let the owner hand the room to another member; refuses with 100004, 100005 or -2300."""
    room = (await as_owner(op, room_id, room_key)).room
    if owner != room.owner:
        await require(op, room, owner)
        await hand_over(op, room, owner)


async def hand_over(op: Operation, room: Room, owner: str) -> None:
    """Hand a locked room to another account, a member where anybody is inside. A mute of the new owner ends."""
    heir = await _find(op, room, owner)
    former = room.owner
    if heir.role == ADMIN:
        heir.role = MEMBER  # ownership replaces the role; the former owner becomes Member [R16]
        room.administrator_count -= 1
        await rows.update(op.tx, op.sdkappid, room.room_key, heir)
    room.owner = owner
    await groups.set_owner(op.tx, op.sdkappid, room.room_key, owner)
    await events.append(
        op,
        room,
        facts.OwnerChanged(
            facts.RoomSnapshot.of(room, op.now),
            await of_member(op, room, await _find(op, room, former)),
            await of_member(op, room, heir),
            await attendees.of(op, room),
        ),
    )
    await mutes.lift(op, room, owner)
    if room.is_screen_sharing_disabled:
        await publishing.stop(op, room, [former], SCREEN, by_admin=True)
    await pending_requests.demote(op, room, former)
    await requests.promoted(op, room, owner)


async def _find(op: Operation, room: Room, account: str) -> Member:
    """Return a member, or what somebody who is not inside would be."""
    member = await rows.find(op.tx, op.sdkappid, room.room_key, account)
    return member or Member(account)
