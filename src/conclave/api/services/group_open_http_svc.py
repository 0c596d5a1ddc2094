"""``group_open_http_svc``: Chat groups, those of rooms included (docs 34895, 34896, 34960).

What reads one group, its members, or the groups of an account has a module each beside this one.
"""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from conclave import errors
from conclave.api import cursors, fields, group_views
from conclave.api.registry import Example, command, service
from conclave.domain import group_creation, groups, listing
from conclave.domain.operation import Operation

SERVICE = service(
    "group_open_http_svc",
    "Chat groups: create, list, read, disband. Every room is a group of the type ChatRoom, too.",
    parameter=errors.GROUP_PARAMETER,
    failed=errors.GROUP_FAILED,
    payload_under_response=False,
)
MAX_IDS = 10_000

Flag = Literal[0, 1]


class GetAppidGroupList(msgspec.Struct):
    """Request of get_appid_group_list; ``Type`` is another name of ``GroupType``, which wins."""

    Limit: Annotated[int, Meta(ge=1, le=MAX_IDS)] = MAX_IDS
    Next: fields.Natural = 0
    GroupType: group_views.AnyTypeName | None = None
    Type: group_views.AnyTypeName | None = None


class GroupIdItem(msgspec.Struct):
    """A group's id."""

    GroupId: str


class GetAppidGroupListReply(msgspec.Struct):
    """Reply of get_appid_group_list; ``TotalCount`` counts every page, ``Next`` is 0 at the end."""

    GroupIdList: list[GroupIdItem]
    TotalCount: int
    Next: int


@command(
    SERVICE,
    document="34960",
    access="read",
    large=lambda request: request.Limit > cursors.LONGEST_PAGE,
    rate=1,
    codes=(errors.GROUP_REPLY_TOO_LARGE,),
    example=Example({"Limit": 2}),
)
async def get_appid_group_list(op: Operation, request: GetAppidGroupList) -> GetAppidGroupListReply:
    """Page through the ids of all groups, or of one type, in the order of their creation; rooms are among them."""
    group_type = groups.type_of(request.GroupType or request.Type or "")
    found, after = await listing.group_ids(op, group_type, request.Next, request.Limit)
    total = await listing.count_groups(op, group_type)
    return group_views.bounded(GetAppidGroupListReply([GroupIdItem(group_id) for group_id in found], total, after))


class InitialMember(msgspec.Struct):
    """One of ``MemberList``."""

    Member_Account: fields.Account
    Role: Literal["Admin"] | None = None
    AppMemberDefinedData: Annotated[list[group_views.MemberCustomField], Meta(max_length=5)] | None = None


class CreateGroup(msgspec.Struct, kw_only=True):
    """Request of create_group; more than 100 in ``MemberList`` is 10005."""

    Owner_Account: fields.Account | None = None
    Type: group_views.GroupTypeName
    GroupId: str | None = None
    Name: Annotated[str, fields.text(100, 1)]
    Introduction: Annotated[str, fields.text(400)] | None = None
    Notification: Annotated[str, fields.text(400)] | None = None
    FaceUrl: Annotated[str, fields.text(500)] | None = None
    MaxMemberCount: fields.Positive | None = None
    ApplyJoinOption: Literal["FreeAccess", "NeedPermission", "DisableApply"] | None = None
    InviteJoinOption: Literal["FreeAccess", "NeedPermission", "DisableInvite"] | None = None
    AppDefinedData: Annotated[list[group_views.CustomField], Meta(max_length=10)] | None = None
    MemberList: list[InitialMember] | None = None
    SupportTopic: Flag | None = None
    EnablePermission: Flag | None = None
    DefaultPermission: fields.Natural | None = None


class CreateGroupReply(msgspec.Struct):
    """Reply of create_group; a Community also tells its type."""

    GroupId: str
    Type: str | UnsetType = UNSET
    HugeGroupFlag: int | UnsetType = UNSET


@command(
    SERVICE,
    document="34895",
    access="write",
    codes=(
        errors.GROUP_TOO_MANY_ACCOUNTS,
        errors.GROUP_NOT_PERMITTED,
        errors.GROUP_ACCOUNT_NOT_EXIST,
        errors.GROUP_ID_IN_USE,
        errors.GROUP_ID_OWN,
        errors.GROUP_MEMBERS_OVER_LIMIT,
    ),
    example=Example(
        {
            "Owner_Account": "user1",
            "Type": "Public",
            "GroupId": "group-1",
            "Name": "reading circle",
            "MemberList": [{"Member_Account": "user2", "Role": "Admin"}, {"Member_Account": "user3"}],
        }
    ),
)
async def create_group(op: Operation, request: CreateGroup) -> CreateGroupReply:
    """Create a group with its owner and first members inside; without GroupId the server assigns one.

    Custom fields need no declaration beforehand: any key of the documented form is taken.
    """
    listed = request.MemberList or []
    draft = group_creation.GroupDraft(
        type=groups.type_of(request.Type),
        name=request.Name,
        group_id=request.GroupId,
        owner=request.Owner_Account,
        introduction=request.Introduction or "",
        notification=request.Notification or "",
        face_url=request.FaceUrl or "",
        max_member_count=request.MaxMemberCount,
        apply_option=request.ApplyJoinOption,
        invite_option=request.InviteJoinOption,
        custom=[(field.Key, field.Value) for field in request.AppDefinedData or []],
        members=[
            group_creation.NewMember(
                member.Member_Account,
                member.Role is not None,
                [(field.Key, field.Value) for field in member.AppMemberDefinedData or []],
            )
            for member in listed
        ],
        support_topic=request.SupportTopic or 0,
        enable_permission=request.EnablePermission or 0,
        default_permission=request.DefaultPermission or 0,
    )
    group_id = await group_creation.create(op, draft)
    return CreateGroupReply(group_id, draft.type, 0) if draft.type == "Community" else CreateGroupReply(group_id)


class DestroyGroup(msgspec.Struct):
    """Request of destroy_group."""

    GroupId: str


@command(
    SERVICE,
    document="34896",
    access="write",
    codes=(errors.GROUP_NOT_PERMITTED, errors.GROUP_NOT_EXIST, errors.GROUP_ID_INVALID),
    example=Example({"GroupId": "group-1"}),
)
async def destroy_group(op: Operation, request: DestroyGroup) -> None:
    """Disband a group for good; the group of a room ends with its room only."""
    await groups.destroy(op, request.GroupId)
