"""``group_open_http_svc``: reading groups, their members, and an account's groups (docs 34925, 34948, 34961)."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from conclave import errors
from conclave.api import cursors, fields, group_views
from conclave.api.registry import Example, command
from conclave.api.services.group_open_http_svc import SERVICE, Flag
from conclave.domain import groups, listing
from conclave.domain.membership import OWNER
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store.groups import Group
from conclave.store.listing import Joined

COMMUNITY_PAGE = 100
FEW_GROUPS = 5
GroupIds = Annotated[list[str], Meta(min_length=1, max_length=50)]


class GroupFilter(msgspec.Struct):
    """``ResponseFilter`` of get_group_info: what is not named is left out."""

    GroupBaseInfoFilter: list[group_views.BaseField] | None = None
    MemberInfoFilter: list[group_views.MemberField] | None = None
    AppDefinedDataFilter_Group: list[group_views.CustomKey] | None = None
    AppDefinedDataFilter_GroupMember: list[group_views.CustomKey] | None = None


class GetGroupInfo(msgspec.Struct):
    """Request of get_group_info; without ``ResponseFilter`` everything is answered."""

    GroupIdList: GroupIds
    ResponseFilter: GroupFilter | None = None


class GroupInfo(group_views.BaseInfo, kw_only=True):
    """A group, or why there is none: ``ErrorCode`` 10010 or 10015."""

    ErrorCode: int = 0
    ErrorInfo: str = ""
    AppDefinedData: list[group_views.CustomField] | UnsetType = UNSET
    MemberList: list[group_views.MemberItem] | UnsetType = UNSET


class GetGroupInfoReply(msgspec.Struct):
    """Reply of get_group_info, in the order of the request; of an id that is asked for twice the first counts."""

    GroupInfo: list[GroupInfo]


@command(
    SERVICE,
    document="34961",
    access="read",
    large=lambda request: len(request.GroupIdList) > FEW_GROUPS,
    codes=(errors.GROUP_NOT_EXIST, errors.GROUP_ID_INVALID, errors.GROUP_REPLY_TOO_LARGE),
    example=Example(
        {
            "GroupIdList": ["room-1"],
            "ResponseFilter": {
                "GroupBaseInfoFilter": ["Type", "Name", "Owner_Account", "MemberNum"],
                "MemberInfoFilter": ["Account", "Role"],
            },
        }
    ),
)
async def get_group_info(op: Operation, request: GetGroupInfo) -> GetGroupInfoReply:
    """Read up to 50 groups with their members; one that does not exist carries its own ErrorCode."""
    found: list[GroupInfo] = []
    smallest = 0
    for group_id in dict.fromkeys(request.GroupIdList):
        try:
            group = await groups.find(op, group_id)
        except Refusal as refusal:
            found.append(GroupInfo(GroupId=group_id, ErrorCode=refusal.code.number, ErrorInfo=refusal.info))
            continue
        if _shows_members(request.ResponseFilter):
            smallest += group.member_count * group_views.SMALLEST_MEMBER
        if smallest > group_views.LARGEST_REPLY:
            raise Refusal(errors.GROUP_REPLY_TOO_LARGE, "the answer would be larger than 1 MiB; ask for less")
        found.append(await _group_info(op, group, request.ResponseFilter))
    return group_views.bounded(GetGroupInfoReply(found))


def _shows_members(wanted: GroupFilter | None) -> bool:
    if wanted is None:
        return True
    return wanted.MemberInfoFilter is not None or wanted.AppDefinedDataFilter_GroupMember is not None


async def _group_info(op: Operation, group: Group, wanted: GroupFilter | None) -> GroupInfo:
    if wanted is None:
        base, member_fields = group_views.EVERY_BASE_FIELD, group_views.EVERY_MEMBER_FIELD
        keys: Sequence[str] | None = group_views.EVERY_KEY
        member_keys: Sequence[str] | None = group_views.EVERY_KEY
    else:
        base = group_views.names(wanted.GroupBaseInfoFilter or [])
        member_fields = group_views.names(wanted.MemberInfoFilter or [])
        keys, member_keys = wanted.AppDefinedDataFilter_Group, wanted.AppDefinedDataFilter_GroupMember
    info = GroupInfo(**group_views.base_fields(group, op.sdkappid, base))
    if keys is not None:
        info.AppDefinedData = group_views.group_custom(group, keys)
    if _shows_members(wanted) and group.type != "AVChatRoom":
        members = await listing.members(op, group, None, limit=listing.EVERYTHING)
        info.MemberList = [group_views.member_item(group, each, member_fields, member_keys) for each in members]
    return info


class GetGroupMemberInfo(msgspec.Struct):
    """Request of get_group_member_info; ``Offset`` is for ordinary groups, ``Next`` for communities."""

    GroupId: str
    MemberInfoFilter: list[group_views.MemberField] | None = None
    MemberRoleFilter: list[group_views.Role] | None = None
    AppDefinedDataFilter_GroupMember: list[group_views.CustomKey] | None = None
    Limit: Annotated[int, Meta(ge=1, le=listing.WHOLE_GROUP)] | None = None
    Offset: fields.Natural = 0
    Next: str | None = None


class GetGroupMemberInfoReply(msgspec.Struct):
    """Reply of get_group_member_info; ``MemberNum`` counts all members, ``Next`` is a community's, empty at the end."""

    MemberNum: int
    MemberList: list[group_views.MemberItem]
    Next: str | UnsetType = UNSET


