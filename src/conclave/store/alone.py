"""One operation from another process than the server's: what the command line does to a data folder, or reads there.

SQLite lets several processes write, one at a time; a running server waits a few milliseconds for this one, and this
one for the server's batch. Who only reads waits for nobody, and nobody for him. Neither migrates a database that
exists: that is the server's, at its start.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final, TypeVar

from conclave.store import migrations
from conclave.store.batch import primary_code
from conclave.store.engine import Operation, drive
from conclave.store.failures import StoreError
from conclave.store.memory import Memory
from conclave.store.sqlite_file import connect, migrate
from conclave.store.transaction import SqliteTransaction

T = TypeVar("T")
PATIENCE_MS: Final = 15_000


def run(path: Path, now_ms: int, operation: Operation[T]) -> T:
    """Run ``operation`` on the database at ``path``, which is made if it does not exist, and return its result.

    Raises whatever the operation raised (its changes are undone), or ``StoreError``.
    """
    fresh = not path.exists()
    with _opened(path) as connection:
        if fresh:
            migrate(connection, path, now_ms)
        _check_version(connection, path)
        return _run(connection, "BEGIN IMMEDIATE", now_ms, operation)


def read(path: Path, now_ms: int, operation: Operation[T]) -> T:
    """Run ``operation``, which changes nothing, in one snapshot of the database at ``path``; raises as ``run`` does."""
    with _opened(path) as connection:
        _check_version(connection, path)
        connection.execute("PRAGMA query_only=1")
        return _run(connection, "BEGIN", now_ms, operation)


@contextmanager
def _opened(path: Path) -> Iterator[sqlite3.Connection]:
    connection = connect(path)
    try:
        connection.execute(f"PRAGMA busy_timeout={PATIENCE_MS}")
        yield connection
    except sqlite3.Error as error:
        if primary_code(error) == sqlite3.SQLITE_BUSY:
            raise StoreError(f"{path} was in use for {PATIENCE_MS // 1000} s; try again") from error
        raise StoreError(f"{path} cannot be read or written: {error}") from error
    finally:
        connection.close()


def _run(connection: sqlite3.Connection, begin: str, now_ms: int, operation: Operation[T]) -> T:
    connection.execute(begin)
    try:
        result = drive(operation(SqliteTransaction(connection, now_ms, Memory())))
    except BaseException:
        if connection.in_transaction:  # what fails for want of room on the disk SQLite has undone already
            connection.execute("ROLLBACK")
        raise
    connection.execute("COMMIT")
    return result


def _check_version(connection: sqlite3.Connection, path: Path) -> None:
    rows = connection.execute("SELECT version, name, checksum FROM schema_migrations")
    if migrations.missing(str(path), {version: (name, checksum) for version, name, checksum in rows}):
        raise StoreError(
            f"{path} is of an older version of Conclave than this; start `conclave serve` of this one first"
        )
