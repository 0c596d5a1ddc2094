"""Bans: who may not enter a room, and until when."""

from collections.abc import Sequence
from typing import Final

from conclave.domain import departures, events, facts, members, pending_invitations, rooms
from conclave.domain.operation import Operation
from conclave.store import bans as rows
from conclave.store.bans import Ban

FOREVER: Final = 2**62  # far beyond any clock; callers get it in seconds, which JavaScript still counts exactly


async def ban(op: Operation, room_id: str, targets: Sequence[str], reason: str, seconds: int) -> None:
    """Bar accounts from a room for a time, members or not; those inside leave at once [R18].

    Refuses with 100004 or 100006 (the owner is a target).
    """
    room = await rooms.lock(op, room_id)
    departures.spare_owner(room, targets)
    accounts = list(dict.fromkeys(targets))
    until = min(op.now + seconds * 1000, FOREVER)
    for account in accounts:
        room.bans_made += 1
        await rows.save(op.tx, op.sdkappid, room.room_key, Ban(account, room.bans_made, until, reason))
    await events.append(op, room, facts.MembersBanned(accounts, until, reason))
    inside = await members.among(op, room, accounts)
    if inside:
        await departures.put_out(op, room, inside, "Kicked", reason)
    await pending_invitations.withdraw(op, room, accounts)  # also of those who had left before


async def unban(op: Operation, room_id: str, targets: Sequence[str]) -> None:
    """Lift bans; an account without one is no error. Refuses with 100004."""
    room = await rooms.lock(op, room_id)
    lifted = []
    for account in dict.fromkeys(targets):
        if await rows.find(op.tx, op.sdkappid, room.room_key, account) is not None:
            await rows.delete(op.tx, op.sdkappid, room.room_key, account)
            lifted.append(account)
    if lifted:
        await events.append(op, room, facts.MembersUnbanned(lifted))


async def page(op: Operation, room_id: str, after: int, limit: int) -> list[Ban]:
    """Return the bans in force in the order of their time; refuses with 100004 [R19]."""
    room = await rooms.glance(op, room_id)
    return await rows.page(op.tx, op.sdkappid, room.room_key, after, limit)
