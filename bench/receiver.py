"""A receiver of callbacks that does as little as a receiver can: ``python -m bench.receiver PORT``.

It counts what arrives by path, and notes how long after its ``EventTime`` the first byte of each came. What is sent to
``/silent…`` is never answered. ``GET /`` tells both as JSON, and begins anew.
"""

import asyncio
import re
import sys
import time
from typing import Final, cast

import msgspec
import uvloop

ANSWER: Final = b'{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}'
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_EVENT_TIME: Final = re.compile(rb'"EventTime":(\d+)\}$')


class Received(msgspec.Struct):
    """What arrived since the last look: numbers by path, the latencies in milliseconds, and the time of the last."""

    counts: dict[str, int] = {}
    latencies: list[float] = []
    last: float = 0.0


class Connection(asyncio.Protocol):
    """One keep-alive connection."""

    received = Received()

    def __init__(self) -> None:
        self._buffer = b""
        self._began = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        if not self._buffer:
            self._began = time.time()
        self._buffer += data
        while (head := self._buffer.find(b"\r\n\r\n")) > 0:
            length = _LENGTH.search(self._buffer, 0, head)
            end = head + 4 + (int(length[1]) if length else 0)
            if len(self._buffer) < end:
                return
            line, body = self._buffer[: self._buffer.index(b"\r\n")], self._buffer[head + 4 : end]
            self._buffer = self._buffer[end:]
            self._answer(line, body)
            self._began = time.time()

    def _answer(self, line: bytes, body: bytes) -> None:
        method, target, _ = line.split(b" ")
        if method == b"GET":
            answer = msgspec.json.encode(Connection.received)
            Connection.received = Received()
        else:
            path = target.partition(b"?")[0].decode()
            if path.startswith("/silent"):
                return
            found = Connection.received
            found.counts[path] = found.counts.get(path, 0) + 1
            found.last = time.time()
            if happened := _EVENT_TIME.search(body):
                found.latencies.append(self._began * 1000 - int(happened[1]))
            answer = ANSWER
        self._transport.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (len(answer), answer)
        )


async def serve(port: int) -> None:
    """Listen until the process is ended."""
    server = await asyncio.get_running_loop().create_server(Connection, "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    uvloop.run(serve(int(sys.argv[1])))
