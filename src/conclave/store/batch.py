"""One operation of a batch: how it is run, and what became of it."""

import asyncio
import sqlite3
from typing import Any, Final

import msgspec

from conclave.store.engine import Operation, drive
from conclave.store.transaction import SqliteTransaction

_LOST: Final = frozenset(
    {
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_IOERR,
        sqlite3.SQLITE_CORRUPT,
        sqlite3.SQLITE_READONLY,
        sqlite3.SQLITE_CANTOPEN,
        sqlite3.SQLITE_NOMEM,
        sqlite3.SQLITE_NOTADB,
    }
)


def primary_code(error: BaseException | None) -> int:
    """Return SQLite's primary result code of an error, 0 when it is not one of SQLite's."""
    return int(getattr(error, "sqlite_errorcode", 0)) & 0xFF


class Waiting(msgspec.Struct, eq=False):
    """An operation that is to be run, and whoever waits for its answer until ``deadline`` (the loop's time)."""

    operation: Operation[Any]
    answer: asyncio.Future[Any]
    deadline: float


class Done(msgspec.Struct, eq=False):
    """An operation that ran: what it will be answered once its batch is durable."""

    waiting: Waiting
    transaction: SqliteTransaction
    result: Any = None
    failure: Exception | None = None
    lost: Exception | None = None
    """What undid the whole transaction, not this operation alone."""
    leaves_half: bool = False
    """It failed after it had changed something, and there was no savepoint to go back to."""

    @property
    def answer(self) -> asyncio.Future[Any]:
        return self.waiting.answer


def run(
    connection: sqlite3.Connection, waiting: Waiting, transaction: SqliteTransaction, *, with_savepoint: bool
) -> Done:
    """Run an operation to its end in the transaction that is open; never raises."""
    done = Done(waiting, transaction)
    try:
        if with_savepoint:
            connection.execute("SAVEPOINT operation")
        changes = connection.total_changes
        try:
            done.result = drive(waiting.operation(transaction))
        except Exception as failure:  # noqa: BLE001 - it is handed to the caller
            done.failure = failure
            done.leaves_half = not with_savepoint and connection.total_changes != changes
            if with_savepoint:
                connection.execute("ROLLBACK TO operation")
        if with_savepoint:
            connection.execute("RELEASE operation")
    except sqlite3.Error as fault:
        done.lost = done.failure or fault
    if done.failure is None:
        transaction.succeeded()
    elif done.lost is None and (primary_code(done.failure) in _LOST or not connection.in_transaction):
        done.lost = done.failure  # after a full disk SQLite may have rolled back by itself, and then all is gone
    return done
