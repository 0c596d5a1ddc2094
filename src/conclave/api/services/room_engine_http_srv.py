"""``room_engine_http_srv``: rooms, members, bans and robots (docs 60704-60715, 70467, 70468)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import cursors, fields
from conclave.api.registry import Example, command, service
from conclave.domain import bans, members, robots, rooms, snapshots
from conclave.domain.operation import Operation
from conclave.store import members as member_rows
from conclave.store.rooms import Room

SERVICE = service("room_engine_http_srv", "Rooms, members, bans and robots of conferences.")

Targets = Annotated[list[fields.Account], Meta(min_length=1, max_length=20)]


class Changeable(msgspec.Struct, kw_only=True):
    """The fields of a room that update_room_info may change, too."""

    RoomName: fields.RoomName | None = None
    MaxMemberCount: fields.Positive | None = None
    IsVideoDisabled: bool | None = None
    IsAudioDisabled: bool | None = None
    IsMessageDisabled: bool | None = None
    IsScreenSharingDisabled: bool | None = None
    IsCloudRecordingDisabled: bool | None = None
    CustomInfo: fields.RoomCustomInfo | None = None
    TakeSeatMode: str | None = None
    IsPasswordEnabled: bool | None = None
    Password: fields.Password | None = None

    def changes(self) -> dict[str, Any]:
        """Return the same under the domain's names."""
        return {
            "name": self.RoomName,
            "max_member_count": self.MaxMemberCount,
            "is_video_disabled": self.IsVideoDisabled,
            "is_audio_disabled": self.IsAudioDisabled,
            "is_message_disabled": self.IsMessageDisabled,
            "is_screen_sharing_disabled": self.IsScreenSharingDisabled,
            "is_cloud_recording_disabled": self.IsCloudRecordingDisabled,
            "custom_info": self.CustomInfo,
            "take_seat_mode": self.TakeSeatMode,
            "is_password_enabled": self.IsPasswordEnabled,
            "password": self.Password,
        }


class NewRoom(Changeable, kw_only=True):
    """``RoomInfo`` of create_room."""

    RoomId: fields.RoomId
    RoomType: str
    Owner_Account: fields.Account | None = None
    ScheduleStartTime: fields.Second | None = None
    ScheduleEndTime: fields.Second | None = None
    IsSeatEnabled: bool | None = None
    MaxSeatCount: fields.Int64 | None = None


class CreateRoom(msgspec.Struct):
    """Request of create_room."""

    RoomInfo: NewRoom
    ScheduleInviteeList_Account: Annotated[list[fields.Account], Meta(max_length=rooms.MAX_INVITEES)] | None = None


@command(
    SERVICE,
    document="60707",
    access="write",
    codes=(
        errors.ROOM_ID_IN_USE,
        errors.PLAN_MISSING,
        errors.ROOM_ID_OWN,
        errors.ROOM_ID_OF_GROUP,
        errors.TOO_FREQUENT,
        errors.OVER_CEILING,
        errors.ROOM_TYPE_INVALID,
        errors.ROOMS_AT_LIMIT,
    ),
    example=Example(
        {
            "RoomInfo": {
                "RoomId": "room-1",
                "RoomName": "weekly sync",
                "RoomType": "Conference",
                "IsSeatEnabled": True,
                "MaxSeatCount": 10,
            },
            "ScheduleInviteeList_Account": ["user1", "user2"],
        }
    ),
)
async def create_room(op: Operation, request: CreateRoom) -> None:
    """Create a room now, or book one for later; nobody is put into it."""
    info = request.RoomInfo
    draft = rooms.RoomDraft(
        **info.changes(),
        room_id=info.RoomId,
        room_type=info.RoomType,
        owner=info.Owner_Account or op.operator,
        schedule_start=info.ScheduleStartTime,
        schedule_end=info.ScheduleEndTime,
        is_seat_enabled=info.IsSeatEnabled or False,
        max_seat_count=info.MaxSeatCount,
        invitees=request.ScheduleInviteeList_Account or [],
    )
    await rooms.create(op, draft)


