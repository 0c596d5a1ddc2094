"""Chat groups: create, find, end. Those of rooms are only read here; room commands govern them [R1].

The order of refusals is that of decision G1: fields, ceilings, the id, accounts, what the type permits.
"""

import secrets
from typing import Final

import msgspec

from conclave import errors
from conclave.domain import accounts
from conclave.domain.membership import ADMIN, MEMBER, OWNER
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store import groups as rows
from conclave.store import members as member_rows
from conclave.store.groups import Group
from conclave.store.members import Member

ASSIGNED: Final = "@TGS#"
COMMUNITY_PREFIX: Final = "@TGS#_"
MAX_ID_BYTES: Final = 48
ID_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MAX_INITIAL_MEMBERS = 100
COMMUNITY_CEILING: Final = 100_000
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


class NewMember(msgspec.Struct):
    """Somebody who is put into a group at its creation."""

    account: str
    is_admin: bool = False
    custom: list[tuple[str, str]] = msgspec.field(default_factory=list)


class GroupDraft(msgspec.Struct, kw_only=True):
    """What create_group takes; ``None`` and ``0`` mean the default of the type."""

    type: str
    name: str
    group_id: str | None = None
    owner: str | None = None
    introduction: str = ""
    notification: str = ""
    face_url: str = ""
    max_member_count: int | None = None
    apply_option: str | None = None
    invite_option: str | None = None
    custom: list[tuple[str, str]] = msgspec.field(default_factory=list)
    members: list[NewMember] = msgspec.field(default_factory=list)
    support_topic: int = 0
    enable_permission: int = 0
    default_permission: int = 0


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


async def create(op: Operation, draft: GroupDraft) -> str:
    """Create a group with its owner and members inside, and return its id.

    Refuses with 10004, 10005, 10038, 10021 or 10025 (the id is held, by a room or a group), 10019 or 10007.
    """
    _check_fields(draft)
    ceiling = COMMUNITY_CEILING if draft.type == "Community" else op.application.settings.max_group_member_count
    members = _members(draft)
    group = _new(op, draft, _capacity(draft, ceiling, len(members)))
    group.entries = group.member_count = len(members)
    group.group_id = draft.group_id or _assigned_id(draft.type)
    while not await rows.claim(op.tx, op.sdkappid, group):
        await _refuse_held(op, draft)
        group.group_id = draft.group_id or _assigned_id(draft.type)
    await rows.count(op.tx, op.sdkappid, **{"keys": 1, COUNTER + draft.type: 1})
    for field, account in _named(draft):
        await accounts.require(op, account, field, errors.GROUP_ACCOUNT_NOT_EXIST)
    _check_permitted(draft)
    for entry, member in enumerate(members, start=1):
        await _put(op, group, entry, member)
    return group.group_id


def _check_fields(draft: GroupDraft) -> None:
    given = draft.group_id
    if given is not None:
        broken = id_fault(given)
        if broken is None and draft.type == "Community" and not given.startswith(COMMUNITY_PREFIX):
            broken = f"of a Community must begin with {COMMUNITY_PREFIX}"
        if broken is None and draft.type != "Community" and given.startswith(ASSIGNED):
            broken = f"must not begin with {ASSIGNED}"
        if broken is not None:
            raise Refusal(errors.GROUP_PARAMETER, f"GroupId {broken}")
    if len(draft.members) > MAX_INITIAL_MEMBERS:
        raise Refusal(errors.GROUP_TOO_MANY_ACCOUNTS, f"MemberList must name at most {MAX_INITIAL_MEMBERS} accounts")
    if draft.support_topic and draft.type != "Community":
        raise Refusal(errors.GROUP_PARAMETER, "SupportTopic is for the type Community only")
    if (draft.enable_permission or draft.default_permission) and not draft.support_topic:
        raise Refusal(errors.GROUP_PARAMETER, "EnablePermission and DefaultPermission need SupportTopic 1")


def _members(draft: GroupDraft) -> list[NewMember]:
    """Return who will be inside, the owner first and everybody once; an AVChatRoom stores no members."""
    if draft.type == "AVChatRoom":
        return []
    listed = {member.account: member for member in reversed(draft.members)}  # of several entries the first counts
    inside = {} if draft.owner is None else {draft.owner: NewMember(draft.owner)}
    if draft.owner in listed:
        inside[draft.owner] = NewMember(draft.owner, custom=listed[draft.owner].custom)
    for member in draft.members:
        inside.setdefault(member.account, listed[member.account])
    return list(inside.values())


