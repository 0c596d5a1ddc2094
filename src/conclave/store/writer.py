"""Group commit: all waiting operations in one transaction, one COMMIT, then the answers.

The statements run inline on the loop; only COMMIT, which is the fsync, goes to a thread, while the next batch collects.
A refusal nearly always comes before the first change. Only when one does not, the batch is undone and begun anew with
a savepoint for each operation: savepoints for all of them, always, would cost a fifth of what the operations cost.
Invariants:

- A refused operation leaves nothing. Operations may be run again, and do nothing but by their transaction.
- An operation is answered, refusals included, only after the COMMIT of the batch it ran in: a refusal may rest on what
  an earlier operation of the same batch did.
- A lost transaction (disk full, I/O error) fails every operation of its batch alike.
- A batch is bounded in count and in milliseconds, the queue in length, an operation in time: one whose deadline has
  passed is not begun; one that is in a batch already happens whole, whatever its caller was told.
"""

import asyncio
import math
import sqlite3
from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeVar

import msgspec
import structlog

from conclave.clock import Clock, pause, stopwatch_ns
from conclave.store.after_commit import call_each
from conclave.store.batch import Done, Waiting, primary_code, run
from conclave.store.committer import Committer
from conclave.store.deadlines import Deadlines
from conclave.store.engine import Operation, Statistics
from conclave.store.failures import DeadlinePassed, StoreError
from conclave.store.memory import Memory
from conclave.store.transaction import SqliteTransaction
from conclave.store.waiting_line import WaitingLine

T = TypeVar("T")
BUSY_PAUSE: Final = 0.005
CLOSING_SECONDS: Final = 3.0  # for which a closing writer waits for whoever holds the lock
log = structlog.get_logger()


class WriterLimits(msgspec.Struct, frozen=True):
    """Bounds of the queue (operations) and of one batch (operations, milliseconds)."""

    queue: int = 10_000
    batch: int = 256
    milliseconds: float = 5.0


