"""A connection to Redis that is kept: made again when it is lost, at most once a second."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, Final

from redis.asyncio.connection import Connection, parse_url

from conclave.clock import pause

AGAIN_SECONDS: Final = 1.0
CONNECT_SECONDS: Final = 1.0
RESP: Final = 2  # the version of the protocol in which what subscribers hear is an answer like others
LONGEST_TROUBLE: Final = 200

Changed = Callable[[str], None]
"""Hears that a line came, with ``""``, or why it went."""


class Trouble(Exception):  # noqa: N818 - not an error of ours
    """Redis answered something that it should not have."""


class Line(ABC):
    """One connection; ``changed`` is told when it came, when it went, and each time that it could not be made."""

    def __init__(self, url: str, changed: Changed) -> None:
        self.is_usable = False
        self._options: dict[str, Any] = {**parse_url(url)}
        self._changed = changed

    async def run(self) -> None:
        """Keep the connection; never returns."""
        try:
            loop = asyncio.get_running_loop()
            while True:
                began = loop.time()
                try:
                    await self._live()
                except Exception as trouble:  # noqa: BLE001 - whatever it answers, or the driver makes of it: go on without
                    self._lose(trouble)
                await pause(max(began + AGAIN_SECONDS - loop.time(), 0))
        finally:
            self.is_usable = False
            self.lost()

    async def _live(self) -> None:
        options = dict(self._options)
        kind = options.pop("connection_class", Connection)
        connection: Connection = kind(
            **options, protocol=RESP, client_name="conclave", driver_info=None, socket_timeout=None
        )
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                await connection.connect()  # type: ignore[no-untyped-call]
                await self.begin(connection)
            self.is_usable = True
            self._changed("")
            await self.serve(connection)
        finally:
            await connection.disconnect(nowait=True)

    def _lose(self, trouble: Exception) -> None:
        self.is_usable = False
        self.lost()
        self._changed(self._described(trouble))

    def _described(self, trouble: Exception) -> str:
        """Return what went wrong in one line; what Redis says may repeat what it was told, the password too."""
        text = " ".join(str(trouble).split())
        if not text:
            text = "it does not answer in time" if isinstance(trouble, TimeoutError) else type(trouble).__name__
        password = self._options.get("password")
        return (text.replace(password, "…") if password else text)[:LONGEST_TROUBLE]

    @abstractmethod
    async def begin(self, connection: Connection) -> None:
        """Make a new connection ready; raises whatever shows that it cannot be used."""

    @abstractmethod
    async def serve(self, connection: Connection) -> None:
        """Use the connection until it fails, and raise why."""

    @abstractmethod
    def lost(self) -> None:
        """Let go of whoever waits for the connection."""
