"""``group_open_http_svc``: paging through the members of a group (doc 34948)."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from conclave import errors
from conclave.api import cursors, fields, group_views
from conclave.api.registry import Example, command
from conclave.api.services.group_open_http_svc import SERVICE
from conclave.domain import groups, listing
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store.groups import Group

COMMUNITY_PAGE = 100


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
