"""What being inside means: the roles, and that somebody is a member at all."""

from typing import Final, Literal, cast

from conclave import errors
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store import members as rows
from conclave.store.members import Member
from conclave.store.rooms import Room

Role = Literal["Owner", "Admin", "Member"]
OWNER: Final = "Owner"
ADMIN: Final = "Admin"
MEMBER: Final = "Member"


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
