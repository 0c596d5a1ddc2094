"""The members' own port: beside the main one, under the same rules, and closed with a code."""

import re
import socket
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import msgspec
import pytest
from bench.ports import free_port
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from tests.bare_socket import CLOSE, PING, PONG, BareSocket, frame
from tests.house import BOTH_PORTS, Caller, Server
from tests.member import Join, Member, connections, until
from tests.terminal import Terminal

NewServer = Callable[..., Server]
EXIT_S = 10.0


@pytest.fixture
def caller(caller: Caller, house: Server) -> Caller:
    """Its members come in at their own port."""
    caller.members_at = house.member_url
    return caller


@pytest.fixture
def server(new_server: NewServer) -> Server:
    return new_server(member_port=free_port())


def doors(server: Server) -> list[Caller]:
    """Callers of the same application whose members come in at one port each."""
    return [Caller(server.url, members_at=getattr(server, where)) for where in BOTH_PORTS]


def test_members_of_both_ports_are_in_one_room(caller: Caller, member: Join) -> None:
    caller.create_room()
    ann = member("ann")
    caller.members_at = caller.url
    bob = member("bob")
    ann.enter()
    bob.enter()
    assert ann.next_event("onRemoteUserEnterRoom")["data"]["userInfo"]["userId"] == "bob"
    ann.call("sendTextMessage", textContent="hello")
    assert bob.next_event("onReceiveTextMessage")


def test_by_default_there_is_no_such_port(tmp_path: Path) -> None:
    with Terminal(tmp_path).serve("--tls", "off") as serving:
        assert "members, too" not in serving.greeting
        assert "/v1/members" not in serving.greeting


def test_the_greeting_says_where(tmp_path: Path) -> None:
    terminal, port = Terminal(tmp_path), free_port()
    for _ in range(2):
        with terminal.serve("--tls", "off", CONCLAVE_MEMBER_PORT=str(port)) as serving:
            assert f"ws://127.0.0.1:{port}/v1/members" in serving.greeting
            serving.stop()


def test_both_ports_are_counted_and_bounded_together(new_server: NewServer) -> None:
    server = new_server(member_port=free_port(), max_member_connections=2).start()
    here, there = doors(server)
    with Member(here, "ann"), Member(there, "bob") as bob:
        assert connections(here) == 2
        for caller in (here, there):
            with pytest.raises(InvalidStatus) as refused:
                Member(caller, "eve", login=False)
            assert refused.value.response.status_code == 503
        bob.close()
        until(lambda: connections(here) == 1)
        with Member(there, "carl"):
            assert connections(here) == 2
    until(lambda: connections(here) == 0)


