"""A thread that does nothing but COMMIT, so that the loop need not wait for the disk.

Handing work to an executor costs what the fsync itself costs, because the thread must wait until the busy loop gives
up the GIL. Here the loop lets go of it on purpose until the thread has begun: measured on a saturated loop, the way
into COMMIT shrinks from 440 to 60 microseconds (docs/performance.md).
"""

import asyncio
import sqlite3
import threading


class Committer:
    """Commits one connection's transactions, one at a time."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._loop = asyncio.get_running_loop()
        self._wanted = threading.Semaphore(0)
        self._begun = threading.Lock()
        self._begun.acquire()
        self._outcome: asyncio.Future[None] | None = None
        self._thread = threading.Thread(target=self._run, name="commit", daemon=True)
        self._thread.start()

    async def commit(self) -> None:
        """Return when the transaction is on the disk; raises ``sqlite3.Error`` when it is lost."""
        outcome = self._outcome = self._loop.create_future()
        self._wanted.release()
        self._begun.acquire()  # gives the thread the GIL, until it gives it up inside COMMIT
        await outcome

    def close(self) -> None:
        """End the thread."""
        self._outcome = None
        self._wanted.release()
        self._thread.join()

    def _run(self) -> None:
        while True:
            self._wanted.acquire()
            outcome = self._outcome
            if outcome is None:
                return
            self._begun.release()
            try:
                self._connection.execute("COMMIT")
            except BaseException as error:  # noqa: BLE001 - out of memory is one, too; the thread must outlive it
                self._loop.call_soon_threadsafe(outcome.set_exception, error)
            else:
                self._loop.call_soon_threadsafe(outcome.set_result, None)
