"""One operation from another process than the server's, on a connection of its own; see ``conclave.store.alone``."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import TypeVar

from conclave.clock import Clock
from conclave.store import migrations
from conclave.store.engine import Operation
from conclave.store.failures import StoreError
from conclave.store.postgres import schema
from conclave.store.postgres.address import Connection, Failure, connect, described, shown
from conclave.store.postgres.news import CHANNEL, SERVER_LOCK
from conclave.store.postgres.session import Session, Shared

T = TypeVar("T")


def run(url: str, clock: Clock, operation: Operation[T]) -> T:
    """Run ``operation`` on a database, which is migrated if it is empty, and return its result.

    Raises whatever the operation raised (its changes are undone), or ``StoreError``; so it does while the database is
    being copied: the copy would be without the change.
    """

    async def work(session: Session) -> T:
        async with _beside_servers(url) as connection:
            if not await _applied(url):
                await schema.migrate(url, clock.now_ms())
            await _check_version(url)
            result = await session.write(operation)
            with suppress(*Failure):  # the change is durable, and nodes look by themselves every second
                await connection.execute(f"NOTIFY {CHANNEL}")
            return result

    return asyncio.run(_with_session(url, clock, work))


def read(url: str, clock: Clock, operation: Operation[T]) -> T:
    """Run ``operation``, which changes nothing, in one snapshot; raises as ``run`` does."""

    async def work(session: Session) -> T:
        await _check_version(url)
        return await session.read(operation)

    return asyncio.run(_with_session(url, clock, work))


async def _with_session(url: str, clock: Clock, work: Callable[[Session], Awaitable[T]]) -> T:
    session = Session(Shared(url, clock, lambda: None))
    try:
        return await work(session)
    finally:
        session.close()


@asynccontextmanager
async def _beside_servers(url: str) -> AsyncIterator[Connection]:
    """Open a connection that holds the lock of those who serve the database, so that nobody copies it meanwhile."""
    connection = await connect(url)
    try:
        try:
            is_free = await connection.fetchval("SELECT pg_try_advisory_lock_shared($1)", SERVER_LOCK)
        except Failure as error:
            raise StoreError(f"{shown(url)} cannot be changed: {described(error)}") from error
        if not is_free:
            raise StoreError(f"{shown(url)} is being copied; try again when that is done")
        yield connection
    finally:
        connection.terminate()


async def _applied(url: str) -> dict[int, tuple[str, str]]:
    connection = await connect(url)
    try:
        return await schema.applied(connection)
    except Failure as error:
        raise StoreError(f"{shown(url)} cannot be read: {described(error)}") from error
    finally:
        connection.terminate()


async def _check_version(url: str) -> None:
    applied = await _applied(url)
    if not applied:
        raise StoreError(
            f"there is no database of Conclave in {shown(url)}; `conclave serve` or `conclave app create` makes one"
        )
    if migrations.missing(shown(url), applied):
        raise StoreError(f"{shown(url)} is of an older version of Conclave than this; run `conclave migrate` first")
