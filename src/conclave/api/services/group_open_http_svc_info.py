"""``group_open_http_svc``: reading groups, and their members beside them (doc 34961)."""

from collections.abc import Sequence
from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from conclave import errors
from conclave.api import group_views
from conclave.api.registry import Example, command
from conclave.api.services.group_open_http_svc import SERVICE
from conclave.domain import groups, listing
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store.groups import Group

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
            raise group_views.too_large()
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
