"""Connections to PostgreSQL that fall silent: packets are lost, and nobody is told that the other end is gone."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress

import httpx
import pytest

from conclave.clock import SystemClock
from conclave.realtime.feed import Feed
from conclave.store import events as log
from conclave.store.events import EventRow
from conclave.store.failures import DeadlinePassed, StoreError
from conclave.store.postgres import schema
from conclave.store.postgres.engine import PoolLimits, PostgresEngine
from conclave.store.statements import Statement, Transaction
from tests.house import ROOMS, Caller, Server
from tests.member import until
from tests.postgres import cluster
from tests.proxy import Proxy

pytestmark = pytest.mark.postgresql
LIMITS = PoolLimits(12, 100)
SHORT_S = 0.5
HELD_UP_S = 10.0
CLOSED_S = 10.0
STOPPED_S = 15.0
TIME_OUTS = Statement(
    "SELECT current_setting('tcp_user_timeout'), current_setting('tcp_keepalives_idle'), "
    "current_setting('idle_in_transaction_session_timeout')"
)


@asynccontextmanager
async def opened() -> AsyncIterator[tuple[PostgresEngine, Proxy, str]]:
    """An engine behind a proxy, all of whose connections are open, and where its database is in truth."""
    url = cluster().new_database()
    await schema.migrate(url, 0)
    with Proxy(cluster().port) as proxy:
        engine = PostgresEngine(url.replace(f":{cluster().port}", f":{proxy.port}"), SystemClock(), LIMITS)
        await engine.open()
        try:
            await asyncio.gather(*(engine.read(slow) for _ in range(LIMITS.reading)))
            await asyncio.gather(*(engine.write(slow) for _ in range(LIMITS.writing)))
            yield engine, proxy, url
        finally:
            await engine.close()


async def slow(tx: Transaction) -> None:
    await log.last_position(tx)
    await asyncio.sleep(0.1)


@pytest.mark.parametrize("kind", ["point", "read"])
def test_a_reader_gives_up_a_connection_that_has_fallen_silent(kind: str) -> None:
    async def main() -> None:
        async with opened() as (engine, proxy, _):
            read = engine.point if kind == "point" else engine.read
            proxy.swallow()
            at_once = [read(log.last_position, SHORT_S) for _ in range(LIMITS.reading)]
            lost = await asyncio.gather(*at_once, return_exceptions=True)
            assert [type(each) for each in lost] == [DeadlinePassed] * LIMITS.reading
            again = [read(log.last_position, 10 * SHORT_S) for _ in range(LIMITS.reading)]
            assert await asyncio.gather(*again) == [0] * LIMITS.reading

    asyncio.run(main())


def test_whoever_waits_for_a_silent_connection_is_told_so_when_his_time_is_up() -> None:
    async def main() -> None:
        async with opened() as (engine, proxy, _):
            proxy.swallow()
            at_once = [engine.point(log.last_position, SHORT_S) for _ in range(4 * LIMITS.reading)]
            lost = await asyncio.gather(*at_once, return_exceptions=True)
            assert [type(each) for each in lost] == [DeadlinePassed] * len(lost)
            assert engine.pool.waiting_to_read == 0
            await asyncio.to_thread(until, lambda: engine.pool.connections["read", "busy"] == 0)

    asyncio.run(main())


async def append(tx: Transaction, key: int) -> None:
    await log.append(tx, 1, key, 1, "room", "RoomCreated", 0, "", "", "", "{}")


def test_a_node_that_falls_silent_within_a_change_holds_up_the_news_of_others_for_seconds_only() -> None:
    async def main() -> None:
        async with opened() as (engine, proxy, url):
            near = PostgresEngine(url, SystemClock(), LIMITS)
            await near.open()
            try:
                drawn = asyncio.Event()

                async def fall_silent(tx: Transaction) -> None:
                    await append(tx, 1)
                    proxy.swallow()
                    drawn.set()
                    await log.last_position(tx)

                hanging = asyncio.ensure_future(engine.write(fall_silent))
                await drawn.wait()
                told: list[int] = []

                def tell(row: EventRow) -> int:
                    told.append(row.room_key)
                    return 0

                feed = Feed(near, lambda: True, tell, lambda: None)
                feed.listen_from(0)
                reading = asyncio.ensure_future(feed.run())
                await near.write(lambda tx: append(tx, 2))
                assert await near.point(log.last_position) == 0
                began = time.monotonic()
                await asyncio.to_thread(until, lambda: told == [2])
                assert time.monotonic() - began < HELD_UP_S
                reading.cancel()
                hanging.cancel()
            finally:
                await near.close()

    asyncio.run(main())


def test_the_server_looks_whether_a_connection_that_writes_is_there() -> None:
    async def main() -> None:
        async with opened() as (engine, _, _):
            row = await engine.write(lambda tx: tx.one(TIME_OUTS))
            assert row == ("5000", "2", "3s")

    asyncio.run(main())


def test_a_change_whose_time_is_up_does_not_go_on() -> None:
    async def main() -> None:
        async with opened() as (engine, _, _):
            begun: list[int] = []

            async def long(tx: Transaction) -> None:
                for number in range(8):
                    begun.append(number)
                    await append(tx, number)
                    await asyncio.sleep(SHORT_S / 2)

            with pytest.raises(DeadlinePassed):
                await engine.write(long, SHORT_S)
            await asyncio.to_thread(until, lambda: not engine.pool.connections["write", "busy"])
            assert len(begun) < 5
            assert await engine.point(lambda tx: log.after(tx, 0, 9, 9)) == []

    asyncio.run(main())


def test_a_close_does_not_wait_for_a_database_that_hangs() -> None:
    async def main() -> None:
        async with opened() as (engine, proxy, _):
            begun = asyncio.Event()

            async def hang(tx: Transaction) -> None:
                begun.set()
                await log.last_position(tx)

            proxy.swallow()
            writing = [asyncio.ensure_future(engine.write(hang)) for _ in range(2 * LIMITS.writing)]
            reading = [asyncio.ensure_future(engine.read(log.last_position)) for _ in range(2)]
            await asyncio.sleep(SHORT_S)
            began = time.monotonic()
            await engine.close()
            assert time.monotonic() - began < CLOSED_S
            outcomes = await asyncio.gather(*writing, *reading, return_exceptions=True)
            assert all(isinstance(outcome, StoreError) for outcome in outcomes)
            assert not begun.is_set()

    asyncio.run(main())


def test_a_server_stops_in_time_while_its_database_hangs(new_server: Callable[..., Server]) -> None:
    url = cluster().new_database()
    with (
        Proxy(cluster().port) as proxy,
        new_server(database=url.replace(f":{cluster().port}", f":{proxy.port}")) as server,
    ):
        caller = Caller(server.url)
        caller.create_room()
        proxy.swallow()

        def call() -> None:
            with suppress(httpx.TransportError):  # whether it was begun in time, it need not be answered
                caller.call(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})

        calling = threading.Thread(target=call)
        calling.start()
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < STOPPED_S
        calling.join()
