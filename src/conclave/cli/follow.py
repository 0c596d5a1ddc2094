"""Following the queue of callbacks: what is new in it, and what became of what was new."""

import asyncio
from collections.abc import Callable
from typing import Final

import typer

from conclave.cli.stopping import stop_event
from conclave.domain import callback_queue as queue
from conclave.domain.operation import Operation
from conclave.store import callbacks as rows
from conclave.store.callbacks import WAITING, CallbackRow

POLL_S: Final = 0.5
MOST: Final = 500
PAGE: Final = 100


class Follower:
    """Remembers the latest callback that it saw, and those that wait and of which there will be more to tell."""

    def __init__(self, room_id: str | None) -> None:
        self._room_id = room_id
        self._latest: queue.Place | None = None
        self._waiting: dict[queue.Place, str] = {}

    async def run(self, seconds: float | None, ask: Callable[[], list[str]]) -> None:
        """Print the lines that ``ask`` returns, twice a second, for some seconds or until a signal."""
        stop = stop_event(seconds)
        while not stop.is_set():
            for line in await asyncio.to_thread(ask):
                typer.echo(line)
            try:
                async with asyncio.timeout(POLL_S):
                    await stop.wait()
            except TimeoutError:
                continue

    async def news(self, op: Operation) -> list[CallbackRow]:
        """Return what changed, then what is new, the oldest first; the first time nothing: it only looks around."""
        told = [*await self._changed(op), *await self._fresh(op)]
        for row in told:
            if row.state == WAITING and len(self._waiting) < MOST:
                self._waiting[_key(row)] = row.attempts
        return told

    async def _changed(self, op: Operation) -> list[CallbackRow]:
        found = []
        for key, attempts in list(self._waiting.items()):
            row = await rows.find_at(op.tx, op.sdkappid, *key)
            if row is None or row.state != WAITING or row.attempts != attempts:
                del self._waiting[key]
                found += [row] if row else []
        return found

    async def _fresh(self, op: Operation) -> list[CallbackRow]:
        page, place = await queue.page(op, None, self._room_id, queue.START, PAGE)
        since, self._latest = self._latest, _key(page[0]) if page else queue.START
        if since is None:
            return []
        found = [row for row in page if _key(row) > since]
        while PAGE <= len(found) < MOST and _key(page[-1]) > since and place != queue.START:
            page, place = await queue.page(op, None, self._room_id, place, PAGE)
            found += [row for row in page if _key(row) > since]
        return found[::-1]


def _key(row: CallbackRow) -> queue.Place:
    return row.position, row.number
