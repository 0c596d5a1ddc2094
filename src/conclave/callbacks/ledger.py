"""The ledger: collects what came of callbacks, and of their endpoints, and has it written, many at a time."""

import asyncio
from collections.abc import Sequence
from typing import Final

import structlog

from conclave.callbacks.outcome import Outcome
from conclave.callbacks.settling import Entry, Rules, put_off, write
from conclave.clock import pause
from conclave.store.callback_endpoints import Endpoint
from conclave.store.callbacks import CallbackRow
from conclave.store.engine import Engine
from conclave.store.failures import UNAVAILABLE

BATCH: Final = 100
RETRY_SECONDS: Final = 0.5
log = structlog.get_logger()


class Ledger:
    """Collects outcomes while the last ones are being written."""

    def __init__(self, engine: Engine, rules: Rules) -> None:
        self._engine = engine
        self._rules = rules
        self._entries: list[Entry] = []
        self._news = asyncio.Event()

    async def record(self, row: CallbackRow, outcome: Outcome, is_probe: bool, url: str) -> None:
        """Return once the outcome is durable, however long the database cannot be written."""
        written: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._entries.append(Entry(row, outcome, is_probe, url, written))
        self._news.set()
        await written

    async def run(self) -> None:
        """Write for ever; what could not be written is tried again."""
        while True:
            await self._news.wait()
            batch = self._entries[:BATCH]
            try:
                await self._write(batch)
            except UNAVAILABLE as error:
                log.error("callbacks", trouble=str(error))
                await pause(RETRY_SECONDS)
                continue
            del self._entries[: len(batch)]
            if not self._entries:
                self._news.clear()
            for entry in batch:
                if not entry.written.done():
                    entry.written.set_result(None)

    async def _write(self, batch: Sequence[Entry]) -> None:
        """Write a batch, one by one where it fails as a whole: so one that cannot be recorded leaves the others alone.

        Those that were written before the database went away change nothing when they are written again.
        """
        try:
            news = await self._engine.write(lambda tx: write(tx, batch, self._rules))
        except UNAVAILABLE:
            raise
        except Exception as failure:
            if len(batch) == 1:
                return await self._leave_out(batch[0], failure)
            log.error("callbacks: recorded one by one", count=len(batch), exc_info=failure)
            for entry in batch:
                await self._write([entry])
        else:
            for endpoint in news:
                _announce(endpoint)

    async def _leave_out(self, entry: Entry, failure: Exception) -> None:
        """Let a callback be sent again later, whatever came of it: nothing is known of what is not recorded."""
        row = entry.row
        place = {"sdkappid": row.sdkappid, "position": row.position, "number": row.number}
        log.error("callbacks: left out", **place, outcome=entry.outcome.kind, exc_info=failure)
        try:
            await self._engine.write(lambda tx: put_off(tx, entry))
        except UNAVAILABLE:
            raise
        except Exception as another:  # then it is due at once, and this is what keeps it from being sent without end
            log.error("callbacks: not put off", **place, exc_info=another)
            await pause(RETRY_SECONDS)


def _announce(endpoint: Endpoint) -> None:
    if endpoint.paused:
        log.error(
            "callback endpoint paused",
            sdkappid=endpoint.sdkappid,
            failures=endpoint.failures,
            reason=endpoint.reason,
            waiting=endpoint.waiting,
        )
    else:
        log.warning("callback endpoint resumed", sdkappid=endpoint.sdkappid, waiting=endpoint.waiting)
