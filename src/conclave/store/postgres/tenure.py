"""A duty that this node has, as long as the lock by which it has it is held (``standing``)."""

import asyncio
from collections.abc import Callable

from conclave.store.duties import Fenced
from conclave.store.engine import Engine, Tenure


class PostgresTenure(Tenure):
    """A duty that is held by a lock of the standing connection.

    ``is_sure`` tells whether that connection was there a moment ago, ``drop`` gives it up.
    """

    def __init__(
        self, engine: Engine, duty: str, term: int, is_sure: Callable[[], bool], drop: Callable[[], None]
    ) -> None:
        self.engine = Fenced(engine, duty, term, drop)
        self.term = term
        self._is_sure = is_sure
        self._lost = asyncio.Event()

    @property
    def is_held(self) -> bool:
        return not self._lost.is_set() and self._is_sure()

    async def lost(self) -> None:
        await self._lost.wait()

    def lose(self) -> None:
        """End it."""
        self._lost.set()
