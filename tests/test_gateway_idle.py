"""Connections on which nothing happens are closed, so that nobody can keep the others out by saying nothing."""

import contextlib
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conclave.callbacks.dispatcher import MOST_CONNECTIONS
from conclave.settings import ServerSettings
from conclave.transport.connections import SPARE_DESCRIPTORS
from tests import raw, requirements
from tests.house import ROOMS, Caller, Server
from tests.raw import Wire

QUESTION = f"{ROOMS}/get_room_info"
BODY = b'{"RoomId":"nowhere"}'
FOUND_OUT = 100004
IDLE_SECONDS = 1.0
PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + b"\0\0\0\4\0\0\0\0\0"
IMPATIENT: dict[str, Any] = {
    "idle_timeout": IDLE_SECONDS,
    "body_timeout": IDLE_SECONDS,
    "heartbeat_silence": IDLE_SECONDS,
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("idle"), **IMPATIENT) as server:
        yield server


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells how long a connection was silent")
@pytest.mark.parametrize(
    "sent",
    [b"", b"P", b"POST / HTTP/1.1\r\nX-A", PREFACE[:10], PREFACE],
    ids=["nothing", "a letter", "half a head", "half an HTTP/2 preface", "an HTTP/2 preface"],
)
def test_a_connection_that_says_nothing_more_is_closed(server: Server, sent: bytes) -> None:
    begun = time.perf_counter()
    with Wire(server.url, seconds=20) as wire:
        wire.send(sent)
        with contextlib.suppress(raw.Closed):
            while True:
                wire.read_some()
    assert time.perf_counter() - begun > IDLE_SECONDS * 0.8


def test_a_connection_without_a_next_call_is_closed(server: Server) -> None:
    line = raw.target(Caller(server.url), QUESTION)
    with Wire(server.url, seconds=20) as wire:
        begun = time.perf_counter()
        assert wire.ask(raw.request(line, BODY)).code == FOUND_OUT
        assert wire.is_closed()
        assert time.perf_counter() - begun > IDLE_SECONDS * 0.8


def test_a_connection_that_is_used_stays_open(new_server: Callable[..., Server]) -> None:
    seconds = 4 * IDLE_SECONDS
    server = new_server(**dict.fromkeys(IMPATIENT, seconds)).start()
    line = raw.target(Caller(server.url), QUESTION)
    with Wire(server.url) as wire:
        for _ in range(5):
            assert wire.ask(raw.request(line, BODY)).code == FOUND_OUT
            time.sleep(seconds / 3)


def test_a_head_that_comes_by_the_drop_is_not_waited_for_longer(server: Server) -> None:
    begun = time.perf_counter()
    with Wire(server.url, seconds=0.1) as wire:
        wire.send(b"POST / HTTP/1.1\r\nX-A: ")
        while time.perf_counter() - begun < IDLE_SECONDS * 10:
            wire.send(b"a")
            with contextlib.suppress(TimeoutError):
                if wire.is_closed():
                    break
            time.sleep(0.05)
        else:
            pytest.fail("the server listened to every drop")


def test_silent_connections_keep_nobody_out(new_server: Callable[..., Server]) -> None:
    server = new_server(max_connections=16, **IMPATIENT).start()
    line = raw.target(Caller(server.url), QUESTION)
    with contextlib.ExitStack() as stack:
        for _ in range(16):
            stack.enter_context(Wire(server.url))
        late = stack.enter_context(Wire(server.url, seconds=20))
        assert late.ask(raw.request(line, BODY)).code == FOUND_OUT


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux tells how long a connection was silent")
def test_whoever_waited_for_his_turn_was_not_silent(new_server: Callable[..., Server]) -> None:
    patience = 2 * IDLE_SECONDS
    server = new_server(max_connections=16, timeout=20, **dict.fromkeys(IMPATIENT, patience)).start()
    line = raw.target(Caller(server.url), f"{ROOMS}/create_room")
    with contextlib.ExitStack() as stack:
        for _ in range(16):
            stack.enter_context(Wire(server.url))
        late = stack.enter_context(Wire(server.url, seconds=20))
        with server.database.writers_held_up():
            late.send(raw.request(line, b'{"RoomInfo":{"RoomId":"late","RoomType":"Conference"}}'))
            time.sleep(1.6 * patience)  # his turn comes when the others were silent for that long, and is not over then
        assert late.read().code == 0


def test_by_default_a_pool_may_keep_its_connections_for_a_minute() -> None:
    assert ServerSettings().idle_timeout > 60  # what load balancers wait before they close an idle connection


def limited(soft: int, hard: int) -> list[int]:
    """Under limits of open files: for how many of 300 connections there is room, and what the limit is then."""
    command = (
        "import resource; from conclave.transport.connections import make_room; "
        "print(make_room(300), resource.getrlimit(resource.RLIMIT_NOFILE)[0])"
    )
    done = subprocess.run(
        ["prlimit", f"--nofile={soft}:{hard}", sys.executable, "-c", command],
        capture_output=True,
        check=True,
        timeout=60,
    )
    return [int(word) for word in done.stdout.split()[-2:]]


def test_connections_to_the_database_and_of_callbacks_are_reckoned_with(new_server: Callable[..., Server]) -> None:
    requirements.program("prlimit")
    server = new_server(max_connections=20, max_member_connections=30, database_connections=40)
    besides = 30 + (40 if server.settings.get("database") else 0) + MOST_CONNECTIONS + SPARE_DESCRIPTORS
    server.start("prlimit", f"--nofile={besides + 16}")
    assert "the limit of open files leaves room for 16 connections only" in server.log.read_text()


@pytest.mark.parametrize(
    ("soft", "hard", "room", "limit"), [(100, 1000, 300, 364), (500, 1000, 300, 500), (100, 200, 136, 200)]
)
def test_the_limit_of_open_files_is_raised_as_far_as_it_may(soft: int, hard: int, room: int, limit: int) -> None:
    requirements.program("prlimit")
    assert limited(soft, hard) == [room, limit]
