"""Who is woken when: by the commits of other processes, and now and then in any case.

One connection listens, tells, and holds the lock, shared with all other servers, by which nobody copies a database
that is served. Losing it loses nothing but time: readers look by themselves, and the connection is made again. As it
asks the database something all the time, it also knows whether there is one.

Where there is a wire beside the database, news goes there, and by NOTIFY only while the wire cannot take it. Whoever
writes to the database and has no wire (the command line) tells by NOTIFY, so it is listened to in any case.
"""

import asyncio
import secrets
from collections.abc import Callable
from typing import Any, Final

import structlog

from conclave.clock import pause
from conclave.store.engine import Wire
from conclave.store.failures import StoreError
from conclave.store.postgres.address import Connection, Failure, connect, described, shown

CHANNEL: Final = "conclave"
TOPIC: Final = "news"
LOOK_SECONDS: Final = 0.5
TELL_SECONDS: Final = 0.02
WIRE_SECONDS: Final = 0.005
"""What is told on the wire costs the database nothing, and whoever reads there reads no more often than he can."""
ANSWER_SECONDS: Final = 3.0
SERVER_LOCK: Final = 0x434E_0002
START_SECONDS: Final = 5.0
"""For which a start waits for whoever copies the database, and is done in a moment perhaps."""

log = structlog.get_logger()


class News:
    """The connection that wakes and tells."""

    def __init__(self, url: str, wake: Callable[[], None], back: Callable[[], None], wire: Wire | None = None) -> None:
        self.is_usable = False
        self._url = url
        self._wake = wake
        self._back = back
        self._wire = wire
        if wire is not None:
            wire.on(TOPIC, lambda _: wake())
        self._name = secrets.token_hex(4)
        self._connection: Connection | None = None
        self._has_news = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        """Runs from the start on, and never ends by itself."""

    async def start(self) -> None:
        """Begin; raises ``StoreError`` where the database is away, or being copied."""
        attempts = int(START_SECONDS / LOOK_SECONDS)
        while not await self._connect():
            attempts -= 1
            if not attempts:
                raise StoreError(f"{shown(self._url)} is being copied; start the server when that is done")
            await pause(LOOK_SECONDS)
        self.task = asyncio.get_running_loop().create_task(self._run())

    def tell(self) -> None:
        """Tell other processes, in a moment, that there is news."""
        self._has_news.set()

    async def _connect(self) -> bool:
        connection = await connect(self._url)
        try:
            is_ours = await connection.fetchval("SELECT pg_try_advisory_lock_shared($1)", SERVER_LOCK)
            if is_ours:
                await connection.add_listener(CHANNEL, self._heard)
        except Failure as error:
            connection.terminate()
            raise StoreError(f"{shown(self._url)} went away: {described(error)}") from error
        if not is_ours:
            connection.terminate()
            return False
        self._connection = connection
        self._back()
        self.is_usable = True
        return True

    def _heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        if payload != self._name:
            self._wake()

    async def _run(self) -> None:
        while True:
            try:
                await self._serve()
            except (StoreError, *Failure) as error:
                if self.is_usable:
                    log.error("store", trouble=f"{shown(self._url)} is away: {described(error)}")
                self.is_usable = False
                if self._connection is not None:
                    self._connection.terminate()
                    self._connection = None
            await pause(LOOK_SECONDS)

    async def _serve(self) -> None:
        """Look and tell until the connection is lost."""
        if self._connection is None:
            if not await self._connect():
                log.critical(
                    "store",
                    trouble=f"{shown(self._url)} is being copied: what changes now will be missing there",
                )
                return
            log.info("store", trouble=f"{shown(self._url)} is back")
        assert self._connection is not None
        loop = asyncio.get_running_loop()
        look_at = loop.time() + LOOK_SECONDS
        while True:
            if loop.time() >= look_at:
                await self._ask("SELECT 1")
                self._wake()
                look_at = loop.time() + LOOK_SECONDS
            try:
                async with asyncio.timeout_at(look_at):
                    await self._has_news.wait()
            except TimeoutError:
                continue
            self._has_news.clear()
            if self._wire is not None and self._wire.tell(TOPIC):
                await pause(WIRE_SECONDS)
            else:
                await self._ask(f"NOTIFY {CHANNEL}, '{self._name}'")
                await pause(TELL_SECONDS)

    async def _ask(self, statement: str) -> None:
        assert self._connection is not None
        await self._connection.execute(statement, timeout=ANSWER_SECONDS)

    async def close(self) -> None:
        """Let go of the database."""
        if self.task is not None:
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        if self._connection is not None:
            self._connection.terminate()
