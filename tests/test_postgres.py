"""PostgreSQL itself: who waits for whom, what a reader of the log may see, and a database that is away."""

import asyncio
import contextlib
import shutil
import tempfile
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import httpx
import pytest

from conclave.clock import SystemClock
from conclave.realtime.feed import Feed
from conclave.store import events as log
from conclave.store import groups
from conclave.store.engine import Operation
from conclave.store.events import EventRow
from conclave.store.failures import DeadlinePassed, QueueFull, StoreError
from conclave.store.postgres import schema
from conclave.store.postgres.engine import PoolLimits, PostgresEngine
from conclave.store.statements import LATEST, Statement, Transaction
from tests import invariants
from tests.backend import CREATE, Backend
from tests.engines import count, stay
from tests.house import ROOMS, Caller, Server
from tests.member import Join, until
from tests.postgres import Cluster, cluster
from tests.receiver import Receiver
from tests.terminal import Terminal

pytestmark = pytest.mark.postgresql
GROUPS = "group_open_http_svc"
CREATE_ROOM = f"{ROOMS}/create_room"
NewServer = Callable[..., Server]


async def append(tx: Transaction, key: int) -> None:
    await log.append(tx, 1, key, 1, "room", "RoomCreated", 0, "", "", "", "{}")


@asynccontextmanager
async def opened(connections: int = 12, queue: int = 100) -> AsyncIterator[PostgresEngine]:
    url = cluster().new_database()
    await schema.migrate(url, 0)
    engine = PostgresEngine(url, SystemClock(), PoolLimits(connections, queue))
    await engine.open()
    try:
        yield engine
    finally:
        await engine.close()


@asynccontextmanager
async def following(engine: PostgresEngine, tell: Callable[[int], None]) -> AsyncIterator[None]:
    """Let the log be followed from its beginning; ``tell`` is given the key of each fact's room."""

    def deliver(row: EventRow) -> int:
        tell(row.room_key)
        return 0

    feed = Feed(engine, lambda: True, deliver, lambda: None)
    feed.listen_from(0)
    reading = asyncio.ensure_future(feed.run())
    try:
        yield
    finally:
        reading.cancel()


class Gate:
    """Operations that hold their transactions open until they are told to go on."""

    def __init__(self) -> None:
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def write(self, tx: Transaction, key: int) -> None:
        await append(tx, key)
        self.reached.set()
        await stay(tx, self.opened)


# The log with several writers.


def test_the_log_is_not_read_beyond_a_fact_that_is_not_committed_yet() -> None:
    async def main() -> None:
        async with opened() as engine:
            gate = Gate()
            early = asyncio.ensure_future(engine.write(lambda tx: gate.write(tx, 1)))
            await gate.reached.wait()
            await engine.write(lambda tx: append(tx, 2))
            settled = await engine.point(log.last_position)
            gate.opened.set()
            await early
            assert settled == 0
            assert await engine.point(log.last_position) == 2
            rows = await engine.point(lambda tx: log.after(tx, 0, 2, 10))
            assert [row.room_key for row in rows] == [1, 2]

    asyncio.run(main())


def test_a_fact_that_was_taken_back_holds_nobody_up() -> None:
    async def main() -> None:
        async with opened() as engine:

            async def refused(tx: Transaction) -> None:
                await append(tx, 1)
                raise LookupError

            with pytest.raises(LookupError):
                await engine.write(refused)
            await engine.write(lambda tx: append(tx, 2))
            assert await engine.point(log.last_position) == 2

    asyncio.run(main())


def test_whoever_follows_the_log_misses_nothing_and_is_told_nothing_twice() -> None:
    """Many writers, some of them slow, some refused at the end; the reader goes on only by what is settled."""
    written: set[int] = set()
    told: list[int] = []

    async def main() -> None:
        async with opened() as engine, following(engine, told.append):

            async def write(number: int) -> None:
                async def operation(tx: Transaction) -> None:
                    await append(tx, number)
                    if number % 7 == 0:
                        await asyncio.sleep(0.01)
                    if number % 11 == 0:
                        raise LookupError

                try:
                    await engine.write(operation)
                    written.add(number)
                except LookupError:
                    pass

            for first in range(0, 900, 90):
                await asyncio.gather(*(write(number) for number in range(first, first + 90)))
            await asyncio.to_thread(until, lambda: len(told) >= len(written))

    asyncio.run(main())
    assert sorted(told) == sorted(written)


