"""The engine, in this process, on a real SQLite file: what the writer and the readers promise."""

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from conclave.clock import SystemClock
from conclave.store.checkpoints import FRAMES, frames_in
from conclave.store.engine import DeadlinePassed, Operation, QueueFull, Statement, StoreError, Transaction
from conclave.store.sqlite import SqliteEngine, connect, migrate
from conclave.store.writer import WriterLimits

ADD = Statement("INSERT INTO counters (sdkappid, name, value) VALUES ($1, $2, $3)")
COUNT = Statement("SELECT COUNT(*) FROM counters WHERE sdkappid = $1")
HUGE = Statement("INSERT INTO counters (sdkappid, name, value) VALUES ($1, hex(zeroblob(2000000)), 0)")
# SQLite undoes the whole transaction by itself, as it does after some faults of the disk.
UNDO = Statement("INSERT OR ROLLBACK INTO counters (sdkappid, name, value) VALUES ($1, 'before', 0)")


class Refused(Exception):  # noqa: N818 - what a rule would raise
    pass


def adding(name: str, *, then: type[Exception] | None = None) -> Operation[int]:
    """An operation that adds a row named ``name``, and may be refused afterwards."""

    async def operation(tx: Transaction) -> int:
        await tx.run(ADD, 1, name, 0)
        if then is not None:
            raise then
        row = await tx.one(COUNT, 1)
        assert row is not None
        return int(row[0])

    return operation


async def count(tx: Transaction) -> int:
    row = await tx.one(COUNT, 1)
    assert row is not None
    return int(row[0])


@asynccontextmanager
async def opened(path: Path, **limits: Any) -> AsyncIterator[SqliteEngine]:
    connection = connect(path)
    migrate(connection, path, 0)
    connection.close()
    engine = SqliteEngine(path, SystemClock(), WriterLimits(**limits))
    try:
        yield engine
    finally:
        await engine.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conclave.db"


@pytest.fixture
def other(path: Path) -> Callable[[], sqlite3.Connection]:
    """Another process' view: connections of their own to the same file."""
    return lambda: sqlite3.connect(path, timeout=0, isolation_level=None)


def names(connection: sqlite3.Connection) -> set[str]:
    return {row[0] for row in connection.execute("SELECT name FROM counters WHERE sdkappid = 1 AND length(name) < 99")}


def test_a_result_and_a_refusal_are_both_answered_after_the_commit(
    path: Path, other: Callable[[], sqlite3.Connection]
) -> None:
    async def main() -> None:
        async with opened(path) as engine:
            seen = other()

            async def done(name: str) -> None:
                await engine.write(adding(name))
                assert name in names(seen)

            async def refused(before: str) -> None:
                with pytest.raises(Refused):
                    await engine.write(adding("half", then=Refused))
                assert before in names(seen)  # it may be what the refusal rests on

            for n in range(20):
                await asyncio.gather(done(f"a{n}"), refused(f"a{n}"), done(f"b{n}"))
            assert names(seen) == {f"{letter}{n}" for letter in "ab" for n in range(20)}

    asyncio.run(main())


def test_a_refused_operation_leaves_nothing_and_disturbs_nobody(path: Path) -> None:
    async def main() -> None:
        async with opened(path) as engine:
            writes = [engine.write(adding(str(n), then=Refused if n % 2 else None)) for n in range(10)]
            answers = await asyncio.gather(*writes, return_exceptions=True)
            assert [isinstance(answer, Refused) for answer in answers] == [False, True] * 5
            assert answers[::2] == [1, 2, 3, 4, 5]

    asyncio.run(main())


@pytest.mark.parametrize("fault", [HUGE, UNDO], ids=["full", "undone"])
def test_a_lost_transaction_fails_the_whole_batch_alike_and_the_writer_recovers(
    path: Path, other: Callable[[], sqlite3.Connection], fault: Statement
) -> None:
    async def limit(tx: Transaction) -> None:
        pages = await tx.one(Statement("PRAGMA page_count"))
        assert pages is not None
        await tx.one(Statement(f"PRAGMA max_page_count={pages[0] + 20}"))

    async def faulty(tx: Transaction) -> None:
        await tx.run(fault, 1)

    async def lift(tx: Transaction) -> None:
        await tx.one(Statement("PRAGMA max_page_count=1000000"))

    async def main() -> None:
        async with opened(path) as engine:
            await engine.write(adding("before"))
            await engine.write(limit)
            batch = [adding("first"), adding("refused", then=Refused), faulty, adding("last")]
            answers = await asyncio.gather(*(engine.write(each) for each in batch), return_exceptions=True)
            assert [type(answer) for answer in answers[:3]] == [StoreError] * 3
            kept = {"before"} if isinstance(answers[3], StoreError) else {"before", "last"}
            assert names(other()) == kept
            assert engine.writer.statistics.lost >= 1
            await engine.write(lift)
            await engine.write(adding("after"))
            assert names(other()) == kept | {"after"}

    asyncio.run(main())


