"""Slow, broken and many connections: each is bounded, and the others are served meanwhile."""

import contextlib
import json
import select
import socket
import time
from collections.abc import Callable, Iterator

import pytest

from tests import raw
from tests.house import ROOMS, Caller, Server
from tests.member import until
from tests.raw import Wire

QUESTION = f"{ROOMS}/get_room_info"
BODY = b'{"RoomId":"nowhere"}'
FOUND_OUT = 100004
BODY_SECONDS = 3.0


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("slow"), body_timeout=BODY_SECONDS, log_level="debug") as server:
        yield server
        log = server.log.read_text()
        assert "unexpected failure" not in log
        assert "Traceback" not in log


def assert_served(server: Server) -> None:
    """A call of somebody else is answered."""
    caller = Caller(server.url)
    assert raw.ask(server.url, raw.request(raw.target(caller, QUESTION), BODY)).code == FOUND_OUT


def test_a_body_that_does_not_come_is_answered_60008(server: Server) -> None:
    line = raw.target(Caller(server.url), QUESTION)
    begun = time.perf_counter()
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(server.url)) for _ in range(60)]
        for wire, sent in zip(
            wires, [raw.request(line, BODY, length=100), raw.chunked(line, [BODY])[:-5]] * 30, strict=True
        ):
            wire.send(sent)
        assert_served(server)
        assert select.select([wire.socket for wire in wires], [], [], 0)[0] == []  # nobody waited for these
        for wire in wires:
            assert wire.read().code == 60008
            assert wire.is_closed()
    assert time.perf_counter() - begun > BODY_SECONDS * 0.9


def test_a_body_that_comes_by_the_drop_is_not_waited_for_longer(server: Server) -> None:
    line = raw.target(Caller(server.url), QUESTION)
    begun = time.perf_counter()
    with Wire(server.url, seconds=0.05) as wire:
        wire.send(raw.request(line, length=1000))
        while time.perf_counter() - begun < BODY_SECONDS * 5:
            wire.send(b" ")
            with contextlib.suppress(TimeoutError):
                assert wire.read().code == 60008
                break
        else:
            pytest.fail("the server listened to every drop")


def test_a_late_body_has_its_line_in_the_log(server: Server) -> None:
    line = raw.target(Caller(server.url), QUESTION)
    request_id = raw.ask(server.url, raw.request(line, b"{", length=9)).envelope["RequestId"]
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline:
        lines = [json.loads(each) for each in server.log.read_text().splitlines() if request_id in each]
        if lines:
            assert lines[0]["code"] == 60008
            return
        time.sleep(0.05)
    pytest.fail(f"{request_id} is not in the log")


def test_whoever_is_slow_with_the_first_body_can_be_quick_with_the_next(new_server: Callable[..., Server]) -> None:
    seconds = 4.0
    server = new_server(body_timeout=seconds).start()
    line = raw.target(Caller(server.url), QUESTION)
    with Wire(server.url) as wire:
        for _ in range(3):
            wire.send(raw.request(line, BODY[:5], length=len(BODY)))
            time.sleep(seconds * 0.4)  # three of them are longer than one may be
            assert wire.ask(BODY[5:]).code == FOUND_OUT


GONE: dict[str, Callable[[str], bytes]] = {
    "after connecting": lambda line: b"",
    "in the request line": lambda line: b"POST /v4/room",
    "in the headers": lambda line: raw.request(line)[:-3],
    "in the body": lambda line: raw.request(line, BODY, length=100),
    "in a chunk": lambda line: raw.chunked(line, [BODY])[:-8],
    "before the answer": lambda line: raw.request(line, BODY),
    "before the answer to a change": lambda line: raw.request(
        line.replace("get_room_info", "create_room"), b'{"RoomInfo":{"RoomId":"r","RoomType":"Conference"}}'
    ),
    "in the second of two": lambda line: raw.request(line, BODY) + raw.request(line, BODY)[:-3],
}


@pytest.mark.parametrize("rudely", [False, True])
@pytest.mark.parametrize("when", GONE)
def test_callers_who_go_away_leave_nothing_behind(server: Server, when: str, rudely: bool) -> None:
    line = raw.target(Caller(server.url), QUESTION)
    for _ in range(100):
        with Wire(server.url) as wire:
            wire.send(GONE[when](line))
            if rudely:
                wire.reset()
    assert_served(server)


