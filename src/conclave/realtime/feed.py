"""The reader of the event log: in the log's order, page by page, for as long as somebody listens."""

import asyncio
from collections.abc import Callable
from typing import Final

import structlog

from conclave.clock import pause
from conclave.store import events as log_rows
from conclave.store.engine import Engine, StoreError, drive
from conclave.store.events import EventRow

PAGE: Final = 100
MUCH: Final = 256 * 1024
RETRY_SECONDS: Final = 0.5

log = structlog.get_logger()


class Feed:
    """Hands every new row of the log to ``deliver``, in order, once; it returns how many characters it told.

    While nobody listens there is no cursor and nothing is read. A listener sets the cursor to where the log stood in
    his own transaction. What a commit brought is read only once the commit's own callbacks have run, who entered has
    taken his place: a later commit may be on the disk already, but is not read before its turn.
    """

    def __init__(self, engine: Engine, is_listening: Callable[[], bool], deliver: Callable[[EventRow], int]) -> None:
        self._engine = engine
        self._is_listening = is_listening
        self._deliver = deliver
        self._cursor: int | None = None
        self._settled = 0
        self._news = asyncio.Event()
        engine.subscribe(self._wake)

    def listen_from(self, position: int) -> None:
        """Read on after ``position``, unless the feed is being read already."""
        if self._cursor is None:
            self._cursor = position

    def _wake(self) -> None:
        if self._cursor is None:
            return
        if self._is_listening():
            # Now, on the loop, before the next batch is begun: this is exactly where the settled log ends.
            self._settled = drive(self._engine.read(log_rows.last_position))
            self._news.set()
        else:
            self._cursor = None

    async def run(self) -> None:
        """Read for ever; a database that cannot be read is tried again."""
        while True:
            await self._news.wait()
            self._news.clear()
            try:
                while await self._read_page():
                    await pause(0)
            except StoreError as error:
                log.error("feed", trouble=str(error))
                await pause(RETRY_SECONDS)
                self._news.set()

    async def _read_page(self) -> bool:
        """Deliver a page; return whether there may be more."""
        cursor = self._cursor
        if cursor is None:
            return False
        rows = await self._engine.read(lambda tx: log_rows.after(tx, cursor, self._settled, PAGE))
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
