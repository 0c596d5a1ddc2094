"""A WebSocket that costs little: what a library would add in the client, a measurement would count as the server's."""

import asyncio
import base64
import os
from collections.abc import Callable
from typing import Final, cast

TEXT: Final = 0x81
CLOSE: Final = 0x88
NO_MASK: Final = b"\0\0\0\0"  # a client must mask; this key leaves the payload as it is
_UPGRADE: Final = (
    "GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
)


class WebSocket(asyncio.Protocol):
    """One client: ``on_text`` is given each text frame as it comes, ``is_closed`` says whether the server ended it."""

    def __init__(self, on_text: Callable[[bytes], None]) -> None:
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.is_closed = False
        self._on_text = on_text
        self._received = b""
        self.transport: asyncio.Transport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class
        key = base64.b64encode(os.urandom(16)).decode()
        self.transport.write(_UPGRADE.format(path="/v1/members", key=key).encode())

    def connection_lost(self, _: Exception | None) -> None:
        self.is_closed = True
        if not self.opened.done():
            self.opened.set_exception(ConnectionError("the server closed before the handshake was done"))

    def send(self, text: bytes) -> None:
        """Send a text frame."""
        size = len(text)
        length = bytes([0x80 | size]) if size < 126 else bytes([0x80 | 126]) + size.to_bytes(2, "big")
        self.transport.write(bytes([TEXT]) + length + NO_MASK + text)

    def data_received(self, data: bytes) -> None:
        buffer = self._received + data if self._received else data
        at = 0
        if not self.opened.done():
            at = buffer.find(b"\r\n\r\n") + 4
            if at < 4:
                self._received = buffer
                return
            if not buffer.startswith(b"HTTP/1.1 101"):
                self.opened.set_exception(ConnectionError(buffer[:40].decode(errors="replace")))
                return
            self.opened.set_result(None)
        while (end := self._frame_end(buffer, at)) <= len(buffer):
            start = end - self._size
            if buffer[at] == TEXT:
                self._on_text(buffer[start:end])
            elif buffer[at] == CLOSE:
                self.transport.close()
            at = end
        self._received = buffer[at:]

    def _frame_end(self, buffer: bytes, at: int) -> int:
        """Return where the frame that begins at ``at`` ends, a place behind the buffer when its head is not whole."""
        beyond = len(buffer) + 1
        if len(buffer) < at + 2:
            return beyond
        size, start = buffer[at + 1] & 0x7F, at + 2
        if size >= 126:
            width = 2 if size == 126 else 8
            size, start = int.from_bytes(buffer[start : start + width], "big"), start + width
            if len(buffer) < start:
                return beyond
        self._size = size
        return start + size
