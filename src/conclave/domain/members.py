"""Members: who is inside a room, and how they come in; how they go is in ``departures``."""

import hmac
from collections.abc import Sequence

from conclave import errors
from conclave.domain import accounts, attendees, events, facts, mutes, pending_invitations, rooms
from conclave.domain.operation import Operation
from conclave.domain.snapshots import of_member
from conclave.errors import Refusal
from conclave.store import bans, groups, nodes, room_times
from conclave.store import members as rows
from conclave.store import rooms as room_rows
from conclave.store.members import Member
from conclave.store.rooms import Room


async def enter(op: Operation, room_id: str, password: str | None, leaving: int = 0) -> Room:
    """Bring the operator into a room; one who is inside already stays as he is.

    ``leaving`` is the key of the room that he leaves for it in the same transaction [M3]. Refuses with 100004, 100016,
    100006, 100018, 100019 or 100008.
    """
    await accounts.hold(op, op.operator)
    await rooms.lock_in_order(op, room_id, leaving)
    room = await rooms.lock(op, room_id)
    ban = await bans.find(op.tx, op.sdkappid, room.room_key, op.operator) if room.bans_made else None
    if ban is not None:
        raise Refusal(errors.BANNED, f"account {op.operator!r} is banned until {-(-ban.until // 1000)}")
    inside = await rows.find(op.tx, op.sdkappid, room.room_key, op.operator)
    if inside is not None:
        if inside.is_robot:
            raise Refusal(errors.NOT_PERMITTED, f"account {op.operator!r} is inside as a robot")
        return room
    _check_password(room, op.operator, password)
    if not room.has_started(op.now) and not op.application.settings.allow_early_entry:
        raise Refusal(errors.NOT_PERMITTED, f"room {room_id!r} has not started")
    member = await admit(op, room, op.operator, is_robot=False)
    was_waiting = room.started_at == 0
    if was_waiting or room.closes_at:
        room.closes_at, room.started_at = 0, room.started_at or op.now
        await room_times.set_life(op.tx, op.sdkappid, room)
    if was_waiting:
        started = facts.RoomStarted(facts.RoomSnapshot.of(room, op.now), await attendees.of(op, room))
        await events.append(op, room, started)
    entered = [await of_member(op, room, member)]
    await events.append(op, room, facts.MemberEntered(entered, room.member_count))
    await pending_invitations.arrived(op, room)
    return room


def _check_password(room: Room, account: str, password: str | None) -> None:
    if not room.is_password_enabled or account == room.owner:
        return
    if not password:
        raise Refusal(errors.PASSWORD_NEEDED, f"room {room.room_id!r} needs a password")
    if not hmac.compare_digest(password.encode(), room.password.encode()):
        raise Refusal(errors.PASSWORD_WRONG, f"room {room.room_id!r} has another password")


async def admit(op: Operation, room: Room, account: str, *, is_robot: bool) -> Member:
    """Write a new member of a locked room; refuses a full one with 100008 [R6]."""
    ceiling = min(room.max_member_count, op.application.settings.max_member_count)
    if room.member_count >= ceiling:
        raise Refusal(errors.ROOM_FULL, f"room {room.room_id!r} is full")
    room.entries += 1
    room.member_count += 1
    await room_rows.set_members(op.tx, op.sdkappid, room)
    await groups.count(op.tx, op.sdkappid, members=1)
    member = Member(account, room.entries, op.now, int(is_robot), node="" if is_robot else op.node)
    member.is_muted = int(await mutes.are_on(op, room, account))
    await rows.insert(op.tx, op.sdkappid, room.room_key, member)
    return member


async def answer_for(op: Operation, room: Room) -> None:
    """Let the operator's node answer for his presence in a locked room that he is in.

    A node that did so until now, and may be there still, learns it from the log.
    """
    member = await rows.find(op.tx, op.sdkappid, room.room_key, op.operator)
    if member is None or member.is_robot or member.node == op.node:
        return
    former, member.node = member.node, op.node
    await rows.set_node(op.tx, op.sdkappid, room.room_key, member)
    if await nodes.is_known(op.tx, former):
        await events.append(op, room, facts.MemberMoved(op.operator, op.device, op.node))


async def among(op: Operation, room: Room, targets: Sequence[str]) -> list[Member]:
    """Return those of the targets who are members, each once."""
    return await rows.among(op.tx, op.sdkappid, room.room_key, list(dict.fromkeys(targets)))
