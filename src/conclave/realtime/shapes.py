"""What members see of rooms, users and seats: the wire's names, and how they come from what the domain tells.

Names and numbers are those of the client API (docs/contract/members.md).
"""

from collections.abc import Iterable, Mapping
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from conclave.domain.facts import MemberSnapshot, RoomSnapshot, SeatSnapshot
from conclave.domain.membership import CAMERA, MICROPHONE, SCREEN
from conclave.domain.snapshots import RoomView

CONFERENCE: Final = 1
NOT_STARTED, RUNNING = 1, 2
ROLES: Final = {"Owner": 0, "Admin": 1, "Member": 2}
SEAT_MODES: Final = {"None": 0, "FreeToTake": 1, "ApplyToTake": 2}

RoomId = Annotated[str, Meta(description="The room's id.")]
UserId = Annotated[str, Meta(description="The account.")]
UserName = Annotated[str, Meta(description='The account\'s nickname, `""` where it has none.')]
AvatarUrl = Annotated[str, Meta(description='The address of the account\'s picture, `""` where it has none.')]
NameCard = Annotated[str, Meta(description='The name that the user goes by in this room, `""` for none.')]
Role = Annotated[int, Meta(description="0 the owner, 1 an administrator, 2 a general user.")]
SeatMode = Annotated[int, Meta(description="1 free to take, 2 by application, 0 in a room without seats.")]
Status = Annotated[int, Meta(description="1 not started, 2 running.")]
IsDisable = Annotated[bool, Meta(description="Whether general users are barred from it.")]
Seconds = Annotated[int, Meta(description="Unix seconds.")]


class UserInfo(msgspec.Struct, frozen=True):
    """A user inside a room."""

    userId: UserId
    userName: UserName
    nameCard: NameCard
    avatarUrl: AvatarUrl
    userRole: Role
    customInfo: Annotated[str, Meta(description='What the application keeps with the member, `""` for nothing.')]
    marks: Annotated[list[int], Meta(description="The member's marks, ascending.")]
    isRobot: Annotated[bool, Meta(description="A stand-in that the application put into the room.")]
    hasAudioStream: Annotated[bool, Meta(description="The microphone is open.")]
    hasVideoStream: Annotated[bool, Meta(description="The camera is open.")]
    hasScreenStream: Annotated[bool, Meta(description="The user shares a screen.")]
    isMessageDisabled: Annotated[bool, Meta(description="The user may not send messages.")]
    roomCustomInfo: Annotated[dict[str, str], Meta(description="What setCustomInfoForUser keeps with the user.")]

    @classmethod
    def of(cls, member: MemberSnapshot) -> "UserInfo":
        """Return what others see of a member."""
        return cls(
            userId=member.account,
            userName=member.nick,
            nameCard=member.name_card,
            avatarUrl=member.face_url,
            userRole=ROLES[member.role],
            customInfo=member.custom_info,
            marks=member.marks,
            isRobot=member.is_robot,
            hasAudioStream=bool(member.devices & MICROPHONE),
            hasVideoStream=bool(member.devices & CAMERA),
            hasScreenStream=bool(member.devices & SCREEN),
            isMessageDisabled=member.is_muted,
            roomCustomInfo=member.attributes,
        )


class Operator(msgspec.Struct, frozen=True):
    """Who did it: a member, the administrator of a REST call, or `@TIM#SYSTEM`."""

    userId: UserId


class SeatInfo(msgspec.Struct, frozen=True):
    """A seat; an empty one has `""` for the user and everything of his."""

    index: Annotated[int, Meta(description="0 to maxSeatCount - 1.")]
    userId: UserId
    userName: UserName
    nameCard: NameCard
    avatarUrl: AvatarUrl
    isLocked: Annotated[bool, Meta(description="Nobody may sit down.")]
    isVideoLocked: Annotated[bool, Meta(description="The user on it may not publish video.")]
    isAudioLocked: Annotated[bool, Meta(description="The user on it may not publish audio.")]

    @classmethod
    def of(cls, seat: SeatSnapshot, people: Mapping[str, MemberSnapshot]) -> "SeatInfo":
        """Return a seat with the profile of whoever sits on it."""
        user = people.get(seat.account)
        return cls(
            index=seat.index,
            userId=seat.account,
            userName=user.nick if user else "",
            nameCard=user.name_card if user else "",
            avatarUrl=user.face_url if user else "",
            isLocked=seat.is_locked,
            isVideoLocked=seat.is_video_disabled,
            isAudioLocked=seat.is_audio_disabled,
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
    seq: Annotated[int, Meta(description="The number of the room's last event that the snapshot contains.")]


def seat_list(seats: Iterable[SeatSnapshot], seated: Iterable[MemberSnapshot]) -> list[SeatInfo]:
    """Return seats with the profiles of ``seated``."""
    people = {member.account: member for member in seated}
    return [SeatInfo.of(seat, people) for seat in seats]


def snapshot(view: RoomView, cursor: str) -> RoomSnapshotResult:
    """Return the wire's form of a room; ``cursor`` is where its members go on."""
    return RoomSnapshotResult(
        roomInfo=RoomInfo.of(view.room_id, view.room, view.owner_nick, view.owner_face_url),
        role=ROLES[view.me.role],
        members=MemberPage(users=[UserInfo.of(member) for member in view.members], next=cursor),
        seats=seat_list(view.seats, view.seated),
        seq=view.seq,
    )
