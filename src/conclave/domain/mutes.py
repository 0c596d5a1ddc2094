"""Mutes: who may not send messages in a room. One lasts until it is lifted, or until the room ends [R23]."""

from conclave import errors
from conclave.domain import events, facts
from conclave.domain.membership import as_administrator, subordinate
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store import members as member_rows
from conclave.store import mutes as rows
from conclave.store.room_contents import MUTES
from conclave.store.rooms import Room


async def are_on(op: Operation, room: Room, account: str) -> bool:
    """Tell whether the account is muted in a room, member or not."""
    return bool(room.holds & MUTES) and await rows.has(op.tx, op.sdkappid, room.room_key, account)


async def mute(op: Operation, room_id: str, room_key: int, account: str) -> None:
    """Keep a member from sending messages; refuses with 100004, 100005, -2301 or 100006."""
    inside = await as_administrator(op, room_id, room_key)
    room, target = inside.room, await subordinate(op, inside, account)
    if target.is_muted:
        return
    room.holds |= MUTES
    await rows.insert(op.tx, op.sdkappid, room.room_key, account, room.seq + 1)
    await _tell(op, room, account, is_muted=True)


async def unmute(op: Operation, room_id: str, room_key: int, account: str) -> None:
    """Let somebody send messages again, also one who has left; refuses with 100004, 100005, -2301 or 100006."""
    inside = await as_administrator(op, room_id, room_key)
    room = inside.room
    if await member_rows.find(op.tx, op.sdkappid, room.room_key, account) is not None:
        await subordinate(op, inside, account)
    elif not await are_on(op, room, account):
        raise Refusal(errors.NOT_MEMBER, f"account {account!r} is neither in room {room_id!r} nor muted there")
    await lift(op, room, account)


async def lift(op: Operation, room: Room, account: str) -> None:
    """End a mute in a locked room, if there is one."""
    if await are_on(op, room, account):
        await rows.delete(op.tx, op.sdkappid, room.room_key, account)
        await _tell(op, room, account, is_muted=False)


async def _tell(op: Operation, room: Room, account: str, *, is_muted: bool) -> None:
    member = await member_rows.find(op.tx, op.sdkappid, room.room_key, account)
    if member is not None:
        member.is_muted = int(is_muted)
        await member_rows.update(op.tx, op.sdkappid, room.room_key, member)
    await events.append(op, room, facts.MuteChanged(account, is_muted))
