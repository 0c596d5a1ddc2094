"""The file of an embedded database: opened, migrated, looked through, copied.

WAL with ``synchronous=FULL``: an acknowledged change is on the disk.
"""

import os
import sqlite3
from pathlib import Path
from typing import Final

from conclave.folder import keep_names
from conclave.store import dialects, migrations, statistics
from conclave.store.batch import primary_code
from conclave.store.failures import StoreError

OLDEST_SQLITE: Final = (3, 37, 0)
BUSY_SECONDS: Final = 2.0
CHECKED_AT_START: Final = 32 * 2**20
"""Up to this many bytes a file is looked through before the start."""
CACHED_STATEMENTS: Final = 256


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


def damage(connection: sqlite3.Connection) -> str | None:
    """Read the whole file; return what is wrong with it, or ``None``."""
    (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    return None if found == "ok" else str(found)


def migrate(connection: sqlite3.Connection, path: Path, now_ms: int) -> int:
    """Bring the schema up to this version, in one transaction; return how many migrations were applied.

    Raises ``StoreError`` when the database is damaged, newer than this program, or was migrated by other texts. A
    large file is not read to its end here: ``SqliteEngine.check`` does that while the server answers already.
    """
    if not os.access(path, os.W_OK):
        raise StoreError(f"{path} cannot be written; check its permissions and its disk")
    try:
        if path.stat().st_size <= CHECKED_AT_START:
            broken = damage(connection)
            if broken is not None:
                raise StoreError(f"{path} is damaged ({broken}); restore it from a backup")
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
            missing = migrations.missing(str(path), applied)
            for migration in missing:
                for statement in migration.statements():
                    connection.execute(dialects.fill(statement, dialects.SQLITE))
                connection.execute(
                    "INSERT INTO schema_migrations VALUES (?, ?, ?, ?)",
                    (migration.version, migration.name, migration.checksum, now_ms),
                )
            if missing:
                statistics.describe(connection)
        return len(missing)
    except sqlite3.Error as error:
        raise _unusable(path, error) from error


def backup(source: Path, target: Path) -> None:
    """Copy the database at ``source`` to ``target``, whole and consistent, while others read and write it.

    Raises ``StoreError`` when ``target`` exists or cannot be written.
    """
    origin = connect(source)
    try:
        file = _create_private(target)
        try:
            origin.execute("VACUUM INTO ?", (str(target),))
            os.fsync(file)
            keep_names(target.parent)
        except (sqlite3.Error, OSError) as error:
            target.unlink(missing_ok=True)
            raise StoreError(f"the backup to {target} failed: {error}") from error
        finally:
            os.close(file)
    finally:
        origin.close()


def _create_private(target: Path) -> int:
    """Create a file that only its owner reads: the database holds the applications' keys."""
    try:
        return os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    except FileExistsError:
        raise StoreError(f"{target} exists; a backup never overwrites") from None
    except OSError as error:
        raise StoreError(f"{target} cannot be written: {error.strerror}") from error
