"""A room, and the snapshot that whoever enters is given."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.domain.facts import RoomSnapshot
from conclave.domain.snapshots import RoomView
from conclave.realtime.shapes.people import UserInfo
from conclave.realtime.shapes.requests import InvitationInfo, RequestInfo
from conclave.realtime.shapes.seats import SeatInfo, seat_list
from conclave.realtime.shapes.words import (
    CONFERENCE,
    NOT_STARTED,
    ROLES,
    RUNNING,
    SEAT_MODES,
    AvatarUrl,
    IsDisable,
    Role,
    RoomId,
    SeatMode,
    Seconds,
    Status,
    UserId,
    UserName,
)


class RoomInfo(msgspec.Struct, frozen=True):
    """A room; its password is never told."""

    roomId: RoomId
    roomName: Annotated[str, Meta(description="The room's name.")]
    roomType: Annotated[int, Meta(description="1, a conference.")]
    isSeatEnabled: Annotated[bool, Meta(description="Whether the room has seats.")]
    seatMode: SeatMode
    isMicrophoneDisableForAllUser: IsDisable
    isCameraDisableForAllUser: IsDisable
    isScreenShareDisableForAllUser: IsDisable
    isMessageDisableForAllUser: IsDisable
    isCloudRecordingDisabled: Annotated[bool, Meta(description="Whether the room must not be recorded.")]
    maxSeatCount: Annotated[int, Meta(description="The number of seats, 0 in a room without seats.")]
    ownerId: UserId
    ownerName: UserName
    ownerAvatarUrl: AvatarUrl
    createTime: Seconds
    roomMemberCount: Annotated[int, Meta(description="Members inside, robots included.")]
    maxMemberCount: Annotated[int, Meta(description="The most members that may be inside.")]
    isPasswordEnabled: Annotated[bool, Meta(description="Whether one enters with a password only.")]
    customInfo: Annotated[str, Meta(description='What the application keeps with the room, `""` for nothing.')]
    scheduleStartTime: Seconds
    scheduleEndTime: Seconds
    status: Status
    keepOwnerOnSeat: Annotated[bool, Meta(description="Nobody takes the owner off his seat, or moves him.")]
    reminderSecondsBeforeStart: Annotated[int, Meta(description="When attendees are reminded; 0: they are not.")]

    @classmethod
    def of(cls, room_id: str, room: RoomSnapshot, owner_name: str, owner_avatar_url: str) -> "RoomInfo":
        """Return a room as members see it."""
        return cls(
            roomId=room_id,
            roomName=room.name,
            roomType=CONFERENCE,
            isSeatEnabled=room.is_seat_enabled,
            seatMode=SEAT_MODES[room.take_seat_mode],
            isMicrophoneDisableForAllUser=room.is_audio_disabled,
            isCameraDisableForAllUser=room.is_video_disabled,
            isScreenShareDisableForAllUser=room.is_screen_sharing_disabled,
            isMessageDisableForAllUser=room.is_message_disabled,
            isCloudRecordingDisabled=room.is_cloud_recording_disabled,
            maxSeatCount=room.max_seat_count,
            ownerId=room.owner,
            ownerName=owner_name,
            ownerAvatarUrl=owner_avatar_url,
            createTime=room.created,
            roomMemberCount=room.member_count,
            maxMemberCount=room.max_member_count,
            isPasswordEnabled=room.is_password_enabled,
            customInfo=room.custom_info,
            scheduleStartTime=room.schedule_start,
            scheduleEndTime=room.schedule_end,
            status=RUNNING if room.has_started else NOT_STARTED,
            keepOwnerOnSeat=room.keep_owner_on_seat,
            reminderSecondsBeforeStart=room.reminder,
        )


class MemberPage(msgspec.Struct, frozen=True, kw_only=True):
    """Members in the order of their entry."""

    users: Annotated[list[UserInfo], Meta(description="At most 50 members.")] = msgspec.field(name="list")
    next: Annotated[str, Meta(description='Where the list goes on, `""` at its end.')]


class RoomSnapshotResult(msgspec.Struct, frozen=True):
    """The room as it stood right after the event `seq`: events up to that number are in it [M4]."""

    roomInfo: RoomInfo
    role: Role
    members: MemberPage
    seats: Annotated[list[SeatInfo], Meta(description="Every seat, by index; none in a room without seats.")]
    metadata: Annotated[dict[str, str], Meta(description="What setRoomMetadataByAdmin keeps with the room.")]
    requests: Annotated[
        list[RequestInfo],
        Meta(description="Pending requests that one may answer, and one's own; the oldest 50, getRequestList has all."),
    ]
    invitations: Annotated[
        list[InvitationInfo],
        Meta(
            description="Pending invitations into the meeting, to a general user only those that he sent himself; the "
            "oldest 50: getInvitationList has the rest."
        ),
    ]
    seq: Annotated[int, Meta(description="The number of the room's last event that the snapshot contains.")]


def snapshot(view: RoomView, cursor: str) -> RoomSnapshotResult:
    """Return the wire's form of a room; ``cursor`` is where its members go on."""
    return RoomSnapshotResult(
        roomInfo=RoomInfo.of(view.room_id, view.room, view.owner_nick, view.owner_face_url),
        role=ROLES[view.me.role],
        members=MemberPage(users=[UserInfo.of(member) for member in view.members], next=cursor),
        seats=seat_list(view.seats, view.seated),
        metadata=view.metadata,
        requests=[RequestInfo.of(request) for request in view.requests],
        invitations=[InvitationInfo.of(invitation) for invitation in view.invitations],
        seq=view.seq,
    )
