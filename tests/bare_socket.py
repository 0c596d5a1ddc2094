"""A WebSocket as bytes on a socket: for frames that no client library would send."""

import os
import socket
import struct
import time
from typing import Any, Self

import msgspec

from tests.house import Caller

TEXT, BINARY, CONTINUED, CLOSE, PING, PONG = 1, 2, 0, 8, 9, 10
SECONDS = 10.0


def handshake(path: str = "/v1/members", *more: str, version: str = "1.1", method: str = "GET") -> bytes:
    """A handshake; ``more`` are further header lines."""
    lines = [
        f"{method} {path} HTTP/{version}",
        "Host: localhost",
        "Connection: Upgrade",
        "Upgrade: websocket",
        "Sec-WebSocket-Version: 13",
        "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
        *more,
    ]
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def frame(opcode: int, payload: bytes = b"", *, fin: bool = True, masked: bool = True, reserved: int = 0) -> bytes:
    """A frame as a client sends it; what is wrong with it is the caller's wish."""
    size = len(payload)
    head = bytes([0x80 * fin | reserved << 4 | opcode])
    if size < 126:
        head += bytes([0x80 * masked | size])
    else:
        head += struct.pack("!BH", 0x80 * masked | 126, size) if size < 65_536 else struct.pack("!BQ", 0xFF, size)
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + bytes(byte ^ key[place % 4] for place, byte in enumerate(payload))


class BareSocket:
    """A connection to a port of this machine; the handshake is the first thing that it sends, unless told otherwise."""

    def __init__(self, url: str, first: bytes | None = None, *, receives: int = 0) -> None:
        self.socket = socket.socket()
        if receives:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        self.socket.settimeout(SECONDS)
        self.socket.connect(("127.0.0.1", int(url.rpartition(":")[2])))
        self._left = b""
        if first is None:
            self.send(handshake())
            assert self.head().startswith("HTTP/1.1 101 ")
        else:
            self.send(first)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, content: bytes) -> None:
        self.socket.sendall(content)

    def ask(self, method: str, **params: Any) -> None:
        """Send a request, its id is 1."""
        self.send(frame(TEXT, msgspec.json.encode({"id": 1, "method": method, "params": params})))

    def log_in(self, caller: Caller, user: str) -> None:
        """Log in, and read the answer."""
        self.ask("login", sdkAppId=caller.sdkappid, userId=user, userSig=caller.token(user))
        assert b'"result"' in self.next()[1]

    def head(self) -> str:
        """The head of the answer to the handshake; ``""`` when the connection ends without one."""
        while b"\r\n\r\n" not in self._left:
            if not self._more():
                return ""
        head, _, self._left = self._left.partition(b"\r\n\r\n")
        return head.decode()

    def next(self) -> tuple[int, bytes]:
        """The next frame, its opcode and its payload; raises ``EOFError`` at the end."""
        size, start = self._exactly(2)[1], 2
        if size == 126:
            size, start = struct.unpack("!H", self._exactly(4)[2:])[0], 4
        elif size == 127:
            size, start = struct.unpack("!Q", self._exactly(10)[2:])[0], 10
        content = self._exactly(start + size)
        self._left = self._left[start + size :]
        return content[0] & 15, content[start:]

    def close_code(self) -> int:
        """Read until the server closes; return the code that it gives."""
        while (found := self.next())[0] != CLOSE:
            pass
        return int(struct.unpack("!H", found[1][:2])[0])

    def seconds_until_end(self) -> float:
        """Read until the TCP connection ends; return how long that took."""
        began = time.monotonic()
        while self._more():
            pass
        return time.monotonic() - began

    def _exactly(self, size: int) -> bytes:
        while len(self._left) < size:
            if not self._more():
                raise EOFError
        return self._left[:size]

    def _more(self) -> bool:
        try:
            piece = self.socket.recv(65_536)
        except ConnectionResetError:
            return False
        self._left += piece
        return bool(piece)
