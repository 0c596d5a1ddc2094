"""Errands: one thing to do for each of many alike, where none may stop the others.

One that fails is logged and left alone, for longer each time: a single room that is locked, or of which a row is
broken, neither holds up the rest nor ends the server, which the next node would do after it.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping
from typing import Final

import structlog

from conclave.store.failures import UNAVAILABLE

PATIENCE_SECONDS: Final = 1.0
"""How long the others wait for one that takes its time; it goes on beside them."""
MOST_BESIDE: Final = 100
FIRST_SECONDS: Final = 0.5
LONGEST_SECONDS: Final = 60.0
QUIET_SECONDS: Final = 1.0
MOST_KEPT: Final = 10_000

log = structlog.get_logger()
Errand = Callable[[], Awaitable[bool]]
"""Does it; returns whether it is settled."""


class Errands:
    """What is under way, and what failed, by keys that say what it is about. All times are real ones."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._under_way: dict[Hashable, asyncio.Task[bool]] = {}
        self._failed: dict[Hashable, tuple[float, float]] = {}
        """Until when it is left alone, and for how long that is."""
        self._quiet_until = 0.0

    def is_free(self, key: Hashable) -> bool:
        """Tell whether something is neither under way, nor left alone because it failed."""
        return key not in self._under_way and self._failed.get(key, (0.0, 0.0))[0] <= _now()

    @property
    def are_held_up(self) -> bool:
        """Tell whether something is still to be done that cannot be done now."""
        return bool(self._under_way or self._failed)

    async def run(self, errands: Mapping[Hashable, Errand]) -> bool:
        """Do what is free, side by side, and wait for it for a moment; return whether all of it is settled."""
        self._forget_old()
        tasks = {key: self._begin(key, errand) for key, errand in errands.items() if self.is_free(key)}
        if tasks:
            await asyncio.wait(tasks.values(), timeout=PATIENCE_SECONDS)
        while len(self._under_way) > MOST_BESIDE:
            await asyncio.wait(self._under_way.values(), return_when=asyncio.FIRST_COMPLETED)
        return len(tasks) == len(errands) and all(task.done() and task.result() for task in tasks.values())

    def _begin(self, key: Hashable, errand: Errand) -> asyncio.Task[bool]:
        task = self._under_way[key] = asyncio.get_running_loop().create_task(self._try(key, errand))
        task.add_done_callback(lambda _: self._under_way.pop(key))
        return task

    async def _try(self, key: Hashable, errand: Errand) -> bool:
        try:
            is_settled = await errand()
        except Exception as failure:  # noqa: BLE001 - the others go on, and it is tried again
            self._note(key, failure)
            return False
        self._failed.pop(key, None)
        return is_settled

    def _note(self, key: Hashable, failure: Exception) -> None:
        wait = min(2 * self._failed[key][1], LONGEST_SECONDS) if key in self._failed else FIRST_SECONDS
        if len(self._failed) < MOST_KEPT or key in self._failed:
            self._failed[key] = _now() + wait, wait
        if not isinstance(failure, UNAVAILABLE):
            log.error(f"{self._subject}: left out", of=key, seconds=wait, exc_info=failure)
        elif _now() >= self._quiet_until:  # while the database is away, all of them fail
            self._quiet_until = _now() + QUIET_SECONDS
            log.error(self._subject, of=key, trouble=str(failure) or type(failure).__name__)

    def _forget_old(self) -> None:
        """Forget what failed long ago and did not come again: it is over, or somebody else has done it."""
        since = _now() - LONGEST_SECONDS
        self._failed = {key: failed for key, failed in self._failed.items() if failed[0] > since}

    async def close(self) -> None:
        """Give up what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _now() -> float:
    return asyncio.get_running_loop().time()
