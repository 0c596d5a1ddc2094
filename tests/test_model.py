"""Random games against the model: every answer, every fact and the whole present must be what the model says.

Members play along over their WebSockets; what each of them pieces together from his frames must be the present, too.
On PostgreSQL there are two nodes: a lot decides which one a call goes to, and through which one somebody connects.
The games are always the same ones; ``CONCLAVE_TESTS_MODEL_ROUNDS`` plays more of them, from the round
``CONCLAVE_TESTS_MODEL_FIRST`` on.
"""

import itertools
import os
import sys
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests import hand, model_clock, play
from tests.database import ENGINE
from tests.eventlog import Event, EventLog
from tests.house import ROOMS, Caller
from tests.member import Refused, until
from tests.model import World
from tests.model_house import House
from tests.model_state import Body
from tests.viewer import Viewer

ROUNDS = int(
    os.environ.get("CONCLAVE_TESTS_MODEL_ROUNDS", "10" if ENGINE == "sqlite" else "4")
)  # two nodes take longer
FIRST = int(os.environ.get("CONCLAVE_TESTS_MODEL_FIRST", "0"))
GAMES = 10  # of more, hypothesis makes most by altering a few moves of another
APPLICATIONS = 2000 if ENGINE == "sqlite" else 600
MOVES = 80
PATIENCE = 20.0
SILENCE = 3600
PHASES = (Phase.generate, Phase.shrink)
STRIDE = 3000  # the clock's longest step: whoever is connected shows a sign of life in between
SEEDS = st.integers(0, 2**24 - 1)  # hypothesis draws from larger ranges unevenly

# What a node knows of who is inside decides what becomes of these: all of them must have heard what was before.
BY_THE_BOOKS = ("enterRoom", "resume", "reconnect", "exitRoom")

house: House
finals = itertools.count()


@pytest.fixture(scope="module", autouse=True)
def _house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    global house  # a state machine takes no fixtures
    patience = {"heartbeat_silence": SILENCE, "heartbeat_grace": hand.LIMITS.grace}
    folder = tmp_path_factory.mktemp("model")
    with House(folder, APPLICATIONS, toml=hand.SETTINGS, member_rate=0, **patience) as house:
        yield


