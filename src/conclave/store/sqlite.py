"""SQLite behind the engine interface.

WAL with ``synchronous=FULL``: an acknowledged change is on the disk. Point reads run inline on one read connection,
with rooms remembered in memory; large reads run on a connection of their own in a thread. Checkpoints run beside the
writer, never inside a commit.

The standard library's module is used because it was measured: under a saturated loop apsw gives up the GIL more often
per statement, and every one of those is a place where Granian's threads step in (docs/performance.md).
"""

import asyncio
import sqlite3
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from conclave.clock import Clock
from conclave.store import migrations, statistics
from conclave.store.engine import DeadlinePassed, Engine, Operation, StoreError, drive
from conclave.store.memory import Memory
from conclave.store.transaction import SqliteGlance, SqliteSnapshot
from conclave.store.writer import Writer, WriterLimits, primary_code

T = TypeVar("T")

DIALECT: Final = {
    "identity": "INTEGER PRIMARY KEY",
    "clustered": "WITHOUT ROWID",
}
OLDEST_SQLITE: Final = (3, 37, 0)
CHECKPOINT_BYTES: Final = (
    32 * 2**20
)  # a recycled WAL is cheaper to write than a growing one, and hot pages are copied once
CHECKPOINT_COMMITS: Final = 64
BUSY_SECONDS: Final = 2.0
CACHED_STATEMENTS: Final = 256
# A thread that comes back from an fsync waits for the busy loop to give up the GIL: five milliseconds by default.
SWITCH_INTERVAL: Final = 0.0002


