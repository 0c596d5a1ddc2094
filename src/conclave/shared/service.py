"""``Shared``: one Redis, with what is asked of it and what is told by it."""

from collections.abc import Coroutine
from typing import Any

import structlog

from conclave.shared.address import shown
from conclave.shared.questions import Questions
from conclave.shared.rates import PROBE, SCRIPT, Rates
from conclave.shared.topics import Topics

log = structlog.get_logger()


class Shared:
    """What the nodes share; made without asking Redis anything, and useful once ``work`` runs."""

    def __init__(self, url: str) -> None:
        self._shown = shown(url)
        self._is_away = False
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
        if trouble and not self._is_away:
            self._is_away = True
            log.error("redis", trouble=f"{self._shown} is away: {trouble}; this node counts for itself")
        elif self._is_away and self.is_usable:
            self._is_away = False
            log.info("redis", trouble=f"{self._shown} is back")
