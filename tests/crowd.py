"""Several backends at once, each with rooms of its own and a model of them: load that knows what it was promised."""

import copy
import threading
from pathlib import Path
from random import Random
from typing import Final

import httpx

from tests import hand, model_clock, play
from tests.house import Caller, Server
from tests.model import World
from tests.model_state import Limits

LIMITS: Final = Limits(members=9, seats=3, robots=3, rooms=0, ttl=7200)
SETTINGS: Final = """rates = {default = 0}
max_member_count = 9
max_seat_count = 3
empty_room_ttl = 7200"""
DATABASE: Final = "conclave.db"
LOST: Final = 100001
# Changes above all, and none that another backend could see.
WEIGHTS: Final = {
    name: weight
    for name, weight in play.WEIGHTS.items()
    if name not in (*play.BY_MEMBERS, hand.TIME, "account_import", "account_delete") and not name.startswith("get_")
} | {"destroy_room": 4}


class Backend(threading.Thread):
    """Plays until the server is gone or it is told to stop; what it was told before holds."""

    def __init__(self, server: Server, name: str, world: World, seed: int) -> None:
        super().__init__(name=name)
        self.caller = Caller(server.url)
        self.world = world
        self.rnd = Random(seed)
        self.pending: play.Move | None = None
        self.acknowledged = 0
        self.wrong = ""
        self.lost = False
        self.stopping = False

    def run(self) -> None:
        while not self.stopping and not self.wrong:
            move = self.pending = play.draw(self.rnd, self.world, WEIGHTS)
            try:
                answer = play.play(self.caller, move)
            except httpx.TransportError:
                return
            self.pending = None
            if answer[0] == LOST:
                self.lost = True
                break
            expected = self.world.call(move.name, move.body)
            if answer != expected:
                self.wrong = f"{move} was answered with {answer}, not {expected}"
            self.acknowledged += 1
        self.caller.http.close()

    def outcomes(self) -> list[World]:
        """Return how the world may be now: the last, unanswered change has happened, or it has not."""
        if self.pending is None:
            return [self.world]
        happened = copy.deepcopy(self.world)
        happened.call(self.pending.name, self.pending.body)
        return [self.world, happened]


class Crowd:
    """Backends on one server, over its lives."""

    def __init__(self, server: Server, size: int) -> None:
        self.server = server
        self.now = Caller(server.url).ok("conclave/set_clock", {"Freeze": True})["Time"]
        Caller(server.url).import_accounts(*hand.PEOPLE)
        self.worlds = [World(self.now, LIMITS, (f"{n}-left", f"{n}-right")) for n in range(size)]
        for world in self.worlds:
            world.nicks = dict.fromkeys(hand.PEOPLE, "")
        self.backends: list[Backend] = []
        self.acknowledged = 0

    def begin(self, seed: int) -> None:
        """Let everybody play."""
        self.backends = [Backend(self.server, f"backend {n}", w, seed + n) for n, w in enumerate(self.worlds)]
        for backend in self.backends:
            backend.start()

    def end(self, *, lost: bool = False) -> None:
        """Wait until everybody has stopped, and see that nobody was told something wrong.

        ``lost`` says whether everybody's last change must have been refused for want of a disk: it never happened.
        """
        for backend in self.backends:
            backend.stopping = True
        for backend in self.backends:
            backend.join(30)
            assert not backend.is_alive()
            assert not backend.wrong, backend.wrong
            assert backend.lost == lost
            self.acknowledged += backend.acknowledged

    def find(self) -> None:
        """Compare a server that was started again with everything that was acknowledged, and stop its clock."""
        outcomes = [backend.outcomes() for backend in self.backends]
        self.now = Caller(self.server.url).ok("conclave/set_clock", {"Freeze": True})["Time"]
        self.worlds = [self.found(each) for each in outcomes]

    def found(self, outcomes: list[World]) -> World:
        """Return the outcome that the server shows; there must be one."""
        caller = Caller(self.server.url)
        looks = play.looks(outcomes[0].room_ids)
        seen = [play.play(caller, look) for look in looks]
        for world in outcomes:
            world.now = self.now
            model_clock.run_due(world)
            if [world.call(look.name, look.body) for look in looks] == seen:
                return world
        raise AssertionError(f"acknowledged was {vars(outcomes[0])}, perhaps {vars(outcomes[-1])}, found was {seen}")


def database_of(server: Server) -> Path:
    return server.data / DATABASE
