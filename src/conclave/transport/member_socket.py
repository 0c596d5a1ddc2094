"""One TCP connection to the members' own port: a handshake, then a channel of the member protocol.

What a peer can make us hold is bounded: its handshake in bytes and in time; what was read and is not taken yet, by
reading no further; what was written and is not sent yet, by the transport's watermark. Frames that end no message
(pings, fragments) wait for nobody; they are read at a rate of their own, in bursts of up to a second's worth.
"""

import asyncio
from collections.abc import Callable
from typing import Final, Protocol, cast

from websockets.http11 import Request

from conclave.api.gate import Network
from conclave.realtime.channel import ChannelEnded
from conclave.realtime.connection import GOING_AWAY
from conclave.transport.hops import FORWARDED, address_of, origin_of
from conclave.transport.websocket import MEMBERS_PATH, Members
from conclave.transport.wire import Wire

WAITING_BYTES: Final = 16 * 1024
HANDSHAKE_SECONDS: Final = 10.0
LINGER_SECONDS: Final = 1.0
MOST_DROPPED: Final = 2**24  # as much as the main port reads of a frame before it ends it
FRAME_SECONDS: Final = 0.02
BURST_SECONDS: Final = 1.0


class Entrance(Protocol):
    """What a connection needs of the port that it came to; ``buffer`` is where all of them read into, one at a time."""

    members: Members
    proxies: tuple[Network, ...]
    buffer: memoryview

    def serve(self, socket: "MemberSocket", client_ip: str) -> None: ...
    def keep(self, socket: "MemberSocket") -> None: ...
    def forget(self, socket: "MemberSocket") -> None: ...


class MemberSocket(asyncio.BufferedProtocol):
    """A connection; a ``Channel`` once its handshake is accepted."""

    ends_with_certificate = False
    __slots__ = (
        "_drained",
        "_dropped",
        "_entrance",
        "_is_gone",
        "_messages",
        "_paid",
        "_timer",
        "_transport",
        "_waiting",
        "_wire",
    )
    _transport: asyncio.Transport

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance
        self._wire = Wire()
        self._messages: list[str | bytes] = []
        self._timer: asyncio.TimerHandle | None = None  # for the handshake, then for rests, at last for the end
        self._waiting: asyncio.Future[None] | None = None
        self._drained: asyncio.Future[None] | None = None
        self._is_gone = False
        self._dropped = 0
        self._paid = 0.0  # until when the frames that were no messages use up their rate

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class
        self._transport.set_write_buffer_limits(high=WAITING_BYTES)
        self._after(HANDSHAKE_SECONDS, self._transport.abort)
        self._entrance.keep(self)

    def get_buffer(self, _: int) -> memoryview:
        return self._entrance.buffer

    def buffer_updated(self, nbytes: int) -> None:
        if self._wire.trouble or self._wire.is_over:
            self._drop(nbytes)
            return
        data = self._entrance.buffer[:nbytes]
        if not self._wire.is_new:
            self._take(data)
        elif (request := self._wire.read_head(data)) and not self._wire.trouble:
            self._answer(request)
        if self._wire.is_new and self._wire.trouble:
            self._transport.abort()
        self._flush()

    def eof_received(self) -> None:
        self._lose()

    def connection_lost(self, _: Exception | None) -> None:
        self._lose()
        self._after(0, None)
        self._wire.parser.close()  # it holds the wire, which holds it
        self._entrance.forget(self)

    def pause_writing(self) -> None:
        self._drained = asyncio.get_running_loop().create_future()

    def resume_writing(self) -> None:
        drained, self._drained = self._drained, None
        _complete(drained)

    async def receive(self) -> str | bytes:
        while not self._messages:
            if self._wire.trouble:
                raise self._wire.trouble from self._wire.parser_exc
            if self._is_gone or not self._wire.is_open:
                raise ChannelEnded
            self._waiting = asyncio.get_running_loop().create_future()
            await self._waiting
        message = self._messages.pop(0)
        if self._timer is None:
            self._read_on()
        return message

    async def send(self, text: str) -> None:
        if self._is_gone or not self._wire.is_open:
            raise ChannelEnded
        self._wire.send_text(text.encode())
        self._flush()
        if self._drained is not None:
            await self._drained
            if self._is_gone:
                raise ChannelEnded

    def close(self, code: int) -> None:
        if not self._wire.is_open or self._is_gone:
            return
        self._wire.send_close(code)
        self._messages.clear()
        self._flush()
        if self._wire.trouble and self._transport.can_write_eof():
            self._transport.write_eof()  # the peer's own close will not be understood any more
        self._after(LINGER_SECONDS, self._transport.abort)
        self._transport.resume_reading()  # a peer that is busy sending must be able to come to the end

    def let_go(self) -> None:
        """End the connection, if nobody has."""
        if self._wire.is_new:
            self._transport.abort()
        self.close(GOING_AWAY)

    def abort(self) -> None:
        """End the TCP connection at once."""
        self._transport.abort()

    def _answer(self, request: Request) -> None:
        peer = self._transport.get_extra_info("peername")
        if peer is None:
            self._transport.abort()
        elif request.path.partition("?")[0] != MEMBERS_PATH:
            self._wire.turn_away(404, f"members come in at {MEMBERS_PATH}")
        elif self._entrance.members.is_full:
            self._wire.turn_away(503, "there are as many members as there may be")
        else:
            self._wire.send_response(self._wire.accept(request))
            if self._wire.is_open:
                self._after(0, None)
                proxies = self._entrance.proxies
                forwarded = request.headers.get_all(FORWARDED)
                self._entrance.serve(self, origin_of(address_of(peer[0]), forwarded, proxies))

    def _take(self, data: memoryview) -> None:
        messages, fruitless = self._wire.read(data)
        if self._wire.is_open or self._wire.is_over:
            self._messages += messages
        else:
            fruitless += len(messages)  # nobody takes them any more
        now = asyncio.get_running_loop().time()
        self._paid = max(self._paid, now) + fruitless * FRAME_SECONDS
        rest = self._paid - now - BURST_SECONDS
        if self._messages or rest > 0:
            self._transport.pause_reading()
        if rest > 0 and self._wire.is_open:
            self._after(rest, self._read_on)
        _complete(self._waiting)

    def _drop(self, size: int) -> None:
        """Let go what comes after the end, so that a peer that is busy sending can hear of it; but not for ever."""
        self._dropped += size
        if self._dropped > MOST_DROPPED:
            self._transport.pause_reading()

    def _read_on(self) -> None:
        self._timer = None
        if not self._messages:
            self._transport.resume_reading()

    def _flush(self) -> None:
        for data in self._wire.data_to_send():
            if data:
                self._transport.write(data)
            else:  # the end
                self._transport.close()
                self._after(LINGER_SECONDS, self._transport.abort)

    def _lose(self) -> None:
        self._is_gone = True
        _complete(self._waiting)
        _complete(self._drained)

    def _after(self, seconds: float, act: Callable[[], None] | None) -> None:
        """Do something later, in the place of what was to be done."""
        if self._timer is not None:
            self._timer.cancel()
        self._timer = asyncio.get_running_loop().call_later(seconds, act) if act else None


def _complete(future: asyncio.Future[None] | None) -> None:
    if future is not None and not future.done():
        future.set_result(None)
