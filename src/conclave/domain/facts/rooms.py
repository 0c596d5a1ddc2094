"""What happens to a room itself."""

from conclave.domain.facts.base import Fact, MemberSnapshot, RoomSnapshot


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
