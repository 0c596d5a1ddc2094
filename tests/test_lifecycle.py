"""From start to end: what is refused before the first request, and how a server takes its leave."""

import contextlib
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from tests import database
from tests.house import ROOMS
from tests.terminal import Serving, Terminal

EXIT_S = 10.0
FAST_S = 5.0
PLAIN = ("--tls", "off")


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.fixture
def serving(terminal: Terminal) -> Iterator[Serving]:
    """A server that would wait long for a body, were it not told to end."""
    with terminal.serve(*PLAIN, CONCLAVE_BODY_TIMEOUT="60") as serving:
        yield serving


def raw(serving: Serving, content: bytes = b"") -> socket.socket:
    """A connection on which something was sent."""
    connection = socket.create_connection(("127.0.0.1", serving.port), 15)
    connection.sendall(content)
    return connection


def seconds_to_stop(serving: Serving) -> float:
    """Ask for the end; return how long it took. The exit code must be 0."""
    started = time.monotonic()
    assert serving.stop(EXIT_S) == 0, serving.log
    return time.monotonic() - started


def test_an_idle_server_ends_at_once(serving: Serving) -> None:
    assert seconds_to_stop(serving) < FAST_S


def test_sigint_is_a_farewell_too(serving: Serving) -> None:
    serving.process.send_signal(2)
    assert serving.process.wait(EXIT_S) == 0


def test_connections_that_are_kept_alive_do_not_delay_the_end(serving: Serving) -> None:
    with serving.client() as client:
        client.get("/healthz")
        assert seconds_to_stop(serving) < FAST_S


HALVES = [
    b"",
    b"POST /v4/room_engine_http_srv/get_room_info HT",
    b"POST /v4/room_engine_http_srv/get_room_info HTTP/1.1\r\nhost: x\r\ncontent-length: 9\r\n\r\n{",
    b"POST /v4/room_engine_http_srv/get_room_info HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{",
    b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
]


def test_half_a_request_does_not_hold_the_server(serving: Serving) -> None:
    with contextlib.ExitStack() as stack:
        for half in HALVES:
            stack.enter_context(raw(serving, half))
        time.sleep(0.1)  # the server must have read what came
        assert seconds_to_stop(serving) < EXIT_S


def test_a_peer_that_does_not_read_does_not_hold_the_server(serving: Serving) -> None:
    request = b"GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n"
    with raw(serving) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1024)
        connection.sendall(request * 500)
        time.sleep(0.1)
        assert seconds_to_stop(serving) < EXIT_S


@contextlib.contextmanager
def under_way(serving: Serving) -> Iterator[socket.socket]:
    """A connection whose request the server has begun to read: it asks for the body."""
    head = b"POST /v4/no/command HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n"
    with raw(serving, head) as connection:
        assert connection.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        yield connection


def test_a_request_under_way_is_finished(serving: Serving) -> None:
    with under_way(serving) as connection:
        serving.process.terminate()
        time.sleep(0.5)
        connection.sendall(b"{}")
        answer = connection.recv(10_000)
    assert b'"ErrorCode":60009' in answer
    assert serving.process.wait(EXIT_S) == 0


def takes_connections(serving: Serving) -> bool:
    try:
        with raw(serving):
            return True
    except ConnectionError:
        return False


def test_no_new_connection_is_taken_while_the_server_ends(serving: Serving) -> None:
    with under_way(serving):
        serving.process.terminate()
        deadline = time.monotonic() + FAST_S
        while takes_connections(serving):
            assert time.monotonic() < deadline
        assert serving.process.poll() is None
    assert serving.process.wait(EXIT_S) == 0


def until_closed(connection: ClientConnection) -> Iterator[str | bytes]:
    """The frames that come before the connection is closed."""
    try:
        while True:
            yield connection.recv(5)
    except ConnectionClosed:
        return


