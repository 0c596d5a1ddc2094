"""What a fact says is told whatever the memory of the node holds: nobody guesses at the past."""

from typing import Any

import msgspec
import pytest

from conclave.domain import facts
from conclave.domain.facts import SeatSnapshot
from conclave.realtime.hub import Audience
from conclave.realtime.recent import Recent
from conclave.realtime.translation import tellings
from conclave.reference.examples_of_facts import BOB, ROOM
from conclave.store.events import EventRow
from tests.told import seat


def told(fact: facts.Fact) -> list[tuple[str, tuple[str, ...] | None, dict[str, Any]]]:
    """What is told of a fact to a room of which nothing is remembered: the event, its receivers, its data."""
    row = EventRow(0, 1, 1, 2, "room-1", type(fact).__name__, 0, "ann", "", "", "")
    audience = Audience("room-1", 1, [], Recent(1, 0))
    return [
        (type(each.data).__name__, each.only, msgspec.to_builtins(each.data)) for each in tellings(fact, row, audience)
    ]


def test_a_former_seat_stands_in_the_fact() -> None:
    empty, former = SeatSnapshot(1, "", False, False, False), SeatSnapshot(1, "bob", False, True, False)
    changed, kicked = told(facts.SeatsChanged([empty], [], ["bob"], ["bob"], "up", [BOB], [former]))
    assert changed[2]["leftList"] == [seat(1, "bob", userName="Bob", isVideoLocked=True)]
    assert kicked[:2] == ("KickedOffSeat", ("bob",))
    assert (kicked[2]["seatIndex"], kicked[2]["extensionInfo"]) == (1, "up")


def test_a_number_of_seats_that_changes_with_somebody_inside_would_be_told() -> None:
    ((name, _, data),) = told(facts.RoomUpdated(msgspec.structs.replace(ROOM, max_seat_count=9), ["max_seat_count"]))
    assert (name, data["maxSeatCount"]) == ("RoomMaxSeatCountChanged", 9)


@pytest.mark.parametrize("mode", [0, 2])
def test_a_speech_mode_is_told_as_the_fact_says(mode: int) -> None:
    found = [name for name, *_ in told(facts.RoomUpdated(ROOM, ["is_audio_disabled"], [], mode))]
    assert ("RoomSpeechModeChanged" in found) is bool(mode)
