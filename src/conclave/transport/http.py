"""From an RSGI request to the gateway, and back."""

import asyncio
from typing import Any, Final, Protocol

import structlog

from conclave.api import envelope
from conclave.api.gate import Network
from conclave.api.gateway import (
    BODIES_TOO_MANY,
    BODY_CUT_OFF,
    BODY_TOO_LARGE,
    BODY_TOO_SLOW,
    Gateway,
    NoBody,
    Request,
)
from conclave.transport.hops import FORWARDED, address_of, origin_of
from conclave.transport.pages import TEXT, Page, Pages, Visit

log = structlog.get_logger()
DRAIN_FACTOR: Final = 8  # of a body that is too large, so much is read and dropped for the sake of a clean answer
CORS: Final = [header for header in envelope.HEADERS if header[0].startswith("access-control")]


class HttpProtocol(Protocol):
    """What Granian gives us of a request."""

    def __aiter__(self) -> Any: ...
    async def __call__(self) -> bytes: ...
    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...
    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None: ...


class BodyReader:
    """Reads bodies within a size and a time, and all of them together within a number of bytes.

    One timer watches all bodies that are under way, because a timer for each would cost more than most calls.
    """

    def __init__(self, limit: int, seconds: float, together: int) -> None:
        self._limit = limit
        self._free = together
        self._seconds = seconds
        self._under_way: dict[asyncio.Task[Any], float] = {}
        self._watch: asyncio.TimerHandle | None = None

    async def read(self, scope: Any, protocol: HttpProtocol) -> tuple[bytes | NoBody, int]:
        """Return the body, or why there is none, and the bytes that it takes until they are given back."""
        declared = scope.headers.get("content-length")
        length = int(declared) if declared is not None and declared.isdigit() else None
        taken = self._limit if length is None or length > self._limit else length
        if taken > self._free:
            return BODIES_TOO_MANY, 0
        self._free -= taken
        try:
            return await self._read(protocol, length), taken
        except BaseException:
            self.give_back(taken)
            raise

    def give_back(self, taken: int) -> None:
        """Let others have the bytes of a body that has been answered."""
        self._free += taken

    async def _read(self, protocol: HttpProtocol, length: int | None) -> bytes | NoBody:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self._under_way[task] = loop.time()
        if self._watch is None:
            self._watch = loop.call_later(self._seconds, self._expire)
        try:
            if length is None or length > self._limit:
                return await self._read_chunks(protocol, length or 0)
            return await protocol()
        except asyncio.CancelledError:
            if task in self._under_way:
                raise  # somebody else's wish
            task.uncancel()
            return BODY_TOO_SLOW if length is None or length <= self._limit else BODY_TOO_LARGE
        except RuntimeError:  # Granian's: the client closed its side before the body was whole
            return BODY_CUT_OFF
        finally:
            self._under_way.pop(task, None)

    async def _read_chunks(self, protocol: HttpProtocol, declared: int) -> bytes | NoBody:
        if declared > self._limit * DRAIN_FACTOR:
            return BODY_TOO_LARGE
        chunks: list[bytes] = []
        size = 0
        async for chunk in protocol:
            size += len(chunk)
            if size <= self._limit:
                chunks.append(chunk)
            elif size > self._limit * DRAIN_FACTOR:
                break
        return b"".join(chunks) if max(size, declared) <= self._limit else BODY_TOO_LARGE

    def _expire(self) -> None:
        loop = asyncio.get_running_loop()
        overdue = loop.time() - self._seconds
        for task in [task for task, begun in self._under_way.items() if begun <= overdue]:
            del self._under_way[task]
            task.cancel()
        self._watch = None
        if self._under_way:
            oldest = min(self._under_way.values())
            self._watch = loop.call_at(oldest + self._seconds, self._expire)


class HttpHandler:
    """Answers HTTP requests: commands through the gateway, pages by themselves."""

    def __init__(self, gateway: Gateway, reader: BodyReader, proxies: tuple[Network, ...], pages: Pages) -> None:
        self._gateway = gateway
        self._reader = reader
        self._proxies = proxies
        self._pages = pages

    async def __call__(self, scope: Any, protocol: HttpProtocol) -> None:
        method = scope.method
        page = self._pages.find(scope.path)
        if page is not None:
            await self._show(page, scope, protocol)
        elif method == "POST":
            await self._call(scope, protocol)
        elif method == "OPTIONS":
            protocol.response_empty(200, CORS)
        elif method == "HEAD":
            protocol.response_empty(200, envelope.HEADERS)
        else:
            request = Request(method, scope.path, scope.query_string, client_ip(scope, self._proxies), b"")
            protocol.response_bytes(200, envelope.HEADERS, await self._gateway.answer(request))

    async def _show(self, page: Page, scope: Any, protocol: HttpProtocol) -> None:
        method = scope.method
        if method not in page.methods:
            protocol.response_empty(405, [("allow", ", ".join(page.methods))])
            return
        body, taken = await self._reader.read(scope, protocol) if method == "POST" else (b"", 0)
        try:
            if isinstance(body, NoBody):
                protocol.response_bytes(400, [("content-type", TEXT)], f"{body.info}\n".encode())
                return
            known = scope.headers.get("if-none-match") or ""
            answer = await page.answer(Visit(client_ip(scope, self._proxies), known, body))
            headers = [("content-type", answer.content_type), *answer.headers]
            protocol.response_bytes(answer.status, headers, b"" if method == "HEAD" else answer.body)
        finally:
            self._reader.give_back(taken)

    async def _call(self, scope: Any, protocol: HttpProtocol) -> None:
        body, taken = await self._reader.read(scope, protocol)
        try:
            request = Request("POST", scope.path, scope.query_string, client_ip(scope, self._proxies), body)
            protocol.response_bytes(200, envelope.HEADERS, await self._gateway.answer(request))
        finally:
            self._reader.give_back(taken)


def client_ip(scope: Any, proxies: tuple[Network, ...]) -> str:
    """Return the address of whoever sent an RSGI request [G21]."""
    peer = address_of(scope.client.rpartition(":")[0].strip("[]"))
    return origin_of(peer, scope.headers.get_all(FORWARDED), proxies) if proxies else peer
