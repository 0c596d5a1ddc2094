"""How a call ended, as meters and the access log keep it."""

from typing import Final

from conclave.clock import Clock
from conclave.log import AccessLine, Sink
from conclave.metrics import Meters
from conclave.realtime.connection import Connection

UNKNOWN: Final = "unknown"
"""Under which name methods that there are not are kept, whatever they were called."""


class Record:
    """What is kept of each call; a ``ping`` that went well is only counted."""

    def __init__(self, meters: Meters, sink: Sink, clock: Clock) -> None:
        self._meters = meters
        self._sink = sink
        self._clock = clock

    def keep(self, method: str, connection: Connection, code: int, nanoseconds: int) -> None:
        """Keep a call that took so long; ``code`` is 0 for success."""
        command = f"members/{method}"
        self._meters.count(command, code, nanoseconds)
        if method == "ping" and code == 0:
            return
        identity = connection.identity
        self._sink.access(
            AccessLine(
                self._clock.now_ms(),
                "member",
                "",
                command,
                identity.sdkappid if identity else None,
                identity.account if identity else "",
                connection.client_ip,
                code,
                nanoseconds // 1000 / 1000,
            )
        )
