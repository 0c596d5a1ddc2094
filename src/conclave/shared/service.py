"""``Shared``: one Redis, with what is asked of it and what is told by it."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from conclave.shared.address import shown
from conclave.shared.questions import Questions
from conclave.shared.rates import PROBE, SCRIPT, Rates
from conclave.shared.topics import Topics

CALM_SECONDS: Final = 5.0
"""For which it must answer before it is said to be back: one that comes and goes is said once to be away."""

log = structlog.get_logger()


class Shared:
    """What the nodes share; made without asking Redis anything, and useful once ``work`` runs."""

    def __init__(self, url: str) -> None:
        self._shown = shown(url)
        self._is_away = False
        self._calm: asyncio.TimerHandle | None = None
        self._questions = Questions(url, self._changed, SCRIPT, PROBE)
        self.rates = Rates(self._questions)
        self.topics = Topics(url, self._changed, self._questions)

    @property
    def is_usable(self) -> bool:
        """Tell whether Redis answers questions, and is listened to."""
        return self._questions.is_usable and self.topics.is_usable

    def work(self) -> list[Coroutine[Any, Any, None]]:
        """Return what must run for as long as the server lives."""
        return [self._questions.run(), self.topics.run()]

    def _changed(self, trouble: str) -> None:
        """Log one line when it goes, and one when all of it is back."""
        if self._calm is not None:
            self._calm.cancel()
            self._calm = None
        if trouble and not self._is_away:
            self._is_away = True
            log.error("redis", trouble=f"{self._shown} is away: {trouble}; this node counts for itself")
        elif self._is_away and self.is_usable:
            self._calm = asyncio.get_running_loop().call_later(CALM_SECONDS, self._back)

    def _back(self) -> None:
        self._is_away = False
        log.info("redis", trouble=f"{self._shown} is back")