def test_a_fact_is_told_after_the_callbacks_of_its_commit_though_another_process_could_see_it() -> None:
    async def main() -> None:
        settled: list[int] = []
        early: list[int] = []

        def tell(key: int) -> None:
            if key not in settled:
                early.append(key)

        async with opened(queue=400) as engine, following(engine, tell):

            async def write(number: int) -> None:
                async def operation(tx: Transaction) -> None:
                    await append(tx, number)
                    tx.on_commit(lambda: settled.append(number))

                await engine.write(operation)

            await asyncio.gather(*(write(number) for number in range(400)))
        assert early == []

    asyncio.run(main())


# What nobody may get twice.


def at_once(calls: list[Callable[[], int]]) -> Counter[int]:
    barrier = threading.Barrier(len(calls))

    def run(call: Callable[[], int]) -> int:
        barrier.wait()
        return call()

    with ThreadPoolExecutor(len(calls)) as threads:
        return Counter(threads.map(run, calls))


def creating(server: Server, room_id: str, owner: str = "administrator") -> Callable[[], int]:
    info = {"RoomId": room_id, "RoomType": "Conference", "Owner_Account": owner}
    return lambda: int(Caller(server.url).call(CREATE_ROOM, {"RoomInfo": info})["ErrorCode"])


def test_rooms_that_are_made_at_the_same_time_have_keys_of_their_own(new_server: NewServer) -> None:
    with new_server() as server:
        assert at_once([creating(server, f"room-{n}") for n in range(24)]) == {0: 24}
        keys = [key for (key,) in server.database.query("SELECT room_key FROM rooms")]
        assert len(set(keys)) == 24
        assert Caller(server.url).ok("conclave/list_rooms", {})["TotalCount"] == 24
        invariants.check(server.database)


def test_one_of_many_gets_an_id_and_the_others_are_told_by_whom_it_is_held(new_server: NewServer) -> None:
    with new_server() as server:
        assert at_once([creating(server, "room-1") for _ in range(12)]) == {0: 1, 100010: 11}
        invariants.check(server.database)


def test_an_id_that_comes_and_goes_is_never_answered_with_a_failure(new_server: NewServer) -> None:
    with new_server() as server:
        destroy = lambda: int(Caller(server.url).call(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})["ErrorCode"])  # noqa: E731
        for _ in range(10):
            found = at_once([creating(server, "room-1") if n % 2 else destroy for n in range(12)])
            assert found.keys() <= {0, 100010, 100004}
        invariants.check(server.database)


def test_a_ceiling_holds_whoever_comes_at_the_same_time(new_server: NewServer) -> None:
    with new_server(toml="max_rooms = 5\nrates = {default = 0}") as server:
        assert at_once([creating(server, f"room-{n}") for n in range(16)]) == {0: 5, 101011: 11}


def test_facts_outside_rooms_are_numbered_without_a_gap(new_server: NewServer) -> None:
    with new_server() as server:
        caller = Caller(server.url)
        caller.import_accounts(*(f"user{n}" for n in range(12)))
        kick = "im_open_login_svc/kick"
        calls = [lambda n=n: int(Caller(server.url).call(kick, {"UserID": f"user{n}"})["ErrorCode"]) for n in range(12)]
        assert at_once(calls) == {0: 12}  # type: ignore[arg-type]
        numbers = server.database.query("SELECT seq FROM events WHERE room_key = 0 ORDER BY position")
        assert [number for (number,) in numbers] == list(range(1, 13))


def test_an_account_is_deleted_once(new_server: NewServer) -> None:
    with new_server() as server:
        caller = Caller(server.url)
        caller.import_accounts("ann")
        body = {"DeleteItem": [{"UserID": "ann"}]}

        def delete() -> int:
            return int(Caller(server.url).call("im_open_login_svc/account_delete", body)["ResultItem"][0]["ResultCode"])

        assert at_once([delete] * 8) == {0: 1, 70107: 7}
        assert server.database.query("SELECT COUNT(*) FROM events WHERE kind = 'AccountDeleted'") == [(1,)]


def test_two_who_wait_for_each_other_both_succeed() -> None:
    """A deadlock ends one of the transactions; it is begun anew."""

    async def main() -> None:
        async with opened() as engine:
            await engine.write(lambda tx: groups.number(tx, 1, "a"))
            await engine.write(lambda tx: groups.number(tx, 1, "b"))

            held: set[str] = set()

            def crossing(first: str, second: str) -> Operation[int]:
                async def operation(tx: Transaction) -> int:
                    await groups.number(tx, 1, first)
                    held.add(first)
                    while len(held) < 2:
                        await count(tx)
                        await asyncio.sleep(0.01)
                    return await groups.number(tx, 1, second)

                return operation

            found = await asyncio.gather(
                engine.write(crossing("a", "b")),
                engine.write(crossing("b", "a")),
            )
            assert sorted(found) == [2, 3]
            assert engine.statistics.repeated >= 1

    asyncio.run(main())


