"""The engine's readers, in this process, on a real SQLite file, and the small things every engine stands on."""

import asyncio
import sqlite3
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest

from conclave.store.engine import drive
from conclave.store.failures import DeadlinePassed, StoreError
from conclave.store.sqlite import SqliteEngine
from conclave.store.statements import Statement, Transaction
from tests.engines import adding, count, opened

pytestmark = pytest.mark.sqlite

RAISE = Statement(
    "INSERT INTO counters (sdkappid, name, value) VALUES (1, $1, 1) "
    "ON CONFLICT (sdkappid, name) DO UPDATE SET value = counters.value + 1 RETURNING value"
)
VALUE = Statement("SELECT value FROM counters WHERE sdkappid = 1 AND name = $1")
COUNT_TO = Statement(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT COUNT(*) FROM n"
)
NUMBERS = Statement(
    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT i, 'row' FROM n"
)
FOREVER = 10**12


async def raised(tx: Transaction) -> int:
    row = await tx.one(RAISE, "room")
    assert row is not None
    tx.remember(("counter", 1, "room"), int(row[0]))
    return int(row[0])


async def remembered(tx: Transaction) -> int:
    known: int | None = tx.recall(("counter", 1, "room"))
    if known is None:
        row = await tx.one(VALUE, "room")
        assert row is not None
        known = int(row[0])
        tx.remember(("counter", 1, "room"), known)
    return known


async def longest_gap(engine: SqliteEngine, statement: Statement, n: int) -> tuple[float, float]:
    """Read in bulk; return how long it took, and for how long the loop stood still meanwhile."""

    async def tick() -> None:
        while True:
            await asyncio.sleep(0.001)
            ticks.append(time.monotonic())

    ticking = asyncio.ensure_future(tick())
    ticks = [time.monotonic()]
    await engine.read_many(lambda tx: tx.all(statement, n))
    ticks.append(time.monotonic())
    ticking.cancel()
    return ticks[-1] - ticks[0], max(later - earlier for earlier, later in pairwise(ticks))


def test_an_acknowledged_change_is_seen_by_every_later_read(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            await engine.write(raised)

            async def writer() -> None:
                for _ in range(100):
                    value = await engine.write(raised)
                    assert await engine.point(remembered) >= value
                    assert await engine.read(remembered) >= value
                assert await engine.read_many(remembered) >= value

            async def reader() -> None:
                last = 0
                for _ in range(2000):
                    value = await engine.point(remembered)
                    assert value >= last  # nor does it go back
                    last = value
                    await asyncio.sleep(0)

            await asyncio.gather(*(writer() for _ in range(8)), reader())
            assert await engine.point(remembered) == 801

    asyncio.run(main())


@pytest.mark.parametrize(("statement", "n"), [(COUNT_TO, 4_000_000), (NUMBERS, 400_000)])
def test_a_large_read_does_not_stop_the_loop(tmp_path: Path, statement: Statement, n: int) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            seen = [await longest_gap(engine, statement, n) for _ in range(3)]
            assert min(elapsed for elapsed, _ in seen) > 0.1, "too small a read to tell"
            # A read on the loop stops it every time; a collection of this process's many objects, once.
            assert min(gap / elapsed for elapsed, gap in seen) < 0.5, seen

    asyncio.run(main())


def test_a_large_read_sees_one_moment_while_changes_go_on(tmp_path: Path) -> None:
    has_changed = threading.Event()

    async def twice(tx: Transaction) -> tuple[int, int]:
        before = await count(tx)
        assert has_changed.wait(30)  # it runs in a thread
        return before, await count(tx)

    async def main() -> None:
        async with opened(tmp_path) as engine:
            reading = asyncio.ensure_future(engine.read_many(twice))
            await asyncio.sleep(0.05)
            for n in range(20):
                await engine.write(adding(str(n)))
            has_changed.set()
            before, after = await reading
            assert before == after
            assert await engine.read_many(count) == 20

    asyncio.run(main())


def test_a_large_read_that_takes_too_long_is_stopped_and_the_next_one_runs(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            started = time.monotonic()
            with pytest.raises(DeadlinePassed):
                await engine.read_many(lambda tx: tx.one(COUNT_TO, FOREVER), 0.1)
            assert time.monotonic() - started < 10
            assert await engine.read_many(count, 10) == 0

    asyncio.run(main())


def test_one_who_waits_behind_a_large_read_is_told_when_his_time_is_up(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            first = asyncio.ensure_future(engine.read_many(lambda tx: tx.one(COUNT_TO, FOREVER), 6))
            await asyncio.sleep(0.05)
            started = time.monotonic()
            with pytest.raises(DeadlinePassed):
                await engine.read_many(count, 0.1)
            assert time.monotonic() - started < 4
            with pytest.raises(DeadlinePassed):
                await first
            assert await engine.read_many(count, 1) == 0

    asyncio.run(main())


def test_a_large_read_may_be_given_up(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            reading = asyncio.ensure_future(engine.read_many(lambda tx: tx.one(COUNT_TO, FOREVER)))
            await asyncio.sleep(0.1)
            reading.cancel()
            with pytest.raises(asyncio.CancelledError):
                await asyncio.wait_for(reading, 2)
            assert await engine.read_many(count, 1) == 0

    asyncio.run(main())


def test_a_read_that_fails_leaves_the_reader_in_order(tmp_path: Path) -> None:
    async def wrong(tx: Transaction) -> None:
        await tx.one(Statement("SELECT one FROM nowhere"))

    async def main() -> None:
        async with opened(tmp_path) as engine:
            for read in (engine.point, engine.read, engine.read_many):
                with pytest.raises(sqlite3.OperationalError, match="nowhere"):  # a mistake, not the disk
                    await read(wrong)
                assert await read(count) == 0

    asyncio.run(main())


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            for read in (engine.point, engine.read, engine.read_many):
                with pytest.raises(StoreError):
                    await read(adding("smuggled"))
            assert await engine.read(count) == 0

    asyncio.run(main())


def test_a_statement_is_numbered_by_its_digits() -> None:
    connection = sqlite3.connect(":memory:")
    statement = Statement("SELECT $2, $1, $2")
    assert connection.execute(statement.sqlite, ("one", "two")).fetchone() == ("two", "one", "two")
    assert str(statement) == "SELECT $2, $1, $2"  # the other engine's spelling
    assert Statement("SELECT 1 FOR UPDATE").sqlite == "SELECT 1"


def test_a_rule_that_suspends_is_closed_and_refused(tmp_path: Path) -> None:
    ended: list[str] = []

    async def suspends(tx: Transaction) -> None:
        await adding("half")(tx)
        try:
            await asyncio.sleep(0)
        finally:
            ended.append("closed")

    async def main() -> None:
        async with opened(tmp_path) as engine:
            before = asyncio.ensure_future(engine.write(adding("before")))
            with pytest.raises(RuntimeError, match="suspended inside a transaction"):
                await engine.write(suspends)
            assert set(ended) == {"closed"}  # whenever it was run
            await before
            assert await engine.write(adding("after")) == 2

    asyncio.run(main())


def test_drive_returns_raises_and_refuses() -> None:
    async def returns() -> int:
        return 7

    async def raises() -> int:
        raise KeyError("mine")

    assert drive(returns()) == 7
    with pytest.raises(KeyError, match="mine"):
        drive(raises())
    with pytest.raises(RuntimeError, match="suspended"):
        drive(asyncio.sleep(0))
