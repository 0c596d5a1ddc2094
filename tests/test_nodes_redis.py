"""Servers with a Redis beside PostgreSQL, over the wire: what it does for them, and what they do without it."""

import re
import signal
import statistics
import threading
import time
from collections.abc import Callable, Iterator
from typing import Final

import httpx
import pytest

from tests import invariants, raw, redis
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server
from tests.member import Member, until
from tests.postgres import cluster
from tests.redis import RedisServer

pytestmark = pytest.mark.postgresql
NewServer = Callable[..., Server]
TIMEOUT: Final = 3.0
RATE: Final = 20
QUESTION: Final = f"{ROOMS}/get_room_info"


@pytest.fixture
def server_of_redis() -> Iterator[RedisServer]:
    with redis.running(requirepass="a-secret-word") as running:
        yield running


@pytest.fixture
def node(new_server: NewServer, server_of_redis: RedisServer) -> Server:
    """A node by the clock of the system, as one that tests move counts for itself; its limits are asked for."""
    toml = "rates = {default = 100000}"
    return new_server(redis=server_of_redis.url, insecure_test_clock=False, toml=toml).start()


def usable(server: Server) -> float:
    """What the server says of its Redis."""
    found = re.search(r"^conclave_redis_usable (\S+)$", httpx.get(f"{server.url}/metrics").text, re.MULTILINE)
    assert found
    return float(found[1])


def said(server: Server, word: str) -> int:
    """How many lines of the log say that Redis is so."""
    text = server.log.read_text()
    assert "a-secret-word" not in text
    assert "Traceback" not in text
    return sum("Redis 127.0.0.1" in line and f"is {word}" in line for line in text.splitlines())


class Load:
    """Backends that make rooms without a pause; what was answered, and after how long."""

    def __init__(self, server: Server, backends: int = 4) -> None:
        self.made: list[str] = []
        self.codes: set[int] = set()
        self.seconds: list[float] = []
        self._url = server.url
        self._stopping = threading.Event()
        self._threads = [threading.Thread(target=self._create, args=(name,)) for name in range(backends)]
        for thread in self._threads:
            thread.start()

    def _create(self, name: int) -> None:
        caller, number = Caller(self._url), 0
        while not self._stopping.is_set():
            number += 1
            room_id, began = f"{name}-{number}", time.monotonic()
            info = {"RoomId": room_id, "RoomType": "Conference"}
            code = caller.call(f"{ROOMS}/create_room", {"RoomInfo": info})["ErrorCode"]
            self.seconds.append(time.monotonic() - began)
            self.codes.add(code)
            if code == 0:
                self.made.append(room_id)

    def goes_on(self) -> None:
        """Return when so many more rooms were made."""
        before = len(self.made)
        until(lambda: len(self.made) > before + 40)

    def end(self) -> None:
        self._stopping.set()
        for thread in self._threads:
            thread.join()


def test_redis_may_stop_hang_and_forget_under_load(node: Server, server_of_redis: RedisServer) -> None:
    until(lambda: usable(node) == 1)
    load = Load(node)
    try:
        load.goes_on()
        server_of_redis.ask("FLUSHALL")
        server_of_redis.ask("SCRIPT", "FLUSH")
        load.goes_on()
        server_of_redis.stop()
        until(lambda: usable(node) == 0)
        load.goes_on()
        server_of_redis.start()
        until(lambda: usable(node) == 1)
        load.goes_on()
        until(lambda: (said(node, "away"), said(node, "back")) == (1, 1))
        server_of_redis.signal(signal.SIGSTOP)
        until(lambda: usable(node) == 0)
        load.goes_on()
        assert httpx.get(f"{node.url}/readyz").status_code == 200
        server_of_redis.signal(signal.SIGCONT)
        until(lambda: usable(node) == 1)
        load.goes_on()
    finally:
        server_of_redis.signal(signal.SIGCONT)
        load.end()
    assert load.codes == {0}
    assert max(load.seconds) < TIMEOUT + 0.05
    caller = Caller(node.url)
    assert caller.ok("conclave/list_rooms", {})["TotalCount"] == len(load.made)
    for room_id in load.made[::10]:
        assert caller.room(room_id)["RoomId"] == room_id
    invariants.check(node.database)
    assert node.stop() == 0


