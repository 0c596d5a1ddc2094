"""Booked rooms: schedule, change, cancel and hand them on."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import attendees, conferences, own_rooms
from conclave.domain.operation import Operation
from conclave.domain.room_drafts import RoomChanges
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import AS_OWNER_FROM_ANYWHERE, WHEN_CREATED
from conclave.realtime.methods.new_room import NewRoom
from conclave.realtime.methods.room_settings import NewName, NewPassword, is_needed
from conclave.realtime.registry import method

Conference = Annotated[fields.RoomId, Meta(description="The room.")]
Start = Annotated[fields.Second, Meta(description="When it starts, in Unix seconds; a moment of the past starts it.")]
End = Annotated[fields.Second, Meta(description="When it ends: 300 to 86400 seconds after the start [R8].")]
Reminder = Annotated[
    fields.Natural, Meta(description="Seconds before the start at which attendees are reminded; 0: they are not.")
]


class ScheduleConference(NewRoom, kw_only=True):
    """Parameters of scheduleConference: those of createRoom, and more."""

    scheduleStartTime: Start | None = None
    scheduleEndTime: End | None = None
    reminderSecondsBeforeStart: Reminder = 0
    scheduleAttendees: Annotated[
        list[fields.Account],
        Meta(max_length=attendees.MAX_ATTENDEES, description="Who is to attend; unknown accounts are ignored [R4]."),
    ] = msgspec.field(default_factory=list)


@method(
    "scheduleConference",
    needs="login",
    codes=WHEN_CREATED,
    example={
        "roomId": "room-3",
        "scheduleStartTime": 1_800_000_000,
        "scheduleEndTime": 1_800_003_600,
        "scheduleAttendees": ["user1", "user2"],
        "reminderSecondsBeforeStart": 600,
    },
)
async def schedule_conference(call: Call, params: ScheduleConference) -> None:
    """Book a room, and own it; those who are to attend are told, wherever they are logged in.

    By default it starts now, and lasts an hour. Everybody may enter, attendee or not, as far as password and bans
    allow; the first entry starts the room before its time [R9].
    """

    async def work(op: Operation) -> None:
        draft = params.draft(
            op.operator,
            schedule_start_s=params.scheduleStartTime,
            schedule_end_s=params.scheduleEndTime,
            reminder_s=params.reminderSecondsBeforeStart,
            invitees=params.scheduleAttendees,
        )
        await own_rooms.create(op, draft)

    await call.write(work)


class UpdateConferenceInfo(msgspec.Struct, kw_only=True):
    """Parameters of updateConferenceInfo; what is left out stays as it is."""

    roomId: Conference
    roomName: NewName | None = None
    scheduleStartTime: Start | None = None
    scheduleEndTime: End | None = None
    reminderSecondsBeforeStart: Reminder | None = None
    isMicrophoneDisableForAllUser: Annotated[bool | None, Meta(description="As in createRoom.")] = None
    isCameraDisableForAllUser: Annotated[bool | None, Meta(description="As in createRoom.")] = None
    isScreenShareDisableForAllUser: Annotated[bool | None, Meta(description="As in createRoom.")] = None
    isMessageDisableForAllUser: Annotated[bool | None, Meta(description="As in createRoom.")] = None
    password: NewPassword | None = None

    def changes(self) -> RoomChanges:
        """Return the same under the domain's names."""
        return RoomChanges(
            name=self.roomName,
            schedule_start_s=self.scheduleStartTime,
            schedule_end_s=self.scheduleEndTime,
            reminder_s=self.reminderSecondsBeforeStart,
            is_audio_disabled=self.isMicrophoneDisableForAllUser,
            is_video_disabled=self.isCameraDisableForAllUser,
            is_screen_sharing_disabled=self.isScreenShareDisableForAllUser,
            is_message_disabled=self.isMessageDisableForAllUser,
            is_password_enabled=is_needed(self.password),
            password=self.password,
        )


@method(
    "updateConferenceInfo",
    needs="login",
    codes=(*AS_OWNER_FROM_ANYWHERE, errors.NOT_PERMITTED, errors.PARAMETER),
    example={"roomId": "room-1", "roomName": "weekly sync"},
)
async def update_conference_info(call: Call, params: UpdateConferenceInfo) -> None:
    """Change a booked room; its owner may, inside or not, and its administrators once it runs.

    Start, end and reminder change only before it starts, later that is 100006. An end that is not given stays: moved
    alone, the start must still leave it 300 to 86400 seconds later, else 100002.
    """
    await call.write(lambda op: conferences.update(op, params.roomId, params.changes()))


class CancelConference(msgspec.Struct):
    """Parameters of cancelConference."""

    roomId: Conference


@method(
    "cancelConference",
    needs="login",
    codes=(*AS_OWNER_FROM_ANYWHERE, errors.NOT_PERMITTED),
    example={"roomId": "room-1"},
)
async def cancel_conference(call: Call, params: CancelConference) -> None:
    """End a booked room before it starts; its owner may. One that runs is 100006: `destroyRoom` ends it."""
    await call.write(lambda op: conferences.cancel(op, params.roomId))


class TransferConferenceOwner(msgspec.Struct):
    """Parameters of transferConferenceOwner."""

    roomId: Conference
    userId: Annotated[fields.Account, Meta(description="Who owns it from then on.")]


@method(
    "transferConferenceOwner",
    needs="login",
    codes=(
        *AS_OWNER_FROM_ANYWHERE,
        errors.PARAMETER,
        errors.NOT_IN_ROOM,
        errors.NOT_MEMBER,
        errors.ROOMS_AT_LIMIT,
    ),
    example={"roomId": "room-1", "userId": "user1"},
)
async def transfer_conference_owner(call: Call, params: TransferConferenceOwner) -> None:
    """Hand a room on; its owner may.

    While people are inside, both must be: the owner, else -2101, and the new one, else 100005. An empty room goes to
    anybody who is imported and owns fewer than `max_rooms_per_member` rooms (101011).
    """
    await call.write(lambda op: conferences.hand_over(op, params.roomId, params.userId))
