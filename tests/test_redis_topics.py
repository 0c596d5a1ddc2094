"""What nodes tell each other by Redis, and the wake-ups after commits that go there."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator

import pytest

from conclave.clock import SystemClock
from conclave.shared.service import Shared
from conclave.store import events as log
from conclave.store.postgres import news, schema
from conclave.store.postgres.engine import PoolLimits, PostgresEngine
from tests import redis
from tests.postgres import cluster
from tests.redis import RedisServer
from tests.sharing import sharing, until

pytestmark = pytest.mark.postgresql  # which alone has Redis beside it


@pytest.fixture(scope="module")
def server() -> Iterator[RedisServer]:
    with redis.running() as server:
        yield server


def hear(shared: Shared, topic: str) -> list[str]:
    """Return the payloads of a topic, as they come."""
    heard: list[str] = []
    shared.topics.on(topic, heard.append)
    return heard


def test_the_others_hear_what_is_told_in_order_and_whoever_tells_does_not(server: RedisServer) -> None:
    async def main() -> None:
        async with sharing(server.url) as one, sharing(server.url) as two, sharing(server.url) as three:
            heard = [hear(shared, "word") for shared in (one, two, three)]
            told = ["", "a b  c", "ä\n\0", "x" * 8000, *map(str, range(500))]
            for payload in told:
                assert one.topics.tell("word", payload)
            assert one.topics.tell("else", "nobody listens")
            await until(lambda: len(heard[1]) == len(heard[2]) == len(told))
            assert heard == [[], told, told]

    asyncio.run(main())


def test_another_database_of_the_same_redis_hears_nothing(server: RedisServer) -> None:
    async def main() -> None:
        async with sharing(server.url) as one, sharing(f"{server.url[:-1]}5") as other, sharing(server.url) as same:
            heard, heard_too = hear(other, "word"), hear(same, "word")
            assert one.topics.tell("word", "x")
            await until(lambda: heard_too == ["x"])
            assert heard == []

    asyncio.run(main())


def test_what_cannot_be_told_is_said_to_be(server: RedisServer) -> None:
    async def main() -> None:
        async with sharing(server.url) as one:
            with pytest.raises(ValueError, match="at most 8000 bytes"):
                one.topics.tell("word", "ä" * 4001)
            server.stop()
            await until(lambda: not one.is_usable)
            assert not one.topics.tell("word")
            server.start()

    asyncio.run(main())


def test_nothing_on_the_channel_ends_the_listening(server: RedisServer, capsys: pytest.CaptureFixture[str]) -> None:
    async def main() -> None:
        async with sharing(server.url) as one, sharing(server.url) as other:
            heard = hear(other, "word")
            other.topics.on("faulty", lambda payload: heard.append(str(1 // len(payload))))
            for message in ("", " ", "word", "x word", b"\xff\xfe \xff", "x" * 100_000, "x faulty ", "x unknown y"):
                server.ask("PUBLISH", "conclave:0", message)
            assert one.topics.tell("word", "after")
            await until(lambda: "after" in heard)
            assert heard == ["", "after"]
            assert other.is_usable

    asyncio.run(main())
    assert "what was told of faulty could not be heard" in capsys.readouterr().out


def test_whoever_listens_comes_back_by_himself(server: RedisServer) -> None:
    async def main() -> None:
        async with sharing(server.url) as one, sharing(server.url) as other:
            heard = hear(other, "word")
            server.ask("CLIENT", "KILL", "TYPE", "pubsub")
            await until(lambda: one.topics.tell("word", "again") and "again" in heard)

    asyncio.run(main())


# Wake-ups.


@contextlib.asynccontextmanager
async def engine_of(url: str, shared: Shared | None) -> AsyncIterator[PostgresEngine]:
    engine = PostgresEngine(url, SystemClock(), PoolLimits(), shared.topics if shared else None)
    await engine.open()
    try:
        yield engine
    finally:
        await engine.close()


class Nodes:
    """Two engines on one database: how often the second was woken, and by what the first tells it."""

    def __init__(self, server: RedisServer, one: PostgresEngine, other: PostgresEngine) -> None:
        self._server = server
        self._one = one
        self._published = self._count()
        self.woken = 0
        other.subscribe(self._wake)

    def _wake(self) -> None:
        self.woken += 1

    def _count(self) -> int:
        calls: int = self._server.client.info("commandstats").get("cmdstat_publish", {"calls": 0})["calls"]
        return calls

    @property
    def published(self) -> int:
        return self._count() - self._published

    async def commit(self) -> None:
        await self._one.write(lambda tx: log.append(tx, 1, 1, 1, "r", "RoomCreated", 0, "", "", "", "{}"))


@contextlib.asynccontextmanager
async def two_engines(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, *, look_seconds: float = 60.0
) -> AsyncIterator[Nodes]:
    """The nodes look by themselves so seldom that whatever wakes them was told."""
    url = cluster().new_database()
    await schema.migrate(url, 0)
    monkeypatch.setattr(news, "LOOK_SECONDS", look_seconds)
    async with (
        sharing(server.url) as first,
        sharing(server.url) as second,
        engine_of(url, first) as one,
        engine_of(url, second) as other,
    ):
        yield Nodes(server, one, other)


def test_a_commit_wakes_the_other_nodes_by_redis(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with two_engines(server, monkeypatch) as nodes:
            for number in range(1, 4):
                await nodes.commit()
                await until(lambda: nodes.woken >= number)  # noqa: B023
                assert nodes.published == number

    asyncio.run(main())


def test_many_commits_are_told_together(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with two_engines(server, monkeypatch) as nodes:
            await asyncio.gather(*(nodes.commit() for _ in range(300)))
            await until(lambda: nodes.woken > 0)
            assert nodes.published < 300

    asyncio.run(main())


def test_without_redis_a_commit_wakes_the_other_nodes_by_notify(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def main() -> None:
        async with two_engines(server, monkeypatch) as nodes:
            server.stop()
            await nodes.commit()  # may be told to a Redis that is not known yet to be away
            await asyncio.sleep(0.1)
            woken = nodes.woken
            await nodes.commit()
            await until(lambda: nodes.woken > woken)

    try:
        asyncio.run(main())
    finally:
        server.start()


def test_what_was_lost_on_the_way_is_found_by_looking(server: RedisServer, monkeypatch: pytest.MonkeyPatch) -> None:
    async def main() -> None:
        async with two_engines(server, monkeypatch, look_seconds=0.5) as nodes:
            server.ask("CLIENT", "KILL", "TYPE", "pubsub")
            await nodes.commit()
            await until(lambda: nodes.woken > 0)

    asyncio.run(main())
