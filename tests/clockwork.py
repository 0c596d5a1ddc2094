"""A server whose clock stands still until a test moves it, and applications on it that live by different rules."""

import functools
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from tests import invariants
from tests.eventlog import Event, EventLog
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server, key_of
from tests.people import People

DAY: Final = 86_400
PATIENCE: Final = 20.0
COPIES: Final = 120
# What an application differs in; every test takes a fresh copy of one of these.
LIVES: Final = {
    "plain": "",
    "brisk": "empty_room_ttl = 60",
    "hasty": "empty_room_ttl = 0",
    "paused": "create_room_interval = 30\nempty_room_ttl = 60",
    "punctual": "allow_early_entry = false",
    "transfer": 'owner_exit = "transfer"',
    "forbid": 'owner_exit = "forbid"',
    "dismiss": 'owner_exit = "dismiss"',
}


class Clockwork:
    """The server; its clock is frozen, and nobody is lost by silence within a day."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self._taken = dict.fromkeys(LIVES, 0)
        with server.config.open("a") as config:
            for position, rules in enumerate(LIVES.values()):
                for copy in range(COPIES):
                    number = self._number(position, copy)
                    config.write(f'[[applications]]\nsdkappid = {number}\nkey = "{key_of(number)}"\n{rules}\n')
                    config.write("rates = {default = 0}\n")

    @staticmethod
    def _number(position: int, copy: int) -> int:
        return FIRST_SDKAPPID + 1000 + position * COPIES + copy

    def take(self, life: str) -> "Life":
        """Return an application that no test has used yet."""
        copy = self._taken[life]
        assert copy < COPIES, "more tests than applications: the next one would be another life's"
        self._taken[life] += 1
        return Life(self, self._number(list(LIVES).index(life), copy))

    @functools.cached_property
    def canary(self) -> "Life":
        """An application whose rooms end the very moment their schedule is over."""
        return self.take("hasty")


class Life:
    """One application and its rooms, at whole seconds."""

    def __init__(self, clockwork: Clockwork, sdkappid: int) -> None:
        self._clockwork = clockwork
        self.caller = Caller(clockwork.server.url, sdkappid)
        self.log = EventLog(clockwork.server, self.caller)
        self.people = People(self.caller)
        self.caller.import_accounts("user1", "user2", "user3", "robot")
        now = self.caller.ok("conclave/set_clock", {"Freeze": True})["Time"]
        self.caller.advance((1000 - now % 1000) / 1000)

    @property
    def now(self) -> float:
        """The server's time in seconds."""
        return float(self.caller.ok("conclave/set_clock", b"{}")["Time"]) / 1000

    def is_there(self, room_id: str = "room-1") -> bool:
        return bool(self.caller.call(f"{ROOMS}/get_room_info", {"RoomId": room_id})["ErrorCode"] == 0)

    def book(self, room_id: str = "room-1", *, after: int = 3600, lasts: int = 300, **info: Any) -> int:
        """Book a room; return its start."""
        start = int(self.now) + after
        self.caller.create_room(room_id, ScheduleStartTime=start, ScheduleEndTime=start + lasts, **info)
        return start

    def advance_to(self, moment: float) -> None:
        self.caller.advance(round(moment - self.now, 3))

    def last(self, kind: str, room_id: str = "room-1") -> Event:
        """Wait until the room's last event is of that kind, and return it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            events = self.log.all(room_id)
            if events and events[-1].kind == kind:
                return events[-1]
            assert time.monotonic() < deadline, f"no {kind}: {events}"
            time.sleep(0.01)

    def ends_at(self, moment: float, room_id: str = "room-1") -> None:
        """Expect the room to be there until ``moment``, and to be ended then by the system."""
        self.advance_to(moment - 0.001)
        assert self.is_there(room_id)
        self.caller.advance(0.001)
        ended = self.last("RoomDestroyed", room_id)
        assert ended.at == round(moment * 1000)
        assert ended.operator == "@TIM#SYSTEM"
        assert ended.data == {"by_system": True, "by_owner": False}
        assert not self.is_there(room_id)

    def stays_beyond(self, moment: float, room_id: str = "room-1") -> None:
        """Expect the room to be there after ``moment``: another that was due then has ended, and it has not."""
        canary = self._clockwork.canary
        name = f"canary {moment}"
        canary.caller.create_room(name, ScheduleStartTime=int(moment) - 300, ScheduleEndTime=int(moment))
        self.advance_to(moment + 1)
        canary.last("RoomDestroyed", name)
        assert self.is_there(room_id)


Lives = Callable[[str], Life]


def run_clockwork(folder: Path) -> Iterator[Clockwork]:
    """Run a server for the tests of a session."""
    server = Server(folder, heartbeat_grace=DAY, heartbeat_silence=3600)
    made = Clockwork(server)
    with server:
        yield made
        invariants.check(server.database, round(made.canary.now * 1000))
