"""What keeps ``conclave.client`` from growing without bound, or hurrying without end."""

import pytest

from conclave.client import Ended, Event
from conclave.client.backoff import FIRST_S, LONGEST_S, pause_before
from conclave.client.waiting import MOST
from tests.house import Caller
from tests.test_client import joined, run


def test_events_that_nobody_reads_do_not_pile_up(room: Caller) -> None:
    async def story() -> None:
        async with joined(room, "ann") as ann:
            many = [Event("onRoomNameChanged", {"n": n}) for n in range(MOST + 1)]
            for event in many:
                ann._take(event)  # as many as no test should have a server send
            events = ann.events()
            assert (await anext(events)).data["n"] > MOST - 1100
            for event in many:
                ann._take(event)
            assert ann.state == "closed"
            with pytest.raises(Ended, match="wait to be read"):
                await ann.ping()

    run(story())


def test_pauses_grow_to_a_bound_and_differ() -> None:
    for attempt in range(40):
        bound = min(LONGEST_S, FIRST_S * 2**attempt)
        assert bound / 2 <= pause_before(attempt) <= bound
    assert len({pause_before(5) for _ in range(20)}) > 1