def test_a_server_starts_without_its_redis_and_takes_it_up_later(
    new_server: NewServer, server_of_redis: RedisServer
) -> None:
    server_of_redis.stop()
    with new_server(redis=server_of_redis.url, insecure_test_clock=False) as server:
        Caller(server.url).create_room()
        until(lambda: said(server, "away") == 1)
        assert usable(server) == 0
        server_of_redis.start()
        until(lambda: usable(server) == 1)
        until(lambda: said(server, "back") == 1)


def test_a_server_whose_clock_is_moved_counts_for_itself(new_server: NewServer, server_of_redis: RedisServer) -> None:
    rates = 'rates = {default = 5, "conclave/set_clock" = 0}'
    with new_server(redis=server_of_redis.url, toml=rates) as server:
        until(lambda: usable(server) == 1)
        caller = Caller(server.url)
        caller.ok("conclave/set_clock", {"Freeze": True})
        for _ in range(3):
            codes = [caller.call(QUESTION, {"RoomId": "none"})["ErrorCode"] for _ in range(7)]
            assert codes == [100004] * 5 + [60007] * 2
            caller.advance(1)
        assert not server_of_redis.ask("KEYS", f"conclave:{FIRST_SDKAPPID}:*")


# Two nodes.


@pytest.fixture
def nodes(new_server: NewServer, server_of_redis: RedisServer) -> list[Server]:
    """Two nodes of one database."""
    database = cluster().new_database()
    toml = f"rates = {{default = 0, get_room_info = {RATE}}}"
    made = [
        new_server(redis=server_of_redis.url, database=database, insecure_test_clock=False, toml=toml).start()
        for _ in range(2)
    ]
    for server in made:
        until(lambda server=server: usable(server) == 1)  # type: ignore[misc]
    return made


def test_a_rate_holds_for_two_nodes_together(nodes: list[Server]) -> None:
    calls = [raw.request(raw.target(Caller(server.url), QUESTION), b'{"RoomId":"none"}') for server in nodes]
    with raw.Wire(nodes[0].url) as one, raw.Wire(nodes[1].url) as other:
        began = time.monotonic()
        codes = [wire.ask(call).code for _ in range(50) for wire, call in zip((one, other), calls, strict=True)]
        most = RATE * (1 + time.monotonic() - began) + 1
    assert set(codes) == {100004, 60007}
    assert RATE <= codes.count(100004) <= most


def test_each_node_allows_the_rate_when_redis_is_gone(nodes: list[Server], server_of_redis: RedisServer) -> None:
    server_of_redis.stop()
    for server in nodes:
        call = raw.request(raw.target(Caller(server.url), QUESTION), b'{"RoomId":"none"}')
        with raw.Wire(server.url) as wire:
            began = time.monotonic()
            codes = [wire.ask(call).code for _ in range(60)]
            most = RATE * (1 + time.monotonic() - began) + 1
        assert RATE <= codes.count(100004) <= most


@pytest.mark.parametrize("is_there", [True, False], ids=["with Redis", "without"])
def test_a_member_at_one_node_hears_at_once_what_happens_at_the_other(
    nodes: list[Server], server_of_redis: RedisServer, is_there: bool
) -> None:
    caller = Caller(nodes[0].url)
    caller.create_room()
    member = Member(Caller(nodes[1].url), "ann")
    member.enter()
    if not is_there:
        server_of_redis.stop()
        until(lambda: [usable(server) for server in nodes] == [0, 0])
    seconds = []
    for number in range(9):
        time.sleep(0.07 * number)  # anywhere between two looks
        began = time.monotonic()
        caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": f"name {number}"}})
        member.receive()
        seconds.append(time.monotonic() - began)
    member.close()
    assert statistics.median(seconds) < 0.2
