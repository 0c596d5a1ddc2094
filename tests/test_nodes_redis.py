"""Servers with a Redis beside PostgreSQL, over the wire: what it does for them, and what they do without it."""

import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import httpx
import pytest

from tests import invariants, raw, redis
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server
from tests.load import Audience, Changing, Load
from tests.member import Member, until
from tests.nodes import Pair, until_late
from tests.redis import RedisServer

pytestmark = pytest.mark.postgresql
NewServer = Callable[..., Server]
RATE: Final = 20
QUESTION: Final = f"{ROOMS}/get_room_info"


@pytest.fixture
def server_of_redis() -> Iterator[RedisServer]:
    with redis.running(requirepass="a-secret-word") as running:
        yield running


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
def two(tmp_path: Path, server_of_redis: RedisServer) -> Iterator[Pair]:
    """By the clock of the system, as one that tests move counts for itself; limits are asked for at each call."""
    toml = f"rates = {{default = 100000, get_room_info = {RATE}}}"
    with Pair(tmp_path, redis=server_of_redis.url, insecure_test_clock=False, toml=toml) as two:
        until_usable(two, 1)
        yield two


def until_usable(two: Pair, value: int) -> None:
    until(lambda: [usable(node) for node in (two.a, two.b)] == [value, value])


def allowed(two: Pair) -> tuple[list[int], float]:
    """Ask both nodes in turn, more often than they allow; return how often each did, and a rate's most meanwhile."""
    codes: list[list[int]] = [[], []]
    with raw.Wire(two.a.url) as one, raw.Wire(two.b.url) as other:
        calls = [raw.request(raw.target(node.caller(), QUESTION), b'{"RoomId":"none"}') for node in (two.a, two.b)]
        began = time.monotonic()
        for _ in range(3 * RATE):
            for wire, call, found in zip((one, other), calls, codes, strict=True):
                found.append(wire.ask(call).code)
        most = RATE * (1 + time.monotonic() - began) + 1
    assert {code for found in codes for code in found} <= {100004, 60007}
    return [found.count(100004) for found in codes], most


def is_counted_together(two: Pair) -> bool:
    each, most = allowed(two)
    return sum(each) <= most


def expect_counted_alone(two: Pair) -> None:
    """Expect each node to allow a rate by itself, and no more."""
    time.sleep(1.0)  # what it has used up there, it has used up
    each, most = allowed(two)
    assert all(RATE <= count <= most for count in each)


def test_redis_may_forget_stop_and_hang_under_load(two: Pair, server_of_redis: RedisServer) -> None:
    """Nothing fails, whoever listens through the other node hears everything, and each node limits by itself."""
    a, b = two.a.caller, two.b.caller
    on_a, on_b = ([Changing(f"{name}{n}", new()) for n in range(2)] for name, new in (("a", a), ("b", b)))
    audiences = [Audience(two, two.b, *on_a), Audience(two, two.a, *on_b)]
    try:
        with Load(*on_a, *on_b) as load:
            load.goes_on()
            until_late(lambda: is_counted_together(two))
            server_of_redis.ask("FLUSHALL")
            server_of_redis.ask("SCRIPT", "FLUSH")
            load.goes_on()
            until_late(lambda: is_counted_together(two))
            before = [said(node, "back") for node in (two.a, two.b)]
            server_of_redis.stop()
            until_usable(two, 0)
            load.goes_on()
            expect_counted_alone(two)
            server_of_redis.start()
            until_usable(two, 1)
            load.goes_on()
            until_late(lambda: is_counted_together(two))
            until(lambda: all(said(node, "back") > told for node, told in zip((two.a, two.b), before, strict=True)))
            server_of_redis.signal(signal.SIGSTOP)
            until_usable(two, 0)
            load.goes_on()
            expect_counted_alone(two)
            assert [httpx.get(f"{node.url}/readyz").status_code for node in (two.a, two.b)] == [200, 200]
            server_of_redis.signal(signal.SIGCONT)
            until_usable(two, 1)
            load.goes_on()
    finally:
        server_of_redis.signal(signal.SIGCONT)
    load.check(two.database)
    for audience in audiences:
        audience.check()
    invariants.check(two.database)
    assert [node.stop() for node in (two.a, two.b)] == [0, 0]


@pytest.fixture
def nodes(two: Pair) -> list[Server]:
    return [two.a, two.b]


def test_a_rate_holds_for_two_nodes_together(nodes: list[Server]) -> None:
    calls = [raw.request(raw.target(Caller(server.url), QUESTION), b'{"RoomId":"none"}') for server in nodes]
    with raw.Wire(nodes[0].url) as one, raw.Wire(nodes[1].url) as other:

        def is_shared() -> bool:
            """Whether it holds now: a node that had to wait 50 ms for Redis counts alone for a while."""
            time.sleep(1.0)  # what was used up is there again
            began = time.monotonic()
            codes = [wire.ask(call).code for _ in range(50) for wire, call in zip((one, other), calls, strict=True)]
            most = RATE * (1 + time.monotonic() - began) + 1
            return set(codes) == {100004, 60007} and RATE <= codes.count(100004) <= most

        until_late(is_shared)


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
    assert sorted(seconds)[2] < 0.2