def test_a_full_queue_is_answered_at_once(path: Path, other: Callable[[], sqlite3.Connection]) -> None:
    async def main() -> None:
        async with opened(path, queue=3) as engine:
            holder = other()
            holder.execute("BEGIN IMMEDIATE")
            waiting = [asyncio.ensure_future(engine.write(adding(str(n)))) for n in range(3)]
            await asyncio.sleep(0.02)
            assert engine.writer.depth == 3
            with pytest.raises(QueueFull):
                await asyncio.wait_for(engine.write(adding("one too many")), 1)
            holder.execute("ROLLBACK")
            assert sorted(await asyncio.gather(*waiting)) == [1, 2, 3]
            assert names(other()) == {"0", "1", "2"}

    asyncio.run(main())


def test_an_operation_whose_time_is_up_is_never_begun(path: Path, other: Callable[[], sqlite3.Connection]) -> None:
    async def main() -> None:
        async with opened(path) as engine:
            holder = other()
            holder.execute("BEGIN IMMEDIATE")
            patient = asyncio.ensure_future(engine.write(adding("patient")))
            started = time.monotonic()
            with pytest.raises(DeadlinePassed):
                await engine.write(adding("late"), 0.1)
            assert 0.09 < time.monotonic() - started < 1
            holder.execute("ROLLBACK")
            await patient
            await engine.write(adding("next"), 5)
            assert names(other()) == {"patient", "next"}

    asyncio.run(main())


def test_an_operation_is_not_begun_late_when_the_loop_was_too_busy_to_say_so(
    path: Path, other: Callable[[], sqlite3.Connection]
) -> None:
    async def main() -> None:
        async with opened(path) as engine:
            late = asyncio.ensure_future(engine.write(adding("late"), 0.05))
            slow = asyncio.ensure_future(engine.write(adding("in time")))
            await asyncio.sleep(0)  # both are queued, the writer is about to run
            time.sleep(0.1)  # the loop is busy with something else  # noqa: ASYNC251
            await slow
            with pytest.raises(DeadlinePassed):
                await late
            assert names(other()) == {"in time"}

    asyncio.run(main())


def test_each_caller_is_told_at_his_own_deadline(path: Path, other: Callable[[], sqlite3.Connection]) -> None:
    async def main() -> None:
        async with opened(path) as engine:
            holder = other()
            holder.execute("BEGIN IMMEDIATE")
            patient = asyncio.ensure_future(engine.write(adding("patient"), 30))
            await asyncio.sleep(0)
            with pytest.raises(DeadlinePassed):
                await asyncio.wait_for(engine.write(adding("hasty"), 0.1), 2)
            holder.execute("ROLLBACK")
            await patient

    asyncio.run(main())


def test_another_process_that_holds_the_lock_delays_and_loses_nothing(
    path: Path, other: Callable[[], sqlite3.Connection]
) -> None:
    async def main() -> None:
        async with opened(path) as engine:
            holder = other()
            for round_ in range(3):
                holder.execute("BEGIN IMMEDIATE")
                writes = [asyncio.ensure_future(engine.write(adding(f"{round_}.{n}"), 5)) for n in range(50)]
                await asyncio.sleep(0.1)
                assert not any(write.done() for write in writes)
                holder.execute("COMMIT")
                await asyncio.gather(*writes)
            assert len(names(holder)) == 150

    asyncio.run(main())


def test_a_batch_is_bounded_in_number_and_in_time(path: Path) -> None:
    async def slow(tx: Transaction) -> None:
        time.sleep(0.004)  # noqa: ASYNC251 - a heavy operation

    async def commits(engine: SqliteEngine, operations: list[Operation[Any]]) -> int:
        before = engine.writer.statistics.commits
        await asyncio.gather(*(engine.write(each) for each in operations))
        return engine.writer.statistics.commits - before

    async def main() -> None:
        async with opened(path, batch=10, milliseconds=1000) as engine:
            assert await commits(engine, [adding(str(n)) for n in range(100)]) >= 10
        async with opened(path, batch=1000, milliseconds=10) as engine:
            assert await commits(engine, [slow] * 30) >= 10
        async with opened(path, batch=1000, milliseconds=1000) as engine:
            assert await commits(engine, [adding(f"one {n}") for n in range(100)]) <= 3

    asyncio.run(main())


