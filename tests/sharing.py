"""Nodes in this process that share a Redis: the pieces of a server that count and wake, with real connections."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Coroutine
from itertools import pairwise
from typing import Any, Final

import msgspec

from conclave.api import registry
from conclave.api.limits import RateLimiter, admit_among_nodes
from conclave.clock import SystemClock
from conclave.domain.application_settings import ApplicationSettings
from conclave.errors import Refusal
from conclave.shared.service import Shared

SDKAPPID: Final = 1_400_000_001
QUESTION: Final = "room_engine_http_srv/get_room_info"
DESTROY: Final = "room_engine_http_srv/destroy_room"
PATIENCE: Final = 10.0
RUNS: Final = 4
TICK_S: Final = 0.005
STOOD_STILL_S: Final = 0.02
COMMANDS: Final = registry.load()


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something is so."""
    async with asyncio.timeout(PATIENCE):
        while not holds():  # noqa: ASYNC110 - what is waited for is in another process
            await asyncio.sleep(0.01)


def steadily(scenario: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """Run a scenario that counts calls within milliseconds.

    It is run again where it failed, and this process stood still for longer meanwhile than its counting allows.
    """
    for _ in range(RUNS):
        ticks = [time.monotonic()]
        try:
            asyncio.run(_watched(scenario, ticks))
            return
        except AssertionError:
            if max(later - earlier for earlier, later in pairwise(ticks)) < STOOD_STILL_S:
                raise
        time.sleep(1.1)  # what was used up is there again
    asyncio.run(scenario())


async def _watched(scenario: Callable[[], Coroutine[Any, Any, None]], ticks: list[float]) -> None:
    async def watch() -> None:
        while True:
            await asyncio.sleep(TICK_S)
            ticks.append(time.monotonic())

    watching = asyncio.ensure_future(watch())
    try:
        await scenario()
    finally:
        ticks.append(time.monotonic())
        watching.cancel()


class Node:
    """What a node knows of one application's rates."""

    def __init__(self, shared: Shared, **settings: Any) -> None:
        self.shared = shared
        self.limiter = RateLimiter(SDKAPPID, msgspec.convert(settings, ApplicationSettings))
        self._clock = SystemClock()

    async def call(self, path: str = QUESTION) -> int:
        """Return what a call is refused with, or 0."""
        service, name = path.split("/")
        try:
            limits = self.limiter.admit(COMMANDS[service, name], self._clock.monotonic_ns())
            await admit_among_nodes(limits, self.shared.rates)
        except Refusal as refusal:
            return refusal.code.number
        return 0

    async def calls(self, number: int, path: str = QUESTION) -> Counter[int]:
        """Return how many of so many calls, one after the other, ended in what."""
        return Counter([await self.call(path) for _ in range(number)])


@contextlib.asynccontextmanager
async def sharing(url: str, *, usable: bool = True) -> AsyncIterator[Shared]:
    """What a node has of Redis, at work."""
    shared = Shared(url)
    tasks = [asyncio.ensure_future(work) for work in shared.work()]
    try:
        if usable:
            await until(lambda: shared.is_usable)
        yield shared
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


@contextlib.asynccontextmanager
async def nodes(url: str, **settings: Any) -> AsyncIterator[tuple[Node, Node]]:
    """Two nodes that serve the same application."""
    async with sharing(url) as one, sharing(url) as other:
        yield Node(one, **settings), Node(other, **settings)