def test_a_change_of_which_a_statement_failed_is_not_answered_as_written() -> None:
    """PostgreSQL answers COMMIT all the same."""

    async def main() -> None:
        async with opened() as engine:
            told: list[int] = []

            async def overlook(tx: Transaction) -> None:
                await append(tx, 1)
                tx.on_commit(lambda: told.append(1))
                with contextlib.suppress(asyncpg.DivisionByZeroError):
                    await tx.one(Statement("SELECT 1 / 0"))

            with pytest.raises(StoreError, match="not written"):
                await engine.write(overlook)
            await engine.write(lambda tx: append(tx, 2))
            rows = await engine.point(lambda tx: log.after(tx, 0, LATEST, 10))
            assert ([row.room_key for row in rows], told) == ([2], [])

    asyncio.run(main())


# Queue and time.


def test_the_queue_is_bounded_and_a_change_whose_time_is_up_is_not_begun() -> None:
    async def main() -> None:
        async with opened(connections=4, queue=3) as engine:
            gate = Gate()
            held = [asyncio.ensure_future(engine.write(lambda tx: gate.write(tx, 1)))]
            await gate.reached.wait()
            begun: list[int] = []

            async def late(tx: Transaction) -> None:
                begun.append(1)

            waiting = [asyncio.ensure_future(engine.write(late, 0.1)) for _ in range(3)]
            await asyncio.sleep(0)
            with pytest.raises(QueueFull):
                await engine.write(late)
            assert engine.depth == 3
            outcomes = await asyncio.gather(*waiting, return_exceptions=True)
            assert [type(outcome) for outcome in outcomes] == [DeadlinePassed] * 3
            gate.opened.set()
            await asyncio.gather(*held)
            await engine.write(lambda tx: append(tx, 2))
            assert begun == []

    asyncio.run(main())


def test_what_is_declared_to_read_cannot_write() -> None:
    async def main() -> None:
        async with opened() as engine:
            with pytest.raises(StoreError, match="read-only"):
                await engine.read(lambda tx: append(tx, 1))

    asyncio.run(main())


# A database that is away.


@pytest.fixture
def own_cluster() -> Iterator[Cluster]:
    """A PostgreSQL server that a test may stop."""
    folder = Path(tempfile.mkdtemp(prefix="conclave-postgres-"))  # it does not run as root: not among root's files
    made = Cluster(folder)
    made.start(fsync="on")
    try:
        yield made
    finally:
        made.stop()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_server_whose_database_goes_away_says_so_and_recovers_by_itself(
    own_cluster: Cluster, new_server: NewServer, receiver: Receiver
) -> None:
    with new_server(database=own_cluster.new_database()) as server:
        caller = Caller(server.url)
        caller.create_room("before")
        own_cluster.stop()
        began = time.monotonic()
        assert caller.call(CREATE_ROOM, {"RoomInfo": {"RoomId": "a", "RoomType": "Conference"}})["ErrorCode"] == 100001
        assert caller.call(f"{ROOMS}/get_room_info", {"RoomId": "before"})["ErrorCode"] == 100001
        assert time.monotonic() - began < 10
        until(lambda: httpx.get(f"{server.url}/readyz").status_code == 503)
        assert httpx.get(f"{server.url}/healthz").status_code == 200
        own_cluster.start(fsync="on")
        until(lambda: httpx.get(f"{server.url}/readyz").status_code == 200)
        caller.create_room("after")
        assert caller.room("before")["RoomId"] == "before"
        assert server.stop() == 0
        assert "Traceback" not in server.log.read_text()


def test_what_was_answered_outlives_a_database_that_is_killed_again_and_again(
    own_cluster: Cluster, new_server: NewServer
) -> None:
    import signal

    with new_server(database=own_cluster.new_database()) as server:
        made: list[str] = []
        stopping = threading.Event()

        def create(name: int) -> None:
            caller = Caller(server.url)
            number = 0
            while not stopping.is_set():
                room_id = f"{name}-{number}"
                info = {"RoomId": room_id, "RoomType": "Conference"}
                if caller.call(CREATE_ROOM, {"RoomInfo": info})["ErrorCode"] == 0:
                    made.append(room_id)
                number += 1

        threads = [threading.Thread(target=create, args=(name,)) for name in range(6)]
        for thread in threads:
            thread.start()
        for _ in range(3):
            before = len(made)
            until(lambda: len(made) > before + 50)  # noqa: B023
            own_cluster.stop(signal.SIGQUIT)
            own_cluster.start(fsync="on")
        before = len(made)
        until(lambda: len(made) > before + 50)
        stopping.set()
        for thread in threads:
            thread.join()
        caller = Caller(server.url)
        for room_id in made:
            assert caller.room(room_id)["RoomId"] == room_id
        assert "Traceback" not in server.log.read_text()


