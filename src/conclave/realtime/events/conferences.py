"""Events of a conference that was booked: to those who are to attend it, wherever they are logged in."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from conclave.realtime.events.base import By
from conclave.realtime.registry import event
from conclave.realtime.shapes.conferences import ConferenceInfo
from conclave.realtime.shapes.people import Operator, PersonInfo, UserInfo
from conclave.realtime.shapes.words import RoomId, Seconds, Status

ATTENDEES = "the attendees and the owner"
OUTSIDE = f"{ATTENDEES}, wherever they are logged in outside the room"
# TUIConferenceCancelReason.
CANCELLED, REMOVED = 0, 1
# TUIConferenceModifyFlag, by the field of the room.
MODIFY_FLAGS = {
    "name": 1,
    "is_message_disabled": 2,
    "is_video_disabled": 4,
    "is_audio_disabled": 8,
    "is_screen_sharing_disabled": 16,
    "password": 32,
    "is_password_enabled": 32,
    "reminder_s": 64,
    "schedule_start_s": 65_536,
    "schedule_end_s": 131_072,
}

Conference = Annotated[ConferenceInfo, Meta(description="The conference right after it.")]
Reason = Annotated[int, Meta(description="0 the conference was cancelled, 1 the receiver is no attendee any more.")]


@event("onConferenceScheduled", receivers="each attendee who was added")
class ConferenceScheduled(msgspec.Struct, frozen=True):
    """The receiver is to attend a conference: it was booked, or he was added."""

    roomId: RoomId
    conferenceInfo: Conference
    operator: By


@event("onConferenceWillStart", receivers=ATTENDEES)
class ConferenceWillStart(msgspec.Struct, frozen=True):
    """A conference starts soon, as its reminder asks for."""

    roomId: RoomId
    conferenceInfo: Conference


@event("onConferenceCancelled", receivers=f"{ATTENDEES}, or the person removed")
class ConferenceCancelled(msgspec.Struct, frozen=True):
    """A conference will not take place, or not with the receiver; the older form of onConferenceDidCancelled."""

    roomId: RoomId
    reason: Reason
    operateUser: Operator


@event("onConferenceDidCancelled", receivers=f"{ATTENDEES}, or the person removed")
class ConferenceDidCancelled(msgspec.Struct, frozen=True):
    """A conference will not take place, or not with the receiver."""

    roomId: RoomId
    conferenceInfo: Annotated[ConferenceInfo, Meta(description="The conference as it was.")]
    reason: Reason
    operateUser: Operator


class ConferenceModifyInfo(msgspec.Struct, frozen=True):
    """What a conference is like after a change."""

    roomId: RoomId
    roomName: Annotated[str, Meta(description="The room's name.")]
    scheduleStartTime: Seconds
    scheduleEndTime: Seconds
    reminderSecondsBeforeStart: Annotated[int, Meta(description="When attendees are reminded; 0: they are not.")]
    isMessageDisableForAllUser: Annotated[bool | UnsetType, Meta(description="If it changed.")] = UNSET
    isCameraDisableForAllUser: Annotated[bool | UnsetType, Meta(description="If it changed.")] = UNSET
    isMicrophoneDisableForAllUser: Annotated[bool | UnsetType, Meta(description="If it changed.")] = UNSET
    isScreenShareDisableForAllUser: Annotated[bool | UnsetType, Meta(description="If it changed.")] = UNSET
    isPasswordEnabled: Annotated[bool | UnsetType, Meta(description="If it changed.")] = UNSET


@event("onConferenceInfoChanged", receivers=OUTSIDE)
class ConferenceInfoChanged(msgspec.Struct, frozen=True):
    """A conference changed; those inside are told by the events of the room."""

    roomId: RoomId
    conferenceModifyInfo: Annotated[ConferenceModifyInfo, Meta(description="What it is like now.")]
    modifyFlag: Annotated[
        int,
        Meta(
            description="What changed, added up: 1 name, 2 message ban, 4 camera ban, 8 microphone ban, 16 screen ban, "
            "32 password, 64 reminder, 65536 start, 131072 end."
        ),
    ]
    operator: By


@event("onScheduleAttendeesChanged", receivers=f"{ATTENDEES}, but for those who were just added")
class ScheduleAttendeesChanged(msgspec.Struct, frozen=True):
    """Others are to attend now."""

    roomId: RoomId
    leftUsers: Annotated[list[PersonInfo], Meta(description="Who is not to attend any more.")]
    joinedUsers: Annotated[list[PersonInfo], Meta(description="Who is to attend as well.")]
    operator: By


@event("onConferenceStatusChanged", receivers=OUTSIDE)
class ConferenceStatusChanged(msgspec.Struct, frozen=True):
    """A booked room started: by the clock, or with the first entry.

    Nobody is inside before, and whoever enters first reads the status in his snapshot.
    """

    roomId: RoomId
    status: Status


@event(
    "onConferenceOwnerChanged",
    receivers=f"all in the room; {OUTSIDE}; the former owner likewise, if it was another who did it",
)
class ConferenceOwnerChanged(msgspec.Struct, frozen=True):
    """The room was handed on; the former owner is a general user now."""

    roomId: RoomId
    conferenceInfo: Conference
    newOwner: UserInfo
    oldOwner: UserInfo
    operator: By
