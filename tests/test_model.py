"""Random games against the model: every answer, every fact and the whole present must be what the model says.

Members play along over their WebSockets; what each of them pieces together from his frames must be the present, too.
The games are always the same ones; ``CONCLAVE_TESTS_MODEL_ROUNDS`` plays more of them, from the round
``CONCLAVE_TESTS_MODEL_FIRST`` on.
"""

import itertools
import os
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import seed as seeded
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule, run_state_machine_as_test

from tests import invariants, play
from tests.eventlog import EventLog
from tests.house import FIRST_SDKAPPID, Caller, Server
from tests.member import Refused
from tests.model import World
from tests.viewer import Viewer

ROUNDS = int(os.environ.get("CONCLAVE_TESTS_MODEL_ROUNDS", "8"))
FIRST = int(os.environ.get("CONCLAVE_TESTS_MODEL_FIRST", "0"))
GAMES = 10  # of more, hypothesis makes most by altering a few moves of another
APPLICATIONS = 2000
MOVES = 80
PATIENCE = 5.0
SILENCE = 3600
PHASES = (Phase.generate, Phase.shrink)
STRIDE = 40_000  # the clock's longest step: whoever is connected shows a sign of life in between
SEEDS = st.integers(0, 2**24 - 1)  # hypothesis draws from larger ranges unevenly

server: Server
free = itertools.count(FIRST_SDKAPPID)
finals = itertools.count()


@pytest.fixture(scope="module", autouse=True)
def _house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    global server  # a state machine takes no fixtures
    patience = {"heartbeat_silence": SILENCE, "heartbeat_grace": play.LIMITS.grace}
    folder = tmp_path_factory.mktemp("model")
    with Server(folder, applications=APPLICATIONS, toml=play.SETTINGS, **patience) as server:
        now: int = Caller(server.url).ok("conclave/set_clock", {"Freeze": True})["Time"]
        yield
        now = Caller(server.url).ok("conclave/set_clock", {})["Time"]
        invariants.check(server.data / "conclave.db", now)


class Game(RuleBasedStateMachine):
    """One application of the server, and the model of it."""

    sound = False

    @initialize(number=SEEDS)
    def begin(self, number: int) -> None:
        self.caller = Caller(server.url, next(free))
        self.log = EventLog(server, self.caller)
        self.viewers: dict[str, Viewer] = {}
        self.expired = 0
        self.world = World(self.clock(0), play.LIMITS, play.ROOM_IDS)
        self.world.nicks = {person: person.title() for person in play.PEOPLE}
        accounts = [{"UserID": person, "Nick": nick} for person, nick in self.world.nicks.items()]
        self.caller.ok("im_open_login_svc/multiaccount_import", {"AccountList": accounts})
        rnd = Random(number)
        self.weights = play.mood(rnd)
        for move in play.opening(rnd):
            self.perform(move)

    @rule(number=SEEDS)
    def move(self, number: int) -> None:
        move = play.draw(Random(number), self.world, self.weights)
        note(str(move))
        if move.name == play.TIME:
            for passed in range(0, move.body["seconds"], STRIDE):
                self.time_passes(min(STRIDE, move.body["seconds"] - passed))
        else:
            self.perform(move)

    def clock(self, advance: int) -> int:
        now: int = self.caller.ok("conclave/set_clock", {"Advance": advance})["Time"]
        return now

    def time_passes(self, seconds: int) -> None:
        self.world.pass_time(seconds)
        self.expect(self.clock(seconds) == self.world.now, "the clocks differ")
        for account, room in self.as_told(self.world.overdue()):
            self.world.call("expire", {"RoomId": room}, account)
        self.compare()
        for viewer in self.viewers.values():
            viewer.member.call("ping")

    def as_told(self, overdue: list[tuple[str, str]]) -> list[tuple[str, str]]:
        """Return whose grace has ended in the order in which the server put them out: any will do."""
        self.expired += len(overdue)
        told: list[tuple[str, str]] = []
        deadline = time.monotonic() + PATIENCE
        while len(overdue) > 1 and len(told) < self.expired and time.monotonic() < deadline:
            events = [event for event in self.log.all() if event.data.get("how") == "Expired"]
            told = [(event.operator, event.room_id) for event in events]
        return [key for key in told[-len(overdue) :] if key in overdue] if len(overdue) > 1 else overdue

    def perform(self, move: play.Move) -> None:
        if move.name in play.BY_MEMBERS and move.caller not in self.viewers and move.name != "vanish":
            self.viewers[move.caller] = Viewer(self.caller, move.caller)
            self.world.call("login", {}, move.caller)
        expected = self.world.call(move.name, move.body, move.caller)
        answer = self.act(move) if move.name in play.BY_MEMBERS else play.play(self.caller, move)
        self.expect(answer == expected, f"{move} was answered with {answer}, not {expected}")
        if move.name == "account_delete":
            for account in [item["UserID"] for item in answer[1]["ResultItem"] if item["ResultCode"] == 0]:
                if account in self.viewers:
                    self.viewers.pop(account).until_closed()
        self.compare()

    def act(self, move: play.Move) -> tuple[int, Any]:
        """Do what a member does; return code and what the model knows of the result."""
        viewer = self.viewers.get(move.caller)
        try:
            if move.name == "vanish":
                if viewer:
                    self.viewers.pop(move.caller).member.close()
                return 0, None
            assert viewer is not None
            if move.name == "enter":
                viewer.enter(move.body["RoomId"], move.body["password"])
                return 0, None
            if move.name == "take_seat":
                return 0, viewer.member.call("takeSeat", **move.body)["seatIndex"]
            viewer.member.call({"leave": "exitRoom", "leave_seat": "leaveSeat"}[move.name])
        except Refused as refused:
            return refused.code, None
        if move.name == "leave":
            viewer.room = None
        return 0, None

    def compare(self) -> None:
        """Compare what was told; what the clock did may take the server a moment."""
        expected = sorted(self.world.news, key=lambda news: news.room)
        self.world.news = []
        told: list[Any] = []
        deadline = time.monotonic() + PATIENCE
        while True:
            told += [
                (event.room_id, event.kind, event.operator, event.data) for event in self.log.new() if event.room_id
            ]
            if len(told) >= len(expected) or time.monotonic() > deadline:
                break
        told.sort(key=lambda each: each[0])
        self.expect(told == [tuple(news) for news in expected], f"told {told}, not {expected}")
        for viewer in self.viewers.values():
            if viewer.room not in (None, self.world.at.get(viewer.user)):
                viewer.until(lambda viewer=viewer: viewer.room is None)  # type: ignore[misc]

    def expect(self, is_so: bool, sentence: str) -> None:
        self.sound = is_so
        assert is_so, sentence

    def teardown(self) -> None:
        """Compare the whole present, as backends and as members see it, and leave nothing behind."""
        if self.sound:
            for look in play.looks(self.world):
                self.perform(look)
            for room in list(self.world.rooms):
                self.compare_pictures(room)
                self.perform(play.Move("destroy_room", {"RoomId": room}))
        for viewer in getattr(self, "viewers", {}).values():
            viewer.member.close()

    def compare_pictures(self, room: str) -> None:
        """Compare what the members of a room believe, once the last news has reached them."""
        last = f"final {next(finals)}"
        self.perform(play.Move("update_room_info", {"RoomInfo": {"RoomId": room, "RoomName": last}}))
        for viewer in self.viewers.values():
            if viewer.room == room:
                viewer.until(lambda viewer=viewer: viewer.info["roomName"] == last)  # type: ignore[misc]
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
