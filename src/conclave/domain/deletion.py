"""Deleting accounts: whoever is deleted leaves everything first [R31].

All of it is one transaction, however many rooms that is: half of it would be an account that is gone from some rooms
and may come back into them. Nobody brings the account anywhere meanwhile (``accounts.hold``), and its rooms stay locked
until the end, in the order of their keys. A member's device is in one room at a time [M3]; what makes this long are
robots, and lists of attendees, in very many rooms. Where that takes longer than a call may, nothing has happened.
"""

from collections.abc import Sequence
from typing import Final

from conclave import errors
from conclave.domain import attendees, departures, events, facts, pending_invitations
from conclave.domain.operation import Operation
from conclave.errors import Field, Refusal
from conclave.store import accounts as rows
from conclave.store import attendees as attendee_rows
from conclave.store import groups
from conclave.store import invitations as invitation_rows
from conclave.store import members as member_rows
from conclave.store import rooms as room_rows

# The words that the documentation shows for this refusal.
NOT_IMPORTED: Final = "Err_TLS_PT_Open_Login_Account_Not_Exist"
PAGE: Final = 100


async def delete(op: Operation, accounts: Sequence[str]) -> dict[str, Refusal | None]:
    """Delete accounts; return for each why it was not deleted, or ``None``.

    A deleted account leaves every room as Kicked, one fact per room, and every Chat group; it is taken off every list
    of attendees, and invitations to it and of it are taken back. Groups that it owned become ownerless; rooms keep
    their owner until change_room_owner. Refuses the whole call with 71000 where the application does not allow it; a
    single account with 70107 (not imported) or 70402 (an administrator of the application, who counts as imported for
    as long as he is one [R4]).
    """
    if not op.application.settings.allow_account_deletion:
        raise Refusal(errors.DELETION_NOT_ALLOWED, "the application does not allow accounts to be deleted")
    once = list(dict.fromkeys(accounts))
    known = await rows.lock_many(op.tx, op.sdkappid, once)
    return {account: await _delete(op, account, is_imported=account in known) for account in once}


async def _delete(op: Operation, account: str, *, is_imported: bool) -> Refusal | None:
    if op.application.is_administrator(account):
        return Refusal(errors.ACCOUNT_PARAMETER, Field.ACCOUNT, f" {account!r} is an administrator of the application")
    if not is_imported:
        return Refusal(errors.ACCOUNT_NOT_IMPORTED, NOT_IMPORTED)
    await _leave_everything(op, account)
    await _attend_nothing(op, account)
    await _forget_invitations(op, account)
    await groups.disown(op.tx, op.sdkappid, account)
    await rows.delete(op.tx, op.sdkappid, account)
    await events.append_outside(op, facts.AccountDeleted(account))
    return None


async def _leave_everything(op: Operation, account: str) -> None:
    after = 0
    while joined := await groups.joined_keys(op.tx, op.sdkappid, account, after, PAGE):
        for after, group_id, is_room in joined:
            if is_room:
                await _leave_room(op, group_id, account)
            else:
                await member_rows.delete(op.tx, op.sdkappid, after, account)
                await groups.leave(op.tx, op.sdkappid, after)


async def _leave_room(op: Operation, room_id: str, account: str) -> None:
    room = await room_rows.lock(op.tx, op.sdkappid, room_id)
    if room is None:
        return  # it ended before the lock was ours
    member = await member_rows.find(op.tx, op.sdkappid, room.room_key, account)
    if member is None:
        return
    if member.is_robot:
        gone = await departures.expel(op, room, [member])
        await events.append(op, room, facts.RobotRemoved(gone, room.member_count))
    else:
        await departures.put_out(op, room, [member], "Kicked")


async def _attend_nothing(op: Operation, account: str) -> None:
    after = 0
    while attended := await attendee_rows.attended(op.tx, op.sdkappid, account, after, PAGE):
        for after in (room.room_key for room in attended):
            room = await room_rows.lock_by_key(op.tx, op.sdkappid, after)
            if room is not None:
                await attendees.remove(op, room, [account])


async def _forget_invitations(op: Operation, account: str) -> None:
    after = 0
    while keys := await invitation_rows.rooms_of(op.tx, op.sdkappid, account, after, PAGE):
        for after in keys:
            room = await room_rows.lock_by_key(op.tx, op.sdkappid, after)
            if room is not None:
                await pending_invitations.forget(op, room, account)
