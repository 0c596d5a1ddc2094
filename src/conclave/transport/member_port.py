"""A port for members alone, on a WebSocket library that keeps little for each connection.

Granian keeps a read buffer of 128 KiB for every WebSocket, and closes without a status code. What comes in here is
served as at the main port, costs a fraction of that, and hears the code of its end.

At most ``most_connections`` are open, accepted or not; more wait in the kernel. A connection keeps the certificate with
which it began, so that a new one is taken up without an end of any.
"""

import asyncio
import contextlib
import os
import socket
import ssl
from collections.abc import Coroutine
from typing import Any, Final

import structlog

from conclave.api.gate import Network
from conclave.clock import pause
from conclave.transport.member_socket import HANDSHAKE_SECONDS, LINGER_SECONDS, MemberSocket
from conclave.transport.websocket import Members

READ_BYTES: Final = 4096
STRANGERS: Final = 1024  # connections beside the members', for handshakes and for ends
REST_SECONDS: Final = 0.5

log = structlog.get_logger()


def most_connections(members: int) -> int:
    """Return how many connections are open at most where that many members may be connected."""
    return members + STRANGERS


class MemberPort:
    """The listener; ``serving`` ends by itself only when it fails."""

    def __init__(
        self,
        bound: socket.socket,
        context: ssl.SSLContext | None,
        most: int,
        members: Members,
        proxies: tuple[Network, ...],
    ) -> None:
        """Serve on a socket that listens, over TLS where there is a context."""
        self.members = members
        self.proxies = proxies
        self.buffer = memoryview(bytearray(READ_BYTES))
        self._bound = bound
        self._context = context
        self._room = asyncio.Semaphore(most)
        self._sockets: set[MemberSocket] = set()
        self._emptied = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self.serving = asyncio.get_running_loop().create_task(self._accept())

    def take_up(self, context: ssl.SSLContext) -> None:
        """Show whoever comes from now on another certificate; nobody who is there notices."""
        self._context = context

    async def stop(self) -> None:
        """Take no connections any more, and end those that there are, within two seconds."""
        self.serving.cancel()
        await asyncio.wait([self.serving])
        self._bound.close()
        for task in list(self._tasks):
            task.cancel()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=LINGER_SECONDS)
        for each in list(self._sockets):
            each.let_go()
        if self._sockets:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(LINGER_SECONDS):
                    await self._emptied.wait()
        for each in list(self._sockets):
            each.abort()

    def serve(self, member: MemberSocket, client_ip: str) -> None:
        """Begin to serve a member."""
        self._do(self._serve(member, client_ip))

    def keep(self, member: MemberSocket) -> None:
        """Know of a connection that is there now."""
        self._sockets.add(member)
        self._emptied.clear()

    def forget(self, member: MemberSocket) -> None:
        """Let another come in the place of a connection that has ended."""
        self._sockets.discard(member)
        self._room.release()
        if not self._sockets:
            self._emptied.set()

    async def _accept(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            await self._room.acquire()
            try:
                connection, _ = await loop.sock_accept(self._bound)
            except ConnectionAbortedError:
                self._room.release()
                continue
            except OSError as error:  # the limit of open files, most of all
                self._room.release()
                log.warning("member port", trouble=os.strerror(error.errno or 0))
                await pause(REST_SECONDS)
                continue
            self._do(self._welcome(connection))

    async def _welcome(self, connection: socket.socket) -> None:
        """Begin TLS, where it is spoken; from then on the connection looks after itself."""
        limits = {"ssl_handshake_timeout": HANDSHAKE_SECONDS, "ssl_shutdown_timeout": LINGER_SECONDS}
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: MemberSocket(self), connection, ssl=self._context, **(limits if self._context else {})
            )
        except OSError:  # no TLS, or not in time; the socket is closed, and nobody kept it
            self._room.release()

    async def _serve(self, member: MemberSocket, client_ip: str) -> None:
        try:
            await self.members.serve(member, client_ip)
        finally:
            member.let_go()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()):
            log.error("unexpected failure", exc_info=failure)
