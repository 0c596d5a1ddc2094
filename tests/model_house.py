"""The house of the random games: one server, or two nodes on PostgreSQL; its clocks stand still and move together."""

import itertools
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

from tests import database, invariants
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server
from tests.member import Member, connections
from tests.nodes import Pair

LISTENING_ROOM: Final = "listening"
CHANGED: Final = "onRoomNameChanged"


class House:
    """Servers with the same settings; the first one has the duties. ``names`` are those that nodes call each other."""

    def __init__(self, folder: Path, applications: int, **settings: Any) -> None:
        self.settings = {**settings, "applications": applications}
        self._folder = folder
        self._free = itertools.count(FIRST_SDKAPPID + 1)
        self._rooms_named = itertools.count(1)
        self._pair: Pair | None = None
        self.names = [""]

    def __enter__(self) -> Self:
        if database.ENGINE == "postgresql":
            self._pair = Pair(self._folder, **self.settings).__enter__()
            self.servers: list[Server] = [self._pair.a, self._pair.b]
            self.names = self._names()
        else:
            self.servers = [Server(self._folder, **self.settings).start()]
        self._listening = [Caller(server.url) for server in self.servers]
        times = [caller.ok("conclave/set_clock", {"Freeze": True})["Time"] for caller in self._listening]
        for caller, time in zip(self._listening, times, strict=True):
            caller.advance((max(times) - time) / 1000)
        self._listening[0].create_room(LISTENING_ROOM)
        self._listeners = [Member(caller, f"listener {number}") for number, caller in enumerate(self._listening)]
        for listener in self._listeners:
            listener.enter(LISTENING_ROOM)
        self.clock(0)
        return self

    def _names(self) -> list[str]:
        assert self._pair is not None
        (first,) = {name for (name,) in self._pair.database.query("SELECT node FROM duties")}
        (second,) = self._pair.database.query("SELECT node FROM nodes WHERE node <> ?", first)
        return [str(first), str(second[0])]

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                invariants.check(self.servers[0].database, self.clock(0))
        finally:
            for listener in self._listeners:
                listener.close()
            for server in self.servers:
                server.__exit__()

    def new_callers(self) -> list[Caller]:
        """Return callers of an application that nobody has used yet, one for each server."""
        sdkappid = next(self._free)
        return [Caller(server.url, sdkappid) for server in self.servers]

    def clock(self, advance: float) -> int:
        """Move all clocks ahead; return the time (ms). That of the duties moves first: what it does, comes first."""
        for listener in self._listeners:
            listener.call("ping")
        times = [caller.ok("conclave/set_clock", {"Advance": advance})["Time"] for caller in self._listening]
        assert len(set(times)) == 1
        return int(times[0])

    def connections(self) -> int:
        """Return how many members are connected."""
        return int(sum(map(connections, self._listening))) - len(self._listeners)

    def settle(self) -> None:
        """Return when every node has told its members of all that was answered before.

        Each reads the log in its order: what is told of a later change comes after all before it.
        """
        if len(self.servers) == 1:
            return
        name = f"name {next(self._rooms_named)}"
        self._listening[0].ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": LISTENING_ROOM, "RoomName": name}})
        for listener in self._listeners:
            while listener.next_event(CHANGED)["data"]["roomName"] != name:
                pass
            listener.events.clear()
