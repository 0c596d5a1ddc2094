"""The clock's appointments: work that nobody asks for, done in loops for as long as the server lives.

A fault of the store is logged and the loop goes on: the disk may be back at the next round. Any other failure is a
mistake of ours; it ends the loop, and with it the server, rather than leave one running that ends no room any more.
"""

from collections.abc import Awaitable, Callable
from typing import Final

import structlog

from conclave.clock import Clock, pause
from conclave.domain import schedule
from conclave.domain.directory import Directory
from conclave.store import due
from conclave.store.engine import UNAVAILABLE, Engine
from conclave.transport.tls import DAY_S, Certificate, CertificateError

REFRESH_SECONDS: Final = 0.5
LONGEST_NAP: Final = 1.0
SHORTEST_NAP: Final = 0.001

log = structlog.get_logger()


async def refresh_applications(directory: Directory) -> None:
    """See changes of applications within a second [G22]."""
    while True:
        await pause(REFRESH_SECONDS)
        try:
            await directory.refresh()
        except UNAVAILABLE as error:
            log.error("applications", trouble=str(error))


async def keep_schedule(engine: Engine, directory: Directory, clock: Clock) -> None:
    """Start and end rooms when their moment comes; late moments first, after a start that slept through them."""
    while True:
        moment = None
        try:
            while await engine.write(lambda tx: schedule.run_due(tx, directory.get)):
                pass
            moment = await engine.read(due.next_moment)
        except UNAVAILABLE as error:
            log.error("schedule", trouble=str(error))
        nap = LONGEST_NAP if moment is None else (moment - clock.now_ms()) / 1000
        if nap > 0:
            await clock.sleep(min(nap, LONGEST_NAP))
        else:
            await pause(SHORTEST_NAP)  # the clock was moved meanwhile: a frozen one would not end a sleep


async def renew_certificate(
    clock: Clock,
    first: Certificate,
    current: Callable[[], Certificate],
    take_up: Callable[[Certificate], Awaitable[None]],
) -> None:
    """Look once a day whether there is another certificate, made anew or laid down by the operator; take it up."""
    served = first
    while True:
        await clock.sleep(DAY_S)
        try:
            found = current()
        except (CertificateError, OSError) as error:
            log.error("certificate", trouble=f"the one in use stays: {error}")
            continue
        if found != served:
            await take_up(found)
            served = found
            log.info("certificate", renewed=str(found.certificate))
