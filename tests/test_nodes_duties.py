"""Duties: one node at a time does them, they go over within seconds, and nothing is lost or skipped meanwhile."""

import asyncio
import signal
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from conclave.clock import SystemClock
from conclave.store import due
from conclave.store.duties import CALLBACKS
from conclave.store.failures import DutyLost
from conclave.store.postgres import address, schema, standing
from conclave.store.postgres.engine import PoolLimits, PostgresEngine
from conclave.store.statements import Transaction
from tests import invariants
from tests.backend import Backend
from tests.database import PostgresDatabase
from tests.engines import stay
from tests.house import Caller
from tests.member import until
from tests.nodes import DUTIES, LATE_S, Node, Pair, end_duties, until_late
from tests.postgres import Cluster
from tests.receiver import Receiver
from tests.test_callback_losses import Burst, complete, drained, end
from tests.test_postgres import own_cluster

pytestmark = pytest.mark.postgresql
CALLERS = 2
DAY_S = 86_400
"""Longer than a room stays in which nobody is."""
__all__ = ["own_cluster"]


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Pair]:
    with Pair(tmp_path) as two:
        yield two


def listening(two: Pair, receiver: Receiver) -> Backend:
    backend = Backend(two.a, Caller(two.a.url), receiver)
    backend.listen()
    return backend


def begin(node: Node, name: str) -> list[Burst]:
    bursts = [Burst(node.url, f"{name}-{n}", n) for n in range(CALLERS)]
    for burst in bursts:
        burst.start()
    return bursts


# The fence.


@asynccontextmanager
async def engines() -> AsyncIterator[tuple[PostgresDatabase, PostgresEngine, PostgresEngine]]:
    """Two nodes in this process."""
    database = PostgresDatabase()
    await schema.migrate(database.url, 0)
    first, second = (PostgresEngine(database.url, SystemClock(), PoolLimits(6, 100)) for _ in range(2))
    await first.open()
    await second.open()
    try:
        yield database, first, second
    finally:
        await first.close()
        await second.close()


async def write(tx: Transaction) -> None:
    await due.set_callback_cursor(tx, 7)


def test_whoever_has_a_duty_no_more_cannot_write_for_it() -> None:
    async def main() -> None:
        async with engines() as (database, first, second):
            old = await first.take(CALLBACKS)
            await old.engine.write(write)
            assert (old.engine.may_lose_answers, old.engine.pool) == (True, first.pool)
            assert (first.duties, second.duties) == (frozenset({CALLBACKS}), frozenset())
            waiting = asyncio.ensure_future(second.take(CALLBACKS))
            await asyncio.sleep(1.2)
            assert not waiting.done()
            await asyncio.to_thread(end_duties, database)
            new = await asyncio.wait_for(waiting, 10)
            with pytest.raises(DutyLost):
                await old.engine.write(write)
            await asyncio.wait_for(old.lost(), 5)
            assert (old.is_held, new.is_held) == (False, True)
            await new.engine.write(write)

    asyncio.run(main())


def test_a_new_term_waits_for_what_the_last_one_is_writing() -> None:
    async def main() -> None:
        async with engines() as (database, first, second):
            old = await first.take(CALLBACKS)
            begun, go_on = asyncio.Event(), asyncio.Event()

            async def slow(tx: Transaction) -> None:
                begun.set()
                await stay(tx, go_on)
                await write(tx)

            writing = asyncio.ensure_future(old.engine.write(slow))
            await begun.wait()
            waiting = asyncio.ensure_future(second.take(CALLBACKS))
            await asyncio.to_thread(end_duties, database)
            taken, _ = await asyncio.wait((waiting,), timeout=3)
            go_on.set()
            assert not taken  # the lock is free, the term is not
            await writing
            await asyncio.wait_for(waiting, 10)

    asyncio.run(main())


def test_a_node_takes_its_duties_for_lost_before_they_go_over() -> None:
    idle, interval, count = (int(address.SETTINGS[f"tcp_keepalives_{name}"]) for name in ("idle", "interval", "count"))
    assert int(standing.SILENCE.rpartition(" ")[2]) / 1000 > standing.SURE_SECONDS
    assert idle + interval * count > standing.SURE_SECONDS
    assert int(address.SETTINGS["tcp_user_timeout"]) / 1000 > standing.SURE_SECONDS


# One server.


def test_a_node_whose_standing_fails_in_an_unknown_way_ends_instead_of_serving_without_it(tmp_path: Path) -> None:
    database = PostgresDatabase()
    with Node(tmp_path / "a", database) as node:
        until(lambda: all(map(node.holds, DUTIES)))
        database.change("CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END'")
        database.change("CREATE TRIGGER nothing BEFORE INSERT ON duties FOR EACH ROW EXECUTE FUNCTION nothing()")
        end_duties(database)
        assert node.process is not None
        assert node.process.wait(LATE_S) == 1
        assert "the server ends" in node.log.read_text()


