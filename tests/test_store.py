"""The writer: one transaction for many operations, and what becomes of each of them."""

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from conclave.store import alone
from conclave.store.checkpoints import FRAMES, frames_in
from conclave.store.engine import Operation
from conclave.store.failures import StoreError
from conclave.store.sqlite import SqliteEngine
from conclave.store.statements import Statement, Transaction
from tests.engines import ADD, Refused, adding, beside, count, names, opened

pytestmark = pytest.mark.sqlite

HUGE = Statement("INSERT INTO counters (sdkappid, name, value) VALUES ($1, hex(zeroblob(2000000)), 0)")
NO_ROOM = Statement("PRAGMA max_page_count = 1")  # no more than there are
# SQLite undoes the whole transaction by itself, as it does after some faults of the disk.
UNDO = Statement("INSERT OR ROLLBACK INTO counters (sdkappid, name, value) VALUES ($1, 'before', 0)")


def test_a_result_and_a_refusal_are_both_answered_after_the_commit(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            seen = beside(tmp_path)

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


@pytest.mark.parametrize(("fault", "reason"), [(UNDO, "UNIQUE constraint failed"), (HUGE, "database or disk is full")])
def test_the_command_line_tells_why_a_change_was_undone(tmp_path: Path, fault: Statement, reason: str) -> None:
    path = tmp_path / "conclave.db"

    async def change(tx: Transaction) -> int:
        await tx.run(ADD, 1, "before", 0)
        await tx.run(NO_ROOM)
        return await tx.run(fault, 1)

    alone.run(path, 0, count)
    with pytest.raises(StoreError, match=reason):
        alone.run(path, 0, change)
    assert alone.run(path, 0, count) == 0


def test_a_refused_operation_leaves_nothing_and_disturbs_nobody(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path) as engine:
            writes = [engine.write(adding(str(n), then=Refused if n % 2 else None)) for n in range(10)]
            answers = await asyncio.gather(*writes, return_exceptions=True)
            assert [isinstance(answer, Refused) for answer in answers] == [False, True] * 5
            assert answers[::2] == [1, 2, 3, 4, 5]

    asyncio.run(main())


@pytest.mark.parametrize(("changes", "runs"), [(False, 1), (True, 2)])
def test_operations_are_run_again_only_when_one_was_refused_after_a_change(
    tmp_path: Path, changes: bool, runs: int
) -> None:
    begun: list[int] = []

    def counted(n: int) -> Operation[int]:
        async def operation(tx: Transaction) -> int:
            begun.append(n)
            known: list[int] = tx.recall(("numbers",)) or []
            tx.remember(("numbers",), [*known, n])
            if n % 3 == 2 and not changes:
                raise Refused
            return await adding(str(n), then=Refused if n % 3 == 2 else None)(tx)

        return operation

    async def recalled(tx: Transaction) -> list[int]:
        return list(tx.recall(("numbers",)))

    async def main() -> None:
        async with opened(tmp_path, milliseconds=1000) as engine:
            answers = await asyncio.gather(*(engine.write(counted(n)) for n in range(9)), return_exceptions=True)
            kept = [0, 1, 3, 4, 6, 7]
            assert [n for n, answer in enumerate(answers) if not isinstance(answer, Refused)] == kept
            assert names(beside(tmp_path)) == {str(n) for n in kept}
            assert await engine.point(recalled) == kept  # whoever was refused is not remembered either
            assert engine.writer.statistics.commits == 1
            assert begun.count(0) == runs
            assert begun.count(8) == 1

    asyncio.run(main())


@pytest.mark.parametrize("fault", [HUGE, UNDO], ids=["full", "undone"])
def test_a_lost_transaction_fails_its_whole_batch_and_the_writer_recovers(tmp_path: Path, fault: Statement) -> None:
    async def limit(tx: Transaction) -> None:
        pages = await tx.one(Statement("PRAGMA page_count"))
        assert pages is not None
        await tx.one(Statement(f"PRAGMA max_page_count={pages[0] + 20}"))

    async def faulty(tx: Transaction) -> None:
        await tx.run(fault, 1)

    async def lift(tx: Transaction) -> None:
        await tx.one(Statement("PRAGMA max_page_count=1000000"))

    async def main() -> None:
        async with opened(tmp_path) as engine:
            await engine.write(adding("before"))
            await engine.write(limit)
            batch = [adding("first"), adding("refused", then=Refused), faulty, adding("last")]
            answers = await asyncio.gather(*(engine.write(each) for each in batch), return_exceptions=True)
            assert [type(answer) for answer in answers[:3]] == [StoreError] * 3
            kept = {"before"} if isinstance(answers[3], StoreError) else {"before", "last"}
            assert names(beside(tmp_path)) == kept
            assert engine.writer.statistics.lost >= 1
            await engine.write(lift)
            await engine.write(adding("after"))
            assert names(beside(tmp_path)) == kept | {"after"}

    asyncio.run(main())


def test_a_batch_is_bounded_in_number_and_in_time(tmp_path: Path) -> None:
    async def slow(tx: Transaction) -> None:
        time.sleep(0.004)  # noqa: ASYNC251 - a heavy operation

    async def commits(engine: SqliteEngine, operations: list[Operation[Any]]) -> int:
        before = engine.writer.statistics.commits
        await asyncio.gather(*(engine.write(each) for each in operations))
        return engine.writer.statistics.commits - before

    async def main() -> None:
        async with opened(tmp_path, batch=10, milliseconds=1000) as engine:
            assert await commits(engine, [adding(str(n)) for n in range(100)]) >= 10
        async with opened(tmp_path, batch=1000, milliseconds=10) as engine:
            assert await commits(engine, [slow] * 30) >= 10
        async with opened(tmp_path, batch=1000, milliseconds=1000) as engine:
            assert await commits(engine, [adding(f"one {n}") for n in range(100)]) <= 3

    asyncio.run(main())


def test_what_is_left_to_do_after_the_commit_is_done_after_it_and_only_then(tmp_path: Path) -> None:
    done: list[str] = []
    wakes: list[int] = []

    def leaving(name: str, then: type[Exception] | None = None) -> Operation[int]:
        async def operation(tx: Transaction) -> int:
            tx.on_commit(lambda: done.append(name if name in names(beside(tmp_path)) else f"{name} too early"))
            return await adding(name, then=then)(tx)

        return operation

    async def main() -> None:
        async with opened(tmp_path) as engine:
            engine.subscribe(lambda: wakes.append(len(done)))
            await asyncio.gather(
                engine.write(leaving("kept")), engine.write(leaving("refused", Refused)), return_exceptions=True
            )
            assert done == ["kept"]
            assert wakes == [1]  # the log's readers are woken after the caches changed

    asyncio.run(main())


def test_close_finishes_what_was_begun(tmp_path: Path) -> None:
    async def main() -> None:
        async with opened(tmp_path, batch=5) as engine:
            writes = [asyncio.ensure_future(engine.write(adding(str(n)))) for n in range(50)]
            await asyncio.sleep(0)
            await engine.close()
            await asyncio.gather(*writes)
            with pytest.raises(StoreError, match="closed"):
                await engine.write(adding("too late"))
        assert len(names(beside(tmp_path))) == 50

    asyncio.run(main())


def test_the_log_stays_short_under_steady_load(tmp_path: Path) -> None:
    """Commits never pause here, so that a passive checkpoint alone would never see the log's end."""
    wal = tmp_path / "conclave.db-wal"

    async def main() -> None:
        async with opened(tmp_path) as engine:
            longest = 0

            async def writer(name: int) -> None:
                nonlocal longest
                for n in range(1250):
                    value = f"{name}-{n}-{'x' * 10_000}"  # three pages

                    async def operation(tx: Transaction, value: str = value) -> None:
                        await tx.run(ADD, 1, value, 0)

                    await engine.write(operation)
                    longest = max(longest, frames_in(wal))

            await asyncio.gather(*(writer(name) for name in range(8)))
            assert FRAMES < longest < 2.5 * FRAMES

    asyncio.run(main())
