"""``PostgresEngine``: sessions that write, sessions that read, and whoever is woken."""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

import msgspec

from conclave.clock import Clock
from conclave.store.after_commit import call_each
from conclave.store.engine import Engine, Operation, Pool, Tenure, Wire
from conclave.store.postgres.news import News
from conclave.store.postgres.queue import Readers, Writers
from conclave.store.postgres.session import Shared
from conclave.store.postgres.standing import Standing

T = TypeVar("T")
READING_PART: Final = 3  # of all connections one in so many reads
STANDING: Final = 2  # for news, and for the lease and the duties
CLOSING_SECONDS: Final = 1.0
"""For which a close waits for what was begun, where the database hangs."""


class PoolLimits(msgspec.Struct, frozen=True):
    """How many connections there are, and how many operations may wait for one."""

    connections: int = 16
    queue: int = 10_000

    @property
    def reading(self) -> int:
        """How many of the connections read."""
        return max(self.connections // READING_PART, 2)

    @property
    def writing(self) -> int:
        """How many of them write; the rest are this node's standing ones."""
        return max(self.connections - self.reading - STANDING, 1)


class PostgresEngine(Engine):
    """A PostgreSQL database, served by this process."""

    may_lose_answers = True

    def __init__(self, url: str, clock: Clock, limits: PoolLimits, wire: Wire | None = None) -> None:
        self._wakes: list[Callable[[], None]] = []
        self._shared = Shared(url, clock, self._committed)
        self._news = News(url, self._wake, self._shared.back, wire)
        self._standing = Standing(url, self)
        self.node = self._standing.node
        self._readers = Readers(self._shared, limits.reading, limits.queue)
        self._writers = Writers(self._shared, limits.writing, limits.queue)
        self.statistics = self._shared.statistics

    async def open(self) -> None:
        """Join those that serve the database; raises ``StoreError`` when it is away, or being copied."""
        await self._news.start()
        await self._standing.start()

    @property
    def depth(self) -> int:
        return self._writers.depth

    @property
    def parts(self) -> tuple[asyncio.Task[None], ...]:
        return tuple(part for part in (self._news.task, self._standing.task) if part is not None)

    @property
    def pool(self) -> Pool:
        readers, writers = self._readers, self._writers
        return Pool(
            readers.depth,
            {
                ("read", "busy"): readers.busy,
                ("read", "idle"): readers.idle,
                ("write", "busy"): writers.busy,
                ("write", "idle"): writers.idle,
            },
        )

    @property
    def is_usable(self) -> bool:
        return self._news.is_usable and self._standing.is_alive

    async def write(self, operation: Operation[T], timeout: float | None = None) -> T:
        return await self._writers.submit(operation, timeout)

    async def point(self, operation: Operation[T], timeout: float | None = None) -> T:
        return await self._readers.use(lambda session: session.point(operation), timeout)

    async def read(self, operation: Operation[T], timeout: float | None = None) -> T:
        return await self._readers.use(lambda session: session.read(operation), timeout)

    async def read_many(self, operation: Operation[T], timeout: float | None = None) -> T:
        return await self.read(operation, timeout)

    def subscribe(self, wake: Callable[[], None]) -> None:
        self._wakes.append(wake)

    async def quiet(self) -> None:
        if self._shared.committing:
            await asyncio.wait(self._shared.committing)

    async def take(self, duty: str) -> Tenure:
        return await self._standing.take(duty)

    @property
    def duties(self) -> frozenset[str]:
        return self._standing.duties

    def tell_nodes(self, message: str) -> None:
        self._standing.hearsay.tell(message)

    def hear_nodes(self, hear: Callable[[str], None]) -> None:
        self._standing.hearsay.hear(hear)

    def _committed(self) -> None:
        self._news.tell()
        self._wake()

    def _wake(self) -> None:
        call_each(self._wakes, "a reader of the log could not be woken")

    async def check(self) -> None:
        """PostgreSQL looks after its own files."""

    async def leave(self) -> None:
        await self._standing.close()

    async def close(self) -> None:
        await self._writers.close(CLOSING_SECONDS)
        self._readers.close()
        await self._standing.close()
        await self._news.close()