def test_members_are_told_why_their_connection_ends(serving: Serving) -> None:
    url = serving.url.replace("http", "ws") + "/v1/members"
    with connect(url) as connection:
        connection.send('{"id": 1, "method": "ping"}')
        connection.recv(5)
        serving.process.terminate()
        last = msgspec.json.decode(list(until_closed(connection))[-1])
    assert last["event"] == "onError"
    assert last["data"]["code"] == 1001
    assert serving.process.wait(EXIT_S) == 0


def test_what_was_acknowledged_is_there_after_the_end(terminal: Terminal) -> None:
    with terminal.serve(*PLAIN) as serving:
        terminal.call(f"{ROOMS}/create_room", {"RoomInfo": {"RoomId": "r1", "RoomType": "Conference"}})
        seconds_to_stop(serving)
    with terminal.serve(*PLAIN):
        assert terminal.call(f"{ROOMS}/get_room_info", {"RoomId": "r1"})["ErrorCode"] == 0


def test_the_port_is_free_after_the_end(terminal: Terminal, serving: Serving) -> None:
    with serving.client() as client:
        client.get("/healthz")
        seconds_to_stop(serving)
    with terminal.serve(*PLAIN, "--port", str(serving.port)) as again:
        assert again.port == serving.port


def test_a_second_server_on_the_same_folder_says_who_holds_it(terminal: Terminal, serving: Serving) -> None:
    said = terminal.refused(1, "serve", *PLAIN, "--port", "0")
    assert f"held by process {serving.process.pid}, serving {serving.url}" in said


def test_a_killed_server_leaves_the_folder_free(terminal: Terminal, serving: Serving) -> None:
    serving.process.kill()
    serving.process.wait()
    with terminal.serve(*PLAIN):
        pass


def test_a_port_that_is_taken_is_said_to_be(terminal: Terminal, serving: Serving, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other = Terminal(tmp_path / "other")
    said = other.refused(1, "serve", *PLAIN, "--port", str(serving.port))
    assert f"127.0.0.1:{serving.port} is in use" in said
    assert not (other.data / "conclave.db").exists(), "the first application's key would never be printed"


@pytest.mark.parametrize(
    ("host", "said"),
    [("192.0.2.7", "192.0.2.7 is no address of this machine"), ("no.such.host.invalid", "cannot be resolved")],
)
def test_an_address_that_is_none_is_said_to_be(terminal: Terminal, host: str, said: str) -> None:
    assert said in terminal.refused(1, "serve", "--insecure", "--host", host, "--port", "0")


@pytest.mark.parametrize("path", ["file", "file/below", "/proc/conclave"])
def test_a_folder_that_cannot_be_one_is_said_to_be(terminal: Terminal, path: str) -> None:
    terminal.write("file", "")
    assert path in terminal.refused(1, "serve", *PLAIN, "--port", "0", "--data", path)


@pytest.mark.sqlite
@pytest.mark.parametrize("tail", [b"rubbish " * 1000, b"SQLite format 3\0" + bytes(5000)])
def test_a_file_that_is_no_database_is_refused(terminal: Terminal, tail: bytes) -> None:
    terminal.data.mkdir()
    (terminal.data / "conclave.db").write_bytes(tail)
    assert "conclave.db is damaged" in terminal.refused(1, "serve", *PLAIN, "--port", "0")


def test_a_database_of_a_newer_version_is_refused(terminal: Terminal) -> None:
    terminal.ok("app", "create")
    database.at(terminal.data).change("INSERT INTO schema_migrations VALUES (9999, 'future (incompatible)', 'x', 0)")
    assert "newer Conclave" in terminal.refused(1, "serve", *PLAIN, "--port", "0")
    assert "newer Conclave" in terminal.refused(1, "app", "list")


def test_a_server_that_lost_a_part_of_itself_ends_and_says_so(terminal: Terminal, serving: Serving) -> None:
    database.at(terminal.data).change("ALTER TABLE rooms RENAME TO lost")
    assert serving.process.wait(EXIT_S) == 1
    last = msgspec.json.decode(serving.log.splitlines()[-1])
    assert last["event"] == "the server ends"
    assert "rooms" in last["trouble"]
