"""The SQLite transaction: statements on one connection, none of which ever suspends."""

import sqlite3
from collections.abc import Callable
from typing import Any, Final

from conclave.store.after_commit import call_each
from conclave.store.memory import Key, Memory
from conclave.store.statements import Row, Statement, Value

MOST_INLINE: Final = 250


class SqliteTransaction:
    """The writer's view of its connection; implements ``conclave.store.statements.Transaction``."""

    __slots__ = ("_callbacks", "_execute", "_memory", "_remembered", "now")

    def __init__(self, connection: sqlite3.Connection, now: int, memory: Memory) -> None:
        self._execute = connection.execute
        self._memory = memory
        self._remembered: dict[Key, Any] = {}
        self._callbacks: list[Callable[[], None]] = []
        self.now = now

    def recall(self, key: Key) -> Any:
        if key in self._remembered:
            return self._remembered[key]
        unsettled = self._memory.unsettled
        return unsettled[key] if key in unsettled else self._memory.recall(key)

    def remember(self, key: Key, value: Any) -> None:
        self._remembered[key] = value

    async def one(self, statement: Statement, *values: Value) -> Row | None:
        row: Row | None = self._execute(statement.sqlite, values).fetchone()
        return row

    async def all(self, statement: Statement, *values: Value) -> list[Row]:
        rows: list[Row] = self._execute(statement.sqlite, values).fetchall()
        return rows

    async def run(self, statement: Statement, *values: Value) -> int:
        return self._execute(statement.sqlite, values).rowcount

    def on_commit(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def succeeded(self) -> None:
        """Let the rest of the batch see what the operation remembered."""
        self._memory.unsettled.update(self._remembered)

    def committed(self) -> None:
        """Run what the operation left to be done after its commit."""
        call_each(self._callbacks, "a callback after the commit failed")


class SqliteGlance(SqliteTransaction):
    """The inline reader's view: it runs on the loop, and may use and fill the memory.

    What a batch is about to change it sees as it was: until that is committed, nobody was told otherwise.
    """

    __slots__ = ()

    def recall(self, key: Key) -> Any:
        return self._memory.recall(key)

    def remember(self, key: Key, value: Any) -> None:
        if key not in self._memory.unsettled:  # what a batch is about to change is the writer's to remember
            self._memory.keep(key, value)


class TooManyRows(Exception):  # noqa: N818 - a state, not a fault
    """An operation reads more than may stop the loop."""


class SqliteSnapshot(SqliteTransaction):
    """A reader's view of one moment, perhaps in a thread: the memory may know of a later one, so it is left alone."""

    __slots__ = ()

    def recall(self, key: Key) -> Any:
        return None

    def remember(self, key: Key, value: Any) -> None:
        pass


class SqliteInlineSnapshot(SqliteSnapshot):
    """A snapshot that is read on the loop, and so has an end: raises ``TooManyRows`` beyond ``MOST_INLINE``."""

    __slots__ = ("_left",)

    def __init__(self, connection: sqlite3.Connection, now: int, memory: Memory) -> None:
        super().__init__(connection, now, memory)
        self._left = MOST_INLINE

    async def all(self, statement: Statement, *values: Value) -> list[Row]:
        rows: list[Row] = self._execute(statement.sqlite, values).fetchmany(self._left + 1)
        self._left -= len(rows)
        if self._left < 0:
            raise TooManyRows
        return rows