def connect(path: Path) -> sqlite3.Connection:
    """Open the database file with the settings every connection shares.

    Raises ``StoreError`` when the file is no database, is damaged, or cannot be written.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise StoreError(f"SQLite {sqlite3.sqlite_version} is too old; {'.'.join(map(str, OLDEST_SQLITE))} is needed")
    try:
        connection = sqlite3.connect(
            path,
            timeout=BUSY_SECONDS,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=CACHED_STATEMENTS,
        )
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("PRAGMA cache_size=-8192")
        connection.execute("PRAGMA temp_store=MEMORY")
    except sqlite3.Error as error:
        raise _unusable(path, error) from error
    return connection


def _unusable(path: Path, error: sqlite3.Error) -> StoreError:
    if primary_code(error) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
        return StoreError(f"{path} is damaged or is no database ({error}); restore it from a backup")
    return StoreError(f"{path} cannot be opened or written ({error}); check the folder and its disk")


def migrate(connection: sqlite3.Connection, path: Path, now_ms: int) -> None:
    """Bring the schema up to this version, in one transaction.

    Raises ``StoreError`` when the database is damaged, newer than this program, or was migrated by other texts.
    """
    try:
        broken = connection.execute("PRAGMA quick_check(1)").fetchone()
        if broken != ("ok",):
            raise StoreError(f"{path} is damaged ({broken and broken[0]}); restore it from a backup")
        connection.execute("BEGIN IMMEDIATE")
        with connection:
            connection.execute(
                "CREATE TABLE IF NOT EXISTS schema_migrations "
                "(version INTEGER PRIMARY KEY, name TEXT NOT NULL, checksum TEXT NOT NULL, applied_at INTEGER NOT NULL)"
            )
            applied = {
                version: (name, checksum)
                for version, name, checksum in connection.execute(
                    "SELECT version, name, checksum FROM schema_migrations"
                )
            }
            _refuse_strangers(path, applied)
            missing = [migration for migration in migrations.known() if migration.version not in applied]
            for migration in missing:
                for statement in migration.statements(DIALECT):
                    connection.execute(statement)
                connection.execute(
                    "INSERT INTO schema_migrations VALUES (?, ?, ?, ?)",
                    (migration.version, migration.name, migration.checksum, now_ms),
                )
            if missing:
                statistics.describe(connection)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def _refuse_strangers(path: Path, applied: dict[int, tuple[str, str]]) -> None:
    known = {migration.version: migration for migration in migrations.known()}
    for version, (name, checksum) in sorted(applied.items()):
        if version not in known:
            raise StoreError(
                f"{path} was written by a newer Conclave (migration {version} {name!r} is unknown here); "
                "run that version, or restore an older backup"
            )
        if known[version].checksum != checksum:
            raise StoreError(f"{path} was migrated by another text of migration {version} {name!r}; restore a backup")


class SqliteEngine(Engine):
    """One SQLite file, owned by this process."""

    def __init__(self, path: Path, clock: Clock, limits: WriterLimits) -> None:
        sys.setswitchinterval(SWITCH_INTERVAL)
        self._path = path
        self._wal = path.with_name(f"{path.name}-wal")
        self._clock = clock
        self._memory = Memory()
        self._reader = connect(path)
        self._many = connect(path)
        for reader in (self._reader, self._many):
            reader.execute("PRAGMA query_only=ON")  # what is declared to read cannot write past the writer
        self._checkpointer = connect(path)
        self._many_lock = asyncio.Lock()
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="store")
        self._checkpoint: asyncio.Future[None] | None = None
        self._wakes: list[Callable[[], None]] = []
        self.writer = Writer(connect(path), clock, limits, self._memory, self._committed)

    async def write(self, operation: Operation[T], timeout: float | None = None) -> T:
        return await self.writer.submit(operation, timeout)

    async def point(self, operation: Operation[T]) -> T:
        try:
            return drive(operation(SqliteGlance(self._reader, self._clock.now_ms(), self._memory)))
        except sqlite3.Error as error:
            raise StoreError(f"the database cannot be read: {error}") from error

    async def read(self, operation: Operation[T]) -> T:
        return self._snapshot(self._reader, operation)

    async def read_many(self, operation: Operation[T], timeout: float | None = None) -> T:
        loop = asyncio.get_running_loop()
        try:
            async with asyncio.timeout(timeout), self._many_lock:
                work = loop.run_in_executor(self._threads, self._snapshot, self._many, operation)
                # Cancelling the waiter cannot stop the thread; the lock must not be let go before it is done.
                return await _finish(work, self._many)
        except TimeoutError:
            raise DeadlinePassed from None

    def _snapshot(self, connection: sqlite3.Connection, operation: Operation[T]) -> T:
        try:
            connection.execute("BEGIN")
            try:
                return drive(operation(SqliteSnapshot(connection, self._clock.now_ms(), self._memory)))
            finally:
                connection.execute("COMMIT")
        except sqlite3.Error as error:
            raise StoreError(f"the database cannot be read: {error}") from error

    def subscribe(self, wake: Callable[[], None]) -> None:
        self._wakes.append(wake)

    def _committed(self) -> None:
        for wake in self._wakes:
            wake()
        if self.writer.statistics.commits % CHECKPOINT_COMMITS == 0:
            self._checkpoint_if_due()

    def _checkpoint_if_due(self) -> None:
        idle = self._checkpoint is None or self._checkpoint.done()
        if idle and self._wal.stat().st_size >= CHECKPOINT_BYTES:
            self._checkpoint = self.writer.loop.run_in_executor(self._threads, self._run_checkpoint)

    def _run_checkpoint(self) -> None:
        try:
            self._checkpointer.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            self.writer.trouble(f"checkpoint failed: {error}")

    async def backup(self, target: Path) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, backup, self._path, target)

    async def close(self) -> None:
        await self.writer.close()
        self._threads.shutdown(wait=True)
        for connection in (self._reader, self._many, self._checkpointer):
            connection.close()


async def _finish(work: asyncio.Future[T], connection: sqlite3.Connection) -> T:
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        connection.interrupt()
        await asyncio.wait([work])
        work.exception()  # an interrupted read has failed, and nobody asks any more
        raise


def backup(source: Path, target: Path) -> None:
    """Copy the database at ``source`` to ``target``, whole and consistent, while others read and write it.

    Raises ``StoreError`` when ``target`` exists or cannot be written.
    """
    if target.exists():
        raise StoreError(f"{target} exists; a backup never overwrites")
    origin = connect(source)
    try:
        origin.execute("VACUUM INTO ?", (str(target),))
    except sqlite3.Error as error:
        target.unlink(missing_ok=True)
        raise StoreError(f"the backup to {target} failed: {error}") from error
    finally:
        origin.close()
