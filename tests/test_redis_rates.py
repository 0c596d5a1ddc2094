"""Rates of several nodes together: by the same rule as those of one, and by those of each when Redis is away [G13]."""

import asyncio
import signal
import time
from collections.abc import Iterator
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from conclave import errors
from conclave.api.limits import SECOND_NS, Limit
from conclave.shared.rates import CLOCK, SCRIPT
from tests import redis
from tests.redis import RedisServer
from tests.sharing import DESTROY, QUESTION, SDKAPPID, nodes, sharing, steadily, until

pytestmark = pytest.mark.postgresql  # which alone has Redis beside it
KEY: Final = f"conclave:{SDKAPPID}:rate:{QUESTION}"
# The script as it is, but for the time, which is a parameter, and does not let keys expire.
TIMED: Final = SCRIPT.replace(CLOCK, "{ARGV[#KEYS + 1], ARGV[#KEYS + 2]}").replace("'PX', 2000", "'PX', 600000")
PERIOD: Final = 4_194_304
START_US: Final = 400 * PERIOD * 1_000_000 + 10**15 // 10**3


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis.running() as server:
        yield server


@pytest.fixture(autouse=True)
def empty(request: pytest.FixtureRequest) -> None:
    if "server" in request.fixturenames:
        request.getfixturevalue("server").ask("FLUSHALL")


