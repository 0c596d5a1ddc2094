"""The writer's queue: who waits, for how long, and what becomes of those who do not want to any more."""

import asyncio
import contextlib
import time
from pathlib import Path

import pytest

from conclave.store.failures import DeadlinePassed, QueueFull
from conclave.store.sqlite import SqliteEngine
from conclave.store.statements import Transaction
from tests.engines import adding, beside, names, opened

pytestmark = pytest.mark.sqlite


def test_a_full_queue_is_answered_at_once(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path, queue=3) as engine:
            holder = beside(tmp_path)
            holder.execute("BEGIN IMMEDIATE")
            waiting = [asyncio.ensure_future(engine.write(adding(str(n)))) for n in range(3)]
            await asyncio.sleep(0.02)
            assert engine.writer.depth == 3
            with pytest.raises(QueueFull):
                await asyncio.wait_for(engine.write(adding("one too many")), 1)
            holder.execute("ROLLBACK")
            assert sorted(await asyncio.gather(*waiting)) == [1, 2, 3]
            assert names(beside(tmp_path)) == {"0", "1", "2"}

    asyncio.run(main())


async def cost_of_a_refusal(engine: SqliteEngine, waiting: int) -> float:
    """Fill the queue and return the processor time of a thousand refusals, the least of three."""
    answers = [asyncio.ensure_future(engine.write(adding(str(n)))) for n in range(waiting)]
    await asyncio.sleep(0)
    found = []
    for _ in range(3):
        before = time.process_time()
        for _ in range(1000):
            with contextlib.suppress(QueueFull):
                await engine.write(adding("one too many"))
        found.append(time.process_time() - before)
    for answer in answers:
        answer.cancel()
    return min(found)


def test_to_be_refused_costs_no_more_where_more_are_waiting(tmp_path: Path) -> None:
    async def main() -> None:
        costs = []
        for waiting in (10, 10_000):
            folder = tmp_path / str(waiting)
            folder.mkdir()
            async with opened(folder, queue=waiting) as engine:
                holder = beside(folder)
                holder.execute("BEGIN IMMEDIATE")
                costs.append(await cost_of_a_refusal(engine, waiting))
                holder.close()
        assert costs[1] < 5 * costs[0]

    asyncio.run(main())


def test_an_operation_whose_time_is_up_is_never_begun(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            holder = beside(tmp_path)
            holder.execute("BEGIN IMMEDIATE")
            patient = asyncio.ensure_future(engine.write(adding("patient")))
            started = time.monotonic()
            with pytest.raises(DeadlinePassed):
                await engine.write(adding("late"), 0.1)
            assert 0.09 < time.monotonic() - started < 1
            holder.execute("ROLLBACK")
            await patient
            await engine.write(adding("next"), 5)
            assert names(beside(tmp_path)) == {"patient", "next"}

    asyncio.run(main())


def test_an_operation_is_not_begun_late_when_the_loop_was_too_busy_to_say_so(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            late = asyncio.ensure_future(engine.write(adding("late"), 0.05))
            slow = asyncio.ensure_future(engine.write(adding("in time")))
            await asyncio.sleep(0)  # both are queued, the writer is about to run
            time.sleep(0.1)  # the loop is busy with something else  # noqa: ASYNC251
            await slow
            with pytest.raises(DeadlinePassed):
                await late
            assert names(beside(tmp_path)) == {"in time"}

    asyncio.run(main())


def test_each_caller_is_told_at_his_own_deadline(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            holder = beside(tmp_path)
            holder.execute("BEGIN IMMEDIATE")
            patient = asyncio.ensure_future(engine.write(adding("patient"), 30))
            await asyncio.sleep(0)
            with pytest.raises(DeadlinePassed):
                await asyncio.wait_for(engine.write(adding("hasty"), 0.1), 2)
            holder.execute("ROLLBACK")
            await patient

    asyncio.run(main())


def test_another_process_that_holds_the_lock_delays_and_loses_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            holder = beside(tmp_path)
            for round_ in range(3):
                holder.execute("BEGIN IMMEDIATE")
                writes = [asyncio.ensure_future(engine.write(adding(f"{round_}.{n}"), 5)) for n in range(50)]
                await asyncio.sleep(0.1)
                assert not any(write.done() for write in writes)
                holder.execute("COMMIT")
                await asyncio.gather(*writes)
            assert len(names(holder)) == 150

    asyncio.run(main())


def test_a_caller_who_gives_up_while_he_waits_changes_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            holder = beside(tmp_path)
            holder.execute("BEGIN IMMEDIATE")
            writes = [asyncio.ensure_future(engine.write(adding(str(n)), 5)) for n in range(6)]
            await asyncio.sleep(0.01)
            for write in writes[::2]:
                write.cancel()
            holder.execute("ROLLBACK")
            answers = await asyncio.gather(*writes, return_exceptions=True)
            assert [isinstance(answer, asyncio.CancelledError) for answer in answers] == [True, False] * 3
            assert names(beside(tmp_path)) == {"1", "3", "5"}

    asyncio.run(main())


def test_a_caller_who_gives_up_in_the_middle_changes_everything_or_nothing(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            tasks: list[asyncio.Task[int]] = []

            async def gives_up(tx: Transaction) -> int:
                tasks[0].cancel()
                return await adding("whole")(tx)

            tasks.append(asyncio.ensure_future(engine.write(gives_up, 5)))
            neighbour = asyncio.ensure_future(engine.write(adding("neighbour"), 5))
            with pytest.raises(asyncio.CancelledError):
                await tasks[0]
            await neighbour
            assert names(beside(tmp_path)) == {"whole", "neighbour"}

    asyncio.run(main())
