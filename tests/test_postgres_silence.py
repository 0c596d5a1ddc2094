"""Connections to PostgreSQL that fall silent: packets are lost, and nobody is told that the other end is gone."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from conclave.clock import SystemClock
from conclave.store import events as log
from conclave.store.engine import DeadlinePassed, Transaction
from conclave.store.postgres import schema
from conclave.store.postgres.engine import PoolLimits, PostgresEngine
from tests.postgres import cluster
from tests.proxy import Proxy

pytestmark = pytest.mark.postgresql
LIMITS = PoolLimits(12, 100)
SHORT_S = 0.5


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[PostgresEngine, Proxy]]:
    """An engine behind a proxy, all of whose connections are open."""
    url = cluster().new_database()
    await schema.migrate(url, 0)
    with Proxy(cluster().port) as proxy:
        engine = PostgresEngine(url.replace(f":{cluster().port}", f":{proxy.port}"), SystemClock(), LIMITS)
        await engine.open()
        try:
            await asyncio.gather(*(engine.read(slow) for _ in range(LIMITS.reading)))
            await asyncio.gather(*(engine.write(slow) for _ in range(LIMITS.writing)))
            yield engine, proxy
        finally:
            await engine.close()


async def slow(tx: Transaction) -> None:
    await log.last_position(tx)
    await asyncio.sleep(0.1)


@pytest.mark.parametrize("kind", ["point", "read"])
def test_a_reader_gives_up_a_connection_that_has_fallen_silent(kind: str) -> None:
    async def main() -> None:
        async with opened() as (engine, proxy):
            read = engine.point if kind == "point" else engine.read
            proxy.swallow()
            at_once = [read(log.last_position, SHORT_S) for _ in range(LIMITS.reading)]
            lost = await asyncio.gather(*at_once, return_exceptions=True)
            assert [type(each) for each in lost] == [DeadlinePassed] * LIMITS.reading
            again = [read(log.last_position, SHORT_S) for _ in range(LIMITS.reading)]
            assert await asyncio.gather(*again) == [0] * LIMITS.reading

    asyncio.run(main())
