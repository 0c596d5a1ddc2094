"""Checkpoints: the write-ahead log is copied into the database beside the writer, never inside a COMMIT.

A passive checkpoint copies what there is while others write. Under steady load it never catches up, and the log would
grow without end: then the writer is asked to stand still between two batches for as long as the last frames take.
"""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger()
BYTES: Final = 32 * 2**20  # a recycled log is cheaper to write than a growing one, and hot pages are copied once
LOOK_EVERY: Final = 64
"""Commits between two looks at the log's size."""

Chore = Callable[[], Awaitable[None]]


class Checkpoints:
    """Keeps the write-ahead log of one database short."""

    def __init__(
        self,
        path: Path,
        connection: sqlite3.Connection,
        threads: ThreadPoolExecutor,
        ask_writer: Callable[[Chore], None],
    ) -> None:
        connection.execute("PRAGMA busy_timeout=0")  # who reads for long must not stop the writer
        self._wal = path.with_name(f"{path.name}-wal")
        self._connection = connection
        self._threads = threads
        self._ask_writer = ask_writer
        self._running: asyncio.Task[None] | None = None
        self._commits = 0

    def committed(self) -> None:
        """Count a commit; look at the log now and then."""
        self._commits += 1
        if self._commits % LOOK_EVERY == 0 and self._running is None and self._wal.stat().st_size >= BYTES:
            self._running = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            if not await self._checkpoint("PASSIVE"):
                self._ask_writer(self._restart)
        finally:
            self._running = None

    async def _restart(self) -> None:
        await self._checkpoint("RESTART")

    async def _checkpoint(self, mode: str) -> bool:
        """Return whether the whole log is in the database now, so that the next writer begins it anew."""
        loop = asyncio.get_running_loop()
        try:
            busy, frames, copied = await loop.run_in_executor(self._threads, self._execute, mode)
        except sqlite3.Error as error:
            log.error("store", trouble=f"checkpoint failed: {error}")
            return True  # what failed now is tried again at the next look
        return not busy and frames == copied

    def _execute(self, mode: str) -> tuple[int, int, int]:
        busy, frames, copied = self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()
        return busy, frames, copied

    async def close(self) -> None:
        """Wait for a checkpoint that is under way."""
        if self._running is not None:
            await asyncio.wait([self._running])
