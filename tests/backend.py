"""One application's backend: it calls the API, and listens to callbacks on a path of its own."""

import itertools
from collections.abc import Callable
from typing import Any, Final

from conclave.domain.callbacks import CALLBACKS
from tests.house import ROOMS, Caller, Server
from tests.member import until
from tests.receiver import Receiver, Told

CREATE: Final = "Room.CallbackAfterCreateRoom"
DESTROY: Final = "Room.CallbackAfterDestroyRoom"
UPDATE: Final = "Room.CallbackAfterUpdateRoomInfo"
ENTER: Final = "Room.CallbackAfterMemberEnter"
LEAVE: Final = "Room.CallbackAfterMemberLeave"
SEATS_CHANGED: Final = "Mic.CallbackAfterSeatInfoChanged"
SIX: Final = (CREATE, DESTROY, UPDATE, ENTER, LEAVE, SEATS_CHANGED)
ALL: Final = tuple(CALLBACKS)
Row = dict[str, Any]
_number: Final = itertools.count(1)


class Backend:
    """``caller`` speaks to ``server``; what is told comes to ``path`` of ``receiver``."""

    def __init__(self, server: Server, caller: Caller, receiver: Receiver, path: str = "") -> None:
        self.server = server
        self.caller = caller
        self.receiver = receiver
        self.path = path or f"/{next(_number)}/{server.port}/{caller.sdkappid}"  # ports are used again
        self._seen = 0

    def listen(self, *commands: str, command: str = "set_callback", url: str = "") -> None:
        """Configure the callbacks, by default the six, to the backend's own path."""
        configuration = {"Url": url or self.receiver.url(self.path), "CallbackCommandList": commands or SIX}
        self.caller.ok(f"room_config/{command}", configuration)

    def rule(self, do: str, **how: Any) -> None:
        """Let the receiver answer this backend's callbacks otherwise."""
        self.receiver.rule(do, path=self.path, **how)

    def proper(self) -> None:
        """Let the receiver answer properly again."""
        self.receiver.forget_rules(self.path)

    def got(self, least: int = 0, **how: Any) -> list[Told]:
        """Everything that came, once it is at least so many."""
        return self.receiver.got(least, self.path, **how)

    def told(self, *commands: str) -> list[Told]:
        """Expect exactly these callbacks since the last look."""
        found = self.got(self._seen + len(commands))[self._seen :]
        self._seen += len(found)
        assert [each.command for each in found] == list(commands), found
        return found

    def rename(self, *names: str, room_id: str = "room-1") -> None:
        """Change a room's name, which raises a callback each time."""
        for name in names:
            self.caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": room_id, "RoomName": name}})

    def rows(self) -> list[Row]:
        """What the database holds of this application's callbacks, in the log's order."""
        return self._query("SELECT * FROM callbacks WHERE sdkappid = ? ORDER BY position, number")

    def states(self) -> list[str]:
        return [row["state"] for row in self.rows()]

    def endpoint(self) -> Row:
        """How the database says that the endpoint is."""
        return self._query("SELECT * FROM callback_endpoints WHERE sdkappid = ?")[0]

    def due_at(self, room_id: str = "room-1") -> int:
        """When the next callback of a room is to be sent (ms)."""
        rooms = self._query("SELECT room_id, due_at FROM callback_rooms WHERE sdkappid = ?")
        return next(int(row["due_at"]) for row in rooms if row["room_id"] == room_id)

    def count(self, table: str) -> int:
        """How many rows a table has, of all applications."""
        return int(self._query(f"SELECT COUNT(*) AS n FROM {table} WHERE ? > 0")[0]["n"])

    def until(self, holds: Callable[[Row], bool]) -> None:
        """Wait until something is true of the endpoint's row."""
        until(lambda: holds(self.endpoint()))

    def until_paused(self) -> None:
        self.until(lambda endpoint: endpoint["paused"] == "failures")

    def until_quiet(self) -> None:
        """Wait until nothing waits that the reader of the log has queued."""
        self.until(lambda endpoint: endpoint["waiting"] == 0)

    def _query(self, query: str) -> list[Row]:
        return self.server.database.records(query, self.caller.sdkappid)


Backends = Callable[..., Backend]


def passed(canary: Backend) -> None:
    """Return when all that was committed before is read: another application has heard of something later."""
    before = len(canary.got())
    canary.caller.create_room(f"canary-{before}")
    canary.got(before + 1)


def whole(told: Told, expected: dict[str, Any]) -> int:
    """Expect a body of exactly these keys in this order, but for EventTime, which is returned."""
    body = told.body
    assert list(body) == ["CallbackCommand", *expected, "EventTime"]
    moment = body.pop("EventTime")
    assert type(moment) is int
    assert body.pop("CallbackCommand") == told.command
    assert body == expected
    for key, value in expected.get("RoomInfo", {}).items():
        assert type(body["RoomInfo"][key]) is type(value), key
    return int(moment)


def asked(told: Told, sdkappid: int, client_ip: str = "127.0.0.1", platform: str = "RESTAPI") -> None:
    """Expect the documented request."""
    assert told.parameters == [
        ("SdkAppid", str(sdkappid)),
        ("CallbackCommand", told.command),
        ("contenttype", "json"),
        ("ClientIP", client_ip),
        ("OptPlatform", platform),
    ]
    assert told.headers["content-type"] == "application/json"
    assert told.headers["user-agent"].startswith("Conclave/")
    assert int(told.headers["content-length"]) == len(told.text.encode())
    assert told.id.startswith(f"evt_{sdkappid}_")
    assert told.headers["webhook-timestamp"].isdigit()