class Sides:
    """The rule in both places, at the same moments: the numbers by which each refuses."""

    def __init__(self, server: RedisServer, *rates: int) -> None:
        assert SCRIPT.count(CLOCK) == 1
        assert SCRIPT.count("'PX', 2000") == 1
        server.ask("FLUSHALL")
        self._server = server
        self._limits = [Limit(f"{n}", SECOND_NS // rate, errors.OVERLOADED, "") for n, rate in enumerate(rates)]

    def local(self, numbers: list[int], now_us: int) -> int:
        asked = [self._limits[number] for number in numbers]
        return next((at for at, limit in enumerate(asked, 1) if not limit.arrives(now_us * 1000)), 0)

    def script(self, numbers: list[int], now_us: int) -> int:
        asked = [self._limits[number] for number in numbers]
        keys, intervals = [limit.key for limit in asked], [limit.interval_ns for limit in asked]
        answer = self._server.ask("EVAL", TIMED, len(keys), *keys, *intervals, *divmod(now_us, 1_000_000))
        assert isinstance(answer, int)
        return answer


STEPS: Final = st.one_of(
    st.integers(0, 2000), st.integers(0, 400_000), st.integers(0, 3_000_000), st.integers(-5_000_000, 0)
)


@settings(max_examples=150, deadline=None)
@given(
    st.tuples(*[st.integers(1, 12) | st.integers(1, 100_000)] * 3),
    st.lists(st.tuples(STEPS, st.sampled_from([[0], [1], [2], [0, 2], [1, 2]])), max_size=60),
)
def test_the_script_and_the_node_count_by_the_same_rule(
    server: RedisServer, rates: tuple[int, int, int], calls: list[tuple[int, list[int]]]
) -> None:
    sides, now_us = Sides(server, *rates), START_US
    for step, limits in calls:
        now_us += step
        assert sides.script(limits, now_us) == sides.local(limits, now_us), (now_us, limits)


def test_nobody_is_shut_out_when_the_script_begins_to_count_anew(server: RedisServer) -> None:
    sides, border_us = Sides(server, 5), 401 * PERIOD * 1_000_000
    assert [sides.script([0], border_us - 1) for _ in range(6)] == [0] * 5 + [1]
    assert [sides.script([0], border_us) for _ in range(6)] == [0] * 5 + [1]


# Two nodes.


def test_a_rate_holds_for_all_nodes_together(server: RedisServer) -> None:
    async def main() -> None:
        async with nodes(server.url, rates={"default": 5}) as (one, other):
            assert [await node.call() for node in (one, other) * 4] == [0] * 5 + [60007] * 3
            assert await other.calls(6, DESTROY) == {0: 5, 60007: 1}
            await asyncio.sleep(1)
            assert await one.calls(3) == {0: 3}
            assert (await other.calls(5))[0] in (2, 3)  # a fifth of a second may have passed

    steadily(main)


def test_the_total_of_an_application_holds_for_all_nodes_together(server: RedisServer) -> None:
    async def main() -> None:
        async with nodes(server.url, total_rate=7, rates={"default": 3}) as (one, other):
            assert await one.calls(3) == {0: 3}
            assert await other.calls(9) == {60007: 9}  # and nothing of it counts for the total
            assert await other.calls(3, DESTROY) == {0: 3}
            path = "room_engine_http_srv/create_room"
            assert [await one.call(path), await other.call(path)] == [0, 60011]

    steadily(main)


def test_many_calls_at_once_are_counted_once_each(server: RedisServer) -> None:
    async def main() -> None:
        async with nodes(server.url, rates={"default": 300}) as (one, other):
            began = time.monotonic()
            codes = await asyncio.gather(*(node.call() for node in (one, other) * 500))
            most = 300 * (1 + time.monotonic() - began) + 1
            assert 300 <= codes.count(0) <= most

    steadily(main)


def test_what_is_kept_in_redis_belongs_to_an_application_and_expires(server: RedisServer) -> None:
    async def main() -> None:
        async with nodes(server.url, total_rate=7) as (one, _):
            assert await one.calls(2) == {0: 2}

    steadily(main)
    keys = {key.decode() for key in server.ask("KEYS", "*")}
    assert keys >= {KEY, f"conclave:{SDKAPPID}:rate:total"}
    assert keys <= {KEY, f"conclave:{SDKAPPID}:rate:total", "conclave:0:rate:probe"}
    assert all(server.ask("PTTL", key) <= 2000 for key in keys)


def test_without_limits_nothing_is_asked(server: RedisServer) -> None:
    async def main() -> None:
        async with nodes(server.url, rates={"default": 0}) as (one, _):
            assert await one.calls(20) == {0: 20}

    steadily(main)
    assert {key.decode() for key in server.ask("KEYS", "*")} <= {"conclave:0:rate:probe"}


@pytest.mark.parametrize("value", ["text", "", "nan", "inf", "-inf", "1e300", "0x10", "-5", "9" * 400])
def test_what_others_wrote_under_a_key_shuts_nobody_out(server: RedisServer, value: str) -> None:
    async def main() -> None:
        async with nodes(server.url, rates={"default": 5}) as (one, other):
            server.ask("SET", KEY, value)
            assert [await node.call() for node in (one, other) * 3] == [0] * 5 + [60007]

    steadily(main)


def test_a_list_under_a_key_is_overwritten(server: RedisServer) -> None:
    async def main() -> None:
        async with nodes(server.url, rates={"default": 5}) as (one, other):
            server.ask("LPUSH", KEY, "x")
            assert [await node.call() for node in (one, other) * 3] == [0] * 5 + [60007]

    steadily(main)


def test_a_script_that_was_forgotten_is_loaded_again(server: RedisServer) -> None:
    async def main() -> None:
        async with nodes(server.url, rates={"default": 5}) as (one, other):
            codes = []
            for node in (one, other) * 4:
                server.ask("SCRIPT", "FLUSH")
                codes.append(await node.call())
            assert codes == [0] * 5 + [60007] * 3
            assert one.shared.is_usable

    steadily(main)


# Without Redis.


def test_a_call_that_other_nodes_left_no_room_for_uses_up_nothing_here(server: RedisServer) -> None:
    async def main() -> None:
        async with nodes(server.url, rates={"default": 5}) as (one, other):
            assert await other.calls(5) == {0: 5}
            assert await one.calls(5) == {60007: 5}
            server.stop()
            assert await one.calls(6) == {0: 5, 60007: 1}

    try:
        steadily(main)
    finally:
        server.start()


@pytest.mark.parametrize("how", ["stopped", "flushed", "hung"])
def test_a_node_that_falls_back_has_counted_along(server: RedisServer, how: str) -> None:
    async def main() -> None:
        async with nodes(server.url, rates={"default": 5}) as (one, other):
            assert await one.calls(5) == {0: 5}
            match how:
                case "stopped":
                    server.stop()
                case "flushed":
                    server.ask("FLUSHALL")
                case "hung":
                    server.signal(signal.SIGSTOP)
            assert await one.calls(1) == {60007: 1}
            assert await other.calls(6) == {0: 5, 60007: 1}  # which is what it may by itself

    try:
        steadily(main)
    finally:
        if how == "stopped":
            server.start()
        server.signal(signal.SIGCONT)


def test_a_redis_that_hangs_costs_a_call_fifty_milliseconds_and_those_after_it_nothing(server: RedisServer) -> None:
    async def main() -> None:
        async with nodes(server.url, rates={"default": 100_000}) as (one, _):
            first, after = [], []
            for _ in range(4):
                server.signal(signal.SIGSTOP)
                began = time.perf_counter()
                assert await asyncio.gather(*(one.call() for _ in range(50))) == [0] * 50
                first.append(time.perf_counter() - began)
                began = time.perf_counter()
                assert await one.call() == 0
                after.append(time.perf_counter() - began)
                server.signal(signal.SIGCONT)
                await until(lambda: one.shared.is_usable)
            assert 0.04 < min(first) < 0.2  # the least: this machine may be busy with something else
            assert min(after) < 0.005

    try:
        steadily(main)
    finally:
        server.signal(signal.SIGCONT)


def test_nobody_waits_longer_behind_a_queue_and_redis_is_not_blamed_for_it(server: RedisServer) -> None:
    limits = [Limit("crowded", SECOND_NS, errors.OVERLOADED, "")]

    async def main() -> None:
        async with sharing(server.url) as shared:
            assert await shared.rates.count(limits) == 0
            told = await asyncio.gather(*(shared.rates.count(limits) for _ in range(6000)))
            # Those whose time was up before they were asked are nobody's to refuse.
            assert told.count(0) > 1000
            assert shared.is_usable

    steadily(main)


def test_a_process_that_slept_itself_does_not_blame_redis(server: RedisServer) -> None:
    async def main() -> None:
        async with nodes(server.url, rates={"default": 5}) as (one, other):
            assert await other.calls(5) == {0: 5}
            asking = asyncio.ensure_future(one.call())
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            time.sleep(0.1)  # noqa: ASYNC251 - it is what is tested
            assert await asking == 60007
            assert one.shared.is_usable

    steadily(main)


def test_it_is_counted_together_again_by_itself(server: RedisServer) -> None:
    async def main() -> None:
        async with nodes(server.url, rates={"default": 5}) as (one, other):
            server.stop()
            assert await one.calls(1) == {0: 1}
            assert not one.shared.is_usable
            server.start()
            await until(lambda: one.shared.is_usable and other.shared.is_usable)
            await asyncio.sleep(1)
            codes = [await node.call() for node in (one, other) * 4]
            assert codes == [0] * 5 + [60007] * 3

    steadily(main)


def test_a_redis_that_cannot_be_written_to_is_as_good_as_none(server: RedisServer) -> None:
    async def main() -> None:
        server.ask("REPLICAOF", "127.0.0.1", "1")
        async with sharing(server.url, usable=False) as shared:
            await asyncio.sleep(2.5)
            assert not shared.is_usable
            server.ask("REPLICAOF", "NO", "ONE")
            await until(lambda: shared.is_usable)

    steadily(main)
