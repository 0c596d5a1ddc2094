"""How groups and their members look on the wire, and which of their fields a caller may ask for.

A field that was not asked for, or that the type of the group does not have, is left out of the reply.
"""

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Final, Literal, TypeVar, get_args

import msgspec
from msgspec import UNSET, Meta, UnsetType

from conclave import errors
from conclave.api import fields
from conclave.domain import groups
from conclave.errors import Refusal
from conclave.store.groups import Group
from conclave.store.members import Member

LARGEST_REPLY: Final = 2**20
SMALLEST_MEMBER: Final = len('{"Member_Account":"a"},')
EVERY_KEY: Final[Sequence[str]] = ("*",)  # no key looks like that
Struct = TypeVar("Struct", bound=msgspec.Struct)

GroupTypeName = Literal["Private", "Work", "Public", "ChatRoom", "Meeting", "AVChatRoom", "Community"]
AnyTypeName = Literal["Private", "Work", "Public", "ChatRoom", "Meeting", "AVChatRoom", "BChatRoom", "Community"]
Role = Literal["Owner", "Admin", "Member"]
BaseField = Literal[
    "GroupId",
    "Type",
    "Name",
    "Introduction",
    "Notification",
    "FaceUrl",
    "Owner_Account",
    "Appid",
    "CreateTime",
    "InfoSeq",
    "LastInfoTime",
    "LastMsgTime",
    "NextMsgSeq",
    "MemberNum",
    "MaxMemberNum",
    "ApplyJoinOption",
    "InviteJoinOption",
    "MuteAllMember",
    "ShutUpAllMember",
    "SupportTopic",
    "EnablePermission",
    "DefaultPermission",
]
MemberField = Literal[
    "Account",
    "Member_Account",
    "Role",
    "JoinTime",
    "MsgSeq",
    "MsgFlag",
    "LastSendMsgTime",
    "MuteUntil",
    "ShutUpUntil",
    "NameCard",
    "OnlineStatus",
]
SelfField = Literal["Role", "JoinTime", "MsgFlag", "MsgSeq"]
NEWER_NAMES: Final = {
    "ShutUpAllMember": "MuteAllMember",
    "ShutUpUntil": "MuteUntil",
    "Account": "Member_Account",
}
EVERY_BASE_FIELD: Final = frozenset(get_args(BaseField)) - {"InfoSeq", "ShutUpAllMember"}
EVERY_MEMBER_FIELD: Final = frozenset(get_args(MemberField)) - {"ShutUpUntil", "Account"}


def _key_rule(value: str) -> str | None:
    if 1 <= len(value) <= 16 and value.isascii() and value.replace("_", "a").isalnum():
        return None
    return "is not a custom key (all defined key is invalid): it must be 1 to 16 of A-Z, a-z, 0-9 and _"


CustomKey = Annotated[str, Meta(extra={"rule": _key_rule}, extra_json_schema={"pattern": "^[A-Za-z0-9_]{1,16}$"})]


class CustomField(msgspec.Struct):
    """A custom field of a group."""

    Key: CustomKey
    Value: Annotated[str, fields.text(512)]


class MemberCustomField(msgspec.Struct):
    """A custom field of a member."""

    Key: CustomKey
    Value: Annotated[str, fields.text(64)]


class BaseInfo(msgspec.Struct, kw_only=True):
    """A group's own fields; times in seconds."""

    GroupId: str
    Type: str | UnsetType = UNSET
    Name: str | UnsetType = UNSET
    Appid: int | UnsetType = UNSET
    Introduction: str | UnsetType = UNSET
    Notification: str | UnsetType = UNSET
    FaceUrl: str | UnsetType = UNSET
    Owner_Account: str | UnsetType = UNSET
    CreateTime: int | UnsetType = UNSET
    InfoSeq: int | UnsetType = UNSET
    LastInfoTime: int | UnsetType = UNSET
    LastMsgTime: int | UnsetType = UNSET
    NextMsgSeq: int | UnsetType = UNSET
    MemberNum: int | UnsetType = UNSET
    MaxMemberNum: int | UnsetType = UNSET
    ApplyJoinOption: str | UnsetType = UNSET
    InviteJoinOption: str | UnsetType = UNSET
    MuteAllMember: Literal["On", "Off"] | UnsetType = UNSET
    SupportTopic: int | UnsetType = UNSET
    EnablePermission: int | UnsetType = UNSET
    DefaultPermission: int | UnsetType = UNSET