@command(
    SERVICE,
    document="34948",
    access="read",
    large=lambda request: request.Limit is None or request.Limit > cursors.LONGEST_PAGE,
    codes=(
        errors.GROUP_NOT_PERMITTED,
        errors.GROUP_NOT_EXIST,
        errors.GROUP_ID_INVALID,
        errors.GROUP_REPLY_TOO_LARGE,
        errors.GROUP_PAGES_NEEDED,
    ),
    example=Example({"GroupId": "room-1", "Limit": 100, "Offset": 0, "MemberInfoFilter": ["Role", "JoinTime"]}),
)
async def get_group_member_info(op: Operation, request: GetGroupMemberInfo) -> GetGroupMemberInfoReply:
    """Page through the members of a group, the owner first, then in the order of their joining."""
    group = await groups.find(op, request.GroupId)
    listing.refuse_unstored(group)
    limit, after = request.Limit or listing.WHOLE_GROUP, 0
    if group.type == "Community":
        limit, after = _community_page(op, group, request)
    elif request.Limit is None and group.member_count - request.Offset > listing.WHOLE_GROUP:
        raise Refusal(errors.GROUP_PAGES_NEEDED, f"group {group.group_id!r} has too many members; give Limit")
    wanted, keys = request.MemberInfoFilter, request.AppDefinedDataFilter_GroupMember
    everything = wanted is None and keys is None
    shown = group_views.EVERY_MEMBER_FIELD if wanted is None else group_views.names(wanted)
    custom = group_views.EVERY_KEY if everything else keys
    found = await listing.members(
        op, group, request.MemberRoleFilter, after=after, offset=request.Offset, limit=limit + 1
    )
    reply = GetGroupMemberInfoReply(
        group.member_count, [group_views.member_item(group, each, shown, custom) for each in found[:limit]]
    )
    if group.type == "Community":
        key = cursors.of_group(op.sdkappid, group.group_key)
        reply.Next = cursors.write(key, found[limit - 1].entry) if len(found) > limit else ""
    return group_views.bounded(reply)


def _community_page(op: Operation, group: Group, request: GetGroupMemberInfo) -> tuple[int, int]:
    if request.Next is None:
        raise Refusal(errors.GROUP_PARAMETER, "Next is required for a Community; begin with an empty one")
    if request.Offset:
        raise Refusal(errors.GROUP_PARAMETER, "Offset is not for a Community; go on with Next")
    limit = request.Limit or COMMUNITY_PAGE
    if limit > COMMUNITY_PAGE:
        raise Refusal(errors.GROUP_PARAMETER, f"Limit must be at most {COMMUNITY_PAGE} for a Community")
    return limit, cursors.read(
        request.Next, cursors.of_group(op.sdkappid, group.group_key), "Next", errors.GROUP_PARAMETER
    )


