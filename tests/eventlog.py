"""The event log as a test sees it: read from the server's own database, beside the running server."""

import json
from typing import Any, NamedTuple

from tests.house import Caller, Server
from tests.replay import complete

_OF_APPLICATION = (
    "SELECT position, room_key, seq, room_id, kind, at, operator, platform, client_ip, data FROM events "
    "WHERE sdkappid = ? AND position > ? ORDER BY position"
)


class Event(NamedTuple):
    """One fact; ``data`` is what its consumers learn."""

    position: int
    room_key: int
    seq: int
    room_id: str
    kind: str
    at: int
    operator: str
    platform: str
    client_ip: str
    data: dict[str, Any]


class EventLog:
    """What happened in one application; remembers how far the test has read."""

    def __init__(self, server: Server, caller: Caller) -> None:
        self._database = server.database
        self._sdkappid = caller.sdkappid
        self._position = 0

    def new(self) -> list[Event]:
        """The events since the last look, in the order of the log."""
        found = self._after(self._position)
        self._position = max((event.position for event in found), default=self._position)
        return found

    def all(self, room_id: str = "room-1") -> list[Event]:
        """Every event under a room id, from the first on."""
        return [event for event in self._after(0) if event.room_id == room_id]

    def told(self, *kinds: str) -> list[Event]:
        """Expect exactly these kinds since the last look; return the events."""
        found = self.new()
        assert [event.kind for event in found] == list(kinds), found
        return found

    def silent(self) -> None:
        """Expect that nothing was written since the last look [R28]."""
        self.told()

    def _after(self, position: int) -> list[Event]:
        rows = self._database.query(_OF_APPLICATION, self._sdkappid, position)
        return [Event._make((*row[:-1], complete(json.loads(row[-1])))) for row in rows]
