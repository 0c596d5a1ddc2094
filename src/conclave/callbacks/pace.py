"""Callbacks step back while calls crowd the writer: they are late then, and never lost.

Reading, sending and recording share the loop with the calls. How many operations were begun together lately tells how
many calls come at the same time; above a few, each page of the log and each delivery is followed by a rest, so that
callbacks take about a tenth of the time, and the calls the rest.
"""

from typing import Final

from conclave.store.engine import Statistics

CROWDED: Final = 5.0  # operations in a round; callbacks alone make one or two
WINDOW: Final = 8  # rounds that are looked at together
AFTER_PAGE: Final = 0.08
AFTER_DELIVERY: Final = 0.02


class Pace:
    """Tells how long to rest."""

    def __init__(self, statistics: Statistics) -> None:
        self._statistics = statistics
        self._rounds = statistics.rounds
        self._operations = statistics.operations
        self._is_crowded = False

    def _look(self) -> bool:
        rounds = self._statistics.rounds - self._rounds
        if rounds >= WINDOW:
            self._is_crowded = (self._statistics.operations - self._operations) / rounds >= CROWDED
            self._rounds, self._operations = self._statistics.rounds, self._statistics.operations
        return self._is_crowded

    def after_page(self) -> float:
        """Return the seconds to rest after a page of the log."""
        return AFTER_PAGE if self._look() else 0.0

    def after_delivery(self) -> float:
        """Return the seconds to rest after a callback was sent."""
        return AFTER_DELIVERY if self._look() else 0.0
