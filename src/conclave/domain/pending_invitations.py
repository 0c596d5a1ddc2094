"""Invitations that are pending in a locked room, and how they end: answered, taken back, or by what happens meanwhile.

This is the lowest part: it asks nobody's right. Who may invite, answer and cancel stands in ``invitations``.
"""

from collections.abc import Collection, Sequence
from typing import Final

from conclave.domain import events, facts, snapshots
from conclave.domain.facts import Ending
from conclave.domain.operation import Operation, of_the_clock
from conclave.store import invitations as rows
from conclave.store import room_contents
from conclave.store.invitations import Invitation
from conclave.store.rooms import Room

KEPT_WHEN_ENDED: Final = 300
_STATUS: Final[dict[Ending, int]] = {
    "Accepted": rows.ACCEPTED,
    "Rejected": rows.REJECTED,
    "TimedOut": rows.TIMED_OUT,
    "Cancelled": rows.NO_STATUS,
    "Revoked": rows.NO_STATUS,
}


async def every(op: Operation, room: Room) -> list[Invitation]:
    """Return what is pending, in the order in which it was sent."""
    if not room.holds & room_contents.INVITATIONS:
        return []
    return await rows.pending(op.tx, op.sdkappid, room.room_key)


async def of(op: Operation, room: Room, invitee: str) -> Invitation | None:
    """Return the pending invitation of an account; one that is late is none, even if that is not written yet."""
    if not room.holds & room_contents.INVITATIONS:
        return None
    found = await rows.find(op.tx, op.sdkappid, room.room_key, invitee)
    if found is None or found.status != rows.PENDING or op.is_past(found.expires_at):
        return None
    return found


async def end(op: Operation, room: Room, ended: Sequence[Invitation], how: Ending, *, reason: int = 0) -> None:
    """End pending invitations, if there are any, all in the same way; one that is taken back leaves nothing behind."""
    if not ended:
        return
    for invitation in ended:
        invitation.status = _STATUS[how]
        if invitation.status == rows.NO_STATUS:
            await rows.delete(op.tx, op.sdkappid, room.room_key, invitation.invitee)
        else:
            expires_at, invitation.expires_at = invitation.expires_at, 0
            await rows.save(op.tx, op.sdkappid, room.room_key, invitation)
            invitation.expires_at = expires_at
    await rows.prune(op.tx, op.sdkappid, room.room_key, KEPT_WHEN_ENDED)
    told = await snapshots.of_invitations(op, ended)
    host = await snapshots.of_person(op, room.owner)
    snapshot = facts.RoomSnapshot.of(room, op.now)
    await events.append(op, room, facts.InvitationsEnded(snapshot, host, told, how, reason, op.device))


async def arrived(op: Operation, room: Room) -> None:
    """End the invitation of the operator, who came in: that accepts it."""
    invitation = await of(op, room, op.operator)
    if invitation is not None:
        await end(op, room, [invitation], "Accepted")


async def withdraw_all(op: Operation, room: Room) -> None:
    """Take back what is pending: nobody is inside any more to be met."""
    await end(op, room, await every(op, room), "Cancelled")


async def withdraw(op: Operation, room: Room, inviters: Collection[str]) -> None:
    """Take back what those have sent who are put out."""
    await end(op, room, [each for each in await every(op, room) if each.inviter in inviters], "Revoked")


async def forget(op: Operation, room: Room, account: str) -> None:
    """Take back what is pending to an account, or of one, that is about to be deleted."""
    concerned = [each for each in await every(op, room) if account in (each.invitee, each.inviter)]
    await end(op, room, concerned, "Revoked")


async def expire(op: Operation, room: Room) -> None:
    """End what nobody has answered in time, in the name of the clock."""
    late = [each for each in await every(op, room) if op.is_past(each.expires_at)]
    await end(of_the_clock(op.tx, op.application), room, late, "TimedOut")
