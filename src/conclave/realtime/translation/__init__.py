"""From a fact of the log to the events that tell it: what is said, and to whom.

One function per fact, found by its first argument's type: one that ``tells`` the room, and one that ``notifies``
accounts which may be outside. Facts without a function are told to nobody here.
"""

from conclave.domain.facts import Fact
from conclave.realtime.hub import Audience
from conclave.realtime.translation import (
    conferences,
    devices,
    invitations,
    members,
    messages,
    metadata,
    requests,
    rooms,
    seats,
)
from conclave.realtime.translation.base import NOTICED, TOLD, Notice, Telling
from conclave.store.events import EventRow

__all__ = [
    "NOTICED",
    "TOLD",
    "Notice",
    "Telling",
    "conferences",
    "devices",
    "invitations",
    "members",
    "messages",
    "metadata",
    "notices",
    "requests",
    "rooms",
    "seats",
    "tellings",
]


def tellings(fact: Fact, row: EventRow, audience: Audience) -> list[Telling]:
    """Return what an audience is told of a fact, in order; the audience's seats follow along."""
    translator = TOLD.get(type(fact))
    return [] if translator is None else list(translator(fact, row, audience))


def notices(fact: Fact, row: EventRow) -> list[Notice]:
    """Return what accounts are told of a fact, in order."""
    notifier = NOTICED.get(row.kind)
    return [] if notifier is None else list(notifier(fact, row))
