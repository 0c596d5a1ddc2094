"""Invitations into a meeting: who inside asks whom to come in, and what he answers.

An invitation lets nobody in who could not enter without it, and whoever accepts has still to enter. Entering accepts.
"""

from collections.abc import Sequence
from typing import Final

from conclave import errors
from conclave.domain import accounts, events, facts, pending_invitations, rooms, snapshots
from conclave.domain.facts import InvitationSnapshot
from conclave.domain.membership import as_member, as_reader
from conclave.domain.operation import Operation
from conclave.errors import Field, Refusal
from conclave.store import invitations as rows
from conclave.store import members as member_rows
from conclave.store import room_contents
from conclave.store.invitations import Invitation
from conclave.store.rooms import Room

MAX_PENDING: Final = 300
MAX_PENDING_OF_ONE: Final = 100
# TUIInvitationCode.
INVITED, PENDING_ALREADY, INSIDE_ALREADY = range(3)
_MOST_AT_ONCE: Final = 1000  # more than a call may invite: places of one event come before those of the next


async def invite(
    op: Operation, room_id: str, room_key: int, targets: Sequence[str], timeout: int, extension: str
) -> dict[str, int]:
    """Ask accounts to come in; return for each what came of it. Those that are not imported are left out [R4].

    ``timeout`` is in seconds, 0 for never. Refuses with 100004, 100005, or with 100013 too many at once, or pending.
    """
    await accounts.hold(op, *targets[: op.application.settings.max_invitees])
    room = (await as_member(op, room_id, room_key)).room
    targets = _at_once(op, targets)
    await pending_invitations.expire(op, room)
    codes = {account: await _code(op, room, account) for account in await accounts.imported(op, targets)}
    invited = [account for account, code in codes.items() if code == INVITED]
    if invited:
        await _send(op, room, invited, op.now + timeout * 1000 if timeout else 0, extension)
    return codes


def _at_once(op: Operation, targets: Sequence[str]) -> list[str]:
    """Return the accounts, each once; refuses with 100013 too many in one call: each is told in a frame of its own."""
    accounts_once = list(dict.fromkeys(targets))
    ceiling = op.application.settings.max_invitees
    if len(accounts_once) > ceiling:
        raise Refusal(errors.OVER_CEILING, Field.INVITEES, f" has more than {ceiling} accounts, the ceiling")
    return accounts_once


async def _code(op: Operation, room: Room, account: str) -> int:
    if await member_rows.find(op.tx, op.sdkappid, room.room_key, account) is not None:
        return INSIDE_ALREADY
    return INVITED if await pending_invitations.of(op, room, account) is None else PENDING_ALREADY


async def _send(op: Operation, room: Room, invited: Sequence[str], expires_at: int, extension: str) -> None:
    pending = await pending_invitations.every(op, room)
    if len(pending) + len(invited) > MAX_PENDING:
        raise Refusal(errors.OVER_CEILING, f"room {room.room_id!r} would have more than {MAX_PENDING} invitations")
    if sum(each.inviter == op.operator for each in pending) + len(invited) > MAX_PENDING_OF_ONE:
        raise Refusal(errors.OVER_CEILING, f"more than {MAX_PENDING_OF_ONE} invitations of yours would be pending")
    first = (room.seq + 1) * _MOST_AT_ONCE
    sent = [
        Invitation(account, op.operator, place, rows.PENDING, extension, expires_at)
        for place, account in enumerate(invited, first)
    ]
    for invitation in sent:
        await rows.save(op.tx, op.sdkappid, room.room_key, invitation)
    room.holds |= room_contents.INVITATIONS
    told = await snapshots.of_invitations(op, sent)
    host = await snapshots.of_person(op, room.owner)
    await events.append(op, room, facts.InvitationsSent(facts.RoomSnapshot.of(room, op.now), host, told))


async def cancel(op: Operation, room_id: str, room_key: int, targets: Sequence[str]) -> None:
    """Take invitations back: one's own, or as owner or administrator those of others; what has ended is skipped.

    Refuses with 100004, 100005, 100013 (too many at once), or with -2310 those of others by a general user.
    """
    inside = await as_member(op, room_id, room_key)
    found = [await pending_invitations.of(op, inside.room, account) for account in _at_once(op, targets)]
    pending = [invitation for invitation in found if invitation is not None]
    anothers = [invitation for invitation in pending if invitation.inviter != op.operator]
    if anothers and not inside.administers:
        invitee = anothers[0].invitee
        raise Refusal(errors.REQUEST_NOT_YOURS, f"account {invitee!r} was invited by another member")
    await pending_invitations.end(op, inside.room, [each for each in pending if each not in anothers], "Cancelled")
    await pending_invitations.end(op, inside.room, anothers, "Revoked")


async def accept(op: Operation, room_id: str) -> None:
    """Let the operator accept an invitation, before or without entering; refuses with 100004 or -2311."""
    await pending_invitations.end(op, *await _invited(op, room_id), "Accepted")


async def reject(op: Operation, room_id: str, reason: int) -> None:
    """Let the operator reject an invitation; refuses with 100004 or -2311."""
    await pending_invitations.end(op, *await _invited(op, room_id), "Rejected", reason=reason)


async def _invited(op: Operation, room_id: str) -> tuple[Room, list[Invitation]]:
    room = await rooms.lock(op, room_id)
    invitation = await pending_invitations.of(op, room, op.operator)
    if invitation is None:
        raise Refusal(errors.REQUEST_UNKNOWN, f"no invitation of yours into room {room_id!r} is pending")
    return room, [invitation]


async def page(
    op: Operation, room_id: str, room_key: int, after: int, limit: int
) -> tuple[list[InvitationSnapshot], int]:
    """Return invitations, pending or not, in the order in which they were sent, and the place to go on after, or 0.

    Refuses with 100004 or 100005.
    """
    room = (await as_reader(op, room_id, room_key)).room
    if not room.holds & room_contents.INVITATIONS:
        return [], 0
    found = await rows.page(op.tx, op.sdkappid, room.room_key, after, limit + 1)
    shown = found[:limit]
    return await snapshots.of_invitations(op, shown), shown[-1].place if len(found) > limit else 0
