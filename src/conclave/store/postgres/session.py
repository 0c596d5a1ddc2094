"""One connection to PostgreSQL, opened when it is needed and again when it was lost, and how operations run on it."""

import asyncio
from collections.abc import Callable
from random import uniform
from typing import Final, TypeVar

import asyncpg

from conclave.clock import Clock, pause, stopwatch_ns
from conclave.store.engine import Operation, Statistics
from conclave.store.failures import DeadlinePassed, OutcomeUnknown, StoreError
from conclave.store.postgres.address import Connection, Failure, connect, described, is_gone, is_mistake
from conclave.store.postgres.transaction import REPEATED, PostgresGlance, PostgresTransaction

T = TypeVar("T")
HUNG_SECONDS: Final = 12.0
"""For which a statement may wait for a database that says nothing; its own limits (``SETTINGS``) are shorter."""
AWAY_SECONDS: Final = 0.3
MOST_ATTEMPTS: Final = 10
LONGEST_PAUSE: Final = 0.02
BEGIN_READING: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"


class Shared:
    """What the sessions of one engine share."""

    def __init__(self, url: str, clock: Clock, committed: Callable[[], None]) -> None:
        self.url = url
        self.clock = clock
        self.committed = committed
        self.statistics = Statistics()
        self.committing: set[asyncio.Future[None]] = set()
        self._away_until = 0.0
        self._trouble = ""

    @property
    def is_away(self) -> bool:
        """Tell whether the database could not be reached a moment ago."""
        return asyncio.get_running_loop().time() < self._away_until

    def back(self) -> None:
        """Note that the database can be reached again."""
        self._away_until = 0.0

    async def connect(self) -> Connection:
        """Open a connection; a moment after one could not be opened, none is tried. Raises ``StoreError``."""
        if self.is_away:
            raise StoreError(self._trouble)
        try:
            return await connect(self.url)
        except StoreError as error:
            self._trouble = str(error)
            self._away_until = asyncio.get_running_loop().time() + AWAY_SECONDS
            raise


