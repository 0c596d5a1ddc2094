"""What is kept for a time only: delivered callbacks, those that wait for an endpoint that stays away, events.

And the numbers of room ids, which are kept for as long as there is a room or a callback of that id.
"""

from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from conclave.clock import Clock, pause, rest
from conclave.store import callback_endpoints as endpoints
from conclave.store import callback_rooms, due
from conclave.store import callbacks as queue
from conclave.store import events as log_rows
from conclave.store.engine import Engine
from conclave.store.failures import UNAVAILABLE
from conclave.store.statements import LATEST, Transaction

PERIOD_SECONDS: Final = 60.0
BATCH: Final = 200
EVENTS: Final = 500
UNREAD: Final = 1000  # events that the reader of the log has before it; where there are more, nothing is swept

log = structlog.get_logger()


class Keeping(msgspec.Struct, frozen=True):
    """How long delivered callbacks stay (seconds), how many, and how long callbacks wait for a paused endpoint."""

    retention_s: int
    size: int
    waiting_s: int


async def keep_house(engine: Engine, clock: Clock, keeping: Keeping, has_read: Callable[[], int]) -> None:
    """Tidy up for ever: what waits too long for a paused endpoint is given up; what is dead is never deleted.

    ``has_read`` tells the position up to which the log is in the queue.
    """
    places: dict[int, str] = {}
    while True:
        since_ns = clock.monotonic_ns()
        try:
            for sdkappid, _ in await engine.read_many(due.watching):
                try:
                    await _tidy_up(engine, sdkappid, keeping)
                    places[sdkappid] = await _sweep(engine, sdkappid, places.get(sdkappid, ""), has_read)
                except UNAVAILABLE:
                    raise
                except Exception as failure:  # of one application: the others go on, and it comes up again
                    log.error("callbacks: left out", sdkappid=sdkappid, exc_info=failure)
        except UNAVAILABLE as error:
            log.error("callbacks", trouble=str(error))
        await rest(clock, since_ns, PERIOD_SECONDS)


async def _tidy_up(engine: Engine, sdkappid: int, keeping: Keeping) -> None:
    given_up = 0
    try:
        while any(done := await engine.write(lambda tx: _tidy(tx, sdkappid, keeping))):
            given_up += done[1]
            await pause(0)
    finally:
        if given_up:
            because = "the endpoint is paused too long"
            log.error("callbacks given up", sdkappid=sdkappid, count=given_up, because=because)


async def _tidy(tx: Transaction, sdkappid: int, keeping: Keeping) -> tuple[int, int]:
    """Do a bounded part for one application; return how many were pruned, and given up: none is the end.

    Of each room id the first is given up, so that the next is looked at the next time.
    """
    endpoint = await endpoints.lock(tx, sdkappid)
    assert endpoint is not None
    excess = endpoint.delivered - keeping.size
    if excess > 0:
        pruned = await queue.prune(tx, sdkappid, LATEST, min(excess, BATCH))
    else:
        pruned = await queue.prune(tx, sdkappid, tx.now - keeping.retention_s * 1000, BATCH)
    too_long = tx.now - keeping.waiting_s * 1000
    given_up = []
    if endpoint.paused and endpoint.paused_at <= too_long:
        given_up = await queue.oldest(tx, sdkappid, too_long, BATCH)
    for row in given_up:
        await queue.give_up(tx, row)
    return pruned, len(given_up)


async def _sweep(engine: Engine, sdkappid: int, after: str, has_read: Callable[[], int]) -> str:
    """Forget room ids that are over, of a page behind ``after``; return where the next round goes on.

    As long as half of a page was forgotten it goes on at once: so what is over never outgrows what is not.
    """
    while True:
        after, forgotten = await engine.write(lambda tx: _sweep_page(tx, sdkappid, after, has_read()))  # noqa: B023 - awaited here
        if forgotten < BATCH // 2:
            return after
        await pause(0)


async def _sweep_page(tx: Transaction, sdkappid: int, after: str, read: int) -> tuple[str, int]:
    await endpoints.lock(tx, sdkappid)
    if await log_rows.last_position(tx) - read > UNREAD:
        return after, 0
    return await callback_rooms.sweep(tx, sdkappid, after, read, BATCH)


async def prune(
    engine: Engine, clock: Clock, retention_s: int, most_events: int, everybody_has_read: Callable[[], int]
) -> None:
    """Delete what is kept for a time only, once that is over; of the log only what everybody has read."""
    while True:
        since_ns, before = clock.monotonic_ns(), clock.now_ms() - retention_s * 1000
        try:
            while await engine.write(lambda tx: due.prune(tx, before, most_events, everybody_has_read(), EVENTS)):  # noqa: B023 - awaited here
                pass
        except UNAVAILABLE as error:
            log.error("prune", trouble=str(error))
        await rest(clock, since_ns, PERIOD_SECONDS)
