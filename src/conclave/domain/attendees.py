"""Who is to attend a booked room: whom to tell, not whom to let in. Over a locked room; who may ask is asked before."""

from collections.abc import Sequence
from typing import Final

from conclave import errors
from conclave.domain import accounts, events, facts
from conclave.domain.operation import Operation
from conclave.domain.snapshots import of_person
from conclave.errors import Refusal
from conclave.store import attendees as rows
from conclave.store.room_contents import INVITEES
from conclave.store.rooms import Room

MAX_ATTENDEES: Final = 300


async def known(op: Operation, wanted: Sequence[str]) -> list[str]:
    """Return the accounts, each once, without those that are not imported: they are ignored [R4] [R12]."""
    return await accounts.imported(op, wanted)


async def of(op: Operation, room: Room) -> list[str]:
    """Return everybody who is to attend, in the order of the list."""
    return await rows.accounts(op.tx, op.sdkappid, room.room_key) if room.holds & INVITEES else []


async def add(op: Operation, room: Room, wanted: Sequence[str]) -> None:
    """Put accounts on the list; those that are on it stay, those that are not imported are ignored.

    They are held (``accounts.hold``) before the room is locked.

    Refuses with 100002 where the list would be longer than ``MAX_ATTENDEES`` [R12].
    """
    before = await of(op, room)
    joining = [account for account in await known(op, wanted) if account not in set(before)]
    if len(before) + len(joining) > MAX_ATTENDEES:
        raise Refusal(errors.PARAMETER, f"at most {MAX_ATTENDEES} accounts can be attendees of a room")
    if joining:
        await rows.add(op.tx, op.sdkappid, room.room_key, joining)
        room.holds |= INVITEES
        await _tell(op, room, before + joining, joining, [])


async def remove(op: Operation, room: Room, unwanted: Sequence[str]) -> None:
    """Take accounts off the list; whoever is not on it is ignored."""
    before = await of(op, room)
    leaving = [account for account in before if account in set(unwanted)]
    if leaving:
        await rows.remove(op.tx, op.sdkappid, room.room_key, leaving)
        await _tell(op, room, [account for account in before if account not in leaving], [], leaving)


async def _tell(op: Operation, room: Room, attendees: list[str], joined: list[str], left: list[str]) -> None:
    fact = facts.AttendeesChanged(
        room=facts.RoomSnapshot.of(room, op.now),
        host=await of_person(op, room.owner),
        attendees=attendees,
        joined=[await of_person(op, account) for account in joined],
        left=[await of_person(op, account) for account in left],
    )
    await events.append(op, room, fact)
