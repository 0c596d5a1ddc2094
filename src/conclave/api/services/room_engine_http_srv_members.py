"""``room_engine_http_srv``, continued: members, owner, marks and robots (docs 60712-60715, 70467, 70468)."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import cursors, fields
from conclave.api.registry import Example, command
from conclave.api.services.room_engine_http_srv import SERVICE
from conclave.domain import listing, marks, ownership, robots, roles, rooms
from conclave.domain.membership import Role
from conclave.domain.operation import Operation


class GetRoomMemberList(msgspec.Struct):
    """Request of get_room_member_list; a larger ``Count`` is clamped to 100 [R13]."""

    RoomId: fields.RoomId
    Count: fields.Positive = 50
    Next: cursors.Cursor | None = None


class MemberInfo(msgspec.Struct, gc=False):
    """One entry of the member list."""

    Member_Account: str
    NameCard: str
    Role: Role
    Marks: list[int]
    CustomInfo: str


class GetRoomMemberListReply(msgspec.Struct):
    """Reply of get_room_member_list; ``Next`` is empty at the end."""

    Next: str
    MemberList: list[MemberInfo]


@command(
    SERVICE,
    document="60715",
    access="point",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "Count": 50, "Next": ""}),
)
async def get_room_member_list(op: Operation, request: GetRoomMemberList) -> GetRoomMemberListReply:
    """Page through the members in the order of their entry."""
    count = min(request.Count, cursors.LONGEST_PAGE)
    room = await rooms.glance(op, request.RoomId)
    key = cursors.of_group(op.sdkappid, room.room_key)
    after = cursors.read(request.Next or "", key, "Next")
    page = await listing.room_members(op, room, after, count)
    return GetRoomMemberListReply(
        Next=cursors.write(key, page.last) if page.last else "",
        MemberList=[MemberInfo(*member) for member in page.members],
    )


class ChangedMember(msgspec.Struct):
    """``MemberInfo`` of update_room_member_info."""

    Member_Account: fields.Account
    NameCard: fields.NameCard | None = None
    Role: Literal["Admin", "Member"] | None = None
    CustomInfo: fields.MemberCustomInfo | None = None


class UpdateRoomMemberInfo(msgspec.Struct):
    """Request of update_room_member_info."""

    RoomId: fields.RoomId
    MemberInfo: ChangedMember


@command(
    SERVICE,
    document="60714",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_MEMBER, errors.NOT_PERMITTED, errors.TOO_MANY_ADMINISTRATORS),
    example=Example(
        {"RoomId": "room-1", "MemberInfo": {"Member_Account": "user1", "NameCard": "Bob", "Role": "Admin"}}
    ),
)
async def update_room_member_info(op: Operation, request: UpdateRoomMemberInfo) -> None:
    """Change name card, role or data of one member."""
    info = request.MemberInfo
    await roles.update(op, request.RoomId, info.Member_Account, info.NameCard, info.Role, info.CustomInfo)


class ChangeRoomOwner(msgspec.Struct):
    """Request of change_room_owner."""

    RoomId: fields.RoomId
    From_Account: fields.Account
    NewOwner_Account: fields.Account


@command(
    SERVICE,
    document="60713",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_MEMBER),
    example=Example({"RoomId": "room-1", "From_Account": "administrator", "NewOwner_Account": "user1"}),
)
async def change_room_owner(op: Operation, request: ChangeRoomOwner) -> None:
    """Hand the room to another member."""
    await ownership.change_owner(op, request.RoomId, request.From_Account, request.NewOwner_Account)


class MarkedMember(msgspec.Struct):
    """One entry of mark_room_member: a member and up to three marks."""

    Member_Account: fields.Account
    Marks: Annotated[list[fields.Mark], Meta(min_length=1, max_length=3)]


class MarkRoomMember(msgspec.Struct):
    """Request of mark_room_member; ``CommandType`` 1 sets, 2 removes, as a number or as a string [G10]."""

    RoomId: fields.RoomId
    CommandType: Literal[1, 2, "1", "2"]
    MemberList: Annotated[list[MarkedMember], Meta(min_length=1, max_length=10)]


@command(
    SERVICE,
    document="60712",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_MEMBER, errors.NOT_PERMITTED, errors.TOO_MANY_MARKS),
    example=Example(
        {
            "RoomId": "room-1",
            "CommandType": 1,
            "MemberList": [{"Member_Account": "user1", "Marks": [1000, 1001]}],
        }
    ),
)
async def mark_room_member(op: Operation, request: MarkRoomMember) -> None:
    """Set or remove numeric marks on members."""
    wanted: dict[str, set[int]] = {}
    for entry in request.MemberList:
        wanted.setdefault(entry.Member_Account, set()).update(entry.Marks)
    await marks.mark(op, request.RoomId, wanted, remove=int(request.CommandType) == 2)


class Robot(msgspec.Struct):
    """Request of add_robot and delete_robot."""

    RoomId: fields.RoomId
    Member_Account: fields.Account


@command(
    SERVICE,
    document="70467",
    access="write",
    codes=(
        errors.ROOM_NOT_EXIST,
        errors.NOT_MEMBER,
        errors.NOT_PERMITTED,
        errors.ROBOTS_AT_LIMIT,
        errors.ROOM_FULL,
    ),
    example=Example({"RoomId": "room-1", "Member_Account": "robot-1"}),
)
async def add_robot(op: Operation, request: Robot) -> None:
    """Put a robot, a stand-in member, into a room."""
    await robots.add(op, request.RoomId, request.Member_Account)


@command(
    SERVICE,
    document="70468",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_MEMBER, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "Member_Account": "robot-1"}),
)
async def delete_robot(op: Operation, request: Robot) -> None:
    """Take a robot out of a room."""
    await robots.remove(op, request.RoomId, request.Member_Account)