class JoinedFilter(msgspec.Struct):
    """``ResponseFilter`` of get_joined_group_list."""

    GroupBaseInfoFilter: list[group_views.BaseField] | None = None
    SelfInfoFilter: list[group_views.SelfField] | None = None


class GetJoinedGroupList(msgspec.Struct):
    """Request of get_joined_group_list; without ``Limit`` all groups are answered."""

    Member_Account: fields.Account
    WithHugeGroups: Flag = 0
    WithNoActiveGroups: Flag = 0
    Limit: Annotated[int, Meta(ge=1, le=5000)] | None = None
    Offset: fields.Natural = 0
    GroupType: group_views.GroupTypeName | None = None
    ResponseFilter: JoinedFilter | None = None
    SupportTopic: Flag | None = None


class JoinedGroup(group_views.BaseInfo, kw_only=True):
    """A group that the account is in."""

    GrossTopicNextMsgSeq: int | UnsetType = UNSET
    SelfInfo: group_views.SelfInfo | UnsetType = UNSET


class GetJoinedGroupListReply(msgspec.Struct):
    """Reply of get_joined_group_list; ``TotalCount`` counts every page."""

    TotalCount: int
    GroupIdList: list[JoinedGroup]


@command(
    SERVICE,
    document="34925",
    access="read",
    large=lambda request: request.Limit is not None or request.Offset > 0,  # those step over rows, or count them
    codes=(errors.GROUP_REPLY_TOO_LARGE, errors.GROUP_ACCOUNT_NOT_EXIST),
    example=Example(
        {
            "Member_Account": "user1",
            "Limit": 10,
            "Offset": 0,
            "ResponseFilter": {"GroupBaseInfoFilter": ["Type", "Name"], "SelfInfoFilter": ["Role", "JoinTime"]},
        }
    ),
)
async def get_joined_group_list(op: Operation, request: GetJoinedGroupList) -> GetJoinedGroupListReply:
    """List the groups that an account is in, the rooms among them; an AVChatRoom stores no members to list."""
    if request.SupportTopic is not None and request.GroupType != "Community":
        raise Refusal(errors.GROUP_PARAMETER, "SupportTopic needs the GroupType Community")
    found, total = await listing.joined(
        op,
        request.Member_Account,
        groups.type_of(request.GroupType or ""),
        inactive=request.WithNoActiveGroups == 1,
        topics=-1 if request.SupportTopic is None else request.SupportTopic,
        limit=request.Limit or listing.EVERYTHING,
        offset=request.Offset,
    )
    wanted = request.ResponseFilter or JoinedFilter()
    shown = [_joined_group(op, each, request.Member_Account, wanted) for each in found]
    return group_views.bounded(GetJoinedGroupListReply(total, shown))


def _joined_group(op: Operation, joined: Joined, account: str, wanted: JoinedFilter) -> JoinedGroup:
    group = joined.group
    base = group_views.names(wanted.GroupBaseInfoFilter or []) - {"Appid"}
    shown = JoinedGroup(**group_views.base_fields(group, op.sdkappid, base))
    if group.support_topic:
        shown.SupportTopic, shown.GrossTopicNextMsgSeq = 1, 0
    if wanted.SelfInfoFilter is not None:
        every: dict[str, Any] = {
            "Role": OWNER if account == group.owner else joined.role,
            "JoinTime": joined.entered_at // 1000,
            "MsgFlag": groups.KINDS[group.type].message_flag,
            "MsgSeq": 0,
        }
        shown.SelfInfo = group_views.SelfInfo(**{name: every[name] for name in wanted.SelfInfoFilter})
        if group.support_topic:
            shown.SelfInfo.GrossTopicReadSeq = 0
    return shown