class Writer:
    """The one connection that writes."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        clock: Clock,
        limits: WriterLimits,
        memory: Memory,
        committed: Callable[[], None],
    ) -> None:
        self.loop = asyncio.get_running_loop()
        self.statistics = Statistics()
        connection.execute("PRAGMA busy_timeout=0")  # waiting for another process must not stop the loop
        self._memory = memory
        self._connection = connection
        self._clock = clock
        self._limits = limits
        self._committed = committed
        self._queue = WaitingLine(limits.queue)
        self._deadlines = Deadlines(self.loop)
        self._committer = Committer(connection)
        self._work: asyncio.Task[None] | None = None
        self._closed = False
        self._chore: Callable[[], Awaitable[None]] | None = None
        self._with_savepoints = False
        self._patience = math.inf
        self._commit_over: asyncio.Future[None] | None = None

    @property
    def depth(self) -> int:
        """The number of operations that wait to be begun."""
        return len(self._queue)

    def trouble(self, sentence: str) -> None:
        """Report a fault that no caller can be told of."""
        log.error("store", trouble=sentence)

    async def submit(self, operation: Operation[T], timeout: float | None) -> T:
        """Queue ``operation`` and return its result once it is durable; raises as ``Engine.write`` says."""
        if self._closed:
            raise StoreError("the store is closed")
        answer: asyncio.Future[T] = self.loop.create_future()
        now = self.loop.time()
        waiting = Waiting(operation, answer, math.inf if timeout is None else now + timeout)
        self._queue.join(waiting, now)
        if timeout is not None:
            self._deadlines.watch(waiting)
        if self._work is None:
            self._work = self.loop.create_task(self._drain())
        return await answer

    def between_batches(self, chore: Callable[[], Awaitable[None]]) -> None:
        """Do ``chore`` before the next batch is begun: while it runs, nobody writes."""
        self._chore = chore

    async def _drain(self) -> None:
        try:
            while self._queue:
                if self._chore is not None:
                    chore, self._chore = self._chore, None
                    await chore()
                await pause(0)  # whoever was just answered may ask again: a fuller batch is a cheaper one
                try:
                    await self._begin()
                except sqlite3.Error as error:
                    self._lose(list(self._queue), error)
                    self._queue.clear()
                    continue
                done = self._run_batch()
                if done and done[-1].leaves_half and not done[-1].lost:
                    self._begin_anew(done)
                    continue
                await self._commit(done)
                self._deadlines.forget_answered()
        finally:
            self._work = None

    async def _begin(self) -> None:
        while True:
            try:
                self._connection.execute("BEGIN IMMEDIATE")
                return
            except sqlite3.OperationalError as error:
                if primary_code(error) != sqlite3.SQLITE_BUSY or self.loop.time() > self._patience:
                    raise
                await pause(BUSY_PAUSE)  # the command line holds the lock for a moment

    def _run_batch(self) -> list[Done]:
        done: list[Done] = []
        end = self.loop.time() + self._limits.milliseconds / 1000
        while self._queue and len(done) < self._limits.batch and (not done or self.loop.time() < end):
            waiting = self._queue.popleft()
            if waiting.answer.done():
                continue  # timed out or given up before it was begun
            if waiting.deadline <= self.loop.time():
                waiting.answer.set_exception(DeadlinePassed())
                continue  # the loop was too busy to ring the alarm
            transaction = SqliteTransaction(self._connection, self._clock.now_ms(), self._memory)
            done.append(run(self._connection, waiting, transaction, with_savepoint=self._with_savepoints))
            if done[-1].lost or done[-1].leaves_half:
                break
        self._with_savepoints = False
        return done

    def _begin_anew(self, done: list[Done]) -> None:
        """Undo a batch, and put its operations before those that wait, for one with savepoints."""
        try:
            self._connection.execute("ROLLBACK")
        except sqlite3.Error as fault:
            self._lose(done, fault)
            return
        self._memory.lose()
        self._queue.extendleft(each.waiting for each in reversed(done))
        self._with_savepoints = True

    async def quiet(self) -> None:
        """Wait until a COMMIT that is under way has come to its end, and its callbacks have run."""
        if self._commit_over is not None:
            await asyncio.shield(self._commit_over)

    async def _commit(self, done: list[Done]) -> None:
        self._commit_over = self.loop.create_future()
        try:
            await self._commit_batch(done)
        finally:
            self._commit_over.set_result(None)
            self._commit_over = None

    async def _commit_batch(self, done: list[Done]) -> None:
        started = stopwatch_ns()
        lost = next((each.lost for each in done if each.lost), None)
        if lost is None:
            try:
                await self._committer.commit()
            except Exception as error:  # noqa: BLE001 - whatever it was, nothing may be answered as done
                lost = error
        if lost is not None:
            self._lose(done, lost)
            return
        self.statistics.commits += 1
        self.statistics.rounds += 1
        self.statistics.operations += len(done)
        self.statistics.commit_nanoseconds += stopwatch_ns() - started
        self._memory.settle()
        for each in done:
            if each.failure is None:
                each.transaction.committed()
        call_each((self._committed,), "what follows a commit failed")
        for each in done:
            if not each.answer.done():
                if each.failure is None:
                    each.answer.set_result(each.result)
                else:
                    each.answer.set_exception(each.failure)

    def _lose(self, done: Sequence[Done | Waiting], error: BaseException) -> None:
        self.statistics.lost += 1
        self._memory.lose()
        self.trouble(f"a transaction of {len(done)} operations was lost: {error}")
        try:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
        except sqlite3.Error as rollback:
            self.trouble(f"rollback failed: {rollback}")
        for each in done:
            if not each.answer.done():
                each.answer.set_exception(StoreError(f"the change could not be written: {error}"))

    async def close(self) -> None:
        """Finish the queue, then close the connection."""
        self._closed = True
        self._patience = self.loop.time() + CLOSING_SECONDS
        while self._work is not None:
            await asyncio.wait([self._work])
        self._deadlines.close()
        self._committer.close()
        self._connection.close()