def test_hundreds_of_open_connections_hold_nobody_up(server: Server) -> None:
    line = raw.target(Caller(server.url), QUESTION)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(server.url)) for _ in range(400)]
        for wire in wires[::2]:
            wire.send(b"POST /v4/room_engine_http_srv/get_room")
        assert_served(server)
        for wire in wires[1::2]:
            wire.send(raw.request(line, BODY))
        assert {wire.read().code for wire in wires[1::2]} == {FOUND_OUT}
        assert_served(server)


def test_above_max_connections_callers_wait_and_are_served(new_server: Callable[..., Server]) -> None:
    server = new_server(max_connections=16).start()
    line = raw.target(Caller(server.url), QUESTION)
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(server.url)) for _ in range(16)]
        for wire in wires:
            assert wire.ask(raw.request(line, BODY)).code == FOUND_OUT
        late = stack.enter_context(Wire(server.url, seconds=0.3))
        late.send(raw.request(line, BODY))
        with pytest.raises(TimeoutError):
            late.read()
        wires[7].socket.close()
        late.socket.settimeout(10)
        assert late.read().code == FOUND_OUT


def test_large_bodies_cost_no_more_memory_than_their_limit(server: Server) -> None:
    line = raw.target(Caller(server.url), QUESTION)
    before, whole = server.memory(), 8 * 2**20
    with contextlib.ExitStack() as stack:
        wires = [stack.enter_context(Wire(server.url)) for _ in range(20)]
        for wire in wires[::2]:
            wire.send(raw.request(line, length=whole))
        for wire in wires[1::2]:
            wire.send(raw.request(line, headers=[("Transfer-Encoding", "chunked")], length=None))
            wire.send(b"%x\r\n" % whole)
        for _ in range(8):
            for wire in wires:
                wire.send(b" " * 2**20)
        assert_served(server)
        assert server.memory() - before < 20 * 2**20 + 20 * 2**20
        for wire in wires[1::2]:
            wire.send(b"\r\n0\r\n\r\n")
        assert {wire.read().code for wire in wires} <= {60002, 60008}


def all_but_a_byte(stack: contextlib.ExitStack, server: Server, line: str, body: bytes) -> Wire:
    """Return a connection whose body, all of which is sent but its last byte, leaves no room for another one."""
    wires: list[Wire] = []

    def is_there() -> bool:
        if not wires or select.select([wires[-1].socket], [], [], 0)[0]:  # the one below was faster, and took the room
            wires.append(stack.enter_context(Wire(server.url)))
            wires[-1].send(raw.request(line, body[:-1], length=len(body)))
        with contextlib.suppress(ConnectionError):  # who is refused may be cut off before he has sent it all
            codes = [raw.ask(server.url, each).code for each in (raw.request(line, body), raw.chunked(line, [body]))]
            return codes == [60018, 60018]
        return False

    until(is_there)
    return wires[-1]


def test_large_bodies_that_are_too_many_together_are_answered_60018_at_once(new_server: Callable[..., Server]) -> None:
    limit = 2**17
    server = new_server(body_limit=limit, body_memory=limit, log_level="debug").start()
    line = raw.target(Caller(server.url), QUESTION)
    large = BODY + b" " * (limit - len(BODY))
    with contextlib.ExitStack() as stack:
        first = all_but_a_byte(stack, server, line, large)
        assert raw.ask(server.url, raw.request(line, BODY)).code == FOUND_OUT  # small ones have room of their own
        assert first.ask(large[-1:]).code == FOUND_OUT
        all_but_a_byte(stack, server, line, large).reset()
        until(lambda: raw.ask(server.url, raw.chunked(line, [large])).code == FOUND_OUT)


def test_bodies_that_are_announced_and_never_come_keep_nobody_out(new_server: Callable[..., Server]) -> None:
    limit = 2**20
    server = new_server(body_limit=limit, body_memory=4 * limit, log_level="debug").start()
    line = raw.target(Caller(server.url), QUESTION)
    large = BODY + b" " * (limit - len(BODY))
    with contextlib.ExitStack() as stack:
        for length in (limit, limit, limit, limit, 60_000, 60_000):
            for _ in range(10):
                stack.enter_context(Wire(server.url)).send(raw.request(line, BODY, length=length))
        assert {raw.ask(server.url, raw.request(line, BODY)).code for _ in range(20)} == {FOUND_OUT}
        assert raw.ask(server.url, raw.request(line, large)).code == FOUND_OUT


def test_a_large_body_that_ends_before_its_length_is_answered_60002(new_server: Callable[..., Server]) -> None:
    server = new_server().start()
    with Wire(server.url) as wire:
        wire.send(raw.request(raw.target(Caller(server.url), QUESTION), BODY, length=500_000))
        wire.socket.shutdown(socket.SHUT_WR)
        assert wire.read().code == 60002
