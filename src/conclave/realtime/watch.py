"""Looking again and again, by a clock that may be moved."""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from conclave.clock import Clock, rest
from conclave.store.failures import UNAVAILABLE

LOOK_SECONDS: Final = 1.0

log = structlog.get_logger()


async def watch(clock: Clock, look: Callable[[], Awaitable[None]], subject: str) -> None:
    """Look once a second for ever; where the database cannot be used, it is tried again."""
    while True:
        since_ns = clock.monotonic_ns()
        try:
            await look()
        except UNAVAILABLE as error:
            log.error(subject, trouble=str(error))
        await rest(clock, since_ns, LOOK_SECONDS)
