"""Events that came and were not read yet: in order, and not without bound."""

import asyncio
from collections import deque
from typing import Final

from conclave.client.errors import Ended
from conclave.client.link import Event

MOST: Final = 10_000
MOST_UNASKED: Final = 1_000


class Waiting:
    """A queue with one end for the connection and one for whoever reads.

    Until somebody reads, the latest ``MOST_UNASKED`` are kept: handlers may be all that a program needs. From then on
    none is dropped: one more than ``MOST`` is too many.
    """

    def __init__(self) -> None:
        self._events: deque[Event] = deque()
        self._more = asyncio.Event()
        self._is_read = False
        self._end: Ended | None = None

    def put(self, event: Event) -> bool:
        """Take an event; return whether there was room for it."""
        if len(self._events) >= (MOST if self._is_read else MOST_UNASKED):
            if self._is_read:
                return False
            self._events.popleft()
        self._events.append(event)
        self._more.set()
        return True

    def end(self, why: Ended | None) -> None:
        """Let readers come to an end after what is there: with ``why``, or quietly."""
        self._end = why
        self._is_over = True
        self._more.set()

    def begin_reading(self) -> None:
        """Drop nothing from now on."""
        self._is_read = True

    async def get(self) -> Event | None:
        """Return the next event, ``None`` at a quiet end; raises ``Ended`` at another."""
        while not self._events:
            if self._is_over:
                if self._end is not None:
                    raise self._end
                return None
            self._more.clear()
            await self._more.wait()
        return self._events.popleft()

    _is_over = False
