"""What facts are made of: snapshots of a room, a member and a seat."""

from typing import Literal

import msgspec

from conclave.store.rooms import Room
from conclave.store.seats import Seat

Departure = Literal["Leave", "Kicked", "Expired"]


class Logged(msgspec.Struct, frozen=True, omit_defaults=True):
    """Base of what most facts hold: a field that is as it is by default is left out of the log."""


class RoomSnapshot(Logged, frozen=True):
    """A room as it stood right after the fact; times in seconds as on the wire."""

    name: str
    owner: str
    max_member_count: int
    member_count: int
    schedule_start: int
    schedule_end: int
    has_started: bool
    take_seat_mode: str
    created: int
    is_video_disabled: bool = False
    is_audio_disabled: bool = False
    is_message_disabled: bool = False
    is_screen_sharing_disabled: bool = False
    is_cloud_recording_disabled: bool = False
    custom_info: str = ""
    is_seat_enabled: bool = False
    max_seat_count: int = 0
    is_password_enabled: bool = False
    keep_owner_on_seat: bool = False
    reminder: int = 0

    @classmethod
    def of(cls, room: Room, now_ms: int) -> "RoomSnapshot":
        """Take the snapshot of a row."""
        return cls(
            name=room.name,
            owner=room.owner,
            max_member_count=room.max_member_count,
            member_count=room.member_count,
            schedule_start=room.schedule_start_s,
            schedule_end=room.schedule_end_s,
            has_started=room.has_started(now_ms),
            take_seat_mode=room.take_seat_mode,
            created=room.created_at // 1000,
            is_video_disabled=room.is_video_disabled == 1,
            is_audio_disabled=room.is_audio_disabled == 1,
            is_message_disabled=room.is_message_disabled == 1,
            is_screen_sharing_disabled=room.is_screen_sharing_disabled == 1,
            is_cloud_recording_disabled=room.is_cloud_recording_disabled == 1,
            custom_info=room.custom_info,
            is_seat_enabled=room.is_seat_enabled == 1,
            max_seat_count=room.max_seat_count,
            is_password_enabled=room.is_password_enabled == 1,
            keep_owner_on_seat=room.keep_owner_on_seat == 1,
            reminder=room.reminder_s,
        )


class PersonSnapshot(msgspec.Struct, frozen=True):
    """An account as others see it, inside a room or not; its profile is empty where nothing is known."""

    account: str
    nick: str
    face_url: str


class MemberSnapshot(Logged, frozen=True):
    """A member as others see it; ``role`` is Owner, Admin or Member [R14].

    ``devices`` are those that are open: 1 the microphone, 2 the camera, 4 the screen, added up.
    """

    account: str
    nick: str
    face_url: str
    role: str
    name_card: str = ""
    custom_info: str = ""
    marks: list[int] = msgspec.field(default_factory=list)
    is_robot: bool = False
    devices: int = 0
    is_muted: bool = False
    attributes: dict[str, str] = msgspec.field(default_factory=dict)


class SeatSnapshot(msgspec.Struct, frozen=True):
    """A seat that changed; ``account`` is empty when nobody sits on it."""

    index: int
    account: str
    is_locked: bool
    is_video_disabled: bool
    is_audio_disabled: bool

    @classmethod
    def of(cls, seat: Seat) -> "SeatSnapshot":
        """Take the snapshot of a row."""
        return cls(
            seat.seat_index,
            seat.account,
            bool(seat.is_locked),
            bool(seat.is_video_disabled),
            bool(seat.is_audio_disabled),
        )


class Fact(msgspec.Struct, frozen=True):
    """Base of everything that can be written to the log."""
