"""HTTP as bytes on a socket: for what a well-behaved client library would never send."""

import contextlib
import socket
import struct
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple, Self
from urllib.parse import urlsplit

import msgspec

from tests.house import Caller

SECONDS = 10.0
Headers = Sequence[tuple[str, str]]


class Answer(NamedTuple):
    """One HTTP answer; ``interim`` are the statuses of the 1xx answers before it."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    interim: tuple[int, ...] = ()

    def header(self, name: str) -> str | None:
        """The value of a header, the first where it stands twice."""
        return next((value for each, value in self.headers if each.lower() == name.lower()), None)

    @property
    def envelope(self) -> dict[str, Any]:
        """The body as an envelope, checked for its shape [G11] [G17]."""
        assert self.status == 200, self
        assert self.header("content-type") == "application/json", self
        envelope = msgspec.json.decode(self.body)
        assert isinstance(envelope, dict)
        assert {"ActionStatus", "ErrorCode", "ErrorInfo", "RequestId"} <= envelope.keys(), envelope
        good = envelope["ErrorCode"] == 0
        assert type(envelope["ErrorCode"]) is int, envelope
        assert envelope["ActionStatus"] == ("OK" if good else "FAIL"), envelope
        assert isinstance(envelope["ErrorInfo"], str), envelope
        assert (envelope["ErrorInfo"] == "") == good, envelope
        return envelope

    @property
    def code(self) -> int:
        """The envelope's ErrorCode."""
        return int(self.envelope["ErrorCode"])


class Closed(Exception):  # noqa: N818 - an event, not a fault
    """The server closed the connection before a whole answer had come."""


class Wire:
    """One TCP connection."""

    def __init__(self, url: str, *, seconds: float = SECONDS) -> None:
        address = urlsplit(url)
        assert address.hostname is not None
        self.host = address.netloc
        self.socket = socket.create_connection((address.hostname, address.port), timeout=seconds)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._left = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, *parts: bytes) -> None:
        """Send bytes as they are; a server that has closed already is no error here."""
        with contextlib.suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(b"".join(parts))

    def read(self, *, without_body: bool = False) -> Answer:
        """Read one answer; raises ``Closed``, or ``TimeoutError`` when none comes."""
        interim: list[int] = []
        while True:
            head = self._until(b"\r\n\r\n").decode("latin-1").split("\r\n")
            status = int(head[0].split()[1])
            headers = [(name.strip(), value.strip()) for name, _, value in (line.partition(":") for line in head[1:])]
            if status >= 200:
                break
            interim.append(status)
        answer = Answer(status, headers, b"", tuple(interim))
        length = int(answer.header("content-length") or 0)
        return answer if without_body else answer._replace(body=self._exactly(length))

    def end(self) -> None:
        """Tell the server that nothing more will come."""
        self.socket.shutdown(socket.SHUT_WR)

    def reset(self) -> None:
        """Go away at once, without a farewell."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()

    def is_closed(self) -> bool:
        """Tell whether the server has closed the connection, waiting for it as long as for an answer."""
        try:
            return self.socket.recv(1) == b""
        except ConnectionResetError:
            return True
        except TimeoutError:
            return False

    def ask(self, *parts: bytes) -> Answer:
        """Send, and read one answer."""
        self.send(*parts)
        return self.read()

    def read_some(self) -> None:
        """Wait for more bytes, whatever they are; raises ``Closed`` or ``TimeoutError``."""
        self._more()

    def _more(self) -> None:
        try:
            piece = self.socket.recv(65536)
        except ConnectionResetError:
            piece = b""
        if not piece:
            raise Closed(self._left)
        self._left += piece

    def _until(self, mark: bytes) -> bytes:
        while mark not in self._left:
            self._more()
        found, _, self._left = self._left.partition(mark)
        return found

    def _exactly(self, size: int) -> bytes:
        while len(self._left) < size:
            self._more()
        found, self._left = self._left[:size], self._left[size:]
        return found


def ask(url: str, *parts: bytes, seconds: float = SECONDS) -> Answer:
    """Send bytes on a connection of their own and read one answer."""
    with Wire(url, seconds=seconds) as wire:
        return wire.ask(*parts)


def target(caller: Caller, command: str, **changes: str | None) -> str:
    """The path and query of a call, nothing percent-encoded; ``None`` leaves a parameter out."""
    parameters = {**caller.parameters(), **changes}
    pairs = (f"{name}={value}" for name, value in parameters.items() if value is not None)
    return f"/v4/{command}?{'&'.join(pairs)}"


def request(
    line: str | bytes,
    body: bytes = b"",
    headers: Headers = (),
    *,
    method: str = "POST",
    version: str = "1.1",
    length: int | None = -1,
) -> bytes:
    """A request as bytes: ``line`` is its target; ``length`` overrides Content-Length, ``None`` leaves it out."""
    where = line if isinstance(line, bytes) else line.encode()
    lines = [method.encode() + b" " + where + b" HTTP/" + version.encode(), b"Host: localhost"]
    if length is not None:
        lines.append(b"Content-Length: %d" % (len(body) if length < 0 else length))
    lines += [f"{name}: {value}".encode("latin-1") for name, value in headers]
    return b"\r\n".join([*lines, b"", body])


def chunked(line: str, chunks: Iterable[bytes], headers: Headers = ()) -> bytes:
    """A request whose body comes in chunks."""
    head = request(line, headers=[("Transfer-Encoding", "chunked"), *headers], length=None)
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"
