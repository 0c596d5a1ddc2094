"""``room_engine_http_srv``: rooms, members, bans and robots (docs 60704-60715, 70467, 70468)."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.api.registry import Example, command, service
from conclave.domain import attendees, room_creation, room_drafts, rooms
from conclave.domain.operation import Operation
from conclave.store.rooms import Room

SERVICE = service("room_engine_http_srv", "Rooms, members, bans and robots of conferences.")


class ChangedRoom(msgspec.Struct, kw_only=True):
    """``RoomInfo`` of update_room_info; create_room takes the same fields, and more."""

    RoomId: fields.RoomId
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


class NewRoom(ChangedRoom, kw_only=True):
    """``RoomInfo`` of create_room."""

    RoomType: str
    Owner_Account: fields.Account | None = None
    ScheduleStartTime: fields.Second | None = None
    ScheduleEndTime: fields.Second | None = None
    IsSeatEnabled: bool | None = None
    MaxSeatCount: fields.Int64 | None = None


class CreateRoom(msgspec.Struct):
    """Request of create_room."""

    RoomInfo: NewRoom
    ScheduleInviteeList_Account: Annotated[list[fields.Account], Meta(max_length=attendees.MAX_ATTENDEES)] | None = None


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
    draft = room_drafts.RoomDraft(
        **info.changes(),
        room_id=info.RoomId,
        room_type=info.RoomType,
        owner=info.Owner_Account or op.operator,
        schedule_start_s=info.ScheduleStartTime,
        schedule_end_s=info.ScheduleEndTime,
        is_seat_enabled=info.IsSeatEnabled or False,
        max_seat_count=info.MaxSeatCount,
        invitees=request.ScheduleInviteeList_Account or [],
    )
    await room_creation.create(op, draft)


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
    await rooms.update(op, request.RoomInfo.RoomId, room_drafts.RoomChanges(**request.RoomInfo.changes()))


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
            room_drafts.ROOM_TYPE,
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
