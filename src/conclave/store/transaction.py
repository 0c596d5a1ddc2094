"""The SQLite transaction: statements on one connection, none of which ever suspends."""

from collections.abc import Callable

import apsw

from conclave.store.engine import Row, Statement, Value


class SqliteTransaction:
    """One operation's view of a connection; implements ``conclave.store.engine.Transaction``."""

    __slots__ = ("_callbacks", "_execute", "now")

    def __init__(self, connection: apsw.Connection, now: int) -> None:
        self._execute = connection.execute
        self._callbacks: list[Callable[[], None]] = []
        self.now = now

    async def one(self, statement: Statement, *values: Value) -> Row | None:
        row: Row | None = self._execute(statement.sqlite, values).fetchone()
        return row

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
            callback()
