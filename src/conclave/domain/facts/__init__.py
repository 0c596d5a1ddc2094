"""What can happen: facts, complete enough to tell of them without a look at the present.

Each class is a fact. Its name is the ``kind`` in the log, its fields are the ``data``: all that callbacks, members'
frames and the history need. Passwords are never part of a fact. A field that is new has a default, so that facts of
before can still be read.
"""

from typing import Final

import msgspec

from conclave.domain.facts.accounts import AccountDeleted, AccountKicked, CallbacksConfigured
from conclave.domain.facts.base import Departure, Fact, MemberSnapshot, PersonSnapshot, RoomSnapshot, SeatSnapshot
from conclave.domain.facts.conferences import AttendeesChanged, RoomStartingSoon
from conclave.domain.facts.devices import DeviceChange, DevicesChanged
from conclave.domain.facts.invitations import Ending, InvitationsEnded, InvitationSnapshot, InvitationsSent
from conclave.domain.facts.members import (
    MemberEntered,
    MemberLeft,
    MemberMoved,
    MembersBanned,
    MembersMarked,
    MembersUnbanned,
    MemberUpdated,
    RobotAdded,
    RobotRemoved,
)
from conclave.domain.facts.messages import MessageSent, MessageSnapshot, MuteChanged
from conclave.domain.facts.requests import (
    ACCEPTED,
    CANCELLED,
    EXPIRED,
    FAILED,
    REJECTED,
    RequestsEnded,
    RequestSent,
    RequestSnapshot,
)
from conclave.domain.facts.rooms import (
    MetadataChanged,
    OwnerChanged,
    RoomCreated,
    RoomDestroyed,
    RoomEnding,
    RoomStarted,
    RoomUpdated,
)
from conclave.domain.facts.seats import SeatsChanged
from conclave.store.events import EventRow

__all__ = [
    "ACCEPTED",
    "CANCELLED",
    "EXPIRED",
    "FAILED",
    "REJECTED",
    "AccountDeleted",
    "AccountKicked",
    "AttendeesChanged",
    "CallbacksConfigured",
    "Departure",
    "DeviceChange",
    "DevicesChanged",
    "Ending",
    "Fact",
    "InvitationSnapshot",
    "InvitationsEnded",
    "InvitationsSent",
    "MemberEntered",
    "MemberLeft",
    "MemberMoved",
    "MemberSnapshot",
    "MemberUpdated",
    "MembersBanned",
    "MembersMarked",
    "MembersUnbanned",
    "MessageSent",
    "MessageSnapshot",
    "MetadataChanged",
    "MuteChanged",
    "OwnerChanged",
    "PersonSnapshot",
    "RequestSent",
    "RequestSnapshot",
    "RequestsEnded",
    "RobotAdded",
    "RobotRemoved",
    "RoomCreated",
    "RoomDestroyed",
    "RoomEnding",
    "RoomSnapshot",
    "RoomStarted",
    "RoomStartingSoon",
    "RoomUpdated",
    "SeatSnapshot",
    "SeatsChanged",
]

KINDS: Final[dict[str, type[Fact]]] = {kind.__name__: kind for kind in Fact.__subclasses__()}


def read(row: EventRow) -> Fact:
    """Return the fact that a row of the log holds."""
    return msgspec.json.decode(row.data, type=KINDS[row.kind])
