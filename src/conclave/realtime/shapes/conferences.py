"""Booked rooms, as those see them who are to attend."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.domain.conferences import ConferenceView
from conclave.domain.facts import MemberSnapshot, PersonSnapshot, RoomSnapshot
from conclave.realtime.shapes.rooms import RoomInfo
from conclave.realtime.shapes.words import Seconds, Status, UserId


class ConferenceInfo(msgspec.Struct, frozen=True):
    """A room as those see it who are to attend."""

    basicRoomInfo: Annotated[RoomInfo, Meta(description="The room.")]
    scheduleStartTime: Seconds
    scheduleEndTime: Seconds
    scheduleAttendees: Annotated[list[UserId], Meta(description="Who is to attend, in the order of the list.")]
    reminderSecondsBeforeStart: Annotated[
        int, Meta(description="How long before the start attendees are reminded; 0: they are not.")
    ]
    status: Status

    @classmethod
    def of(
        cls, room_id: str, room: RoomSnapshot, host: PersonSnapshot | MemberSnapshot, attendees: list[str]
    ) -> "ConferenceInfo":
        """Return a booked room; ``host`` is its owner."""
        info = RoomInfo.of(room_id, room, host.nick, host.face_url)
        return cls(
            basicRoomInfo=info,
            scheduleStartTime=info.scheduleStartTime,
            scheduleEndTime=info.scheduleEndTime,
            scheduleAttendees=attendees,
            reminderSecondsBeforeStart=info.reminderSecondsBeforeStart,
            status=info.status,
        )

    @classmethod
    def seen(cls, view: ConferenceView) -> "ConferenceInfo":
        """Return a booked room as it was read."""
        return cls.of(view.room_id, view.room, view.host, view.attendees)
