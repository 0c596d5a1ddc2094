"""Who is taken for deaf, and who is not; and how fast a flood is read."""

import asyncio
import time
from collections.abc import Callable

import pytest
from msgspec.json import decode

from conclave.realtime.channel import ChannelEnded
from conclave.realtime.connection import GOING_AWAY, MANY_CHARACTERS, MISTAKE, MOST_CHARACTERS, Connection
from tests.house import Caller, Server
from tests.member import Member

LARGE = "x" * 100_000


class Peer:
    """The other side of a connection: hands over what it read; ``reads`` whether it does."""

    ends_with_certificate = False

    def __init__(self, *, reads: bool) -> None:
        self.read: list[str] = []
        self.closed_with = 0
        self._reads = asyncio.Event()
        if reads:
            self._reads.set()
        self._ended = asyncio.Event()

    async def receive(self) -> str | bytes:
        await self._ended.wait()
        raise ChannelEnded

    async def send(self, text: str) -> None:
        await self._reads.wait()
        self.read.append(text)

    def close(self, code: int) -> None:
        self.closed_with = code
        self._ended.set()


async def ignore(_: str | bytes) -> None:
    """Do nothing about a frame."""


async def told_at_once(peer: Peer, frames: int) -> Connection:
    """Tell a peer much in one moment, and give it some time to read."""
    connection = Connection(peer, "127.0.0.1", 0)
    running = asyncio.ensure_future(connection.run(ignore))
    await asyncio.sleep(0)
    for _ in range(frames):
        connection.send(LARGE)
    await asyncio.sleep(0.05)
    running.cancel()
    return connection


@pytest.mark.parametrize("frames", [1, 2 * MANY_CHARACTERS // len(LARGE), MOST_CHARACTERS // len(LARGE)])
def test_whoever_reads_is_told_all_of_what_comes_at_once(frames: int) -> None:
    async def play() -> None:
        peer = Peer(reads=True)
        connection = await told_at_once(peer, frames)
        assert not connection.is_closing
        assert peer.read == [LARGE] * frames

    asyncio.run(play())


def test_a_bound_holds_however_fast_it_comes() -> None:
    async def play() -> None:
        connection = await told_at_once(Peer(reads=False), MOST_CHARACTERS // len(LARGE) + 2)
        assert connection.is_closing

    asyncio.run(play())


def test_much_that_is_kept_back_behind_a_slow_answer_is_told() -> None:
    async def play() -> None:
        peer = Peer(reads=True)
        connection = Connection(peer, "127.0.0.1", 0)
        running = asyncio.ensure_future(connection.run(ignore))
        connection.hold()
        for _ in range(MOST_CHARACTERS // len(LARGE)):
            connection.send(LARGE)
        connection.answer("answer")
        await asyncio.sleep(0.05)
        running.cancel()
        assert peer.read == ["answer"] + [LARGE] * (MOST_CHARACTERS // len(LARGE))

    asyncio.run(play())


def test_what_is_kept_back_behind_an_answer_is_bounded_and_no_fault_of_the_peer() -> None:
    async def play() -> None:
        peer = Peer(reads=True)
        connection = Connection(peer, "127.0.0.1", 0)
        connection.hold()
        for _ in range(MOST_CHARACTERS // len(LARGE) + 2):
            connection.send(LARGE)
        assert connection.is_closing
        connection.answer("too late")
        await connection.run(ignore)
        assert peer.closed_with == GOING_AWAY
        assert [decode(frame)["data"]["code"] for frame in peer.read] == [GOING_AWAY]

    asyncio.run(play())


def test_one_frame_may_be_larger_than_all_that_may_wait() -> None:
    async def play() -> None:
        peer = Peer(reads=True)
        connection = Connection(peer, "127.0.0.1", 0)
        connection.send("x" * (MOST_CHARACTERS + 1))
        assert not connection.is_closing
        connection.send("x")
        assert connection.is_closing

    asyncio.run(play())


def test_a_peer_to_whom_nothing_can_be_sent_is_ended_and_the_log_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    class Broken(Peer):
        async def send(self, text: str) -> None:
            raise OSError("no such wire")

    async def play() -> None:
        peer = Broken(reads=True)
        connection = Connection(peer, "127.0.0.1", 0)
        connection.send("hello")
        await connection.run(ignore)
        assert peer.closed_with == MISTAKE

    asyncio.run(play())
    assert "no such wire" in capsys.readouterr().out


def test_a_flood_is_read_no_faster_than_its_rate(new_server: Callable[..., Server]) -> None:
    caller = Caller(new_server(member_rate=20).start().url)
    with Member(caller, "ann") as ann:
        began = time.monotonic()
        sent = [ann.send("ping") for _ in range(200)]  # a burst of forty is allowed
        answers = [ann.receive() for _ in sent]
        assert sum("error" in answer for answer in answers) > 10
        assert time.monotonic() - began > 0.5
