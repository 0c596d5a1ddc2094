"""The two kinds of databases as ``copying`` sees them."""

import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path
from typing import Final

from conclave.folder import DataFolder
from conclave.store import sqlite_file
from conclave.store.copying import COUNTERS, PAGE, Position, Side
from conclave.store.failures import StoreError
from conclave.store.postgres.address import Connection, Failure, connect, described, shown
from conclave.store.postgres.news import SERVER_LOCK
from conclave.store.statements import Row

WHOLE: Final = frozenset((COUNTERS,))
"""Tables that are read at once, because their rows are put together."""


class SqliteSide(Side):
    """An SQLite file, in one transaction."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection

    async def tables(self) -> dict[str, list[str]]:
        names = self._connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        ).fetchall()
        return {name: [row[1] for row in self._connection.execute(f"PRAGMA table_info({name})")] for (name,) in names}

    async def rows(self, table: str, columns: list[str]) -> AsyncIterator[list[Row]]:
        cursor = self._connection.execute(f"SELECT {', '.join(columns)} FROM {table}")
        while page := (cursor.fetchall() if table in WHOLE else cursor.fetchmany(PAGE)):
            yield page

    async def clear(self, table: str) -> None:
        self._connection.execute(f"DELETE FROM {table}")

    async def insert(self, table: str, columns: list[str], rows: list[Row]) -> None:
        marks = ", ".join("?" * len(columns))
        self._connection.executemany(f"INSERT INTO {table} ({', '.join(columns)}) VALUES ({marks})", rows)

    async def position(self) -> Position:
        keys, events = self._connection.execute(
            "SELECT (SELECT COALESCE(MAX(value), 0) FROM counters WHERE name = 'keys'), "
            "(SELECT COALESCE(MAX(position), 0) FROM events)"
        ).fetchone()
        return Position(keys, events)

    async def go_on_from(self, position: Position) -> None:
        """Both are counted in the tables."""

    async def commit(self) -> None:
        self._connection.execute("COMMIT")


class PostgresSide(Side):
    """A PostgreSQL database, in one transaction."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    async def tables(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for table, column in await self._connection.fetch(
            "SELECT c.table_name, c.column_name FROM information_schema.columns c JOIN information_schema.tables t "
            "ON t.table_schema = c.table_schema AND t.table_name = c.table_name "
            "WHERE c.table_schema = current_schema() AND t.table_type = 'BASE TABLE' ORDER BY c.ordinal_position"
        ):
            found.setdefault(table, []).append(column)
        return found

    async def rows(self, table: str, columns: list[str]) -> AsyncIterator[list[Row]]:
        query = f"SELECT {', '.join(columns)} FROM {table}"
        if table in WHOLE:
            yield [tuple(row) for row in await self._connection.fetch(query)]
            return
        cursor = await self._connection.cursor(query)
        while page := await cursor.fetch(PAGE):
            yield [tuple(row) for row in page]

    async def clear(self, table: str) -> None:
        await self._connection.execute(f"DELETE FROM {table}")

    async def insert(self, table: str, columns: list[str], rows: list[Row]) -> None:
        await self._connection.copy_records_to_table(table, records=rows, columns=columns)

    async def position(self) -> Position:
        row = await self._connection.fetchrow(
            "SELECT (SELECT last_value FROM group_keys), (SELECT COALESCE(MAX(position), 0) FROM events)"
        )
        return Position(row[0], row[1])

    async def go_on_from(self, position: Position) -> None:
        await self._connection.execute("SELECT setval('group_keys', $1, true)", max(position.key, 1))
        await self._connection.execute("SELECT setval('event_positions', $1, true)", position.event)

    async def commit(self) -> None:
        await self._connection.execute("COMMIT")


@asynccontextmanager
async def opened(folder: DataFolder, *, writes: bool) -> AsyncIterator[Side]:
    """Open a database for copying, alone; raises ``StoreError`` or ``FolderHeld``. What is not committed is undone."""
    async with AsyncExitStack() as stack:
        if folder.url:
            yield PostgresSide(await stack.enter_async_context(_postgres(folder.url, writes=writes)))
        else:
            if not folder.has_database:  # asked first: to hold a folder makes it
                raise StoreError(f"there is no database {folder.database}")
            folder.hold()
            stack.callback(folder.release)
            yield SqliteSide(stack.enter_context(_sqlite(folder.database)))


@contextmanager
def _sqlite(path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite_file.connect(path)
    try:
        connection.execute("BEGIN IMMEDIATE")
        yield connection
    except sqlite3.Error as error:
        raise StoreError(f"{path} cannot be copied: {error}") from error
    finally:
        connection.close()


@asynccontextmanager
async def _postgres(url: str, *, writes: bool) -> AsyncIterator[Connection]:
    connection = await connect(url, statement_timeout="0", idle_in_transaction_session_timeout="0")
    try:
        if not await connection.fetchval("SELECT pg_try_advisory_lock($1)", SERVER_LOCK):
            raise StoreError(f"a Conclave serves {shown(url)}; stop all that do first")
        await connection.execute(f"BEGIN ISOLATION LEVEL REPEATABLE READ {'READ WRITE' if writes else 'READ ONLY'}")
        yield connection
    except Failure as error:
        raise StoreError(f"{shown(url)} cannot be copied: {described(error)}") from error
    finally:
        connection.terminate()
