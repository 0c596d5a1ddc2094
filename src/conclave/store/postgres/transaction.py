"""The PostgreSQL transaction: statements on one connection, awaited one by one."""

from collections.abc import Callable
from typing import Any

import asyncpg

from conclave.store.after_commit import call_each
from conclave.store.failures import DeadlinePassed
from conclave.store.memory import Key
from conclave.store.postgres.address import Connection
from conclave.store.postgres.prepared import Prepared
from conclave.store.statements import Row, Statement, Value


class PostgresTransaction:
    """One operation's view of the database; implements ``conclave.store.statements.Transaction``.

    What it remembers is what this transaction has seen itself, under its own locks. A statement raises
    ``DeadlinePassed`` when the operation is not wanted any more: it must not hold locks for nobody.
    """

    __slots__ = ("_callbacks", "_connection", "_is_wanted", "_remembered", "now", "statements")

    def __init__(self, connection: Connection, now: int, is_wanted: Callable[[], bool] = lambda: True) -> None:
        self._connection = connection
        self._is_wanted = is_wanted
        self._remembered: dict[Key, Any] = {}
        self._callbacks: list[Callable[[], None]] = []
        self.now = now
        self.statements = 0
        """How many were begun: whether it goes on is seen by that."""

    def recall(self, key: Key) -> Any:
        return self._remembered.get(key)

    def remember(self, key: Key, value: Any) -> None:
        self._remembered[key] = value

    async def one(self, statement: Statement, *values: Value) -> Row | None:
        row = await (self._begun(statement) or await self._prepare(statement)).fetchrow(*values)
        return None if row is None else tuple(row)

    async def all(self, statement: Statement, *values: Value) -> list[Row]:
        rows = await (self._begun(statement) or await self._prepare(statement)).fetch(*values)
        return [tuple(row) for row in rows]

    async def run(self, statement: Statement, *values: Value) -> int:
        prepared = self._begun(statement) or await self._prepare(statement)
        await prepared.fetch(*values)
        return int(prepared.get_statusmsg().rpartition(" ")[2])

    def _begun(self, statement: Statement) -> Prepared | None:
        """Count a statement that begins now, and return it if it is prepared."""
        if not self._is_wanted():
            raise DeadlinePassed
        self.statements += 1
        return self._connection.prepared(statement.postgres)

    async def _prepare(self, statement: Statement) -> Prepared:
        return await self._connection.prepare_to_stay(statement.postgres)

    def on_commit(self, callback: Callable[[], None]) -> None:
        self._callbacks.append(callback)

    def committed(self) -> None:
        """Run what the operation left to be done after its commit."""
        call_each(self._callbacks, "a callback after the commit failed")


class PostgresGlance(PostgresTransaction):
    """A reader's view: it holds no lock, so what it has seen may be another thing a moment later."""

    __slots__ = ()

    def recall(self, key: Key) -> Any:
        return None

    def remember(self, key: Key, value: Any) -> None:
        pass


REPEATED = (
    asyncpg.SerializationError,
    asyncpg.DeadlockDetectedError,
    asyncpg.UniqueViolationError,
    asyncpg.InvalidCachedStatementError,
)
"""What ends a transaction because of another one that ran at the same time: begun anew, it finds what that one left."""