def test_who_waits_to_read_is_counted() -> None:
    async def main() -> None:
        async with opened(connections=8) as engine:
            gate = Gate()

            async def hold(_: Transaction) -> None:
                gate.reached.set()
                await gate.opened.wait()

            reads = [asyncio.ensure_future(engine.read(hold)) for _ in range(5)]
            await gate.reached.wait()  # whoever begins has waited for the network, and the others for a connection
            assert engine.pool.waiting_to_read == 3
            assert engine.pool.connections["read", "busy"] == 2
            assert engine.pool.connections["read", "idle"] == 0
            gate.opened.set()
            await asyncio.gather(*reads)
            assert engine.pool.waiting_to_read == 0
            assert engine.pool.connections["read", "idle"] == 2

    asyncio.run(main())


# The schema, and who serves it.


def test_migrations_are_applied_once_and_their_texts_are_compared(tmp_path: Path) -> None:
    url = cluster().new_database()
    terminal = Terminal(tmp_path)
    assert "migrations applied" in terminal.ok("migrate", CONCLAVE_DATABASE=url)
    assert "up to date" in terminal.ok("migrate", CONCLAVE_DATABASE=url)
    name = url.rpartition("/")[2]
    cluster().execute("UPDATE schema_migrations SET checksum = 'x' WHERE version = 2", name)
    assert "another text of migration 2" in terminal.refused(1, "migrate", CONCLAVE_DATABASE=url)
    cluster().execute("UPDATE schema_migrations SET version = 999, name = 'x (incompatible)' WHERE version = 2", name)
    assert "newer Conclave" in terminal.refused(1, "serve", "--port", "0", CONCLAVE_DATABASE=url)


def test_many_may_migrate_at_the_same_time() -> None:
    url = cluster().new_database()

    async def main() -> list[int]:
        return await asyncio.gather(*(schema.migrate(url, 0) for _ in range(4)))

    applied = asyncio.run(main())
    assert sorted(applied)[:3] == [0, 0, 0]
    assert max(applied) > 0


def test_a_database_that_cannot_be_reached_is_named_without_its_password(tmp_path: Path) -> None:
    url = "postgresql://conclave:secret@127.0.0.1:1/rooms"
    refusal = Terminal(tmp_path).refused(1, "serve", "--port", "0", CONCLAVE_DATABASE=url)
    assert refusal.startswith("PostgreSQL 127.0.0.1:1/rooms cannot be reached")
    assert "secret" not in refusal
    assert "must begin with postgresql://" in Terminal(tmp_path).refused(2, "serve", CONCLAVE_DATABASE="mysql://x")


def test_text_sorts_by_bytes_whatever_the_locale(new_server: NewServer) -> None:
    with new_server() as server:
        collations = server.database.query(
            "SELECT DISTINCT collation_name FROM information_schema.columns WHERE table_schema = 'public' "
            "AND data_type = 'text' AND table_name <> 'schema_migrations'"
        )
        assert collations == [("C",)]


# The command line beside a server, and members.


def test_a_change_from_the_command_line_is_seen_at_once(new_server: NewServer, receiver: Receiver) -> None:
    with new_server() as server:
        terminal = Terminal(server.folder)
        backend = Backend(server, Caller(server.url), receiver)
        terminal.ok("app", "create", "7")
        assert "7" in terminal.ok("app", "list")
        backend.listen(CREATE)
        backend.caller.create_room()
        backend.told(CREATE)


def test_a_group_that_gets_an_id_assigned_gets_one_of_its_own(new_server: NewServer) -> None:
    with new_server() as server:
        create = f"{GROUPS}/create_group"
        body = {"Type": "Public", "Name": "g"}
        assert at_once([lambda: int(Caller(server.url).call(create, body)["ErrorCode"])] * 12) == {0: 12}
        invariants.check(server.database)


def test_members_who_come_at_the_same_time_are_all_inside(member: Join, caller: Caller, house: Server) -> None:
    caller.create_room()
    people = [member(f"user{n}") for n in range(8)]
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda each: each.enter(), people))
    assert len(caller.members()) == 8
    assert caller.room()["MemberCount"] == 8