def test_a_caller_who_gives_up_while_he_waits_changes_nothing(
    path: Path, other: Callable[[], sqlite3.Connection]
) -> None:
    async def main() -> None:
        async with opened(path) as engine:
            holder = other()
            holder.execute("BEGIN IMMEDIATE")
            writes = [asyncio.ensure_future(engine.write(adding(str(n)), 5)) for n in range(6)]
            await asyncio.sleep(0.01)
            for write in writes[::2]:
                write.cancel()
            holder.execute("ROLLBACK")
            answers = await asyncio.gather(*writes, return_exceptions=True)
            assert [isinstance(answer, asyncio.CancelledError) for answer in answers] == [True, False] * 3
            assert names(other()) == {"1", "3", "5"}

    asyncio.run(main())


def test_a_caller_who_gives_up_in_the_middle_changes_everything_or_nothing(
    path: Path, other: Callable[[], sqlite3.Connection]
) -> None:
    async def main() -> None:
        async with opened(path) as engine:
            tasks: list[asyncio.Task[int]] = []

            async def gives_up(tx: Transaction) -> int:
                tasks[0].cancel()
                return await adding("whole")(tx)

            tasks.append(asyncio.ensure_future(engine.write(gives_up, 5)))
            neighbour = asyncio.ensure_future(engine.write(adding("neighbour"), 5))
            with pytest.raises(asyncio.CancelledError):
                await tasks[0]
            await neighbour
            assert names(other()) == {"whole", "neighbour"}

    asyncio.run(main())


def test_what_is_left_to_do_after_the_commit_is_done_after_it_and_only_then(
    path: Path, other: Callable[[], sqlite3.Connection]
) -> None:
    done: list[str] = []
    wakes: list[int] = []

    def leaving(name: str, then: type[Exception] | None = None) -> Operation[int]:
        async def operation(tx: Transaction) -> int:
            tx.on_commit(lambda: done.append(name if name in names(other()) else f"{name} too early"))
            return await adding(name, then=then)(tx)

        return operation

    async def main() -> None:
        async with opened(path) as engine:
            engine.subscribe(lambda: wakes.append(len(done)))
            await asyncio.gather(
                engine.write(leaving("kept")), engine.write(leaving("refused", Refused)), return_exceptions=True
            )
            assert done == ["kept"]
            assert wakes == [1]  # the log's readers are woken after the caches changed

    asyncio.run(main())


def test_a_fault_after_the_commit_stops_neither_the_answer_nor_the_writer(path: Path) -> None:
    def broken_wake() -> None:
        raise OSError("gone")

    async def faulty(tx: Transaction) -> int:
        tx.on_commit(broken_wake)
        return await adding("faulty")(tx)

    async def main() -> None:
        async with opened(path) as engine:
            engine.subscribe(broken_wake)
            async with asyncio.timeout(5):
                assert await engine.write(faulty) == 1
                assert await engine.write(adding("next")) == 2

    asyncio.run(main())


def test_close_finishes_what_was_begun(path: Path, other: Callable[[], sqlite3.Connection]) -> None:
    async def main() -> None:
        async with opened(path, batch=5) as engine:
            writes = [asyncio.ensure_future(engine.write(adding(str(n)))) for n in range(50)]
            await asyncio.sleep(0)
            await engine.close()
            await asyncio.gather(*writes)
            with pytest.raises(StoreError, match="closed"):
                await engine.write(adding("too late"))
        assert len(names(other())) == 50

    asyncio.run(main())


def test_the_log_stays_short_under_steady_load(path: Path) -> None:
    """Commits never pause here, so that a passive checkpoint alone would never see the log's end."""
    wal = path.with_name(f"{path.name}-wal")

    async def main() -> None:
        async with opened(path) as engine:
            longest = 0

            async def writer(name: int) -> None:
                nonlocal longest
                for n in range(150):
                    value = f"{name}-{n}-{'x' * 100_000}"  # 25 pages

                    async def operation(tx: Transaction, value: str = value) -> None:
                        await tx.run(ADD, 1, value, 0)

                    await engine.write(operation)
                    longest = max(longest, frames_in(wal))

            await asyncio.gather(*(writer(name) for name in range(8)))
            assert FRAMES < longest < 2.5 * FRAMES

    asyncio.run(main())