# Two servers.


def test_both_say_who_has_the_duties(two: Pair) -> None:
    assert [node.holds(duty) for node in (two.a, two.b) for duty in DUTIES] == [True, True, False, False]
    until(lambda: two.a.gauge("conclave_nodes") == two.b.gauge("conclave_nodes") == 2)
    assert two.a.gauge("conclave_callback_lag") >= 0
    assert "\nconclave_callback_lag " not in httpx.get(f"{two.b.url}/metrics").text
    assert [httpx.get(f"{node.url}/readyz").status_code for node in (two.a, two.b)] == [200, 200]


def test_rooms_end_by_the_clock_of_whoever_is_left(two: Pair) -> None:
    a, b = two.a.caller(), two.b.caller()
    a.create_room()
    two.a.kill()
    until_late(lambda: two.b.holds("clock"))
    b.advance(DAY_S)
    until(lambda: b.call("room_engine_http_srv/get_room_info", {"RoomId": "room-1"})["ErrorCode"] == 100004)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGTERM, signal.SIGSTOP])
def test_callbacks_go_on_when_their_owner_is_gone(two: Pair, receiver: Receiver, how: signal.Signals) -> None:
    backend = listening(two, receiver)
    bursts = begin(two.b, "b")
    backend.got(100, patience=60)
    two.a.signal(how)
    gone = time.monotonic()
    until_late(lambda: two.b.holds("callbacks"))
    assert time.monotonic() - gone < 20
    came = len(backend.got())
    backend.got(came + 100, patience=30)
    if how is signal.SIGSTOP:
        two.a.signal(signal.SIGCONT)
        until_late(lambda: two.alive() == 2)
    end(bursts)
    drained(two.a, backend)
    complete(two.a, backend.got(), is_handed_over=True)
    invariants.check(two.database)


def test_nothing_is_lost_or_skipped_however_often_the_duties_change_hands(two: Pair, receiver: Receiver) -> None:
    backend = listening(two, receiver)
    bursts = begin(two.a, "a") + begin(two.b, "b")
    for _ in range(6):
        came = len(backend.got())
        end_duties(two.database)
        backend.got(came + 60, patience=60)
    end(bursts)
    drained(two.a, backend)
    complete(two.a, backend.got(), is_handed_over=True)
    invariants.check(two.database)
    for node in (two.a, two.b):
        assert "Traceback" not in node.log.read_text()


class Creating(threading.Thread):
    """Creates rooms on a node, and notes which were acknowledged."""

    def __init__(self, node: Node, name: str) -> None:
        super().__init__()
        self.caller = node.caller()
        self.prefix = name
        self.made: list[str] = []
        self.stopping = False

    def run(self) -> None:
        number = 0
        while not self.stopping:
            number += 1
            info: dict[str, Any] = {"RoomId": f"{self.prefix}-{number}", "RoomType": "Conference"}
            if self.caller.call("room_engine_http_srv/create_room", {"RoomInfo": info})["ErrorCode"] == 0:
                self.made.append(info["RoomId"])


def until_each_has_made_more(threads: list[Creating]) -> None:
    before = [len(thread.made) for thread in threads]
    until_late(lambda: all(len(thread.made) > number + 10 for thread, number in zip(threads, before, strict=True)))


def test_both_come_back_when_the_database_was_away_and_nothing_acknowledged_is_lost(
    own_cluster: Cluster, tmp_path: Path, receiver: Receiver
) -> None:
    database = PostgresDatabase(own_cluster)
    with Pair(tmp_path / "pair", database) as two:
        backend = listening(two, receiver)
        threads = [Creating(node, f"{name}{n}") for name, node in (("a", two.a), ("b", two.b)) for n in range(2)]
        for thread in threads:
            thread.start()
        for how in (signal.SIGINT, signal.SIGQUIT):
            until_each_has_made_more(threads)
            own_cluster.stop(how)
            own_cluster.start(fsync="on")
        until_each_has_made_more(threads)
        for thread in threads:
            thread.stopping = True
        for thread in threads:
            thread.join()
        until_late(lambda: [httpx.get(f"{node.url}/readyz").status_code for node in (two.a, two.b)] == [200, 200])
        until_late(lambda: two.alive() == 2)
        there = {room for (room,) in database.query("SELECT group_id FROM groups WHERE is_room = 1")}
        assert {room for thread in threads for room in thread.made} <= there
        drained(two.a, backend)
        complete(two.a, backend.got(), is_handed_over=True)
        invariants.check(database)
