"""What happens to seats."""

import msgspec

from conclave.domain.facts.base import Fact, MemberSnapshot, SeatSnapshot


class SeatsChanged(Fact, frozen=True):
    """Seats changed; only those are listed [S9]. ``kicked`` were taken off by another, with ``data`` for them.

    ``people`` holds whoever sits on a changed seat, sat down, or left one; ``former`` the seats as those of ``left``
    had them, in the same order.
    """

    seats: list[SeatSnapshot]
    seated: list[str]
    left: list[str]
    kicked: list[str]
    data: str
    people: list[MemberSnapshot] = msgspec.field(default_factory=list)
    former: list[SeatSnapshot] = msgspec.field(default_factory=list)
