"""What being inside means: the roles, what they permit, and that somebody is a member at all."""

from typing import Final, Literal, cast

import msgspec

from conclave import errors
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store import members as rows
from conclave.store import rooms as room_rows
from conclave.store.members import Member
from conclave.store.rooms import Room

Role = Literal["Owner", "Admin", "Member"]
OWNER: Final = "Owner"
ADMIN: Final = "Admin"
MEMBER: Final = "Member"
MICROPHONE, CAMERA, SCREEN = 1, 2, 4
"""The bits of ``Member.devices`` and ``Member.grants``."""


class Inside(msgspec.Struct, frozen=True):
    """A room, locked unless it is only read, and the operator as the member of it that he is."""

    room: Room
    member: Member

    @property
    def role(self) -> Role:
        """The operator's role."""
        return role_of(self.room, self.member.account, self.member.role)

    @property
    def administers(self) -> bool:
        """Tell whether the operator is the owner or an administrator."""
        return self.role != MEMBER


def role_of(room: Room, account: str, stored: str) -> Role:
    """Return Owner, or the stored role, Admin or Member; ownership belongs to the room [R14] [R23].

    A robot comes in as a Member [R22], and may be given a role like any other.
    """
    return OWNER if account == room.owner else cast("Role", stored)


async def require(op: Operation, room: Room, account: str) -> Member:
    """Return a member of the room; refuses with 100005."""
    member = await rows.find(op.tx, op.sdkappid, room.room_key, account)
    if member is None:
        raise Refusal(errors.NOT_MEMBER, f"account {account!r} is not a member of room {room.room_id!r}")
    return member


async def in_person(op: Operation, room: Room) -> Member | None:
    """Return the operator as a member; ``None`` when he is not inside, or only as a robot, which sees nothing."""
    member = await rows.find(op.tx, op.sdkappid, room.room_key, op.operator)
    return None if member is None or member.is_robot else member


async def require_in_person(op: Operation, room: Room) -> Member:
    """Return the operator as a member; refuses with 100005, also whoever is inside only as a robot."""
    member = await in_person(op, room)
    if member is None:
        raise Refusal(errors.NOT_MEMBER, f"you are not a member of room {room.room_id!r}")
    return member


async def as_member(op: Operation, room_id: str, room_key: int) -> Inside:
    """Return the operator inside the room, which is locked; refuses with 100004 or 100005.

    ``room_key`` tells the life of the room id that he is in: another one is not his [R0].
    """
    return await _inside(op, room_id, room_key, await room_rows.lock(op.tx, op.sdkappid, room_id))


async def as_reader(op: Operation, room_id: str, room_key: int) -> Inside:
    """Return the operator inside the room, which is for reading only; refuses as ``as_member`` does."""
    return await _inside(op, room_id, room_key, await room_rows.find(op.tx, op.sdkappid, room_id))


async def _inside(op: Operation, room_id: str, room_key: int, room: Room | None) -> Inside:
    if room is None or room.room_key != room_key:
        raise Refusal(errors.ROOM_NOT_EXIST, f"room {room_id!r} does not exist any more")
    return Inside(room, await require_in_person(op, room))


async def as_administrator(op: Operation, room_id: str, room_key: int) -> Inside:
    """Return the operator as owner or administrator; refuses with 100004, 100005 or -2301."""
    return administering(await as_member(op, room_id, room_key))


def administering(inside: Inside) -> Inside:
    """Return the operator if he is owner or administrator; refuses with -2301."""
    if not inside.administers:
        raise Refusal(errors.NEEDS_ADMINISTRATOR, "only the owner and the administrators of the room may do this")
    return inside


async def as_owner(op: Operation, room_id: str, room_key: int) -> Inside:
    """Return the operator as owner; refuses with 100004, 100005 or -2300."""
    inside = await as_member(op, room_id, room_key)
    if inside.role != OWNER:
        raise Refusal(errors.NEEDS_OWNER, "only the owner of the room may do this")
    return inside


async def owned(op: Operation, room_id: str) -> Room:
    """Return the operator's own room, which is locked; he need not be inside. Refuses with 100004 or -2300."""
    room = await room_rows.lock(op.tx, op.sdkappid, room_id)
    if room is None:
        raise Refusal(errors.ROOM_NOT_EXIST, f"room {room_id!r} does not exist")
    if op.operator != room.owner:
        raise Refusal(errors.NEEDS_OWNER, "only the owner of the room may do this")
    return room


async def subordinate(op: Operation, inside: Inside, account: str) -> Member:
    """Return a member on whom the operator, an administrator, may act: nobody acts on the owner, only he on others.

    Refuses with 100005, or with 100006 against the owner or, by an administrator, against another one.
    """
    target = await require(op, inside.room, account)
    role = role_of(inside.room, account, target.role)
    if role == OWNER or (role == ADMIN and inside.role != OWNER):
        raise Refusal(errors.NOT_PERMITTED, f"account {account!r} is {role} of the room; you may not do this to him")
    return target
