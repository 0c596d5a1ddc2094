"""What happens to a room itself.

``attendees`` are those who are to attend a booked room, and ``host`` is its owner: both are told of it outside as well.
"""

import msgspec

from conclave.domain.facts.base import Fact, MemberSnapshot, PersonSnapshot, RoomSnapshot


class RoomCreated(Fact, frozen=True, omit_defaults=True):
    """A room was created or booked."""

    room: RoomSnapshot
    invitees: list[str]
    host: PersonSnapshot | None = None


class RoomDestroyed(Fact, frozen=True, omit_defaults=True):
    """A room ended: dissolved by somebody, or closed by the clock; one that had not started is told of as it was."""

    by_system: bool
    by_owner: bool
    room: RoomSnapshot | None = None
    host: PersonSnapshot | None = None
    attendees: list[str] = msgspec.field(default_factory=list)


class RoomUpdated(Fact, frozen=True, omit_defaults=True):
    """Room information changed; ``changed`` names the fields of the row, ``password`` among them without its value.

    ``speech_mode`` is the number of the new TUISpeechMode, 0 when that is as before.
    """

    room: RoomSnapshot
    changed: list[str]
    attendees: list[str] = msgspec.field(default_factory=list)
    speech_mode: int = 0


class RoomStarted(Fact, frozen=True, omit_defaults=True):
    """A booked room became Running [R9]."""

    room: RoomSnapshot
    attendees: list[str] = msgspec.field(default_factory=list)


class RoomEnding(Fact, frozen=True):
    """A room's scheduled end is near; written only where its callback is listed."""

    room: RoomSnapshot


class OwnerChanged(Fact, frozen=True, omit_defaults=True):
    """The room was handed on."""

    room: RoomSnapshot
    former: MemberSnapshot
    owner: MemberSnapshot
    attendees: list[str] = msgspec.field(default_factory=list)


class MetadataChanged(Fact, frozen=True):
    """Metadata of the room was written, or deleted."""

    written: dict[str, str]
    deleted: list[str]
