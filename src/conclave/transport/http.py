"""From an RSGI request to the gateway, and back."""

from typing import Any, Final, Protocol

import structlog

from conclave.api import envelope
from conclave.api.gate import Network
from conclave.api.gateway import Gateway, NoBody, Request
from conclave.transport.bodies import NOTHING, BodyReader, Incoming
from conclave.transport.hops import FORWARDED, address_of, origin_of
from conclave.transport.pages import TEXT, Page, Pages, Visit

log = structlog.get_logger()
CORS: Final = [header for header in envelope.HEADERS if header[0].startswith("access-control")]


class HttpProtocol(Incoming, Protocol):
    """What Granian gives us of a request."""

    def response_bytes(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None: ...
    def response_empty(self, status: int, headers: list[tuple[str, str]]) -> None: ...


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
        body, taken = await self._reader.read(scope, protocol) if method == "POST" else (b"", NOTHING)
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
