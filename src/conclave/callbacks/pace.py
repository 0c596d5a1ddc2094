"""Callbacks step back while calls are waiting: they are late then, and never lost.

Reading, sending and recording share the loop with the calls. While the writer has a queue, each page of the log and
each delivery is followed by a rest, so that callbacks take about a tenth of the time, and the calls the rest.
"""

from collections.abc import Callable
from typing import Final

CROWDED: Final = 4.0  # operations that wait for the writer, on average
MEMORY: Final = 0.9
AFTER_PAGE: Final = 0.03
AFTER_DELIVERY: Final = 0.007


class Pace:
    """Tells how long to rest; ``depth`` is how many operations wait for the writer."""

    def __init__(self, depth: Callable[[], int]) -> None:
        self._depth = depth
        self._level = 0.0

    def _is_crowded(self) -> bool:
        self._level = MEMORY * self._level + (1 - MEMORY) * self._depth()
        return self._level >= CROWDED

    def after_page(self) -> float:
        """Return the seconds to rest after a page of the log."""
        return AFTER_PAGE if self._is_crowded() else 0.0

    def after_delivery(self) -> float:
        """Return the seconds to rest after a callback was sent."""
        return AFTER_DELIVERY if self._is_crowded() else 0.0
