"""One WebSocket: calls and their answers, events as they come, and a sign of life."""

import asyncio
import ssl as tls
from collections.abc import Callable
from typing import Any, Final

import msgspec
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from conclave.client.errors import NotConnected, OutcomeUnknown, Refused, of_answer
from conclave.clock import pause, stopwatch_ns

OPEN_S: Final = 10.0
CLOSE_S: Final = 1.0
FRAME_BYTES: Final = 16 * 2**20
PONG_S: Final = 10.0
SECOND_NS: Final = 1_000_000_000

_encode: Final = msgspec.json.Encoder().encode


class Event(msgspec.Struct, frozen=True):
    """An event; ``room`` is ``""`` and ``seq`` is ``None`` for one that concerns no room."""

    name: str = msgspec.field(name="event")
    data: dict[str, Any]
    room: str = msgspec.field(name="roomId", default="")
    seq: int | None = None


class Failure(msgspec.Struct, frozen=True):
    """Why a call was refused."""

    code: int
    message: str


class Frame(msgspec.Struct, frozen=True):
    """A frame of the server: an answer, or an event."""

    id: int | str | None = None
    result: dict[str, Any] | None = None
    error: Failure | None = None
    event: str | None = None
    data: dict[str, Any] = msgspec.field(default_factory=dict)
    room: str = msgspec.field(name="roomId", default="")
    seq: int | None = None


_decode: Final = msgspec.json.Decoder(Frame).decode
Answered = Callable[[dict[str, Any]], None]


class Link:
    """An open connection; it breaks once and is done with.

    ``on_event`` is called with each event, at once and in order.
    """

    def __init__(self, socket: ClientConnection, on_event: Callable[[Event], None]) -> None:
        self._socket = socket
        self._on_event = on_event
        self._last_id = 0
        self._calls: dict[int, tuple[str, asyncio.Future[dict[str, Any]], Answered | None]] = {}
        self._sent_ns = stopwatch_ns()
        self._reader = asyncio.ensure_future(self._read())
        self._pinger: asyncio.Future[None] | None = None

    @classmethod
    async def open(cls, url: str, context: tls.SSLContext | None, on_event: Callable[[Event], None]) -> "Link":
        """Connect; raises ``NotConnected``."""
        try:
            socket = await connect(
                url,
                ssl=context,
                max_size=FRAME_BYTES,
                open_timeout=OPEN_S,
                close_timeout=CLOSE_S,
                ping_interval=None,
                proxy=None,
            )
        except (OSError, WebSocketException, TimeoutError) as error:
            raise NotConnected(f"{url} does not answer: {error}") from error
        return cls(socket, on_event)

    async def call(
        self, method: str, params: dict[str, Any], seconds: float, on_answer: Answered | None = None
    ) -> dict[str, Any]:
        """Send a call and return its result; raises ``Refused``, ``NotConnected`` or ``OutcomeUnknown``.

        ``on_answer`` is called with the result before any event that comes after it.
        """
        self._last_id += 1
        request_id = self._last_id
        answer: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._calls[request_id] = (method, answer, on_answer)
        try:
            await self._send(request_id, method, params)
            async with asyncio.timeout(seconds):
                return await answer
        except TimeoutError:
            raise OutcomeUnknown(f"{method} was not answered within {seconds:g} s; it may have happened") from None
        finally:
            self._calls.pop(request_id, None)

    async def _send(self, request_id: int, method: str, params: dict[str, Any]) -> None:
        text = _encode({"id": request_id, "method": method, "params": params}).decode()
        if self._reader.done():
            raise NotConnected(f"{method} was not sent: the connection is lost")
        try:
            await self._socket.send(text)
        except ConnectionClosed as error:
            raise OutcomeUnknown(f"the connection broke while {method} was sent; it may have happened") from error
        self._sent_ns = stopwatch_ns()

    def keep_alive(self, interval: float) -> None:
        """Send ``ping`` whenever nothing else was sent for ``interval`` seconds; without an answer the link ends."""
        self._pinger = asyncio.ensure_future(self._ping(interval))

    async def broken(self) -> None:
        """Wait until the connection has ended, whoever ended it."""
        await asyncio.wait({self._reader})

    async def close(self) -> None:
        """End the connection; calls that wait fail. A server that does not answer is left after ``CLOSE_S``."""
        if self._pinger is not None:
            self._pinger.cancel()
        await self._socket.close()
        await asyncio.wait({self._reader})

    def cut(self) -> None:
        """End the connection without waiting for the other side."""
        if self._pinger is not None:
            self._pinger.cancel()
        self._socket.transport.abort()

    async def _ping(self, interval: float) -> None:
        while True:
            idle_s = (stopwatch_ns() - self._sent_ns) / SECOND_NS
            if idle_s < interval:
                await pause(interval - idle_s)
                continue
            try:
                await self.call("ping", {}, PONG_S)
            except Refused:
                continue  # any answer is a sign of life
            except (OutcomeUnknown, NotConnected):
                self.cut()
                return

    async def _read(self) -> None:
        try:
            async for text in self._socket:
                self._take(_decode(text))
        except (ConnectionClosed, msgspec.DecodeError):
            self._socket.transport.abort()
        finally:
            for method, answer, _ in self._calls.values():
                if not answer.done():
                    sentence = f"the connection broke before {method} was answered; it may have happened"
                    answer.set_exception(OutcomeUnknown(sentence))

    def _take(self, frame: Frame) -> None:
        if frame.event is not None:
            self._on_event(Event(frame.event, frame.data, frame.room, frame.seq))
            return
        method, answer, on_answer = self._calls.pop(frame.id, ("", None, None)) if isinstance(frame.id, int) else NOBODY
        if answer is None or answer.done():
            return
        if frame.error is not None:
            answer.set_exception(of_answer(method, frame.error.code, frame.error.message))
            return
        result = frame.result or {}
        if on_answer is not None:
            on_answer(result)
        answer.set_result(result)


NOBODY: Final[tuple[str, None, None]] = ("", None, None)
