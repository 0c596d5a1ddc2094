"""What happens to a booked room that nobody need be inside for."""

from conclave.domain.facts.base import Fact, PersonSnapshot, RoomSnapshot


class AttendeesChanged(Fact, frozen=True):
    """Accounts were put on, or taken off, the list of those who are to attend; ``attendees`` is the list afterwards."""

    room: RoomSnapshot
    host: PersonSnapshot
    attendees: list[str]
    joined: list[PersonSnapshot]
    left: list[PersonSnapshot]


class RoomStartingSoon(Fact, frozen=True):
    """A booked room starts soon: whoever is to attend is reminded."""

    room: RoomSnapshot
    host: PersonSnapshot
    attendees: list[str]