class SelfInfo(msgspec.Struct, kw_only=True):
    """What an account is in a group."""

    Role: str | UnsetType = UNSET
    JoinTime: int | UnsetType = UNSET
    MsgFlag: str | UnsetType = UNSET
    MsgSeq: int | UnsetType = UNSET
    GrossTopicReadSeq: int | UnsetType = UNSET


class MemberItem(msgspec.Struct, kw_only=True):
    """A member of a group; times in seconds, ``MuteUntil`` 0 when not muted."""

    Member_Account: str
    Role: str | UnsetType = UNSET
    JoinTime: int | UnsetType = UNSET
    MsgSeq: int | UnsetType = UNSET
    MsgFlag: str | UnsetType = UNSET
    LastSendMsgTime: int | UnsetType = UNSET
    MuteUntil: int | UnsetType = UNSET
    NameCard: str | UnsetType = UNSET
    OnlineStatus: str | UnsetType = UNSET
    AppMemberDefinedData: list[MemberCustomField] | UnsetType = UNSET


def names(asked: Iterable[str]) -> frozenset[str]:
    """Return the names of fields as replies call them."""
    return frozenset(NEWER_NAMES.get(name, name) for name in asked)


def base_fields(group: Group, sdkappid: int, wanted: frozenset[str]) -> dict[str, Any]:
    """Return those of a group's own fields that are wanted and that its type has.

    No command of this server sends group messages yet: LastMsgTime and NextMsgSeq are those of an empty group.
    """
    every = {
        "GroupId": group.group_id,
        "Type": group.type,
        "Name": group.name,
        "Appid": sdkappid,
        "Introduction": group.introduction,
        "Notification": group.notification,
        "FaceUrl": group.face_url,
        "Owner_Account": group.owner,
        "CreateTime": group.created_at // 1000,
        "InfoSeq": group.info_seq,
        "LastInfoTime": group.info_at // 1000,
        "LastMsgTime": 0,
        "NextMsgSeq": 1,
        "MemberNum": group.member_count,
        "MaxMemberNum": group.max_member_count,
        "ApplyJoinOption": group.apply_option,
        "MuteAllMember": "On" if group.is_muted else "Off",
    }
    if group.invite_option:
        every["InviteJoinOption"] = group.invite_option
    if group.type == "Community":
        every["SupportTopic"] = group.support_topic
        every["EnablePermission"] = group.enable_permission
        every["DefaultPermission"] = group.default_permission
    return {name: value for name, value in every.items() if name in wanted or name == "GroupId"}


def group_custom(group: Group, keys: Sequence[str]) -> list[CustomField]:
    """Return a group's custom fields of the keys given."""
    return [CustomField(key, value) for key, value in groups.read_custom(group.custom) if _asked(key, keys)]


def _asked(key: str, keys: Sequence[str]) -> bool:
    return keys is EVERY_KEY or key in keys


def member_item(group: Group, member: Member, wanted: frozenset[str], keys: Sequence[str] | None) -> MemberItem:
    """Show a member with the fields that are wanted; ``keys`` ``None`` leaves custom fields out.

    People inside a room are there by their connection; the members of other groups are offline to this server.
    """
    every: dict[str, Any] = {
        "Role": groups.role_of(group, member),
        "JoinTime": member.entered_at // 1000,
        "MsgSeq": 0,
        "MsgFlag": groups.KINDS[group.type].message_flag,
        "LastSendMsgTime": 0,
        "MuteUntil": 0,
        "NameCard": member.name_card,
        "OnlineStatus": "Online" if group.is_room and not member.is_robot else "Offline",
    }
    item = MemberItem(Member_Account=member.account, **{name: every[name] for name in every if name in wanted})
    if keys is not None:
        stored = groups.read_custom(member.custom) if member.custom != "[]" else []
        item.AppMemberDefinedData = [MemberCustomField(key, value) for key, value in stored if _asked(key, keys)]
    return item


def bounded(reply: Struct) -> Struct:
    """Return a reply; refuses one above 1 MiB with 10018."""
    if len(msgspec.json.encode(reply)) > LARGEST_REPLY:
        raise too_large()
    return reply


def too_large() -> Refusal:
    """Return why a reply above 1 MiB is refused."""
    return Refusal(errors.GROUP_REPLY_TOO_LARGE, "the answer would be larger than 1 MiB; ask for less")