class ByRoomId(msgspec.Struct):
    """A request that names a room and nothing else."""

    RoomId: fields.RoomId


@command(
    SERVICE,
    document="60706",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1"}),
)
async def destroy_room(op: Operation, request: ByRoomId) -> None:
    """Dissolve a room, booked or running, and put everybody out."""
    await rooms.destroy(op, request.RoomId)


class ChangedRoom(Changeable, kw_only=True):
    """``RoomInfo`` of update_room_info."""

    RoomId: fields.RoomId


class UpdateRoomInfo(msgspec.Struct):
    """Request of update_room_info."""

    RoomInfo: ChangedRoom


@command(
    SERVICE,
    document="60705",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_PERMITTED, errors.OVER_CEILING),
    example=Example({"RoomInfo": {"RoomId": "room-1", "RoomName": "new name", "IsAudioDisabled": True}}),
)
async def update_room_info(op: Operation, request: UpdateRoomInfo) -> None:
    """Change some attributes of a room; absent ones keep their value."""
    await rooms.update(op, request.RoomInfo.RoomId, rooms.RoomChanges(**request.RoomInfo.changes()))


class RoomInfo(msgspec.Struct):
    """A room as get_room_info shows it; times in seconds."""

    RoomId: str
    RoomName: str
    RoomType: str
    Owner_Account: str
    MaxMemberCount: int
    MaxSeatCount: int
    IsVideoDisabled: bool
    IsAudioDisabled: bool
    IsMessageDisabled: bool
    IsScreenSharingDisabled: bool
    IsCloudRecordingDisabled: bool
    CustomInfo: str
    ScheduleStartTime: int
    ScheduleEndTime: int
    RoomStatus: Literal["NotStarted", "Running"]
    IsSeatEnabled: bool
    TakeSeatMode: str
    CreateTime: int
    MemberCount: int
    IsPasswordEnabled: bool
    Password: str

    @classmethod
    def of(cls, room: Room, now_ms: int) -> "RoomInfo":
        """Show a row."""
        return cls(
            room.room_id,
            room.name,
            rooms.ROOM_TYPE,
            room.owner,
            room.max_member_count,
            room.max_seat_count,
            room.is_video_disabled == 1,
            room.is_audio_disabled == 1,
            room.is_message_disabled == 1,
            room.is_screen_sharing_disabled == 1,
            room.is_cloud_recording_disabled == 1,
            room.custom_info,
            room.schedule_start_s,
            room.schedule_end_s,
            "Running" if room.has_started(now_ms) else "NotStarted",
            room.is_seat_enabled == 1,
            room.take_seat_mode,
            room.created_at // 1000,
            room.member_count,
            room.is_password_enabled == 1,
            room.password,
        )


class GetRoomInfoReply(msgspec.Struct):
    """Reply of get_room_info."""

    RoomInfo: RoomInfo


@command(
    SERVICE,
    document="60704",
    access="point",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1"}),
)
async def get_room_info(op: Operation, request: ByRoomId) -> GetRoomInfoReply:
    """Read one room, booked or running."""
    return GetRoomInfoReply(RoomInfo.of(await rooms.glance(op, request.RoomId), op.now))


class GetRoomMemberList(msgspec.Struct):
    """Request of get_room_member_list; a larger ``Count`` is clamped to 100 [R13]."""

    RoomId: fields.RoomId
    Count: fields.Positive = 50
    Next: cursors.Cursor | None = None


