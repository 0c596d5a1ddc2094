"""The feed of the log, in this process, on a real SQLite file: nothing is told before its commit has settled."""

import asyncio
from pathlib import Path

from conclave.realtime.feed import MUCH, Feed
from conclave.store import events as log
from conclave.store.events import EventRow
from conclave.store.statements import Transaction
from tests.engines import opened_either

WRITERS = 40
EACH = 20


async def append(tx: Transaction, number: int) -> None:
    await log.append(tx, 1, number, 1, "room", "RoomCreated", 0, "", "", "", "{}")


def test_a_fact_is_told_after_the_callbacks_of_its_commit(tmp_path: Path) -> None:
    """Who enters takes his place in a callback: a fact that was told before would find nobody there."""
    settled: set[int] = set()
    told: list[int] = []
    early: list[int] = []

    all_told = asyncio.Event()

    def deliver(row: EventRow) -> int:
        told.append(row.room_key)
        if len(told) == WRITERS * EACH:
            all_told.set()
        if row.room_key not in settled:
            early.append(row.room_key)
        return MUCH * (row.room_key % 3)

    async def main() -> None:
        async with opened_either(tmp_path) as engine:
            feed = Feed(engine, lambda: True, deliver, lambda: None)
            feed.listen_from(0)
            reading = asyncio.ensure_future(feed.run())

            async def write(number: int) -> None:
                async def operation(tx: Transaction) -> None:
                    await append(tx, number)
                    tx.on_commit(lambda: settled.add(number))

                await engine.write(operation)

            async def writer(first: int) -> None:
                for number in range(first, WRITERS * EACH, WRITERS):
                    await write(number)
                    await asyncio.sleep(0.0001 * (first % 5))  # batches that overlap, rather than one after the other

            await asyncio.gather(*(writer(first) for first in range(WRITERS)))
            async with asyncio.timeout(10):
                await all_told.wait()
            reading.cancel()

    asyncio.run(main())
    assert sorted(told) == list(range(WRITERS * EACH))
    assert early == []
