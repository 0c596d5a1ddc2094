"""Who waits for a connection: changes in a queue that sessions work off, readers one behind the other.

Bounded in number, and each in time. A change whose time is up before it is committed does not happen; one that is on
its way to the disk then happens whole, whatever its caller was told. After a connection could not be made, all who come
within a moment are told so at once: they would only wait for the same.
"""

import asyncio
import math
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final, TypeVar

from conclave.store.batch import Waiting
from conclave.store.engine import Operation
from conclave.store.failures import DeadlinePassed, OutcomeUnknown, QueueFull, StoreError
from conclave.store.postgres.session import Session, Shared
from conclave.store.waiting_line import WaitingLine

T = TypeVar("T")
READ_SECONDS: Final = 10.0  # for a reader who named no time of his own


class Sessions:
    """Some connections, each with one operation at a time or with nothing to do."""

    def __init__(self, shared: Shared, count: int) -> None:
        self._every = [Session(shared) for _ in range(count)]
        self._idle = list(self._every)

    @property
    def idle(self) -> int:
        """The number of sessions that have nothing to do."""
        return len(self._idle)

    @property
    def busy(self) -> int:
        """The number of sessions at work."""
        return len(self._every) - len(self._idle)

    def _disconnect(self) -> None:
        for session in self._every:
            session.close()


class Writers(Sessions):
    """The sessions that write, and the queue of changes before them."""

    def __init__(self, shared: Shared, sessions: int, limit: int) -> None:
        super().__init__(shared, sessions)
        self._shared = shared
        self._queue = WaitingLine(limit)
        self._tasks: set[asyncio.Task[None]] = set()
        self._is_closed = False

    @property
    def depth(self) -> int:
        """The number of operations that wait to be begun."""
        return len(self._queue)

    async def submit(self, operation: Operation[T], timeout: float | None) -> T:
        """Queue ``operation`` and return its result once it is durable; raises as ``Engine.write`` says."""
        if self._is_closed:
            raise StoreError("the store is closed")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        now = loop.time()
        deadline = math.inf if timeout is None else now + timeout
        self._queue.join(Waiting(operation, answer, deadline), now)
        if self._idle:
            task = loop.create_task(self._work(self._idle.pop()))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if timeout is None:
            return await answer
        alarm = loop.call_at(deadline, _fail, answer, DeadlinePassed())
        try:
            return await answer
        finally:
            alarm.cancel()

    async def _work(self, session: Session) -> None:
        """Let a session work off the queue until it is empty."""
        try:
            while self._queue:
                waiting = self._queue.popleft()
                if waiting.answer.done():
                    continue  # timed out or given up before it was begun
                await self._run(session, waiting)
        finally:
            self._idle.append(session)

    async def _run(self, session: Session, waiting: Waiting) -> None:
        statistics, answer = self._shared.statistics, waiting.answer
        statistics.operations += 1
        statistics.rounds += 1 / max(self.busy, 1)
        try:
            result = await session.write(waiting.operation, lambda: not answer.done())
        except asyncio.CancelledError:
            _fail(answer, OutcomeUnknown("the store was closed meanwhile"))
            raise
        except Exception as failure:  # noqa: BLE001 - it is handed to the caller
            statistics.lost += isinstance(failure, StoreError)
            if isinstance(failure, StoreError) and not isinstance(failure, OutcomeUnknown):
                self._lose(failure)
            _fail(answer, failure)
        else:
            if not answer.done():
                answer.set_result(result)

    def _lose(self, failure: StoreError) -> None:
        """Where the database is away, tell everybody who waits: none of them has been begun."""
        if not self._shared.is_away:
            return
        for waiting in self._queue:
            _fail(waiting.answer, StoreError(str(failure)))
        self._queue.clear()

    async def close(self, seconds: float) -> None:
        """Finish the queue, for ``seconds`` at most, then close the connections: what is under way still is undone."""
        self._is_closed = True
        working = set(self._tasks)
        if working:
            await asyncio.wait(working, timeout=seconds)
        self._disconnect()
        for task in working:
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        while self._queue:
            _fail(self._queue.popleft().answer, StoreError("the store is closed"))


class Readers(Sessions):
    """The sessions that read; whoever finds none free waits for his turn."""

    def __init__(self, shared: Shared, sessions: int, limit: int) -> None:
        super().__init__(shared, sessions)
        self._limit = limit
        self._waiting: deque[asyncio.Future[Session]] = deque()

    @property
    def depth(self) -> int:
        """The number of operations that wait for a session."""
        return len(self._waiting)

    async def use(self, work: Callable[[Session], Awaitable[T]], timeout: float | None) -> T:
        """Let ``work`` read on a session; raises ``QueueFull``, ``DeadlinePassed`` or ``StoreError``."""
        try:
            async with asyncio.timeout(READ_SECONDS if timeout is None else timeout):
                session = self._idle.pop() if self._idle else await self._next()
                try:
                    return await work(session)
                finally:
                    self._release(session)
        except TimeoutError:
            raise DeadlinePassed from None

    async def _next(self) -> Session:
        if len(self._waiting) >= self._limit:
            raise QueueFull("too many are waiting to read")
        turn: asyncio.Future[Session] = asyncio.get_running_loop().create_future()
        self._waiting.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._release(turn.result())  # it came at the last moment
            elif turn in self._waiting:  # whoever was released before this ran has passed it over already
                self._waiting.remove(turn)
            raise

    def _release(self, session: Session) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(session)
                return
        self._idle.append(session)

    def close(self) -> None:
        """Close the connections."""
        self._disconnect()


def _fail(answer: asyncio.Future[Any], failure: Exception) -> None:
    if not answer.done():
        answer.set_exception(failure)
