"""Making a Chat group that is no room.

The order of refusals is that of decision G1: fields, ceilings, the id, accounts, what the type permits.
"""

import secrets
from typing import Final

import msgspec

from conclave import errors
from conclave.domain import accounts
from conclave.domain.groups import ASSIGNED, COMMUNITY_PREFIX, COUNTER, KINDS, id_fault
from conclave.domain.membership import ADMIN, MEMBER
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store import groups as rows
from conclave.store import members as member_rows
from conclave.store.groups import Group
from conclave.store.members import Member

ID_LETTERS: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
MAX_INITIAL_MEMBERS: Final = 100
COMMUNITY_CEILING: Final = 100_000


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
    named = _named(draft)
    await accounts.hold(op, *(account for _, account in named))
    while not await rows.claim(op.tx, op.sdkappid, group):
        await _refuse_held(op, draft)
        group.group_id = draft.group_id or _assigned_id(draft.type)
    await rows.count(op.tx, op.sdkappid, **{"keys": 1, COUNTER + draft.type: 1})
    for field, account in named:
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
