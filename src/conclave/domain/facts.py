"""What can happen in a room: facts, complete enough to tell of them without a look at the present.

Each class is a fact. Its name is the ``kind`` in the log, its fields are the ``data``: all that callbacks, members'
frames and the history need. Passwords are never part of a fact.
"""

from typing import Final, Literal

import msgspec

from conclave.store.events import EventRow
from conclave.store.rooms import Room
from conclave.store.seats import Seat

Departure = Literal["Leave", "Kicked", "Expired"]


class RoomSnapshot(msgspec.Struct, frozen=True):
    """A room as it stood right after the fact; times in seconds as on the wire."""

    name: str
    owner: str
    max_member_count: int
    member_count: int
    schedule_start: int
    schedule_end: int
    has_started: bool
    is_video_disabled: bool
    is_audio_disabled: bool
    is_message_disabled: bool
    is_screen_sharing_disabled: bool
    is_cloud_recording_disabled: bool
    custom_info: str
    is_seat_enabled: bool
    max_seat_count: int
    take_seat_mode: str
    is_password_enabled: bool
    created: int

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
            is_video_disabled=bool(room.is_video_disabled),
            is_audio_disabled=bool(room.is_audio_disabled),
            is_message_disabled=bool(room.is_message_disabled),
            is_screen_sharing_disabled=bool(room.is_screen_sharing_disabled),
            is_cloud_recording_disabled=bool(room.is_cloud_recording_disabled),
            custom_info=room.custom_info,
            is_seat_enabled=bool(room.is_seat_enabled),
            max_seat_count=room.max_seat_count,
            take_seat_mode=room.take_seat_mode,
            is_password_enabled=bool(room.is_password_enabled),
            created=room.created_at // 1000,
        )


class MemberSnapshot(msgspec.Struct, frozen=True):
    """A member as others see it; ``role`` is Owner, Admin or Member [R14]."""

    account: str
    nick: str
    face_url: str
    role: str
    name_card: str
    custom_info: str
    marks: list[int]
    is_robot: bool


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


class RoomCreated(Fact, frozen=True):
    """A room was created or booked."""

    room: RoomSnapshot
    invitees: list[str]


class RoomDestroyed(Fact, frozen=True):
    """A room ended: dissolved by somebody, or closed by the clock."""

    by_system: bool
    by_owner: bool


class RoomUpdated(Fact, frozen=True):
    """Room information changed; ``changed`` names the fields of the row, ``password`` among them without its value."""

    room: RoomSnapshot
    changed: list[str]


class RoomStarted(Fact, frozen=True):
    """A booked room became Running [R9]."""

    room: RoomSnapshot


class RoomEnding(Fact, frozen=True):
    """A room's scheduled end is near; written only where its callback is listed."""

    room: RoomSnapshot


class OwnerChanged(Fact, frozen=True):
    """The room was handed on."""

    room: RoomSnapshot
    former: MemberSnapshot
    owner: MemberSnapshot


class MemberEntered(Fact, frozen=True):
    """Somebody who was not a member came in."""

    members: list[MemberSnapshot]
    member_count: int


class MemberLeft(Fact, frozen=True):
    """Members went: of their own will, put out, or lost."""

    members: list[MemberSnapshot]
    how: Departure
    reason: str
    member_count: int
    by_server: bool


class MemberUpdated(Fact, frozen=True):
    """Role, name card or custom info of a member changed; ``changed`` names which."""

    member: MemberSnapshot
    changed: list[str]


class MembersMarked(Fact, frozen=True):
    """Marks were set on, or taken from, members."""

    members: list[MemberSnapshot]


class MembersBanned(Fact, frozen=True):
    """Accounts were barred until a moment (ms)."""

    accounts: list[str]
    until: int
    reason: str


class MembersUnbanned(Fact, frozen=True):
    """Bans were lifted."""

    accounts: list[str]


class RobotAdded(Fact, frozen=True):
    """A stand-in member was put into the room."""

    members: list[MemberSnapshot]
    member_count: int


class RobotRemoved(Fact, frozen=True):
    """A stand-in member was taken out."""

    members: list[MemberSnapshot]
    member_count: int


class SeatsChanged(Fact, frozen=True):
    """Seats changed; only those are listed [S9]. ``kicked`` were taken off by another, with ``data`` for them.

    ``people`` holds whoever sits on a changed seat, sat down, or left one.
    """

    seats: list[SeatSnapshot]
    seated: list[str]
    left: list[str]
    kicked: list[str]
    data: str
    people: list[MemberSnapshot] = []


class AccountKicked(Fact, frozen=True):
    """An account was logged out: UserSigs made up to ``second`` do not log in any more [G14b]."""

    account: str
    second: int


class AccountDeleted(Fact, frozen=True):
    """An account was deleted; that it left its rooms stands in their own facts."""

    account: str


class CallbacksConfigured(Fact, frozen=True):
    """What callbacks are sent from here on [C10]; ``is_removed``: those that wait are dropped."""

    version: int
    commands: list[str]
    room_type: str
    is_removed: bool


KINDS: Final[dict[str, type[Fact]]] = {kind.__name__: kind for kind in Fact.__subclasses__()}


def read(row: EventRow) -> Fact:
    """Return the fact that a row of the log holds."""
    return msgspec.json.decode(row.data, type=KINDS[row.kind])
