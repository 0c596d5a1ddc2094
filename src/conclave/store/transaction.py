"""The SQLite transaction: statements on one connection, none of which ever suspends."""

import sqlite3
from collections.abc import Callable
from typing import Final

import structlog

from conclave.store.engine import Row, Statement, Value

log = structlog.get_logger()
MAX_CACHED: Final = 20_000
RowCache = dict[tuple[Statement, tuple[Value, ...]], Row]


class SqliteTransaction:
    """One operation's view of a connection; implements ``conclave.store.engine.Transaction``.

    This is the writer's: it looks nothing up in the cache, and what it forgets is forgotten after its commit.
    """

    __slots__ = ("_cache", "_callbacks", "_execute", "now")

    def __init__(self, connection: sqlite3.Connection, now: int, cache: RowCache) -> None:
        self._execute = connection.execute
        self._cache = cache
        self._callbacks: list[Callable[[], None]] = []
        self.now = now

    async def one(self, statement: Statement, *values: Value) -> Row | None:
        row: Row | None = self._execute(statement.sqlite, values).fetchone()
        return row

    async def cached(self, statement: Statement, *values: Value) -> Row | None:
        return await self.one(statement, *values)

    def forget(self, statement: Statement, *values: Value) -> None:
        def drop() -> None:
            self._cache.pop((statement, values), None)

        self._callbacks.append(drop)

    async def all(self, statement: Statement, *values: Value) -> list[Row]:
        rows: list[Row] = self._execute(statement.sqlite, values).fetchall()
        return rows

    async def run(self, statement: Statement, *values: Value) -> None:
        self._execute(statement.sqlite, values)

    def on_commit(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def committed(self) -> None:
        """Run what the operation left to be done after its commit."""
        for callback in self._callbacks:
            try:
                callback()
            except Exception as fault:  # noqa: BLE001 - the change is durable, and the other callbacks are owed
                log.error("store", trouble=f"a callback after the commit failed: {fault!r}")


class SqliteReading(SqliteTransaction):
    """The inline reader's view: runs on the loop, where every forgetting happens too, so the cache is never behind."""

    __slots__ = ()

    async def cached(self, statement: Statement, *values: Value) -> Row | None:
        key = (statement, values)
        row = self._cache.get(key)
        if row is None:
            row = self._execute(statement.sqlite, values).fetchone()
            if row is not None:
                if len(self._cache) >= MAX_CACHED:
                    self._cache.clear()
                self._cache[key] = row
        return row
