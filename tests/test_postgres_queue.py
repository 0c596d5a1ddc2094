"""Changes one behind the other on a connection: what it costs, and what one leaves to the next."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

import asyncpg
import pytest
from bench import statements
from bench.cluster import LOG

from conclave.clock import SystemClock
from conclave.store import groups
from conclave.store.engine import DeadlinePassed, Statement, Transaction
from conclave.store.postgres import schema
from conclave.store.postgres.engine import PoolLimits, PostgresEngine
from tests.member import until
from tests.postgres import cluster

pytestmark = pytest.mark.postgresql
ONE_WRITES: Final = PoolLimits(5)
CHANGES: Final = 12
MAKE: Final = Statement("CREATE TABLE notes (number BIGINT NOT NULL)")
WIDEN: Final = Statement("ALTER TABLE notes ALTER number TYPE TEXT USING number::text")
ADD: Final = Statement("INSERT INTO notes (number) VALUES (1) RETURNING number")
READ: Final = Statement("SELECT number FROM notes")


@asynccontextmanager
async def opened(limits: PoolLimits = ONE_WRITES) -> AsyncIterator[tuple[PostgresEngine, str]]:
    url = cluster().new_database()
    await schema.migrate(url, 0)
    statements.log_all(cluster(), url)
    engine = PostgresEngine(url, SystemClock(), limits)
    await engine.open()
    try:
        yield engine, url
    finally:
        await engine.close()


async def count(tx: Transaction, name: str = "rooms") -> None:
    await groups.count(tx, 1, **{name: 1})


async def left_open(url: str) -> int:
    """Return how many sessions stand in a transaction."""
    connection = await asyncpg.connect(url)
    try:
        asking = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND state LIKE 'idle in %'"
        return int(await connection.fetchval(asking))
    finally:
        connection.terminate()


async def settled(url: str) -> None:
    """Wait until no session stands in a transaction; fails after some seconds, before PostgreSQL ends it itself."""
    for _ in range(100):
        if not await left_open(url):
            return
        await asyncio.sleep(0.01)
    pytest.fail("a session stands in a transaction")


def test_the_next_of_many_changes_is_begun_with_the_commit_of_the_one_before() -> None:
    log = cluster().folder / LOG
    begin = log.stat().st_size

    async def main() -> None:
        async with opened() as (engine, url):
            await asyncio.gather(*(engine.write(count) for _ in range(CHANGES)))
            assert await engine.read(lambda tx: groups.counters(tx, 1)) == {"rooms": CHANGES}
            await settled(url)

    asyncio.run(main())

    def logged(statement: str) -> int:
        return log.read_text(errors="replace").encode()[begin:].count(f"statement: {statement}\n".encode())

    until(lambda: logged("COMMIT AND CHAIN") == CHANGES - 1)
    assert logged("BEGIN") == 1
    assert logged("ROLLBACK") == 0


def test_a_refusal_takes_back_nothing_of_the_changes_before_and_behind_it() -> None:
    async def refused(tx: Transaction) -> None:
        await count(tx)
        raise LookupError

    async def main() -> None:
        async with opened() as (engine, url):
            changes = (engine.write(refused if number % 3 == 1 else count) for number in range(CHANGES))
            outcomes = await asyncio.gather(*changes, return_exceptions=True)
            assert [isinstance(outcome, LookupError) for outcome in outcomes] == [n % 3 == 1 for n in range(CHANGES)]
            assert await engine.read(lambda tx: groups.counters(tx, 1)) == {"rooms": CHANGES - CHANGES // 3}
            await settled(url)

    asyncio.run(main())


def test_no_transaction_stays_open_for_changes_that_are_not_wanted_any_more() -> None:
    held, let_go = asyncio.Event(), asyncio.Event()

    async def hold(tx: Transaction) -> None:
        held.set()
        await let_go.wait()
        await count(tx)

    async def main() -> None:
        async with opened() as (engine, url):
            holding = asyncio.ensure_future(engine.write(hold))
            await held.wait()
            late = [engine.write(count, 0.01) for _ in range(3)]
            outcomes = await asyncio.gather(*late, return_exceptions=True)
            assert {type(outcome) for outcome in outcomes} == {DeadlinePassed}
            let_go.set()
            await holding
            await settled(url)
            await engine.write(count)
            assert await engine.read(lambda tx: groups.counters(tx, 1)) == {"rooms": 2}

    asyncio.run(main())


def test_a_statement_is_prepared_anew_when_its_table_has_changed() -> None:
    async def main() -> None:
        async with opened() as (engine, _):
            await engine.write(lambda tx: tx.all(MAKE))
            assert await engine.write(lambda tx: tx.one(ADD)) == (1,)
            assert await engine.read(lambda tx: tx.all(READ)) == [(1,)]
            await engine.write(lambda tx: tx.all(WIDEN))
            assert await engine.read(lambda tx: tx.all(READ)) == [("1",)]
            async with asyncio.timeout(5):
                assert await engine.write(lambda tx: tx.one(ADD)) == ("1",)

    asyncio.run(main())
