"""SQLite behind the engine interface.

Point reads run inline on one read connection, with rooms remembered in memory; large reads run on a connection of
their own in a thread. Checkpoints run beside the writer, never inside a commit.

The standard library's module is used because it was measured: under a saturated loop apsw gives up the GIL more often
per statement, and every one of those is a place where Granian's threads step in (docs/performance.md).
"""

import asyncio
import secrets
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, NoReturn, TypeVar

import structlog

from conclave.clock import Clock
from conclave.store.after_commit import call_each
from conclave.store.batch import primary_code
from conclave.store.checkpoints import Checkpoints
from conclave.store.duties import Forever
from conclave.store.engine import Engine, Operation, Tenure, drive
from conclave.store.failures import DeadlinePassed, StoreError
from conclave.store.memory import Memory
from conclave.store.sqlite_file import CHECKED_AT_START, connect, damage
from conclave.store.transaction import SqliteGlance, SqliteInlineSnapshot, SqliteSnapshot, TooManyRows
from conclave.store.writer import Writer, WriterLimits

T = TypeVar("T")
log = structlog.get_logger()
# A thread that comes back from an fsync waits for the busy loop to give up the GIL: five milliseconds by default.
SWITCH_INTERVAL: Final = 0.0002


class SqliteEngine(Engine):
    """One SQLite file, owned by this process."""

    def __init__(self, path: Path, clock: Clock, limits: WriterLimits) -> None:
        sys.setswitchinterval(SWITCH_INTERVAL)
        self.node = secrets.token_hex(8)
        self._path = path
        self._clock = clock
        self._duties: set[str] = set()
        self._memory = Memory()
        self._reader = connect(path)
        self._many = connect(path)
        for reader in (self._reader, self._many):
            reader.execute("PRAGMA query_only=ON")  # what is declared to read cannot write past the writer
        self._many_lock = asyncio.Lock()
        self._threads = ThreadPoolExecutor(max_workers=1, thread_name_prefix="read")
        self._wakes: list[Callable[[], None]] = []
        self._checker: sqlite3.Connection | None = None
        self.writer = Writer(connect(path), clock, limits, self._memory, self._committed)
        self.statistics = self.writer.statistics
        self._checkpoints = Checkpoints(path, connect(path), self.writer.between_batches)

    @property
    def depth(self) -> int:
        return self.writer.depth

    @property
    def parts(self) -> tuple[asyncio.Task[None], ...]:
        return ()  # what fails does so for whoever asked for it

    @property
    def is_usable(self) -> bool:
        return True  # a disk that is full or broken is told of by each call that needs it

    async def quiet(self) -> None:
        await self.writer.quiet()

    async def write(self, operation: Operation[T], timeout: float | None = None) -> T:
        return await self.writer.submit(operation, timeout)

    async def point(self, operation: Operation[T], timeout: float | None = None) -> T:
        try:
            return drive(operation(SqliteGlance(self._reader, self._clock.now_ms(), self._memory)))
        except sqlite3.Error as error:
            _refuse(error)

    async def read(self, operation: Operation[T], timeout: float | None = None) -> T:
        try:
            return self._snapshot(self._reader, operation, SqliteInlineSnapshot)
        except TooManyRows:
            return await self.read_many(operation, timeout)

    async def read_many(self, operation: Operation[T], timeout: float | None = None) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout), self._many_lock:
                work = loop.run_in_executor(self._threads, self._snapshot, self._many, operation)
                # Cancelling the waiter cannot stop the thread; the lock must not be let go before it is done.
                return await _finish(work, self._many)
        except TimeoutError:
            raise DeadlinePassed from None

    def _snapshot(
        self, connection: sqlite3.Connection, operation: Operation[T], view: type[SqliteSnapshot] = SqliteSnapshot
    ) -> T:
        try:
            connection.execute("BEGIN")
            try:
                return drive(operation(view(connection, self._clock.now_ms(), self._memory)))
            finally:
                if connection.in_transaction:  # SQLite may have ended it by itself
                    connection.execute("ROLLBACK")  # nothing was changed; unlike COMMIT it cannot be refused
        except sqlite3.Error as error:
            _refuse(error)

    def subscribe(self, wake: Callable[[], None]) -> None:
        self._wakes.append(wake)

    def _committed(self) -> None:
        call_each(self._wakes, "a reader of the log could not be woken")
        self._checkpoints.committed()

    async def take(self, duty: str) -> Tenure:
        self._duties.add(duty)
        return Forever(self)

    @property
    def duties(self) -> frozenset[str]:
        return frozenset(self._duties)

    def tell_nodes(self, message: str) -> None:
        """There are none."""

    def hear_nodes(self, hear: Callable[[str], None]) -> None:
        """Nobody tells anything."""

    async def check(self) -> None:
        """Read a file that was too large for the start, and look for damage; it is logged, and the service goes on."""
        if self._path.stat().st_size <= CHECKED_AT_START:
            return
        self._checker = connect(self._path)
        try:
            broken = await asyncio.to_thread(damage, self._checker)  # may take minutes: no pool of ours
        except sqlite3.Error as error:
            broken = None if primary_code(error) == sqlite3.SQLITE_INTERRUPT else str(error)
        finally:
            self._checker.close()
            self._checker = None
        if broken is not None:
            log.critical("store", trouble=f"{self._path} is damaged ({broken}); restore it from a backup")

    async def leave(self) -> None:
        """Nobody takes anything over."""

    async def close(self) -> None:
        await self.writer.close()
        await self._checkpoints.close()
        if self._checker is not None:
            self._checker.interrupt()
        self._threads.shutdown(wait=True)
        for connection in (self._reader, self._many):
            connection.close()


async def _finish(work: asyncio.Future[T], connection: sqlite3.Connection) -> T:
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        connection.interrupt()
        await asyncio.wait([work])
        work.exception()  # an interrupted read has failed, and nobody asks any more
        raise


def _refuse(error: sqlite3.Error) -> NoReturn:
    """Raise ``StoreError`` for what the disk did, which may be over later; a mistake of ours is raised as it is."""
    if primary_code(error) == sqlite3.SQLITE_ERROR:
        raise error
    raise StoreError(f"the database cannot be read: {error}") from error
