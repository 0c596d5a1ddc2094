"""The database of a server under test, whichever engine it is: what a test reads of it, or writes into it.

``CONCLAVE_TEST_ENGINE`` chooses the engine for a whole run: ``sqlite``, the default, or ``postgresql``. Queries are
written with ``?``, in the SQL that both understand.
"""

import asyncio
import contextlib
import functools
import itertools
import os
import re
import sqlite3
import tempfile
import threading
from collections.abc import Callable, Coroutine, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, Protocol, TypeVar

import asyncpg
from bench.cluster import USER

from conclave.store.postgres.schema import SPACE
from tests.postgres import Cluster, cluster

T = TypeVar("T")
ENGINE: Final = os.environ.get("CONCLAVE_TEST_ENGINE", "sqlite")
FILE: Final = "conclave.db"
_numbers: Final = itertools.count(1)
Row = tuple[Any, ...]
assert ENGINE in ("sqlite", "postgresql"), "CONCLAVE_TEST_ENGINE must be sqlite or postgresql"


class Database(Protocol):
    """What a test may do with it."""

    settings: dict[str, str]
    """What a server is told, in its ``[server]`` table, to find it."""

    def query(self, sql: str, *values: Any) -> list[Row]:
        """Read, beside whoever writes."""
        ...

    def records(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        """Read, with the names of the columns."""
        ...

    def change(self, sql: str, rows: Iterable[Row] = ((),)) -> None:
        """Write, once for each of the rows of values."""
        ...

    def columns(self) -> dict[str, list[str]]:
        """The tables, and the names of their columns."""
        ...

    def writers_held_up(self) -> contextlib.AbstractContextManager[None]:
        """Let nobody write meanwhile, as another process might; reading goes on."""
        ...

    def as_sqlite(self) -> Path:
        """An SQLite file with everything that is in the tables at one moment."""
        ...


class SqliteDatabase:
    """The embedded one."""

    def __init__(self, data: Path) -> None:
        self.path = data / FILE
        self.settings: dict[str, str] = {}

    @contextlib.contextmanager
    def _opened(self, mode: str) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(f"{self.path.resolve().as_uri()}?mode={mode}", uri=True, timeout=10)
        try:
            with connection:
                yield connection
        finally:
            connection.close()

    def query(self, sql: str, *values: Any) -> list[Row]:
        with self._opened("ro") as connection:
            return connection.execute(sql, values).fetchall()

    def records(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        with self._opened("ro") as connection:
            connection.row_factory = sqlite3.Row
            return [dict(row) for row in connection.execute(sql, values)]

    def change(self, sql: str, rows: Iterable[Row] = ((),)) -> None:
        with self._opened("rw") as connection:
            connection.executemany(sql, rows)

    def columns(self) -> dict[str, list[str]]:
        tables = self.query("SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
        return {name: [row[1] for row in self.query(f"PRAGMA table_info({name})")] for (name,) in tables}

    @contextlib.contextmanager
    def writers_held_up(self) -> Iterator[None]:
        holder = sqlite3.connect(self.path, isolation_level=None, timeout=10)
        holder.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            holder.execute("ROLLBACK")
            holder.close()

    def as_sqlite(self) -> Path:
        return self.path


@functools.cache
def _loop() -> asyncio.AbstractEventLoop:
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, name="database", daemon=True).start()
    return loop


def _wait(work: Coroutine[Any, Any, T]) -> T:
    return asyncio.run_coroutine_threadsafe(work, _loop()).result(60)


@functools.cache
def _onlooker() -> Any:
    return _wait(asyncpg.connect(f"postgresql://{USER}@127.0.0.1:{cluster().port}/{USER}"))


def is_settled() -> bool:
    """Tell whether nothing under way now, on the tests' own server, keeps events from being told that stand before it.

    Where it is so, whatever was committed until then is settled, and stays so.
    """
    if ENGINE != "postgresql":
        return True
    held = f"SELECT FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 1 AND classid::bigint >> 16 = {SPACE}"
    return not _wait(_onlooker().fetchval(f"SELECT EXISTS ({held})"))


class PostgresDatabase:
    """One of its own on the tests' PostgreSQL server."""

    def __init__(self, of: Cluster | None = None) -> None:
        self.url = (of or cluster()).new_database()
        self.settings = {"database": self.url}

    def query(self, sql: str, *values: Any) -> list[Row]:
        return [tuple(row) for row in self._fetch(sql, *values)]

    def records(self, sql: str, *values: Any) -> list[dict[str, Any]]:
        return [dict(row) for row in self._fetch(sql, *values)]

    def change(self, sql: str, rows: Iterable[Row] = ((),)) -> None:
        self._do(lambda connection: connection.executemany(_numbered(sql), list(rows)))

    def _fetch(self, sql: str, *values: Any) -> list[Any]:
        found: list[Any] = self._do(lambda connection: connection.fetch(_numbered(sql), *values))
        return found

    def _do(self, work: Callable[[Any], Coroutine[Any, Any, T]]) -> T:
        async def scenario() -> T:
            connection = await asyncpg.connect(self.url)
            try:
                return await work(connection)
            finally:
                connection.terminate()

        return _wait(scenario())

    def columns(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        names = "SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = 'public' "
        for table, column in self.query(
            names + "AND table_name NOT IN ('group_keys', 'event_positions') ORDER BY table_name, ordinal_position"
        ):
            found.setdefault(table, []).append(column)
        return found

    def writers_held_up(self) -> contextlib.AbstractContextManager[None]:
        tables = ", ".join(name for name in self.columns() if name != "schema_migrations")
        return self.holding(f"LOCK TABLE {tables} IN EXCLUSIVE MODE")

    @contextlib.contextmanager
    def holding(self, sql: str) -> Iterator[None]:
        """Let a session of one's own hold the locks that a statement takes."""
        connection = _wait(asyncpg.connect(self.url))
        _wait(connection.execute("BEGIN"))
        _wait(connection.execute(sql))
        try:
            yield
        finally:
            _wait(connection.execute("ROLLBACK"))
            _wait(connection.close())

    @contextlib.contextmanager
    def read_by_another(self, table: str) -> Iterator[Callable[[], None]]:
        """Let another session hold what whoever reads a table holds, as pg_dump does, until it is told to let go."""
        connection = _wait(asyncpg.connect(self.url))
        _wait(connection.execute(f"BEGIN; LOCK TABLE {table} IN ACCESS SHARE MODE"))
        try:
            yield lambda: _wait(connection.execute("ROLLBACK"))
        finally:
            _wait(connection.close())

    def as_sqlite(self) -> Path:
        """Copy the tables. Counters that are spread over rows are added up; keys are counted by the sequence."""
        columns = self.columns()

        async def read(connection: Any) -> tuple[dict[str, list[Any]], int, int]:
            async with connection.transaction(isolation="repeatable_read", readonly=True):
                rows = {table: await connection.fetch(f"SELECT * FROM {table}") for table in columns}
                keys = await connection.fetchval("SELECT last_value FROM group_keys")
                return rows, keys, await connection.fetchval("SELECT last_value FROM event_positions")

        tables, keys, drawn = self._do(read)
        path = Path(_mirrors().name) / f"{next(_numbers)}.db"
        connection = sqlite3.connect(path)
        with connection:
            for table, names in columns.items():
                connection.execute(f"CREATE TABLE {table} ({', '.join(names)})")
                marks = ", ".join("?" * len(names))
                connection.executemany(f"INSERT INTO {table} VALUES ({marks})", (tuple(row) for row in tables[table]))
            _add_up(connection, keys)
            _forgive_gaps(connection, drawn)
        connection.close()
        return path


@functools.cache
def _mirrors() -> tempfile.TemporaryDirectory[str]:
    """A folder for copies, which is gone with this process."""
    return tempfile.TemporaryDirectory(prefix="conclave-mirrors-")


def _add_up(connection: sqlite3.Connection, keys: int) -> None:
    counters = connection.execute("SELECT sdkappid, name, value FROM counters").fetchall()
    connection.execute("DELETE FROM counters")
    summed: dict[tuple[int, str], int] = {}
    for sdkappid, name, value in counters:
        key = (sdkappid, name.partition("/")[0])
        summed[key] = keys if key[1] == "keys" else summed.get(key, 0) + value
    connection.executemany("INSERT INTO counters VALUES (?, ?, ?)", [(*key, value) for key, value in summed.items()])


def _forgive_gaps(connection: sqlite3.Connection, drawn: int) -> None:
    """A reader may stand behind the last fact: positions may have been drawn by whoever was rolled back."""
    connection.execute(
        "UPDATE consumers SET position = MIN(position, (SELECT COALESCE(MAX(position), 0) FROM events)) "
        "WHERE position <= ?",
        (drawn,),
    )


def _numbered(sql: str) -> str:
    numbers = itertools.count(1)
    return re.sub(r"\?", lambda _: f"${next(numbers)}", sql)


@functools.cache
def _at(data: Path) -> Database:
    return PostgresDatabase() if ENGINE == "postgresql" else SqliteDatabase(data)


def at(data: Path) -> Database:
    """Return the database that belongs to a data folder; the first to ask makes it."""
    return _at(data.resolve())


def environment(data: Path) -> dict[str, str]:
    """Return the variables by which ``conclave`` finds the database of a data folder."""
    return {f"CONCLAVE_{name.upper()}": value for name, value in at(data).settings.items()}
