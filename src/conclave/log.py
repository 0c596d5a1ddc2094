"""Structured logs: one JSON object a line, written in batches.

Access lines are on the hot path: they are encoded at once and written together, at the latest after
``FLUSH_SECONDS``. Everything else goes through structlog into the same stream and is flushed at once. Secrets,
UserSigs and passwords are never given to a log.
"""

import asyncio
import sys
from collections.abc import MutableMapping
from typing import Any, Final, TextIO

import msgspec
import structlog

from conclave.clock import Clock

FLUSH_SECONDS: Final = 0.2
FLUSH_LINES: Final = 500
_encode: Final = msgspec.json.Encoder().encode


class AccessLine(msgspec.Struct, frozen=True, gc=False):
    """What is told of one call."""

    time: int
    event: str
    request_id: str
    command: str
    application: int | None
    identifier: str
    client: str
    code: int
    milliseconds: float
    random: str = ""


class Sink:
    """The stream that all lines go to."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lines: list[bytes] = []
        self._timer: asyncio.TimerHandle | None = None
        self._lost = 0

    def access(self, line: AccessLine) -> None:
        """Write a line of the access log with the next batch."""
        self._lines.append(_encode(line))
        if self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(FLUSH_SECONDS, self.flush)
        elif len(self._lines) >= FLUSH_LINES:
            self.flush()

    def flush(self) -> None:
        """Write what has collected."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        lines, self._lines = self._lines, []
        try:
            if lines and self._lost:
                lines.insert(0, _encode({"event": "log", "level": "error", "lost_lines": self._lost}))
            if lines:
                self._stream.write(b"\n".join([*lines, b""]).decode())
            self._stream.flush()
            self._lost = 0
        except OSError:
            self._lost += len(lines)  # a log on a full disk must not stop the work that it tells of

    def msg(self, line: str) -> None:
        """Write a line of structlog's at once."""
        self._lines.append(line.encode())
        self.flush()

    log = debug = info = warning = error = critical = fatal = msg


def configure(clock: Clock, level: str = "info", stream: TextIO | None = None) -> Sink:
    """Send all logs to ``stream`` (standard error by default) and return the sink for access lines."""
    sink = Sink(stream or sys.stderr)

    def stamp(_logger: object, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
        return {"time": clock.now_ms(), **event}

    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.format_exc_info,
            stamp,
            structlog.processors.JSONRenderer(serializer=lambda event, **_: _encode(event).decode()),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=lambda *_: sink,
        cache_logger_on_first_use=False,
    )
    return sink
