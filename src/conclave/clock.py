"""Time is a parameter: the only module that asks the system for the time, or sleeps.

Everything else receives a ``Clock``. A lint rule forbids ``time`` and ``asyncio.sleep`` elsewhere. The adjustable
clock is a feature for users too: with ``insecure_test_clock`` a backend's tests can move a server through a schedule.
"""

import asyncio
import time
from typing import Final, Protocol

# Two things that no adjustable clock may stop: measuring how long work took, and backing off for a moment.
stopwatch_ns: Final = time.perf_counter_ns
pause: Final = asyncio.sleep


class Clock(Protocol):
    """What the house may know of time."""

    def now_ms(self) -> int:
        """Return the wall clock in milliseconds since 1970-01-01 UTC."""
        ...

    def monotonic_ns(self) -> int:
        """Return a clock in nanoseconds that never goes back; only differences mean anything."""
        ...

    async def sleep(self, seconds: float) -> None:
        """Suspend the calling task for ``seconds`` of this clock."""
        ...


async def rest(clock: Clock, since_ns: int, seconds: float) -> None:
    """Suspend until ``seconds`` after a moment of ``monotonic_ns``.

    For whoever looks again and again: a clock that was moved while he looked, and then stands still, would not end a
    sleep that begins now.
    """
    await clock.sleep(seconds - (clock.monotonic_ns() - since_ns) / 1_000_000_000)


class SystemClock:
    """The machine's own time."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    monotonic_ns = staticmethod(time.monotonic_ns)

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds)


class AdjustableClock:
    """A clock that can be moved ahead and frozen.

    Sleepers wake when their moment is reached, however it came about. ``monotonic_ns`` moves with it, so that rate
    limits and grace times follow.
    """

    def __init__(self) -> None:
        self._offset_ns = 0
        self._frozen_ns: int | None = None
        self._moved = asyncio.Event()

    def _now_ns(self) -> int:
        return self._offset_ns + (time.time_ns() if self._frozen_ns is None else self._frozen_ns)

    def now_ms(self) -> int:
        return self._now_ns() // 1_000_000

    def monotonic_ns(self) -> int:
        return self._now_ns()

    def advance(self, seconds: float) -> None:
        """Move the clock ahead and wake whoever's moment has come."""
        self._offset_ns += round(seconds * 1_000_000_000)
        self._wake()

    def freeze(self, frozen: bool) -> None:
        """Stop the clock where it stands, or let it run on from there."""
        now = self._now_ns()
        self._frozen_ns = now if frozen else None
        self._offset_ns = 0 if frozen else now - time.time_ns()
        self._wake()

    def _wake(self) -> None:
        self._moved.set()
        self._moved = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        due = self._now_ns() + round(seconds * 1_000_000_000)
        while (left := due - self._now_ns()) > 0:
            moved = self._moved
            limit = None if self._frozen_ns is not None else left / 1_000_000_000
            try:
                async with asyncio.timeout(limit):
                    await moved.wait()
            except TimeoutError:
                continue
