"""How many connections there may be at once; whoever has not logged in makes room for whoever comes.

Otherwise a few thousand sockets that say nothing would keep everybody out for as long as a login may take.
"""

import asyncio
from collections import OrderedDict
from typing import Any

from conclave.realtime.connection import Connection


class Doorway:
    """The connections of one node, at most ``limit``."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self.inside: dict[Connection, asyncio.Task[Any]] = {}
        """The connections, and what serves each."""
        self._strangers: OrderedDict[Connection, None] = OrderedDict()  # whoever came first stands first

    @property
    def is_full(self) -> bool:
        """Tell whether there is no room, and nobody who would have to make it."""
        return len(self.inside) >= self._limit and self._longest_stranger() is None

    def enter(self, connection: Connection, task: asyncio.Task[Any]) -> None:
        """Take a connection in, served by ``task``; above the limit the stranger who is here the longest has to go.

        He is told nothing: his connection would be open, above the limit, for as long as he does not read it.
        """
        self.inside[connection] = task
        self._strangers[connection] = None
        if len(self.inside) > self._limit:
            stranger = self._longest_stranger()
            assert stranger is not None  # the newcomer himself is one
            del self._strangers[stranger]
            self.inside.pop(stranger).cancel()

    def leave(self, connection: Connection) -> None:
        """Take a connection out, wherever it went."""
        self.inside.pop(connection, None)
        self._strangers.pop(connection, None)

    def _longest_stranger(self) -> Connection | None:
        while self._strangers:
            first = next(iter(self._strangers))
            if first.identity is None:
                return first
            del self._strangers[first]  # logged in meanwhile
        return None
