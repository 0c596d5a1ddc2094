"""Marks: numbers that tell kinds of members apart [R17]. Members call them tags."""

from collections.abc import Sequence
from typing import Final

import msgspec

from conclave import errors
from conclave.domain import events, facts, rooms
from conclave.domain.membership import as_owner, require
from conclave.domain.operation import Operation
from conclave.domain.snapshots import of_all
from conclave.errors import Refusal
from conclave.store import members as rows
from conclave.store.members import Member
from conclave.store.rooms import Room

MAX_MARKS: Final = 10


async def mark(op: Operation, room_id: str, marks: dict[str, set[int]], *, remove: bool) -> None:
    """Set or remove marks; one target that is no member fails the call [R17].

    Refuses with 100004, 100005 or 100009.
    """
    await _mark(op, await rooms.lock(op, room_id), marks, remove=remove)


async def tag(op: Operation, room_id: str, room_key: int, number: int, targets: Sequence[str], *, remove: bool) -> None:
    """Let the owner set one mark on members, or take it from them; refuses with 100004, 100005, -2300 or 100009."""
    inside = await as_owner(op, room_id, room_key)
    await _mark(op, inside.room, {account: {number} for account in targets}, remove=remove)


async def _mark(op: Operation, room: Room, marks: dict[str, set[int]], *, remove: bool) -> None:
    targets = [(await require(op, room, account), wanted) for account, wanted in marks.items()]
    changed: list[Member] = []
    holders: dict[int, int] = {}
    for member, wanted in targets:
        before = member.mark_set
        after = before - wanted if remove else before | wanted
        if after == before:
            continue
        member.marks = msgspec.json.encode(sorted(after)).decode()
        for number in before ^ after:
            holders[number] = holders.get(number, 0) + (-1 if remove else 1)
        await rows.update(op.tx, op.sdkappid, room.room_key, member)
        changed.append(member)
    if not changed:
        return
    if await rows.count_holders(op.tx, op.sdkappid, room.room_key, holders) > MAX_MARKS:
        raise Refusal(errors.TOO_MANY_MARKS, f"room {room.room_id!r} would have more than {MAX_MARKS} distinct marks")
    await events.append(op, room, facts.MembersMarked(await of_all(op, room, changed)))
