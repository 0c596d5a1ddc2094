"""A server whose clock stands still, for tests of when callbacks are sent again."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from tests import invariants
from tests.backend import CREATE, Backend
from tests.house import FIRST_SDKAPPID, Caller, Server
from tests.receiver import Receiver, Told

STEPS: Final = (5, 30, 120, 600, 1800, 7200, 21_600, 43_200, 86_400)  # the default schedule, in seconds
LONGEST: Final = 1.1
SHORTEST: Final = 0.9


class Still:
    """The server; each test takes an application of its own."""

    def __init__(self, server: Server, receiver: Receiver, applications: int) -> None:
        self.server = server
        self._receiver = receiver
        self._free = iter(range(FIRST_SDKAPPID, FIRST_SDKAPPID + applications))
        Caller(server.url).ok("conclave/set_clock", {"Freeze": True})

    def backend(self, *commands: str) -> Backend:
        """An application that listens."""
        backend = Backend(self.server, Caller(self.server.url, next(self._free)), self._receiver)
        backend.listen(*commands)
        return backend

    @property
    def log(self) -> str:
        return self.server.log.read_text()


@contextmanager
def stand_still(
    folder: Path, receiver: Receiver, applications: int = 30, *, is_pruned: bool = False, **settings: Any
) -> Iterator[Still]:
    """Run a server with a frozen clock; in the end the database must agree with itself, if its log is whole."""
    with Server(folder, applications=applications, **settings) as server:
        still = Still(server, receiver, applications)
        yield still
        if not is_pruned:
            now = Caller(server.url).ok("conclave/set_clock")["Time"]
            invariants.check(server.database, now)


def now_ms(backend: Backend) -> int:
    return int(backend.caller.ok("conclave/set_clock")["Time"])


def of_room(backend: Backend, room_id: str = "room-1") -> list[Told]:
    return [each for each in backend.got() if each.room_id == room_id]


def until_recorded(backend: Backend, attempts: int, room_id: str = "room-1") -> None:
    """Wait until so many attempts at the room's first callback that waits or is dead are written down."""

    def recorded(_: Any) -> bool:
        rows = [row for row in backend.rows() if row["room_id"] == room_id and row["attempts"] != "[]"]
        return sum(str(row["attempts"]).count('"at"') for row in rows) >= attempts

    backend.until(recorded)


def look_around(backend: Backend) -> None:
    """Return when the server has looked for what is due: it told of something that happened now."""
    name = f"look-{len(backend.got())}-{now_ms(backend)}"
    backend.caller.create_room(name)
    until_told(backend, 1, name)


def expect_pause(backend: Backend, seconds: float, room_id: str = "room-1") -> None:
    """Move the clock over a pause: nothing of the room comes before it is over, and then it does."""
    before = len(of_room(backend, room_id))
    backend.caller.advance(round(seconds * SHORTEST - 0.002, 3))
    look_around(backend)
    assert len(of_room(backend, room_id)) == before, "too early"
    backend.caller.advance(round(seconds * (LONGEST - SHORTEST) + 0.004, 3))
    until_told(backend, before + 1, room_id)


def until_told(backend: Backend, least: int, room_id: str = "room-1") -> list[Told]:
    """Wait until a room's callbacks are so many."""
    while True:
        came = backend.got()
        found = [each for each in came if each.room_id == room_id]
        if len(found) >= least:
            return found
        backend.got(len(came) + 1)


def fail(backend: Backend, times: int, do: str = "answer", **how: Any) -> None:
    """Let an endpoint fail so many times in a row, each time for another room."""
    if do == "answer":
        how.setdefault("status", 503)
    backend.rule(do, times=times, **how)
    before = len(backend.got())
    for n in range(before, before + times):
        backend.caller.create_room(f"failed-{n}")
    backend.got(before + times)


def outcome(backend: Backend, url: str) -> str:
    """Send one callback to a URL; return what is written down about it."""
    backend.listen(CREATE, command="update_callback", url=url)
    backend.caller.create_room()
    until_recorded(backend, 1)
    return str(backend.rows()[0]["attempts"])
