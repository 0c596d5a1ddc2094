"""Looking again and again, by a clock that may be moved."""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from conclave.clock import Clock
from conclave.realtime.patience import SECOND_NS
from conclave.store.engine import UNAVAILABLE

LOOK_SECONDS: Final = 1.0

log = structlog.get_logger()


async def watch(clock: Clock, look: Callable[[], Awaitable[None]], subject: str) -> None:
    """Look once a second for ever; where the database cannot be used, it is tried again."""
    while True:
        next_ns = clock.monotonic_ns() + int(LOOK_SECONDS * SECOND_NS)
        try:
            await look()
        except UNAVAILABLE as error:
            log.error(subject, trouble=str(error))
        # From before the look on: a clock that was moved meanwhile, and then stands still, would not end a sleep.
        await clock.sleep((next_ns - clock.monotonic_ns()) / SECOND_NS)
