"""The clock's appointments: work that nobody asks for, done in loops for as long as the server lives.

A fault of the store is logged and the loop goes on: the disk may be back at the next round. What goes wrong in a single
room is logged, and the room left alone for a while (``errands``). Any other failure is a mistake of ours; it ends the
loop, and with it the server, rather than leave one running that ends no room any more.
"""

from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

import structlog

from conclave.clock import Clock, pause
from conclave.domain.directory import Directory
from conclave.domain.schedule import BATCH, CHORES, Chore
from conclave.errands import Errands
from conclave.store import due
from conclave.store.engine import Engine
from conclave.store.failures import UNAVAILABLE, StoreError
from conclave.store.statements import Transaction
from conclave.transport.tls import DAY_S, Certificate, CertificateError

REFRESH_SECONDS: Final = 0.5
LONGEST_NAP: Final = 1.0
SHORTEST_NAP: Final = 0.001
HELD_UP_NAP: Final = 0.1
AGAIN_S: Final = 60

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
    errands = Errands("schedule")
    try:
        while True:
            moment = None
            try:
                while await _run_due(engine, directory, errands):
                    pass
                moment = await engine.read(due.next_moment)
            except UNAVAILABLE as error:
                log.error("schedule", trouble=str(error))
            nap = LONGEST_NAP if moment is None else (moment - clock.now_ms()) / 1000
            if nap > 0:
                await clock.sleep(min(nap, LONGEST_NAP))
            else:  # something is due that cannot be done, or the clock was moved: a frozen one would not end a sleep
                await pause(HELD_UP_NAP if errands.are_held_up else SHORTEST_NAP)
    finally:
        await errands.close()


async def _run_due(engine: Engine, directory: Directory, errands: Errands) -> bool:
    """Do what is due, chore by chore, in at most ``BATCH`` rooms of each; return whether more may be waiting."""

    async def find(tx: Transaction) -> list[list[tuple[int, int]]]:
        return [await chore.find(tx, errands.is_free) for chore in CHORES]

    found = await engine.read(find)
    for chore, rooms in zip(CHORES, found, strict=True):
        await errands.run({(chore.name, *room): partial(_do, engine, directory, chore, *room) for room in rooms})
    return any(len(rooms) == BATCH for rooms in found)


async def _do(engine: Engine, directory: Directory, chore: Chore, sdkappid: int, room_key: int) -> bool:
    application = directory.get(sdkappid)
    if application is None:  # the room is left alone for a while: what made it is not read yet, or cannot be
        raise StoreError(f"application {sdkappid} is not known here")
    await engine.write(lambda tx: chore.do(tx, application, room_key))
    return True


async def renew_certificate(
    clock: Clock,
    first: Certificate,
    current: Callable[[], Certificate],
    take_up: Callable[[Certificate], Awaitable[None]],
) -> None:
    """Look once a day whether there is another certificate, made anew or laid down by the operator; take it up.

    ``take_up`` raises ``OSError`` before it has changed anything.

    One that cannot be used is looked at again in a minute: its files are being replaced, perhaps.
    """
    served = first
    wait = DAY_S
    while True:
        await clock.sleep(wait)
        wait = DAY_S
        try:
            found = current()
            if found != served:
                await take_up(found)
                served = found
                log.info("certificate", renewed=str(found.certificate))
        except (CertificateError, OSError) as error:  # ssl.SSLError is an OSError
            log.error("certificate", trouble=f"the one in use stays: {error}")
            wait = AGAIN_S
