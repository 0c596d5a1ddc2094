"""One attempt: build the request, send it, judge the answer.

The answer is a stranger's: it is read up to a limit and within the time, nothing in it is followed, kept or logged.
"""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Final
from urllib.parse import quote

import aiohttp
from yarl import URL

from conclave import __version__
from conclave.callbacks import addresses, signing
from conclave.callbacks.outcome import LONGEST_WAIT_S, Outcome, judge
from conclave.clock import Clock, stopwatch_ns
from conclave.domain.applications import Application
from conclave.domain.callback_queue import identifier
from conclave.domain.callback_secrets import secrets_of
from conclave.store.callbacks import CallbackRow

TIMEOUT_S: Final = 2.0  # the documented one [C7]
LONGEST_ANSWER: Final = 64 * 1024
KEEPALIVE_S: Final = 30.0


def target(application: Application, row: CallbackRow, now_s: int) -> str:
    """Return the URL of an attempt, its parameters in the documented order."""
    settings = application.settings
    url = settings.callback_url
    separator = "" if url.endswith(("?", "&")) else "&" if "?" in url else "?"
    query = (
        f"SdkAppid={row.sdkappid}&CallbackCommand={row.command}&contenttype=json"
        f"&ClientIP={quote(row.client_ip, safe='')}&OptPlatform={quote(row.platform, safe='')}"
    )
    if settings.callback_token_enabled and settings.callback_token:
        query += "&" + signing.query(settings.callback_token, now_s)
    return f"{url}{separator}{query}"


def trusted(ca: str) -> ssl.SSLContext:
    """Return the TLS settings: the machine's authorities and, when a file is named, those in it.

    Raises ``OSError`` when there is no such file, or no certificate in it.
    """
    context = ssl.create_default_context()
    if ca:
        try:
            context.load_verify_locations(Path(ca))
        except OSError as error:
            why = "it holds no certificate" if isinstance(error, ssl.SSLError) else error.strerror
            raise OSError(error.errno, f"callback_ca cannot be used: {why}", ca) from error
    return context


class Sender:
    """The connections to all endpoints."""

    def __init__(self, clock: Clock, context: ssl.SSLContext, allow_private: bool, most: int) -> None:
        """Make at most so many attempts at the same time."""
        self._clock = clock
        trace = aiohttp.TraceConfig()
        trace.on_connection_reuseconn.append(_note_reuse)
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                ssl=context,
                limit=most,
                resolver=addresses.CheckedResolver(allow_private),
                socket_factory=addresses.checked_socket(allow_private),
                keepalive_timeout=KEEPALIVE_S,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=TIMEOUT_S),
            auto_decompress=False,
            trust_env=False,
            trace_configs=[trace],
        )

    async def send(self, application: Application, row: CallbackRow) -> Outcome:
        """Make one attempt; never raises for anything that the endpoint does."""
        began = stopwatch_ns()

        def ended(kind: Any, status: int, detail: str, wait_s: int = 0) -> Outcome:
            return Outcome(kind, status, detail, (stopwatch_ns() - began) // 1_000_000, wait_s)

        now_ms = self._clock.now_ms()
        body = row.body.encode()
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"Conclave/{__version__}",
            "Accept": "application/json",
            "Accept-Encoding": "identity",
            **signing.headers(secrets_of(application, now_ms), identifier(row), now_ms // 1000, body),
        }
        try:
            url = URL(target(application, row, now_ms // 1000), encoded=True)
            async with asyncio.timeout(TIMEOUT_S):
                return await self._post(url, headers, body, ended)
        except TimeoutError:
            return ended("failed", 0, f"no answer within {TIMEOUT_S:g} s")
        except addresses.AddressRefused as refused:
            return ended("failed", 0, str(refused))
        except aiohttp.InvalidURL:
            return ended("failed", 0, "the URL names no host that can be called")
        except aiohttp.ClientConnectorCertificateError:
            return ended("failed", 0, "the certificate is not valid for this host, or of no trusted authority")
        except aiohttp.ClientConnectorError as error:
            return ended("failed", 0, f"cannot connect: {_reason(error)}")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return ended("failed", 0, f"the exchange broke off: {type(error).__name__}")

    async def _post(self, url: URL, headers: dict[str, str], body: bytes, ended: Callable[..., Outcome]) -> Outcome:
        while True:
            used = SimpleNamespace(again=False)
            try:
                async with self._session.post(
                    url, data=body, headers=headers, allow_redirects=False, trace_request_ctx=used
                ) as answer:
                    found, is_whole = await _read(answer.content)
                    kind, detail = judge(answer.status, found, is_whole)
                    return ended(kind, answer.status, detail, self._wait_s(answer.headers.get("Retry-After")))
            except (aiohttp.ServerDisconnectedError, aiohttp.ClientOSError):
                # An endpoint may close a connection that was kept alive just as it is used again: that is no failure.
                if not used.again:
                    raise

    def _wait_s(self, text: str | None) -> int:
        """Return the seconds that Retry-After asks for, at most a day; 0 where it says nothing that can be read."""
        if text is None:
            return 0
        if text.isascii() and text.isdigit():
            return min(int(text[:9]), LONGEST_WAIT_S)
        try:
            moment = parsedate_to_datetime(text).timestamp()
        except (ValueError, OverflowError):
            return 0
        return max(0, min(round(moment - self._clock.now_ms() / 1000), LONGEST_WAIT_S))

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()


async def _note_reuse(_: Any, context: SimpleNamespace, __: Any) -> None:
    context.trace_request_ctx.again = True


async def _read(content: aiohttp.StreamReader) -> tuple[bytes, bool]:
    """Return an answer's body up to the limit, and whether that is all of it."""
    found = bytearray()
    while len(found) <= LONGEST_ANSWER:
        chunk = await content.read(LONGEST_ANSWER + 1 - len(found))
        if not chunk:
            return bytes(found), True
        found += chunk
    return b"", False


def _reason(error: aiohttp.ClientConnectorError) -> str:
    """Return the system's own words for a failed connection; an address that was refused says so."""
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, addresses.AddressRefused):
            return str(cause)
        cause = cause.__cause__ or getattr(cause, "os_error", None)
    fault = error.os_error
    if fault.errno and not isinstance(fault, ssl.SSLError | socket.gaierror):  # those have numbers of their own
        return os.strerror(fault.errno).lower()
    return fault.strerror or type(fault).__name__
