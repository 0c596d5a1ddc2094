"""How many connections there may be at once; whoever has not logged in makes room for whoever comes.

Otherwise a few thousand sockets that say nothing would keep everybody out for as long as a login may take.
"""

import asyncio
from collections import deque
from typing import Any

from conclave.realtime.connection import Connection


class Doorway:
    """The connections of one node, at most ``limit``."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._inside: dict[Connection, asyncio.Task[Any]] = {}
        self._strangers: deque[Connection] = deque()

    @property
    def tasks(self) -> set[asyncio.Task[Any]]:
        """What serves the connections."""
        return set(self._inside.values())

    @property
    def is_full(self) -> bool:
        """Tell whether there is no room, and nobody who would have to make it."""
        return len(self._inside) >= self._limit and self._longest_stranger() is None

    def enter(self, connection: Connection, task: asyncio.Task[Any]) -> None:
        """Take a connection in, served by ``task``; above the limit the stranger who is here the longest has to go."""
        self._inside[connection] = task
        self._strangers.append(connection)
        if len(self._inside) > self._limit:
            stranger = self._longest_stranger()
            assert stranger is not None  # the newcomer himself is one
            self._inside.pop(stranger).cancel()

    def leave(self, connection: Connection) -> None:
        """Take a connection out, wherever it went."""
        self._inside.pop(connection, None)

    def _longest_stranger(self) -> Connection | None:
        while self._strangers:
            first = self._strangers[0]
            if first in self._inside and first.identity is None:
                return first
            self._strangers.popleft()  # logged in, or gone
        return None