def _capacity(draft: GroupDraft, ceiling: int, members: int) -> int:
    """Return MaxMemberNum; 0 for an AVChatRoom, which has no limit."""
    if draft.type == "AVChatRoom":
        return 0
    capacity = ceiling if draft.max_member_count is None else draft.max_member_count
    if capacity > ceiling:
        raise Refusal(errors.GROUP_MEMBERS_OVER_LIMIT, f"MaxMemberCount is above the ceiling {ceiling}")
    if members > capacity:
        raise Refusal(errors.GROUP_PARAMETER, f"MemberList and the owner are more than MaxMemberCount {capacity}")
    return capacity


def _new(op: Operation, draft: GroupDraft, capacity: int) -> Group:
    kind = KINDS[draft.type]
    given_apply = None if draft.type == "Community" else draft.apply_option
    return Group(
        group_key=0,
        group_id="",
        type=draft.type,
        is_room=0,
        name=draft.name,
        owner=draft.owner or "",
        created_at=op.now,
        member_count=0,
        max_member_count=capacity,
        entries=0,
        introduction=draft.introduction,
        notification=draft.notification,
        face_url=draft.face_url,
        apply_option=given_apply or kind.apply_option,
        invite_option=kind.invite_option and (draft.invite_option or kind.invite_option),
        custom=_custom(draft.custom),
        support_topic=draft.support_topic,
        enable_permission=draft.enable_permission,
        default_permission=draft.default_permission,
        is_active=int(draft.type != "Private"),
        info_seq=1,
        info_at=op.now,
    )


def _custom(pairs: list[tuple[str, str]]) -> str:
    """Return custom fields as they are stored: of one key the first value, an empty value is none."""
    kept = dict(reversed(pairs))
    stored = [(key, kept[key]) for key in dict.fromkeys(key for key, _ in pairs) if kept[key]]
    return msgspec.json.encode(stored).decode()


def read_custom(stored: str) -> list[tuple[str, str]]:
    """Return custom fields as ``(key, value)``."""
    return msgspec.json.decode(stored, type=list[tuple[str, str]])


def _assigned_id(group_type: str) -> str:
    kind = KINDS[group_type]
    return kind.id_form + "".join(secrets.choice(ID_LETTERS) for _ in range(kind.id_letters))


async def _refuse_held(op: Operation, draft: GroupDraft) -> None:
    """Refuse an id that is held, with the documented words, as clients look for them.

    Whoever held it a moment ago may be gone by now, and an id that was assigned is simply assigned anew.
    """
    holder = await rows.holder(op.tx, op.sdkappid, draft.group_id) if draft.group_id else None
    if holder is None:
        return
    if draft.owner is not None and holder[2] == draft.owner:
        raise Refusal(errors.GROUP_ID_OWN, f"group id has be used by youself! GroupId {draft.group_id!r}")
    raise Refusal(errors.GROUP_ID_IN_USE, f"group id has be used! GroupId {draft.group_id!r}")


def _named(draft: GroupDraft) -> list[tuple[str, str]]:
    owner = [] if draft.owner is None else [("Owner_Account", draft.owner)]
    listed = [(f"MemberList[{place}].Member_Account", member.account) for place, member in enumerate(draft.members)]
    return owner + listed


def _check_permitted(draft: GroupDraft) -> None:
    if draft.type == "AVChatRoom" and draft.members:
        raise Refusal(errors.GROUP_NOT_PERMITTED, "MemberList is not for the type AVChatRoom: its members join")
    if draft.type == "Private" and any(member.is_admin for member in draft.members):
        raise Refusal(errors.GROUP_NOT_PERMITTED, "the type Private has no administrators")


async def _put(op: Operation, group: Group, entry: int, member: NewMember) -> None:
    role = ADMIN if member.is_admin else MEMBER
    row = Member(member.account, entry, op.now, role=role, custom=_custom(member.custom))
    await member_rows.insert(op.tx, op.sdkappid, group.group_key, row)


async def destroy(op: Operation, group_id: str) -> None:
    """Disband a group that is no room; refuses with 10015, 10010 or 10007 [R1]."""
    group = await lock(op, group_id)
    if group.is_room:
        raise Refusal(errors.GROUP_NOT_PERMITTED, f"group {group_id!r} belongs to a room; destroy_room ends it")
    await rows.delete(op.tx, op.sdkappid, group.group_key, group.entries)
    await rows.count(op.tx, op.sdkappid, **{COUNTER + group.type: -1})
