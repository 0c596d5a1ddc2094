"""What a member is in a room: role, name card and what is kept with him."""

from typing import Any, Final

import msgspec

from conclave import errors
from conclave.domain import events, facts, pending_requests, requests, rooms
from conclave.domain.membership import ADMIN, Inside, Role, administering, as_member, as_owner, require, subordinate
from conclave.domain.operation import Operation
from conclave.domain.snapshots import of_member
from conclave.errors import Field, Refusal
from conclave.store import members as rows
from conclave.store.members import Member, attributes_of
from conclave.store.rooms import Room

MAX_ADMINISTRATORS: Final = 5
MAX_ATTRIBUTES: Final = 10
MAX_ATTRIBUTES_BYTES: Final = 1024


async def update(
    op: Operation,
    room_id: str,
    account: str,
    name_card: str | None,
    role: str | None,
    custom_info: str | None,
) -> None:
    """Change what is given of a member; refuses with 100004, 100006 (the owner's role), 100005 or 100020 [R15]."""
    room = await rooms.lock(op, room_id)
    if role is not None:
        _spare_owner(room, account)
    given = {"name_card": name_card, "role": role, "custom_info": custom_info}
    changes = {field: value for field, value in given.items() if value is not None}
    await change(op, room, await require(op, room, account), **changes)


async def change(op: Operation, room: Room, before: Member, **changes: Any) -> None:
    """Change fields of a member of a locked room; refuses a sixth administrator with 100020 [R15]."""
    after = msgspec.structs.replace(before, **changes)
    changed = [field for field in changes if getattr(after, field) != getattr(before, field)]
    if not changed:
        return
    if "role" in changed:
        room.administrator_count += 1 if after.role == ADMIN else -1
        if room.administrator_count > MAX_ADMINISTRATORS:
            told = f"room {room.room_id!r} has {MAX_ADMINISTRATORS} administrators"
            raise Refusal(errors.TOO_MANY_ADMINISTRATORS, told)
    await rows.update(op.tx, op.sdkappid, room.room_key, after)
    await events.append(op, room, facts.MemberUpdated(await of_member(op, room, after), changed))
    if "role" in changed:
        await _settle_requests(op, room, after)


async def _settle_requests(op: Operation, room: Room, member: Member) -> None:
    if member.role == ADMIN:
        await requests.promoted(op, room, member.account)
    else:
        await pending_requests.demote(op, room, member.account)


def _spare_owner(room: Room, account: str) -> None:
    if account == room.owner:
        raise Refusal(errors.NOT_PERMITTED, "the role of the owner cannot be changed; hand the room over instead")


async def appoint(op: Operation, room_id: str, room_key: int, account: str, role: Role) -> None:
    """Let the owner give a member a role below his own.

    Refuses with 100004, 100005, -2300, 100006 (the owner's own role) or 100020 [R15].
    """
    inside = await as_owner(op, room_id, room_key)
    _spare_owner(inside.room, account)
    await change(op, inside.room, await require(op, inside.room, account), role=role)


async def set_name_card(op: Operation, room_id: str, room_key: int, account: str, name_card: str) -> None:
    """Change by which name a member goes in the room.

    Refuses with 100004, 100005, -2301 or 100006, as ``_within_reach`` says.
    """
    inside = await as_member(op, room_id, room_key)
    await change(op, inside.room, await _within_reach(op, inside, account), name_card=name_card)


async def set_attributes(op: Operation, room_id: str, room_key: int, account: str, given: dict[str, str]) -> None:
    """Keep values with a member, by their names; an empty one takes its name away.

    Refuses with 100004, 100005, -2301 or 100006, as ``_within_reach`` says, and with 100002 what would be too many, or
    too much.
    """
    inside = await as_member(op, room_id, room_key)
    member = await _within_reach(op, inside, account)
    merged = {name: value for name, value in (attributes_of(member.attributes) | given).items() if value}
    stored = msgspec.json.encode(merged, order="deterministic")
    if len(merged) > MAX_ATTRIBUTES or len(stored) > MAX_ATTRIBUTES_BYTES:
        told = f" would be more than {MAX_ATTRIBUTES} names, or {MAX_ATTRIBUTES_BYTES} bytes of JSON"
        raise Refusal(errors.PARAMETER, Field.ATTRIBUTES, told)
    await change(op, inside.room, member, attributes=stored.decode())


async def _within_reach(op: Operation, inside: Inside, account: str) -> Member:
    """Return the operator himself, or another on whom he may act as owner or administrator.

    Refuses with -2301 (somebody else, by a general user), 100005, or 100006 as ``subordinate`` does.
    """
    if account == op.operator:
        return inside.member
    return await subordinate(op, administering(inside), account)
