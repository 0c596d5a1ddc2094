"""The reader of the event log: in the log's order, page by page, for as long as somebody listens."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from conclave.clock import pause
from conclave.store import events as log_rows
from conclave.store.engine import Engine
from conclave.store.events import EventRow
from conclave.store.failures import UNAVAILABLE

PAGE: Final = 100
MUCH: Final = 256 * 1024
RETRY_SECONDS: Final = 0.5

log = structlog.get_logger()


class Feed:
    """Hands every new row of the log to ``deliver``, in order, once; it returns how many characters it told.

    While nobody listens there is no cursor and nothing is read. A listener sets the cursor to where the log stood in
    his own transaction. The log is read up to where it is settled: first it is asked how far it goes, then the commits
    of this process that are under way come to their end. So what a commit brought is told only once its own callbacks
    have run, and who entered has taken his place.

    What is old is deleted whether or not this feed has read it (``due.prune``): only one that stood still for long, or
    could not read, is ever that late. It then calls ``start_afresh`` before it goes on with what is left.
    """

    def __init__(
        self,
        engine: Engine,
        is_listening: Callable[[], bool],
        deliver: Callable[[EventRow], int],
        start_afresh: Callable[[], None],
    ) -> None:
        self._engine = engine
        self._is_listening = is_listening
        self._deliver = deliver
        self._start_afresh = start_afresh
        self._cursor: int | None = None
        self._news = asyncio.Event()
        self._is_reading = False
        self._this_round: list[asyncio.Future[None]] = []
        self._next_round: list[asyncio.Future[None]] = []
        engine.subscribe(self._wake)

    def listen_from(self, position: int) -> None:
        """Read on after ``position``, unless the feed is being read already."""
        if self._cursor is None:
            self._cursor = position

    def _wake(self) -> None:
        if self._cursor is None:
            return
        if self._is_listening():
            self._news.set()
        else:
            self._cursor = None

    async def run(self) -> None:
        """Read for ever; a database that cannot be read is tried again."""
        while True:
            await self._news.wait()
            self._news.clear()
            self._is_reading = True
            self._this_round, self._next_round = self._next_round, []
            try:
                until = await self._settled()
                while await self._read_page(until):
                    await pause(0)
                self._end_round()
            except UNAVAILABLE as error:
                self._end_round()
                log.error("feed", trouble=str(error))
                await pause(RETRY_SECONDS)
                self._news.set()

    def _end_round(self) -> None:
        self._is_reading = False
        for waiting in self._this_round:
            if not waiting.done():
                waiting.set_result(None)
        self._this_round = []

    async def caught_up(self) -> None:
        """Wait until the news of what this process has committed before is told, or cannot be read."""
        await self._engine.quiet()
        if not self._news.is_set() and not self._is_reading:
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        (self._next_round if self._news.is_set() else self._this_round).append(waiting)
        await waiting

    async def _settled(self) -> int:
        """Return the position up to which the log may be told."""
        position = await self._engine.point(log_rows.last_position)
        await self._engine.quiet()
        return position

    async def _has_missed(self, cursor: int) -> bool:
        """Tell whether facts behind ``cursor`` may have been deleted."""
        return await self._engine.point(log_rows.first_position) > cursor + 1

    async def _read_page(self, until: int) -> bool:
        """Deliver a page of what stands up to ``until``; return whether there may be more."""
        cursor = self._cursor
        if cursor is None or cursor >= until:
            return False
        rows = await self._engine.point(lambda tx: log_rows.after(tx, cursor, until, PAGE))
        # Only where positions are missing: they were taken back, mostly, by whoever had drawn them.
        has_missed = bool(rows) and rows[-1].position - cursor > len(rows) and await self._has_missed(cursor)
        if self._cursor != cursor:
            return True  # everybody left meanwhile, and others came
        if has_missed:
            log.error("feed", trouble="facts were deleted before they were read here: members have to connect again")
            self._start_afresh()
        characters = 0
        for row in rows:
            self._cursor = row.position
            try:
                characters += self._deliver(row)  # one that cannot be told must not silence all others
            except Exception as failure:
                log.error("event not delivered", position=row.position, kind=row.kind, exc_info=failure)
            if characters > MUCH:
                characters = 0
                await pause(0)  # let the connections send what they have: they are not to be taken for deaf
                if self._cursor != row.position:
                    return True  # everybody went meanwhile, and perhaps somebody else came
        return len(rows) == PAGE
