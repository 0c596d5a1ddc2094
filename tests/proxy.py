"""A TCP proxy in front of a server, for tests that cut cables: from a distance, and at any moment."""

import asyncio
import contextlib
import threading
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Self

from bench.ports import free_port


class Proxy:
    """Passes bytes on to a port of this machine, in a thread of its own.

    ``cut`` ends what is open without a word; ``swallow`` leaves it open, and lets nothing through any more.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = free_port()
        self.opened = 0
        self._open: set[asyncio.StreamWriter] = set()
        self._swallowed: set[asyncio.StreamWriter] = set()
        self._is_down = False
        self._cut_before = b""
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def __enter__(self) -> Self:
        self._thread.start()
        self._server = self._do(asyncio.start_server(self._serve, "127.0.0.1", self.port))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._do(self._end())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def cut(self) -> None:
        """Cut every connection, both ways, in the middle of whatever it is carrying."""
        self._do(self._cut())

    def swallow(self) -> None:
        """Lose whatever the connections carry that are open now: neither end is told, not even that the other ended."""
        self._do(self._swallow())

    def cut_before(self, text: bytes) -> None:
        """Cut the connection that next carries ``text`` to a client, right before it: within a frame, mostly."""
        self._cut_before = text

    def take_down(self) -> None:
        """Cut everything, and accept nothing that works until ``put_up``."""
        self._is_down = True
        self.cut()

    def put_up(self) -> None:
        """Serve again."""
        self._is_down = False

    def _do(self, work: Coroutine[Any, Any, Any]) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _end(self) -> None:
        self._server.close()
        await self._cut()
        if passing := asyncio.all_tasks() - {asyncio.current_task()}:
            await asyncio.wait(passing, timeout=5)

    async def _cut(self) -> None:
        for writer in list(self._open):
            writer.transport.abort()

    async def _swallow(self) -> None:
        self._swallowed |= self._open

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.opened += 1
        if self._is_down:
            writer.transport.abort()
            return
        try:
            there, back = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, back}
        self._open |= pair
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer, is_watched=True))
        self._open -= pair
        self._swallowed -= pair

    async def _pass(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, is_watched: bool = False
    ) -> None:
        with contextlib.suppress(OSError):
            while chunk := await reader.read(65_536):
                if is_watched and self._cut_before and self._cut_before in chunk:
                    writer.write(chunk[: chunk.index(self._cut_before)])
                    self._cut_before = b""
                    writer.close()  # what was written still goes out
                    return
                if writer not in self._swallowed:
                    writer.write(chunk)
                    await writer.drain()
        if writer not in self._swallowed:
            writer.transport.abort()
