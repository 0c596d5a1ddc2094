"""``group_open_http_svc``: the groups that an account is in (doc 34925)."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from conclave import errors
from conclave.api import fields, group_views
from conclave.api.registry import Example, command
from conclave.api.services.group_open_http_svc import SERVICE, Flag
from conclave.domain import groups, listing
from conclave.domain.membership import OWNER
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store.listing import Joined


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


MOST_JOINED: Final = group_views.LARGEST_REPLY // len(msgspec.json.encode(JoinedGroup(GroupId="a")) + b",")
"""How many groups can be in a reply at most; more are not even read."""


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
        limit=request.Limit,
        offset=request.Offset,
        most=MOST_JOINED,
    )
    if len(found) > MOST_JOINED:
        raise group_views.too_large()
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