class MemberInfo(msgspec.Struct):
    """One entry of the member list."""

    Member_Account: str
    NameCard: str
    Role: Literal["Owner", "Admin", "Member"]
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
    found = await member_rows.page(op.tx, op.sdkappid, room.room_key, after, count + 1)
    more = len(found) > count
    return GetRoomMemberListReply(
        Next=cursors.write(key, found[count - 1].entry) if more else "",
        MemberList=[
            MemberInfo(
                member.account,
                member.name_card,
                snapshots.role_of(room, member),  # type: ignore[arg-type]
                [] if member.marks == "[]" else sorted(member.mark_set),
                member.custom_info,
            )
            for member in found[:count]
        ],
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
    await members.update(op, request.RoomId, info.Member_Account, info.NameCard, info.Role, info.CustomInfo)


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
    await members.change_owner(op, request.RoomId, request.From_Account, request.NewOwner_Account)


class MarkedMember(msgspec.Struct):
    """One entry of mark_room_member: a member and up to three marks."""

    Member_Account: fields.Account
    Marks: Annotated[list[Annotated[int, Meta(ge=1000, le=2**63 - 1)]], Meta(min_length=1, max_length=3)]


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
    marks: dict[str, set[int]] = {}
    for entry in request.MemberList:
        marks.setdefault(entry.Member_Account, set()).update(entry.Marks)
    await members.mark(op, request.RoomId, marks, remove=int(request.CommandType) == 2)


class BanRoomMember(msgspec.Struct):
    """Request of ban_room_member; ``Duration`` in seconds."""

    RoomId: fields.RoomId
    MemberList_Account: Targets
    Reason: fields.Reason
    Duration: fields.Positive


@command(
    SERVICE,
    document="60711",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "MemberList_Account": ["user1"], "Reason": "spam", "Duration": 3600}),
)
async def ban_room_member(op: Operation, request: BanRoomMember) -> None:
    """Put accounts out and bar them from entering for a time; they need not be members."""
    await bans.ban(op, request.RoomId, request.MemberList_Account, request.Reason, request.Duration)


class UnbanRoomMember(msgspec.Struct):
    """Request of unban_room_member."""

    RoomId: fields.RoomId
    MemberList_Account: Targets


@command(
    SERVICE,
    document="60710",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "MemberList_Account": ["user1"]}),
)
async def unban_room_member(op: Operation, request: UnbanRoomMember) -> None:
    """Lift bans; an account without one is no error."""
    await bans.unban(op, request.RoomId, request.MemberList_Account)


class GetBannedMemberList(msgspec.Struct):
    """Request of get_banned_member_list; ``Next`` counts when ``Offset`` is absent, a larger ``Limit`` is clamped."""

    RoomId: fields.RoomId
    Limit: fields.Positive = 100
    Offset: fields.Natural | None = None
    Next: fields.Natural | None = None


class BannedAccount(msgspec.Struct):
    """A ban in force; ``BannedUntil`` in seconds, rounded up."""

    Member_Account: str
    BannedUntil: int


class GetBannedMemberListReply(msgspec.Struct):
    """Reply of get_banned_member_list; ``NextOffset`` is 0 at the end."""

    BannedAccountList: list[BannedAccount]
    NextOffset: int


@command(
    SERVICE,
    document="60709",
    access="read",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "Limit": 20, "Offset": 0}),
)
async def get_banned_member_list(op: Operation, request: GetBannedMemberList) -> GetBannedMemberListReply:
    """Page through the bans in force, in the order of their time."""
    limit = min(request.Limit, cursors.LONGEST_PAGE)
    offset = request.Next if request.Offset is None else request.Offset
    found = await bans.page(op, request.RoomId, offset or 0, limit + 1)
    more = len(found) > limit
    return GetBannedMemberListReply(
        [BannedAccount(ban.account, -(-ban.until // 1000)) for ban in found[:limit]],
        found[limit - 1].place if more else 0,
    )


class KickUserOut(msgspec.Struct):
    """Request of kick_user_out."""

    RoomId: fields.RoomId
    MemberList_Account: Targets
    Reason: fields.Reason


@command(
    SERVICE,
    document="60708",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_MEMBER, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "MemberList_Account": ["user1"], "Reason": "left the company"}),
)
async def kick_user_out(op: Operation, request: KickUserOut) -> None:
    """Put members out; they may enter again at once."""
    await members.kick(op, request.RoomId, request.MemberList_Account, request.Reason)


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
