"""One Granian in this process: HTTP/1.1, HTTP/2 by ALPN, TLS 1.2 and 1.3, WebSockets."""

import asyncio
import logging
import socket
from pathlib import Path
from typing import Any, Final

import msgspec
from granian.constants import Interfaces, SSLProtocols
from granian.http import HTTP1Settings, HTTP2Settings
from granian.server.embed import Server

BACKLOG: Final = 1024
HEADER_MILLISECONDS: Final = 10_000
HEADER_BYTES: Final = 64 * 1024


class Listener(msgspec.Struct, frozen=True):
    """Where to listen, and with which certificate."""

    host: str
    port: int
    certificate: Path | None
    key: Path | None
    max_connections: int


class Application:
    """The RSGI application: hands requests to one handler, WebSockets to another."""

    def __init__(self, http: Any, websocket: Any) -> None:
        self._http = http
        self._websocket = websocket

    async def __rsgi__(self, scope: Any, protocol: Any) -> None:
        if scope.proto == "http":
            await self._http(scope, protocol)
        else:
            await self._websocket(scope, protocol)


class HttpServer:
    """Granian as something that is started, watched and stopped."""

    def __init__(self, listener: Listener, application: Application) -> None:
        logging.getLogger("_granian").setLevel(logging.ERROR)
        self._server = Server(
            application,
            address=listener.host,
            port=listener.port,
            interface=Interfaces.RSGI,
            backlog=BACKLOG,
            backpressure=listener.max_connections,
            http1_settings=HTTP1Settings(header_read_timeout=HEADER_MILLISECONDS, max_buffer_size=HEADER_BYTES),
            http2_settings=HTTP2Settings(max_headers_size=HEADER_BYTES, max_concurrent_streams=100),
            log_enabled=False,
            ssl_cert=listener.certificate,
            ssl_key=listener.key,
            ssl_protocol_min=SSLProtocols.tls12,
        )
        self._serving: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to serve; ``failed`` completes if that ends by itself."""
        self._serving = asyncio.get_running_loop().create_task(self._server.serve())

    async def stop(self, seconds: float) -> None:
        """Stop taking connections, let the running requests finish, at most for ``seconds``."""
        self._server.stop()
        if self._serving is not None:
            await asyncio.wait([self._serving], timeout=seconds)

    @property
    def failed(self) -> asyncio.Task[None]:
        """The task that serves."""
        assert self._serving is not None
        return self._serving


def free_port(host: str) -> int:
    """Return a port that was free a moment ago."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.bind((host, 0))
        port: int = probe.getsockname()[1]
        return port
