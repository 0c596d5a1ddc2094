"""How members go: by themselves, put out by others, or lost; and what goes with them."""

from collections.abc import Callable, Sequence

from conclave import errors
from conclave.domain import (
    booking,
    events,
    facts,
    members,
    ownership,
    pending_invitations,
    pending_requests,
    rooms,
    seating,
)
from conclave.domain.facts import Departure, MemberSnapshot
from conclave.domain.membership import ADMIN, MEMBER, as_administrator, as_member, subordinate
from conclave.domain.operation import Operation, is_rest
from conclave.domain.snapshots import of_all
from conclave.errors import Field, Refusal
from conclave.store import groups, room_times
from conclave.store import members as rows
from conclave.store import rooms as room_rows
from conclave.store.members import Member
from conclave.store.rooms import Room


async def expel(op: Operation, room: Room, leaving: Sequence[Member]) -> list[MemberSnapshot]:
    """Take members out of a locked room with all that leaving drops [R23]; what is told of it is the caller's."""
    gone = await of_all(op, room, leaving)
    await seating.vacate(op, room, [member.account for member in leaving])
    await pending_requests.forget(op, room, leaving)
    await rows.delete(op.tx, op.sdkappid, room.room_key, *(member.account for member in leaving))
    for member in leaving:
        marks = member.mark_set
        if marks:
            await rows.count_holders(op.tx, op.sdkappid, room.room_key, dict.fromkeys(marks, -1))
        room.administrator_count -= member.role == ADMIN
        room.robot_count -= member.is_robot
    room.member_count -= len(leaving)
    await room_rows.set_members(op.tx, op.sdkappid, room)
    await groups.count(op.tx, op.sdkappid, members=-len(leaving))
    if room.people == 0 and room.closes_at == 0:
        room.closes_at = booking.closes_at(op, op.now, room.schedule_end_s)
        await room_times.set_life(op.tx, op.sdkappid, room)
    return gone


async def put_out(op: Operation, room: Room, leaving: Sequence[Member], how: Departure, reason: str = "") -> None:
    """Take members out of a locked room and say why: one fact with the whole list [R21]."""
    gone = await expel(op, room, leaving)
    by_server = op.application.is_administrator(op.operator) and is_rest(op.platform)
    await events.append(op, room, facts.MemberLeft(gone, how, reason, room.member_count, by_server))
    if how == "Kicked":
        await pending_invitations.withdraw(op, room, [member.account for member in leaving])
    if room.people == 0:
        await pending_invitations.withdraw_all(op, room)


async def leave(op: Operation, room_id: str, room_key: int) -> None:
    """Let the operator leave; what an owner's exit does is a setting [R27].

    ``room_key`` tells the life of the room id that he is in: another one is not his to leave [R0]. Nor may he leave by
    ``op.node`` once he has come in through another one: the membership is that device's then [M2]. Refuses with
    100004, 100005 or -2102.
    """
    inside = await as_member(op, room_id, room_key)
    room = inside.room
    if inside.member.node != op.node:
        raise Refusal(errors.NOT_MEMBER, f"another connection of account {op.operator!r} is in room {room_id!r}")
    policy = op.application.settings.owner_exit if op.operator == room.owner else "keep"
    if policy == "forbid":
        raise Refusal(errors.OWNER_MAY_NOT_LEAVE, "the owner may not leave; transfer the room first")
    if policy == "dismiss":
        await rooms.end(op, room)
        return
    if policy == "transfer":
        key = room.room_key
        heir = await rows.first(op.tx, op.sdkappid, key, ADMIN, op.operator) or await rows.first(
            op.tx, op.sdkappid, key, MEMBER, op.operator
        )
        if heir is not None:
            await ownership.hand_over(op, room, heir)
    await put_out(op, room, [inside.member], "Leave")


async def expire(op: Operation, room_id: str, room_key: int, is_missed: Callable[[], bool]) -> bool | None:
    """Put out the operator, whose heartbeat stopped [C9]; return whether he was put out, ``None`` if he was not there.

    ``is_missed`` is asked once the room is locked: he may show a sign of life while that is waited for. ``room_key``
    tells the life of the room id in which he was: he may have entered the next one since [R0]. He may also have come
    back through another node than ``op.node``: then that one answers for him.
    """
    room = await room_rows.lock(op.tx, op.sdkappid, room_id)
    if not is_missed():
        return False
    if room is None or room.room_key != room_key:
        return None
    member = await rows.find(op.tx, op.sdkappid, room_key, op.operator)
    if member is None or member.is_robot or member.node != op.node:
        return None
    await put_out(op, room, [member], "Expired")
    return True


async def leave_behind(op: Operation, room_id: str, room_key: int, is_gone: Callable[[], bool]) -> None:
    """Let the operator leave a room for which his device has come into another one, on another node [M3].

    ``is_gone`` is asked once the room is locked: the device may come back while that is waited for. Where he may not
    leave, or has come back through another node, or is not inside any more, he stays as he is.
    """
    await room_rows.lock(op.tx, op.sdkappid, room_id)
    if not is_gone():
        return
    try:
        await leave(op, room_id, room_key)
    except Refusal as refusal:
        if refusal.code not in (errors.ROOM_NOT_EXIST, errors.NOT_MEMBER, errors.OWNER_MAY_NOT_LEAVE):
            raise


async def kick(op: Operation, room_id: str, targets: Sequence[str], reason: str) -> None:
    """Put out those of the targets who are members; refuses with 100004, 100006 or 100005 [R20]."""
    room = await rooms.lock(op, room_id)
    spare_owner(room, targets)
    inside = await members.among(op, room, targets)
    if not inside:
        raise Refusal(errors.NOT_MEMBER, "none of ", Field.TARGETS, f" is a member of room {room_id!r}")
    await put_out(op, room, inside, "Kicked", reason)


async def remove(op: Operation, room_id: str, room_key: int, account: str, reason: str) -> None:
    """Let the operator, a member, put out another one, who may come back at once.

    Refuses with 100004, 100005, -2301, or with 100006 against the owner or, by an administrator, against another one.
    """
    inside = await as_administrator(op, room_id, room_key)
    target = await subordinate(op, inside, account)
    await put_out(op, inside.room, [target], "Kicked", reason)


def spare_owner(room: Room, targets: Sequence[str]) -> None:
    """Refuse with 100006 when the owner is a target [R18] [R20]."""
    if room.owner in targets:
        raise Refusal(errors.NOT_PERMITTED, Field.TARGETS, f" contains the owner of room {room.room_id!r}")