@pytest.mark.parametrize("path", ["/", "/v1/member", "/v1/members/", "/healthz", "/metrics", "/meet/"])
def test_nothing_else_is_served(house: Server, path: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        connect(house.member_url.replace("http", "ws", 1) + path)
    assert refused.value.response.status_code == 404
    assert httpx.get(house.member_url + path).status_code == 404


def test_a_query_is_no_other_path(house: Server) -> None:
    with connect(house.member_url.replace("http", "ws", 1) + "/v1/members?x=1"):
        pass


def test_frames_are_never_compressed(house: Server) -> None:
    with connect(house.member_url.replace("http", "ws", 1) + "/v1/members", compression="deflate") as asked:
        assert asked.response is not None
        assert "Sec-WebSocket-Extensions" not in asked.response.headers


@pytest.mark.parametrize("payload", [b"", b"still there?", bytes(125)])
def test_pings_are_answered(house: Server, payload: bytes) -> None:
    with BareSocket(house.member_url) as bare:
        bare.send(frame(PING, payload))
        assert bare.next() == (PONG, payload)


def test_a_close_is_answered_with_its_own_code(house: Server) -> None:
    with BareSocket(house.member_url) as bare:
        bare.send(frame(CLOSE, b"\x0f\xa0bye"))
        assert bare.next() == (CLOSE, b"\x0f\xa0bye")
        assert bare.seconds_until_end() < 5


def client_logged(server: Server) -> str:
    """The address in the access log's last line of a login."""
    found: list[str] = []

    def is_there() -> bool:
        found[:] = re.findall(r'"command":"members/login".*?"client":"([^"]*)"', server.log.read_text())
        return bool(found)

    until(is_there)
    return found[-1]


@pytest.mark.parametrize(
    ("proxies", "forwarded", "origin"),
    [
        ([], ["192.0.2.7"], "127.0.0.1"),
        (["127.0.0.0/8"], [], "127.0.0.1"),
        (["127.0.0.0/8"], ["192.0.2.7"], "192.0.2.7"),
        (["127.0.0.0/8"], ["203.0.113.9", "192.0.2.7"], "192.0.2.7"),
        (["127.0.0.0/8", "192.0.2.0/24"], ["203.0.113.9, 192.0.2.7"], "203.0.113.9"),
    ],
)
@pytest.mark.parametrize("where", BOTH_PORTS)
def test_a_trusted_proxy_is_believed_at_both_ports(
    new_server: NewServer, where: str, proxies: list[str], forwarded: list[str], origin: str
) -> None:
    server = new_server(member_port=free_port(), trusted_proxies=proxies).start()
    caller = Caller(server.url, members_at=getattr(server, where))
    url = caller.members_at.replace("http", "ws", 1) + "/v1/members"
    with connect(url, additional_headers=[("X-Forwarded-For", each) for each in forwarded]) as behind:
        login = {"sdkAppId": caller.sdkappid, "userId": "ann", "userSig": caller.token("ann")}
        behind.send(msgspec.json.encode({"id": 1, "method": "login", "params": login}).decode())
        assert '"result"' in str(behind.recv(5))
    assert client_logged(server) == origin


def test_the_end_of_the_server_is_told_with_its_code(server: Server) -> None:
    caller = Caller(server.start().url, members_at=server.member_url)
    with Member(caller, "ann") as ann:
        assert server.stop() == 0
        closed = ann.until_closed()
    assert closed.frames[-1]["data"] == {"code": 1001, "message": "the server is shutting down"}
    assert closed.code == 1001


def test_whoever_does_not_log_in_is_closed_with_its_code(server: Server) -> None:
    caller = Caller(server.start().url, members_at=server.member_url)
    with Member(caller, "ann", login=False) as ann:
        caller.advance(11)
        assert ann.until_closed().code == 1008


def takes_connections(url: str) -> bool:
    try:
        with BareSocket(url, b"") as bare:
            return bare.socket.fileno() >= 0
    except ConnectionError:
        return False


def test_no_new_connection_is_taken_while_the_server_ends(server: Server) -> None:
    process = server.start(CONCLAVE_BODY_TIMEOUT="60").process
    assert process is not None
    head = b"POST /v4/no/command HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n"
    with BareSocket(server.url, head) as call:
        assert call.socket.recv(100).startswith(b"HTTP/1.1 100 ")  # it asks for the body
        process.terminate()
        until(lambda: not takes_connections(server.member_url))
        assert process.poll() is None, "it waits for the call that is under way"
    assert process.wait(EXIT_S) == 0


def test_the_end_waits_for_nobody(server: Server) -> None:
    server.start()
    caller = Caller(server.url, members_at=server.member_url)
    halves = [b"", b"GET /v1/mem", b"GET /v1/members HTTP/1.1\r\nHost: x\r\n"]
    held = [BareSocket(server.member_url, half) for half in halves]
    deaf = [BareSocket(server.member_url, receives=4096) for _ in range(3)]
    for number, each in enumerate(deaf):
        each.log_in(caller, f"deaf-{number}")
        each.send(frame(PING, bytes(125)) * 50)
    time.sleep(0.1)  # the server must have read what came
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < EXIT_S
    for each in (*held, *deaf):
        each.seconds_until_end()
        each.socket.close()
    assert "Traceback" not in server.log.read_text()


def taken() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other


other_program = pytest.fixture(taken)


def test_a_port_that_is_taken_is_said_to_be(tmp_path: Path, other_program: socket.socket) -> None:
    terminal, port = Terminal(tmp_path), other_program.getsockname()[1]
    said = terminal.refused(1, "serve", "--tls", "off", "--port", "0", CONCLAVE_MEMBER_PORT=str(port))
    assert f"127.0.0.1:{port} is in use" in said
    assert not (terminal.data / "conclave.db").exists(), "the first application's key would never be printed"


def test_the_same_port_twice_is_refused(tmp_path: Path) -> None:
    port = str(free_port())
    said = Terminal(tmp_path).refused(2, "serve", "--tls", "off", "--port", port, CONCLAVE_MEMBER_PORT=port)
    assert "server.member_port must be another port than server.port" in said
