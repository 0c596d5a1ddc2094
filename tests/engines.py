"""An engine in this process, on a real database, and the smallest operations that show what it does."""

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, Final

from conclave.clock import Clock, SystemClock
from conclave.folder import DataFolder
from conclave.store.engine import Engine, Operation
from conclave.store.opening import open_engine
from conclave.store.sqlite import SqliteEngine
from conclave.store.sqlite_file import connect, migrate
from conclave.store.statements import Statement, Transaction
from conclave.store.writer import WriterLimits
from tests import database

ADD: Final = Statement("INSERT INTO counters (sdkappid, name, value) VALUES ($1, $2, $3)")
COUNT: Final = Statement("SELECT COUNT(*) FROM counters WHERE sdkappid = $1")
DATABASE: Final = "conclave.db"


class Refused(Exception):  # noqa: N818 - what a rule would raise
    """A refusal."""


def adding(name: str, *, then: type[Exception] | None = None) -> Operation[int]:
    """Return an operation that adds a row named ``name`` and counts the rows, or is refused afterwards."""

    async def operation(tx: Transaction) -> int:
        await tx.run(ADD, 1, name, 0)
        if then is not None:
            raise then
        return await count(tx)

    return operation


async def count(tx: Transaction) -> int:
    """Return how many rows there are."""
    row = await tx.one(COUNT, 1)
    assert row is not None
    return int(row[0])


async def stay(tx: Transaction, released: asyncio.Event) -> None:
    """Keep a transaction open, however long it takes: one that stands still is ended by PostgreSQL."""
    while not released.is_set():
        await count(tx)
        await asyncio.sleep(0.05)


@asynccontextmanager
async def opened_either(folder: Path, clock: Clock | None = None) -> AsyncIterator[Engine]:
    """Open an engine of this run's kind."""
    data = DataFolder(folder, database.at(folder).settings.get("database", ""))
    engine = await open_engine(data, clock or SystemClock(), 10_000, 16)
    try:
        yield engine
    finally:
        await engine.close()


@asynccontextmanager
async def opened(folder: Path, **limits: Any) -> AsyncIterator[SqliteEngine]:
    """Open the SQLite engine of a folder; ``limits`` are those of the writer."""
    path = folder / DATABASE
    connection = connect(path)
    migrate(connection, path, 0)
    connection.close()
    engine = SqliteEngine(path, SystemClock(), WriterLimits(**limits))
    try:
        yield engine
    finally:
        await engine.close()


def beside(folder: Path) -> sqlite3.Connection:
    """Return another process' view: a connection of its own to the same file."""
    return sqlite3.connect(folder / DATABASE, timeout=0, isolation_level=None)


def names(connection: sqlite3.Connection) -> set[str]:
    """Return the names of the rows, but for huge ones."""
    return {row[0] for row in connection.execute("SELECT name FROM counters WHERE sdkappid = 1 AND length(name) < 99")}
