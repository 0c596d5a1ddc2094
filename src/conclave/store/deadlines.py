"""Deadlines of operations that wait: whose time is up is told so, by one alarm for all."""

import asyncio
import bisect
from collections import deque

from conclave.store.batch import Waiting
from conclave.store.failures import DeadlinePassed


class Deadlines:
    """Those that have a deadline and no answer yet, in the order of their deadlines."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop
        self._unanswered: deque[Waiting] = deque()
        self._alarm: asyncio.TimerHandle | None = None

    def watch(self, waiting: Waiting) -> None:
        """Raise ``DeadlinePassed`` for ``waiting`` once its deadline has passed without an answer."""
        if self._unanswered and waiting.deadline < self._unanswered[-1].deadline:
            bisect.insort(self._unanswered, waiting, key=lambda each: each.deadline)
        else:
            self._unanswered.append(waiting)
        if self._alarm is not None and waiting.deadline < self._alarm.when():
            self._alarm.cancel()
            self._alarm = None
        if self._alarm is None:
            self._alarm = self._loop.call_at(waiting.deadline, self._ring)

    def _ring(self) -> None:
        now = self._loop.time()
        self._alarm = None
        while self._unanswered:
            waiting = self._unanswered[0]
            if not waiting.answer.done():
                if waiting.deadline > now:
                    self._alarm = self._loop.call_at(waiting.deadline, self._ring)
                    return
                waiting.answer.set_exception(DeadlinePassed())
            self._unanswered.popleft()

    def forget_answered(self) -> None:
        """Let go of those at the front that have an answer."""
        while self._unanswered and self._unanswered[0].answer.done():
            self._unanswered.popleft()

    def close(self) -> None:
        """Ring no more."""
        if self._alarm is not None:
            self._alarm.cancel()
