"""SQLite (through apsw) behind the engine interface.

WAL with ``synchronous=FULL``: an acknowledged change is on the disk. Point reads run inline on one read connection;
large reads run on a connection of their own in a thread. Checkpoints run beside the writer, never inside a commit.
"""

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

import apsw

from conclave.clock import Clock
from conclave.store import migrations
from conclave.store.engine import DeadlinePassed, Engine, Operation, StoreError, drive
from conclave.store.transaction import SqliteTransaction
from conclave.store.writer import Writer, WriterLimits

T = TypeVar("T")

DIALECT: Final = {
    "identity": "INTEGER PRIMARY KEY AUTOINCREMENT",
    "clustered": "WITHOUT ROWID",
}
CHECKPOINT_PAGES: Final = 2000
BUSY_MILLISECONDS: Final = 2000
# A thread that comes back from an fsync waits for the busy loop to give up the GIL: five milliseconds by default.
SWITCH_INTERVAL: Final = 0.0005


def connect(path: Path) -> apsw.Connection:
    """Open the database file with the settings every connection shares.

    Raises ``StoreError`` when the file is no database, or is damaged.
    """
    try:
        connection = apsw.Connection(str(path), statementcachesize=256)
        connection.set_busy_timeout(BUSY_MILLISECONDS)
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute("PRAGMA wal_autocheckpoint=0")
        connection.execute("PRAGMA cache_size=-8192")
        connection.execute("PRAGMA temp_store=MEMORY")
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise StoreError(f"{path} is damaged or is no database ({error}); restore it from a backup") from error
    except (
        apsw.CantOpenError,
        apsw.ReadOnlyError,
        apsw.PermissionsError,
        apsw.IOError,
        apsw.FullError,
    ) as error:
        raise StoreError(f"{path} cannot be opened for writing ({error}); check the folder and its disk") from error
    return connection


def migrate(connection: apsw.Connection, path: Path, now_ms: int) -> None:
    """Bring the schema up to this version, in one transaction.

    Raises ``StoreError`` when the database is damaged, newer than this program, or was migrated by other texts.
    """
    try:
        broken = connection.execute("PRAGMA quick_check(1)").fetchone()
        if broken != ("ok",):
            raise StoreError(f"{path} is damaged ({broken and broken[0]}); restore it from a backup")
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
            for migration in migrations.known():
                if migration.version in applied:
                    continue
                for statement in migration.statements(DIALECT):
                    connection.execute(statement)
                connection.execute(
                    "INSERT INTO schema_migrations VALUES (?, ?, ?, ?)",
                    (migration.version, migration.name, migration.checksum, now_ms),
                )
    except (apsw.NotADBError, apsw.CorruptError) as error:
        raise StoreError(f"{path} is damaged or is no database ({error}); restore it from a backup") from error
    except (apsw.ReadOnlyError, apsw.IOError, apsw.FullError, apsw.CantOpenError) as error:
        raise StoreError(f"{path} cannot be written ({error}); check the folder and its disk") from error


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
        self._clock = clock
        self._reader = connect(path)
        self._many = connect(path)
        self._checkpointer = connect(path)
        self._many_lock = asyncio.Lock()
        self._threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="store")
        self._checkpoint: asyncio.Future[None] | None = None
        self._wakes: list[Callable[[], None]] = []
        writing = connect(path)
        writing.set_wal_hook(self._wal_grew)
        self.writer = Writer(writing, clock, limits, self._committed)

    async def write(self, operation: Operation[T], timeout: float | None = None) -> T:
        return await self.writer.submit(operation, timeout)

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

    def _snapshot(self, connection: apsw.Connection, operation: Operation[T]) -> T:
        try:
            connection.execute("BEGIN")
            try:
                return drive(operation(SqliteTransaction(connection, self._clock.now_ms())))
            finally:
                connection.execute("COMMIT")
        except (apsw.IOError, apsw.CorruptError, apsw.FullError, apsw.CantOpenError) as error:
            raise StoreError(f"the database cannot be read: {error}") from error

    def subscribe(self, wake: Callable[[], None]) -> None:
        self._wakes.append(wake)

    def _committed(self) -> None:
        for wake in self._wakes:
            wake()

    def _wal_grew(self, _connection: apsw.Connection, _name: str, pages: int) -> int:
        # Called by the committing thread: only the loop may start the checkpoint.
        if pages >= CHECKPOINT_PAGES and (self._checkpoint is None or self._checkpoint.done()):
            self.writer.loop.call_soon_threadsafe(self._start_checkpoint)
        return apsw.SQLITE_OK

    def _start_checkpoint(self) -> None:
        if self._checkpoint is None or self._checkpoint.done():
            self._checkpoint = self.writer.loop.run_in_executor(self._threads, self._run_checkpoint)

    def _run_checkpoint(self) -> None:
        try:
            self._checkpointer.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        except apsw.Error as error:
            self.writer.trouble(f"checkpoint failed: {error}")

    async def backup(self, target: Path) -> None:
        await asyncio.get_running_loop().run_in_executor(self._threads, backup, self._path, target)

    async def close(self) -> None:
        await self.writer.close()
        self._threads.shutdown(wait=True)
        for connection in (self._reader, self._many, self._checkpointer):
            connection.close()


async def _finish(work: asyncio.Future[T], connection: apsw.Connection) -> T:
    try:
        return await asyncio.shield(work)
    except asyncio.CancelledError:
        connection.interrupt()
        await asyncio.wait([work])
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
    except apsw.Error as error:
        target.unlink(missing_ok=True)
        raise StoreError(f"the backup to {target} failed: {error}") from error
    finally:
        origin.close()
