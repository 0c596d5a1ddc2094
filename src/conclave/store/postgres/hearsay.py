"""What nodes tell each other: lines, by NOTIFY with the text itself. Some may be lost, and no fact hangs on one."""

from collections import deque
from collections.abc import Callable
from typing import Any, Final

import structlog

CHANNEL: Final = "conclave_nodes"
MOST_TOLD: Final = 10_000
LONGEST: Final = 7000  # bytes of a NOTIFY; PostgreSQL takes less than 8000

log = structlog.get_logger()


class Hearsay:
    """What is to be told, and whoever wants to hear what others tell."""

    def __init__(self, node: str, wake: Callable[[], None]) -> None:
        self._node = node
        self._wake = wake
        self._hearers: list[Callable[[str], None]] = []
        self._to_tell: deque[str] = deque(maxlen=MOST_TOLD)

    @property
    def is_waiting(self) -> bool:
        """Tell whether something is to be told."""
        return bool(self._to_tell)

    def tell(self, message: str) -> None:
        """Tell the other nodes one line; where too many wait, the oldest is dropped."""
        self._to_tell.append(message)
        self._wake()

    def hear(self, hear: Callable[[str], None]) -> None:
        """Call ``hear`` with whatever other nodes tell."""
        self._hearers.append(hear)

    def next(self) -> str:
        """Take as much of what is to be told as one NOTIFY holds: a line for the sender, one for each message."""
        lines, size = [self._node], 0
        while self._to_tell and (len(lines) == 1 or size + len(self._to_tell[0].encode()) < LONGEST):
            lines.append(self._to_tell.popleft())
            size += len(lines[-1].encode()) + 1
        return "\n".join(lines)

    def heard(self, _connection: Any, _pid: int, _channel: str, payload: object) -> None:
        """Hand on what was told, as asyncpg calls it."""
        sender, *messages = str(payload).split("\n")
        if sender == self._node:
            return
        for message in messages:
            for hear in self._hearers:
                try:
                    hear(message)
                except Exception as fault:  # noqa: BLE001 - what another version tells must not end the connection
                    log.error("nodes", trouble=f"what another node told was not understood: {fault!r}")
