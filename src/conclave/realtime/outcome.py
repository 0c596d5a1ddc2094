"""How a call ended: what its caller is told of a failure, and what meters and the access log keep."""

from typing import Final

import structlog

from conclave import errors
from conclave.clock import Clock
from conclave.errors import Refusal
from conclave.log import AccessLine, Sink
from conclave.metrics import Meters
from conclave.realtime.connection import Connection
from conclave.store.engine import QueueFull, StoreError

UNKNOWN: Final = "unknown"
"""Under which name methods that there are not are kept, whatever they were called."""

log = structlog.get_logger()


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


def as_refusal(failure: Exception, method: str) -> Refusal:
    """Return what the caller is told; what is no refusal of ours stands in the server's log."""
    if isinstance(failure, Refusal):
        return failure
    if isinstance(failure, QueueFull):
        return Refusal(errors.OVERLOADED, "too many requests are waiting; try again later")
    if isinstance(failure, StoreError):
        log.error("store", method=method, trouble=str(failure))
        return Refusal(errors.INTERNAL, "the database cannot serve this now; nothing was changed")
    log.error("unexpected failure", method=method, exc_info=failure)
    return Refusal(errors.INTERNAL, "internal error; the server's log tells more")