class Game(RuleBasedStateMachine):
    """One application of the house, and the model of it."""

    @initialize(number=SEEDS)
    def begin(self, number: int) -> None:
        self.callers = house.new_callers()
        self.lot = Random(number)
        self.log = EventLog(house.servers[0], self.callers[0])
        self.told: list[Event] = []
        self.viewers: dict[str, Viewer] = {}
        self.gone: dict[str, Viewer] = {}  # whose connections were cut
        rnd = Random(number)
        milliseconds = rnd.choice((0, rnd.randrange(1000)))  # on the second, schedules and bans end at the very moment
        now = house.clock((milliseconds - house.clock(0)) % 1000 / 1000)
        self.world = World(now, hand.LIMITS, hand.ROOM_IDS)
        self.world.nicks = {person: person.title() for person in hand.PEOPLE}
        accounts = [{"UserID": person, "Nick": nick} for person, nick in self.world.nicks.items()]
        self.callers[0].ok("im_open_login_svc/multiaccount_import", {"AccountList": accounts})
        self.weights = play.mood(rnd)
        for move in play.opening(rnd):
            self.perform(move)

    @rule(number=SEEDS)
    def move(self, number: int) -> None:
        move = play.draw(Random(number), self.world, self.weights)
        note(str(move))
        if move.name == hand.TIME:
            left = move.body["seconds"]
            while left:
                step = model_clock.seconds_to_next(self.world, min(STRIDE, left))
                self.time_passes(step)
                left -= step
            for look in play.looks(tuple(self.world.rooms), *play.BY_THE_CLOCK):
                self.perform(look)
        else:
            self.perform(move)

    def time_passes(self, seconds: int) -> None:
        for viewer in self.viewers.values():
            viewer.show_life(self.world.now, SILENCE - seconds)
        model_clock.pass_time(self.world, seconds)
        assert house.clock(seconds) == self.world.now
        for account, room in self.as_told(model_clock.overdue(self.world)):
            self.world.call("expire", {"RoomId": room}, account)
        self.compare()
        # The file shows a commit a moment before the server's own readers do; whoever writes next comes after both.
        for caller in self.callers:
            caller.refused(100004, f"{ROOMS}/destroy_room", {"RoomId": "nowhere"})

    def as_told(self, overdue: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return whose grace has ended in the order in which the server put them out: any will do."""
        deadline = time.monotonic() + PATIENCE
        while True:
            expired = [event for event in self.hear() if event.data.get("how") == "Expired"]
            if len(expired) >= len(overdue) or time.monotonic() > deadline:
                break
        told = [(event.operator, event.room_id) for event in expired]
        assert sorted(told) == sorted(overdue)
        return told

    def hear(self) -> list[Event]:
        """Return what was told since the last comparison."""
        self.told += [event for event in self.log.new() if event.room_id]
        return self.told

    def anywhere(self) -> Caller:
        """Return a caller of any of the servers."""
        return self.lot.choice(self.callers)

    def perform(self, move: play.Move) -> None:
        if move.name in BY_THE_BOOKS:
            house.settle()
        if move.name in play.BY_MEMBERS and move.caller not in self.viewers and move.name != "vanish":
            self.connect(move)
        expected = self.world.call(move.name, move.body, move.caller)
        answer = self.act(move) if move.name in play.BY_MEMBERS else play.play(self.anywhere(), move)
        assert answer == expected, move
        if move.name == "account_delete":
            for account in [item["UserID"] for item in answer[1]["ResultItem"] if item["ResultCode"] == 0]:
                self.gone.pop(account, None)
                if account in self.viewers:
                    self.viewers.pop(account).until_closed()
        self.compare()

    def connect(self, move: play.Move) -> None:
        """Log somebody in: on the device that was cut, if that is what he does, else on a new one."""
        viewer, caller = self.gone.pop(move.caller, None), self.anywhere()
        if viewer is not None and move.name in ("resume", "reconnect"):
            viewer.caller = caller
            viewer.connect(self.world.now)
        else:
            viewer = Viewer(caller, move.caller, self.world.now)
            self.world.call("login", {}, move.caller)
        self.world.through[move.caller] = (house.names[self.callers.index(caller)], viewer.device)
        self.viewers[move.caller] = viewer

    def act(self, move: play.Move) -> tuple[int, Any]:
        """Do what a member does; return code and what the model knows of the result."""
        if move.name == "vanish":
            self.vanish(move.caller, move.body)
            return 0, None
        try:
            return 0, self.viewers[move.caller].act(move.name, move.body)
        except Refused as refused:
            return refused.code, None

    def vanish(self, account: str, body: Body) -> None:
        viewer = self.viewers.pop(account, None)
        if viewer is not None:
            viewer.vanish(body["known"])
            self.gone[account] = viewer
            until(lambda: house.connections() == len(self.viewers))  # else the clock may overtake the end

    def compare(self) -> None:
        """Compare what was told; what the clock did may take the server a moment."""
        expected = sorted(self.world.news, key=lambda news: news.room)
        deadline = time.monotonic() + PATIENCE
        while len(self.hear()) < len(expected) and time.monotonic() < deadline:
            pass
        told = sorted(self.told, key=lambda event: event.room_id)
        self.world.news, self.told = [], []
        for event in told:
            if event.kind == "RoomCreated" and event.room_id in self.world.rooms:
                self.world.rooms[event.room_id].key = event.room_key
        facts = [(event.room_id, event.kind, event.operator, event.data) for event in told]
        assert facts == [tuple(news) for news in expected]
        assert {event.at for event in told} <= {self.world.now}
        for viewer in self.viewers.values():
            if viewer.room not in (None, self.world.at.get(viewer.user)):
                viewer.until(lambda viewer=viewer: viewer.room is None)  # type: ignore[misc]

    def teardown(self) -> None:
        """Compare the whole present at the end of a game, and leave nobody connected."""
        try:
            if sys.exception() is None:  # nothing was found wrong, and hypothesis did not break the game off
                self.compare_present()
        finally:
            for viewer in getattr(self, "viewers", {}).values():
                viewer.member.close()

    def compare_present(self) -> None:
        """Compare all there is to see, for backends and for members, and end what there is."""
        for look in play.looks(self.world.room_ids):
            self.perform(look)
        for room in list(self.world.rooms):
            self.compare_pictures(room)
            self.perform(play.Move("destroy_room", {"RoomId": room}))

    def compare_pictures(self, room: str) -> None:
        """Compare what the members of a room believe, once the last news has reached them."""
        last = f"final {next(finals)}"
        self.perform(play.Move("update_room_info", {"RoomInfo": {"RoomId": room, "RoomName": last}}))
        for viewer in self.viewers.values():
            if viewer.room == room:
                viewer.until(lambda viewer=viewer: viewer.picture.info["roomName"] == last)  # type: ignore[misc]
                viewer.check()


@pytest.mark.parametrize("start", range(FIRST, FIRST + ROUNDS))
def test_random_games_go_as_the_model_says(start: int) -> None:
    run_state_machine_as_test(
        seeded(start)(type("Game", (Game,), {})),
        settings=settings(
            max_examples=GAMES,
            stateful_step_count=MOVES,
            database=None,
            deadline=None,
            print_blob=False,
            phases=PHASES,
            suppress_health_check=list(HealthCheck),
        ),
    )
