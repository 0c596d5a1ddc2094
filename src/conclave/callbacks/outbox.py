"""The reader of the log that fills the queue of callbacks."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Final

import msgspec
import structlog

from conclave.callbacks import bodies
from conclave.callbacks.pace import Pace
from conclave.clock import pause
from conclave.domain import events, facts
from conclave.domain.room_drafts import ROOM_TYPE
from conclave.store import callback_endpoints as endpoints
from conclave.store import callbacks as queue
from conclave.store import due
from conclave.store import events as log_rows
from conclave.store.callbacks import CallbackRow
from conclave.store.engine import Engine
from conclave.store.events import EventRow
from conclave.store.failures import UNAVAILABLE
from conclave.store.statements import Transaction

PAGE: Final = 100
DROPPED: Final = 500
CONFIGURATION: Final = facts.CallbacksConfigured.__name__
POLL_SECONDS: Final = 0.5  # the command line changes settings, and wakes nobody
BEHIND: Final = 5000  # events that raise nothing are passed without writing that down each time

log = structlog.get_logger()


class Watch(msgspec.Struct, frozen=True):
    """What an application's configuration says where the reader stands."""

    commands: frozenset[str] = frozenset()
    room_type: str = ROOM_TYPE


class _Page(msgspec.Struct):
    """A page of the log, worked through: what it puts into the queue, and what is listened to behind it."""

    position: int
    watches: dict[int, Watch]
    due: list[CallbackRow] = []
    changed: dict[int, facts.CallbacksConfigured] = {}
    removed: set[int] = set()

    def take(self, row: EventRow) -> None:
        """Work through the next event of the page."""
        if row.kind == CONFIGURATION:
            fact = facts.read(row)
            assert isinstance(fact, facts.CallbacksConfigured)
            self.changed[row.sdkappid] = fact
            self.watches[row.sdkappid] = Watch(frozenset(fact.commands), fact.room_type)
            if fact.is_removed:
                self.removed.add(row.sdkappid)
                self.due = [each for each in self.due if each.sdkappid != row.sdkappid]
        elif row.room_key != events.OUTSIDE:
            watch = self.watches.get(row.sdkappid)
            if watch is not None and watch.commands:
                self.due += _raised(row, watch)


def _raised(row: EventRow, watch: Watch) -> list[CallbackRow]:
    try:
        rendered = bodies.render(row, watch.commands, watch.room_type)
    except Exception as failure:  # one that cannot be told must not silence all others
        log.error("event without callback", position=row.position, kind=row.kind, exc_info=failure)
        return []
    fixed = (row.sdkappid, row.position, 0, row.room_id, row.at)
    return [CallbackRow(*fixed, command, row.platform, row.client_ip, body) for command, body in rendered]


class Outbox:
    """Reads the log on from where it was left, and puts what is due into the queue, in the log's order."""

    def __init__(self, engine: Engine, pace: Pace, told: Callable[..., None]) -> None:
        self._engine = engine
        self._pace = pace
        self._told = told
        self._news = asyncio.Event()
        self._watches: dict[int, Watch] = {}
        self._cursor = 0
        self._written = 0

    @property
    def position(self) -> int:
        """The position up to which the log has been passed: what was due is in the queue, durably."""
        return self._cursor

    def wake(self) -> None:
        """Look at once whether the log goes on."""
        self._news.set()

    async def run(self) -> None:
        """Read for ever; a database that cannot be read or written is tried again."""
        is_loaded = False
        while True:
            try:
                if not is_loaded:
                    self._cursor, self._watches = await self._engine.read(_load)
                    self._written = self._cursor
                    is_loaded = True
                self._news.clear()
                more = True
                while more:
                    more = await self._step()
                    await pause(self._pace.after_page())
            except UNAVAILABLE as error:
                log.error("callbacks", trouble=str(error))
                is_loaded = False  # whether the last page was written is what the database says
                await pause(POLL_SECONDS)
                continue
            try:
                async with asyncio.timeout(POLL_SECONDS):
                    await self._news.wait()
            except TimeoutError:
                continue

    async def _step(self) -> bool:
        """Pass a page of the log; return whether there may be more."""
        until = await self._engine.point(log_rows.last_position)  # before: what is settled then, the next reader sees
        rows, position = await self._engine.point(lambda tx: self._read(tx, until))
        page = _Page(position, dict(self._watches))
        for row in rows:
            page.take(row)
        if page.due or page.changed or page.position - self._written >= BEHIND:
            for sdkappid in page.removed:
                while await self._engine.write(lambda tx, of=sdkappid: queue.drop(tx, of, DROPPED)):  # type: ignore[misc]
                    await pause(0)
            await self._engine.write(lambda tx: _write(tx, page))
            self._written = page.position
            self._told(*{callback.sdkappid for callback in page.due}, *page.changed)
        self._cursor, self._watches = page.position, page.watches
        return len(rows) == PAGE or bool(page.changed)

    async def _read(self, tx: Transaction, until: int) -> tuple[list[EventRow], int]:
        """Return the next events up to ``until`` that may concern anybody, and how far nothing else does."""
        if any(watch.commands for watch in self._watches.values()):
            rows = await log_rows.after(tx, self._cursor, until, PAGE)
            return rows, rows[-1].position if rows else self._cursor
        # Nobody listens: only a configuration can change that.
        rows = await log_rows.of_kind(tx, self._cursor, until, CONFIGURATION)
        return rows, rows[-1].position if rows else max(until, self._cursor)


async def _load(tx: Transaction) -> tuple[int, dict[int, Watch]]:
    """Return how far the log has been passed, and what each application listened to there."""
    watches = {sdkappid: msgspec.json.decode(watched, type=Watch) for sdkappid, watched in await due.watching(tx)}
    return await due.callback_cursor(tx), watches


async def _write(tx: Transaction, page: _Page) -> None:
    waiting = Counter(callback.sdkappid for callback in page.due)
    for sdkappid in sorted({*waiting, *page.changed}):
        if sdkappid in page.changed:
            watched = msgspec.json.encode(page.watches[sdkappid]).decode()
            await endpoints.watch(tx, sdkappid, watched, page.changed[sdkappid].version)
        if sdkappid in waiting:
            await endpoints.count(tx, sdkappid, waiting=waiting[sdkappid])
    for callback in page.due:
        await queue.enqueue(tx, callback)
    await due.set_callback_cursor(tx, page.position)
