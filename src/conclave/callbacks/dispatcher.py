"""Who is sent what, and when: the first due callback of each room id, several at a time, each application by itself."""

import asyncio
from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from conclave.callbacks.ledger import Ledger
from conclave.callbacks.outcome import Outcome
from conclave.callbacks.pace import Pace
from conclave.callbacks.sender import TIMEOUT_S, Sender
from conclave.clock import Clock, pause
from conclave.domain import directory
from conclave.domain.applications import Application
from conclave.store import callback_endpoints as endpoints
from conclave.store import callbacks as queue
from conclave.store import due
from conclave.store.callback_endpoints import Endpoint
from conclave.store.callbacks import CallbackRow
from conclave.store.engine import Engine
from conclave.store.failures import UNAVAILABLE
from conclave.store.statements import LATEST, Transaction

POLL_SECONDS: Final = 0.5  # real time: the command line resumes endpoints, and wakes nobody
TICK_SECONDS: Final = 1.0  # of the clock, which may be moved
MOST: Final = 1000  # on their way at the same time, of all applications together
FIRSTS: Final = 256  # beside them: the only one of an application
MOST_CONNECTIONS: Final = MOST + FIRSTS

log = structlog.get_logger()


class _Work(msgspec.Struct):
    """What an application may be sent now."""

    application: Application
    rows: list[CallbackRow]
    is_probe: bool


class Dispatcher:
    """Finds what is due, and hands it to the sender, as long as it is this process that does so."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        sender: Sender,
        ledger: Ledger,
        pace: Pace,
        ended: Callable[[CallbackRow, Outcome], None],
        is_on_duty: Callable[[], bool],
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._sender = sender
        self._ledger = ledger
        self._pace = pace
        self._ended = ended
        self._is_on_duty = is_on_duty
        self._news = asyncio.Event()
        self._ready: set[int] = set()
        self._is_open = True
        self._on_their_way: dict[int, set[str]] = {}
        self._tasks: set[asyncio.Task[None]] = set()

    def wake(self, *sdkappids: int) -> None:
        """Look for what is due, of these applications."""
        self._ready.update(sdkappids)
        self._news.set()

    async def tick(self) -> None:
        """Look at every application whenever the clock has moved on."""
        while True:
            await self._clock.sleep(TICK_SECONDS)
            await self._look()
            self._news.set()

    async def _look(self) -> None:
        """Find the applications that something is owed to."""
        try:
            owed = await self._engine.read(due.owed)
        except UNAVAILABLE as error:
            log.error("callbacks", trouble=str(error))
        else:
            self._ready.update(owed)  # named after the wait: whoever sends takes the set away

    async def run(self) -> None:
        """Send for ever; a database that cannot be read is tried again."""
        while True:
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                await self._look()
            self._news.clear()
            ready, self._ready = self._ready if self._is_open else set(), set()
            for sdkappid in ready:
                try:
                    await self._send_due(sdkappid)
                except UNAVAILABLE as error:  # it will be found again
                    log.error("callbacks", trouble=str(error))
                except Exception as failure:  # of one application: the others go on, and it is found again, too
                    log.error("callbacks: left out", sdkappid=sdkappid, exc_info=failure)

    async def _send_due(self, sdkappid: int) -> None:
        rooms = self._on_their_way.setdefault(sdkappid, set())
        rest = self._pace.after_delivery()
        # However full the house is, each application may have one on its way, as long as there are connections at all;
        # whoever finds none is found again by the next tick.
        is_first = not rooms and len(self._tasks) < MOST_CONNECTIONS
        free = max(MOST - len(self._tasks), int(is_first))
        # A copy: what ends while the database is read is looked at again after it, and not sent twice.
        away = frozenset(rooms)
        work = await self._engine.read(lambda tx: self._find(tx, sdkappid, away, 1 if rest else free))
        if work is None:
            return
        for row in work.rows:
            rooms.add(row.room_id)
            task = asyncio.get_running_loop().create_task(self._deliver(work.application, row, work.is_probe))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        if rest:  # what is sent next is what is due then, by the settings of then
            self.wake(sdkappid)
        await pause(rest)

    async def _find(self, tx: Transaction, sdkappid: int, rooms: frozenset[str], most: int) -> _Work | None:
        """Return what may be sent now, of rooms other than ``rooms``; the settings are read as they are now."""
        endpoint = await endpoints.find_open(tx, sdkappid)
        application = await directory.find_application(tx, sdkappid) if endpoint else None
        if endpoint is None or application is None or not application.settings.callback_url:
            return None
        if endpoint.paused:
            row = None if rooms else await _probe(tx, endpoint)
            return None if row is None else _Work(application, [row], is_probe=True)
        free = min(most, application.settings.callback_parallel - len(rooms))
        if free <= 0:
            return None
        found = await queue.due(tx, sdkappid, tx.now, free + len(rooms))
        rows = [row for row in found if row.room_id not in rooms][:free]
        return _Work(application, rows, is_probe=False) if rows else None

    async def _deliver(self, application: Application, row: CallbackRow, is_probe: bool) -> None:
        is_ours = self._is_on_duty()  # if it is not, another node sends it; if it is again, the next tick finds it
        try:
            if is_ours:
                outcome = await self._send(application, row)
                self._ended(row, outcome)
                await self._ledger.record(row, outcome, is_probe, application.settings.callback_url)
        finally:
            self._on_their_way[row.sdkappid].discard(row.room_id)
            if is_ours:
                self.wake(row.sdkappid)

    async def _send(self, application: Application, row: CallbackRow) -> Outcome:
        try:
            return await self._sender.send(application, row)
        except Exception as failure:  # a fault of ours: it must not make the others wait, or be tried without end
            log.error("callback not sent", sdkappid=row.sdkappid, position=row.position, exc_info=failure)
            return Outcome("failed", 0, "it could not be sent", 0)

    async def finish(self) -> None:
        """Begin nothing any more, and let what is on its way come to its end."""
        self._is_open = False
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=TIMEOUT_S)

    async def close(self) -> None:
        """Give up what is on its way still: it was not recorded, so it will be sent again."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _probe(tx: Transaction, endpoint: Endpoint) -> CallbackRow | None:
    """Return what a paused endpoint is probed with.

    Before the next probe is due that is a callback of another room than the one that all failures were of: if it goes
    through, the endpoint is there, and only that room has to wait.
    """
    is_time = tx.now >= endpoint.probe_at
    found = await queue.due(tx, endpoint.sdkappid, LATEST if is_time else tx.now, 2)
    return next((row for row in found if is_time or row.room_id != endpoint.suspect), None)
