"""One Granian in this process: HTTP/1.1, HTTP/2 by ALPN, TLS 1.2 and 1.3, WebSockets.

The listening socket is ours, not Granian's: a port that is taken is noticed (Granian would share it), port 0 is known
before the first request, and a new certificate is taken up without a connection being refused.
"""

import asyncio
import logging
import os
import socket
from pathlib import Path
from typing import Any, Final

import msgspec
from granian._granian import SocketHolder
from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.server.embed import Server

from conclave.transport.address import BACKLOG, bind
from conclave.transport.connections import make_room

HEADER_BYTES: Final = 64 * 1024
FAREWELL_SECONDS: Final = 1.0


class Listener(msgspec.Struct, frozen=True):
    """Where to listen, and with which certificate; ``bound`` is a socket that listens there already.

    ``idle_seconds`` is how long a connection may take until the head of its next request is there. Beside
    ``max_connections`` there are up to ``more_connections`` that Granian does not count: the members', those to the
    database, and those of callbacks.
    """

    host: str
    port: int
    certificate: Path | None
    key: Path | None
    max_connections: int
    bound: socket.socket | None = None
    idle_seconds: float = 75.0
    more_connections: int = 0


class Application:
    """The RSGI application: hands requests to one handler, WebSockets to another."""

    def __init__(self, http: Any, websocket: Any) -> None:
        self._http = http
        self._websocket = websocket
        self._open: set[asyncio.Task[Any]] = set()
        self._leaving = False

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.proto == "http":
            await self._http(scope, protocol)
        elif self._leaving:
            protocol.close(503)
        else:
            task = asyncio.current_task()
            assert task is not None
            self._open.add(task)
            try:
                await self._websocket(scope, protocol)
            finally:
                self._open.discard(task)

    def successor(self) -> "Application":
        """Return the same application for another Granian."""
        return Application(self._http, self._websocket)

    async def end_websockets(self, seconds: float) -> None:
        """Take no more WebSockets, and end those that are open."""
        self._leaving = True
        if ending := list(self._open):
            for task in ending:
                task.cancel()
            await asyncio.wait(ending, timeout=seconds)


class _Granian(Server):  # type: ignore[misc]  # Granian ships no types
    """Granian on a socket that somebody else has bound."""

    def __init__(self, bound: socket.socket, listener: Listener, application: Application) -> None:
        super().__init__(
            application,
            address=listener.host,
            port=listener.port,
            interface=Interfaces.RSGI,
            backlog=BACKLOG,
            backpressure=make_room(listener.max_connections, listener.more_connections),
            http1_settings=HTTP1Settings(
                header_read_timeout=int(listener.idle_seconds * 1000), max_buffer_size=HEADER_BYTES
            ),
            http2_settings=HTTP2Settings(max_headers_size=HEADER_BYTES, max_concurrent_streams=100),
            log_enabled=False,
            ssl_cert=listener.certificate,
            ssl_key=listener.key,
            ssl_protocol_min=SSLProtocols.tls12,
        )
        self._bound = bound

    def _init_shared_socket(self) -> None:
        # Granian closes the descriptor that it is given when it stops.
        descriptor = os.dup(self._bound.fileno())
        self._shd = SocketHolder(descriptor, False, self.backlog)  # type: ignore[call-arg]  # unknown to its stub


class HttpServer:
    """Granian as something that is started, watched, given another certificate, and stopped."""

    def __init__(self, listener: Listener, application: Application) -> None:
        """Listen; raises ``CannotListen``. Whoever connects before ``start`` waits."""
        logging.getLogger("_granian").setLevel(logging.ERROR)
        self._application = application
        self._bound = listener.bound or bind(listener.host, listener.port)
        self._listener = listener
        self.failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Completes, with an exception or without, when serving ends by itself."""
        self._granian: _Granian | None = None
        self._serving: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to serve."""
        self._granian = _Granian(self._bound, self._listener, self._application)
        self._serving = asyncio.get_running_loop().create_task(self._granian.serve())
        self._serving.add_done_callback(self._ended)

    async def restart(self, certificate: Path, key: Path, seconds: float) -> None:
        """Serve with another certificate from now on.

        Running requests finish, at most for ``seconds``; WebSockets are closed and may come back at once.
        """
        granian, serving, application = self._granian, self._serving, self._application
        self._listener = msgspec.structs.replace(self._listener, certificate=certificate, key=key)
        self._application = application.successor()
        self.start()
        await _finish(granian, serving, application, seconds)

    async def stop(self, seconds: float) -> None:
        """Stop taking connections, end WebSockets, let the running requests finish, at most for ``seconds``."""
        self._bound.close()
        serving, self._serving = self._serving, None
        await _finish(self._granian, serving, self._application, seconds)

    def _ended(self, serving: asyncio.Task[None]) -> None:
        if serving is not self._serving or self.failed.done() or serving.cancelled():
            return
        failure = serving.exception()
        if failure is None:
            self.failed.set_result(None)
        else:
            self.failed.set_exception(RuntimeError(f"serving ended by itself: {failure}"))


async def _finish(
    granian: _Granian | None, serving: asyncio.Task[None] | None, application: Application, seconds: float
) -> None:
    # Granian forgets its WebSockets when it stops: neither side would ever hear of the other again.
    await application.end_websockets(FAREWELL_SECONDS)
    if granian is not None and serving is not None:
        granian.stop()
        await asyncio.wait([serving], timeout=seconds)
