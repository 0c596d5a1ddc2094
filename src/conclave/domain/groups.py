"""Chat groups: their types, find, end; they are made in ``group_creation``.

Those of rooms are only read here; room commands govern them [R1].
"""

from typing import Final

import msgspec

from conclave import errors
from conclave.domain.membership import OWNER
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store import groups as rows
from conclave.store.groups import Group
from conclave.store.members import Member

ASSIGNED: Final = "@TGS#"
COMMUNITY_PREFIX: Final = "@TGS#_"
MAX_ID_BYTES: Final = 48
ALIASES: Final = {"Work": "Private", "Meeting": "ChatRoom"}
COUNTER: Final = "groups:"
"""Before a type: the counter of an application's groups of that type, those of rooms left aside."""


class Kind(msgspec.Struct, frozen=True):
    """What a type of group has by default; an empty ``invite_option`` means that it has no such option."""

    apply_option: str
    invite_option: str
    message_flag: str
    id_form: str
    id_letters: int = 9


KINDS: Final = {
    "Private": Kind("DisableApply", "FreeAccess", "AcceptAndNotify", ASSIGNED),
    "Public": Kind("NeedPermission", "DisableInvite", "AcceptAndNotify", ASSIGNED),
    "ChatRoom": Kind("FreeAccess", "DisableInvite", "AcceptNotNotify", ASSIGNED),
    "AVChatRoom": Kind("FreeAccess", "", "AcceptNotNotify", f"{ASSIGNED}a", 8),
    "Community": Kind("FreeAccess", "FreeAccess", "AcceptAndNotify", f"{COMMUNITY_PREFIX}{ASSIGNED}c", 11),
}


def type_of(name: str) -> str:
    """Return the type that a request calls by its new or its old name."""
    return ALIASES.get(name, name)


def role_of(group: Group, member: Member) -> str:
    """Return Owner, Admin or Member; ownership belongs to the group."""
    return OWNER if member.account == group.owner else member.role


def id_fault(group_id: str) -> str | None:
    """Return the rule that no group id can break: 1-48 bytes of printable ASCII."""
    if 1 <= len(group_id) <= MAX_ID_BYTES and group_id.isascii() and group_id.isprintable():
        return None
    return f"must be 1 to {MAX_ID_BYTES} bytes of printable ASCII, 0x20 to 0x7e"


async def find(op: Operation, group_id: str) -> Group:
    """Return a group, a room's included; refuses with 10015 (no id looks like that) or 10010."""
    _check_id(group_id)
    return _existing(group_id, await rows.find(op.tx, op.sdkappid, group_id))


async def lock(op: Operation, group_id: str) -> Group:
    """Return a group that nobody else changes until the transaction ends; refuses as ``find`` does."""
    _check_id(group_id)
    return _existing(group_id, await rows.lock(op.tx, op.sdkappid, group_id))


def _check_id(group_id: str) -> None:
    broken = id_fault(group_id)
    if broken is not None:
        raise Refusal(errors.GROUP_ID_INVALID, f"invalid group id: GroupId {broken}")


def _existing(group_id: str, group: Group | None) -> Group:
    if group is None:
        raise Refusal(errors.GROUP_NOT_EXIST, f"group {group_id!r} does not exist")
    return group


def read_custom(stored: str) -> list[tuple[str, str]]:
    """Return custom fields as ``(key, value)``."""
    return msgspec.json.decode(stored, type=list[tuple[str, str]])


async def destroy(op: Operation, group_id: str) -> None:
    """Disband a group that is no room; refuses with 10015, 10010 or 10007 [R1]."""
    group = await lock(op, group_id)
    if group.is_room:
        raise Refusal(errors.GROUP_NOT_PERMITTED, f"group {group_id!r} belongs to a room; destroy_room ends it")
    await rows.delete(op.tx, op.sdkappid, group.group_key, group.entries)
    await rows.count(op.tx, op.sdkappid, **{COUNTER + group.type: -1})
