"""Checkpoints: the write-ahead log is copied into the database beside the writer, never inside a COMMIT.

A passive checkpoint copies what there is while others write. That alone never ends the log: what was written meanwhile
is at its end, and nobody begins it anew. So the writer then stands still between two batches for as long as the last
frames take, and the next one writes from the beginning. The file keeps its size; what counts are the frames in it.
"""

import asyncio
import os
import sqlite3
from bisect import bisect_left
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

import structlog

log = structlog.get_logger()
FRAMES: Final = 8192  # 32 MiB of pages: a recycled log is cheaper to write than a growing one, hot pages copied once
HEADER: Final = 32
FRAME_HEADER: Final = 24
LOOK_EVERY: Final = 64
"""Commits between two looks at the log."""
PASSES: Final = 2
"""How often the log is copied beside the writer: the second time what came meanwhile, so that little is left then."""

Chore = Callable[[], Awaitable[None]]


def frames_in(path: Path) -> int:
    """Return how many pages the log holds that are not of a round before: those that carry the header's salts.

    The layout is SQLite's own, "WAL Format", of which frames of the present round come first. (The log may be opened
    like any file: SQLite's locks lie on the database and on its index, and would go if we closed one of those.)
    """
    log_file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        header = os.pread(log_file, HEADER, 0)
        if len(header) < HEADER:
            return 0
        salts, frame = header[16:24], FRAME_HEADER + int.from_bytes(header[8:12], "big")
        frames = (os.fstat(log_file).st_size - HEADER) // frame
        return bisect_left(range(frames), 1, key=lambda n: os.pread(log_file, 8, HEADER + n * frame + 8) != salts)
    finally:
        os.close(log_file)


class Checkpoints:
    """Keeps the write-ahead log of one database short."""

    def __init__(self, path: Path, connection: sqlite3.Connection, ask_writer: Callable[[Chore], None]) -> None:
        connection.execute("PRAGMA busy_timeout=0")  # who reads for long must not stop the writer
        self._log = path.with_name(f"{path.name}-wal")
        self._connection = connection
        # A thread of its own: the writer waits for it, and must not stand in line behind somebody's long read.
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="checkpoint")
        self._ask_writer = ask_writer
        self._running: asyncio.Task[None] | None = None
        self._commits = 0

    def committed(self) -> None:
        """Count a commit; look at the log now and then."""
        self._commits += 1
        if self._commits % LOOK_EVERY == 0 and self._running is None and frames_in(self._log) >= FRAMES:
            self._running = asyncio.get_running_loop().create_task(self._run())

    async def _run(self) -> None:
        try:
            for _ in range(PASSES):
                await self._checkpoint("PASSIVE")
        finally:
            self._running = None
        self._ask_writer(lambda: self._checkpoint("RESTART"))

    async def _checkpoint(self, mode: str) -> None:
        try:
            await asyncio.get_running_loop().run_in_executor(self._thread, self._execute, mode)
        except sqlite3.Error as error:
            log.error("store", trouble=f"checkpoint failed: {error}")  # the next look tries again

    def _execute(self, mode: str) -> None:
        self._connection.execute(f"PRAGMA wal_checkpoint({mode})").fetchone()

    async def close(self) -> None:
        """Wait for a checkpoint that is under way, and close its connection."""
        if self._running is not None:
            await asyncio.wait([self._running])
        self._thread.shutdown(wait=True)
        self._connection.close()