class Session:
    """A connection, used by one operation at a time."""

    def __init__(self, shared: Shared) -> None:
        self._shared = shared
        self._connection: Connection | None = None
        self._is_closed = False

    async def write(self, operation: Operation[T], is_wanted: Callable[[], bool] = lambda: True) -> T:
        """Run ``operation`` in a transaction, anew where another one stood in its way, and return its result.

        Raises whatever the operation raised, ``StoreError``, or ``DeadlinePassed`` when it is not wanted any more
        before COMMIT: then it has not happened.
        """
        for attempt in range(1, MOST_ATTEMPTS + 1):
            connection, is_fresh = await self._opened()
            try:
                return await self._write(connection, operation, is_wanted)
            except REPEATED as error:
                if isinstance(error, asyncpg.InvalidCachedStatementError):
                    connection.prepare_anew()
                if attempt == MOST_ATTEMPTS:
                    raise StoreError(f"others stood in the way {attempt} times: {described(error)}") from error
            except _Away as away:
                if is_fresh or attempt == MOST_ATTEMPTS:
                    raise StoreError(f"the change could not be written: {away}") from away
                continue  # the server was started anew meanwhile, perhaps: nothing has happened yet
            self._shared.statistics.repeated += 1
            await pause(uniform(0, LONGEST_PAUSE))  # noqa: S311 - so that two do not meet again
        raise AssertionError("unreachable")

    async def _write(self, connection: Connection, operation: Operation[T], is_wanted: Callable[[], bool]) -> T:
        tx = PostgresTransaction(connection, self._shared.clock.now_ms(), is_wanted)
        with _Watch(connection, tx):
            result = await self._run(connection, tx, operation)
            if not is_wanted():
                await self._undo(connection)
                raise DeadlinePassed
            await self._commit(connection, tx)
            return result

    async def _run(self, connection: Connection, tx: PostgresTransaction, operation: Operation[T]) -> T:
        try:
            await connection.execute("BEGIN")
            return await operation(tx)
        except BaseException as failure:
            await self._undo(connection)
            if isinstance(failure, REPEATED):
                raise
            if isinstance(failure, Failure) and not is_mistake(failure):
                if is_gone(connection, failure):
                    self._leave(connection)
                    raise _Away(described(failure)) from failure
                raise StoreError(f"the change could not be written: {described(failure)}") from failure
            raise

    async def _commit(self, connection: Connection, tx: PostgresTransaction) -> None:
        shared = self._shared
        over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        shared.committing.add(over)
        started = stopwatch_ns()
        try:
            if await connection.execute("COMMIT") != "COMMIT":  # the answer to it where a statement has failed before
                raise StoreError("the change was not written: one of its statements had failed")
            shared.statistics.commits += 1
            shared.statistics.commit_nanoseconds += stopwatch_ns() - started
            tx.committed()
        except Failure as error:
            self._leave(connection)
            raise OutcomeUnknown(f"the database went away while it committed: {described(error)}") from error
        finally:
            shared.committing.discard(over)
            over.set_result(None)
        shared.committed()

    async def point(self, operation: Operation[T]) -> T:
        """Run an operation that reads, each statement by itself."""
        return await self._read(operation, in_snapshot=False)

    async def read(self, operation: Operation[T]) -> T:
        """Run an operation that reads, in one snapshot."""
        return await self._read(operation, in_snapshot=True)

    async def _read(self, operation: Operation[T], *, in_snapshot: bool) -> T:
        while True:
            connection, is_fresh = await self._opened()
            tx = (PostgresTransaction if in_snapshot else PostgresGlance)(connection, self._shared.clock.now_ms())
            try:
                with _Watch(connection, tx):
                    if in_snapshot:
                        await connection.execute(BEGIN_READING)
                    try:
                        result = await operation(tx)
                    except Exception:
                        await self._undo(connection)
                        raise
                    if in_snapshot:
                        await connection.execute("COMMIT")
                    return result
            except asyncpg.InvalidCachedStatementError:
                connection.prepare_anew()
                continue
            except Failure as failure:
                if is_mistake(failure):
                    raise
                if not is_gone(connection, failure):
                    raise StoreError(f"the database cannot be read: {described(failure)}") from failure
                self._leave(connection)
                if is_fresh:
                    raise StoreError(f"the database went away: {described(failure)}") from failure
            except BaseException as end:
                if not isinstance(end, Exception):
                    self._leave(connection)  # an answer is owed on it, for which the next reader would wait
                raise

    async def _opened(self) -> tuple[Connection, bool]:
        """Return the connection, and whether it was opened just now."""
        if self._connection is not None and not self._connection.is_closed():
            return self._connection, False
        if self._is_closed:
            raise StoreError("the store is closed")
        self._connection = await self._shared.connect()
        return self._connection, True

    async def _undo(self, connection: Connection) -> None:
        """Roll back; a connection on which that fails, or that is still busy, is given up."""
        if connection.is_closed() or not connection.is_in_transaction():
            return
        try:
            await connection.execute("ROLLBACK")
        except BaseException as failure:
            self._leave(connection)
            if not isinstance(failure, Failure):
                raise

    def _leave(self, connection: Connection) -> None:
        connection.terminate()
        if self._connection is connection:
            self._connection = None

    def close(self) -> None:
        """Close the connection, for good; what was under way is undone."""
        self._is_closed = True
        if self._connection is not None:
            self._leave(self._connection)


class _Away(Exception):  # noqa: N818 - a state, not a fault
    """The connection was lost before COMMIT was sent: nothing has happened."""


class _Watch:
    """Breaks a connection off on which an operation has not gone on for too long."""

    def __init__(self, connection: Connection, tx: PostgresTransaction) -> None:
        self._connection = connection
        self._tx = tx

    def __enter__(self) -> None:
        self._seen = self._tx.statements
        self._alarm = asyncio.get_running_loop().call_later(HUNG_SECONDS, self._look)

    def _look(self) -> None:
        if self._tx.statements == self._seen:
            self._connection.terminate()
        else:
            self.__enter__()

    def __exit__(self, *_: object) -> None:
        self._alarm.cancel()
