"""Random games against the model: every answer, every fact and the whole present must be what the model says.

``CONCLAVE_TESTS_MODEL_GAMES`` plays that many games with new seeds (the default is a fixed, repeatable set).
"""

import itertools
import os
import time
from collections.abc import Iterator
from random import Random
from typing import Any

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule, run_state_machine_as_test

from tests import invariants, play
from tests.eventlog import EventLog
from tests.house import FIRST_SDKAPPID, Caller, Server
from tests.model import SYSTEM, World

GAMES = int(os.environ.get("CONCLAVE_TESTS_MODEL_GAMES", "0"))
APPLICATIONS = 2000
MOVES = 60
PATIENCE = 5.0
LEAPS = (1, 60, 3600, 7200, 90_000)

server: Server
free = itertools.count(FIRST_SDKAPPID)


@pytest.fixture(scope="module", autouse=True)
def _house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    global server  # a state machine takes no fixtures
    with Server(tmp_path_factory.mktemp("model"), applications=APPLICATIONS, toml=play.SETTINGS) as server:
        Caller(server.url).ok("conclave/set_clock", {"Freeze": True})
        yield
        invariants.check(server.data / "conclave.db")


class Game(RuleBasedStateMachine):
    """One application of the server, and the model of it."""

    @initialize()
    def begin(self) -> None:
        self.caller = Caller(server.url, next(free))
        self.log = EventLog(server, self.caller)
        self.world = World(self.clock(0), play.LIMITS)
        for person in play.PEOPLE:
            self.play(play.Move("account_import", {"UserID": person, "Nick": person.title()}))

    def clock(self, advance: int) -> int:
        now: int = self.caller.ok("conclave/set_clock", {"Advance": advance})["Time"]
        return now

    @rule(rnd=st.randoms(use_true_random=False))
    def command(self, rnd: Random) -> None:
        self.play(play.draw(rnd, self.world.now // 1000))

    @precondition(lambda self: self.world.rooms)
    @rule(leap=st.sampled_from(LEAPS))
    def time_passes(self, leap: int) -> None:
        now = self.clock(leap)
        self.world.pass_time(leap)
        assert self.world.now == now
        self.compare_news()

    def play(self, move: play.Move) -> None:
        expected = self.world.call(move.name, move.body, move.caller)
        assert play.play(self.caller, move) == expected, move
        self.compare_news()

    def compare_news(self) -> None:
        """Compare what was told; what the clock did may take the server a moment."""
        expected = sorted(self.world.news, key=lambda news: news.room)
        self.world.news = []
        told: list[Any] = []
        patient_until = time.monotonic() + PATIENCE
        while True:
            told += [
                (event.room_id, event.kind, event.operator, event.data) for event in self.log.new() if event.room_id
            ]
            if len(told) >= len(expected) or time.monotonic() > patient_until:
                break
            assert any(news.operator == SYSTEM for news in expected), (told, expected)
            time.sleep(0.005)
        told.sort(key=lambda each: each[0])
        assert told == [tuple(news) for news in expected]

    def teardown(self) -> None:
        """Compare the whole present, then leave nothing behind for the clock to end."""
        if not hasattr(self, "world"):
            return
        for room in play.ROOM_IDS:
            for name in ("get_room_info", "get_room_member_list", "get_seat_list", "get_banned_member_list"):
                self.play(play.Move(name, {"RoomId": room, **({"Limit": 100} if "banned" in name else {"Count": 100})}))
        for room in list(self.world.rooms):
            self.play(play.Move("destroy_room", {"RoomId": room}))
        self.caller.http.close()


def test_random_games_go_as_the_model_says() -> None:
    run_state_machine_as_test(
        Game,
        settings=settings(
            max_examples=GAMES or 60,
            stateful_step_count=MOVES,
            derandomize=not GAMES,
            database=None,
            deadline=None,
            print_blob=False,
            suppress_health_check=list(HealthCheck),
        ),
    )
