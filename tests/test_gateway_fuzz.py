"""Bytes at random: whatever reaches our code gets an envelope with HTTP 200 and a declared code [G6]."""

import json
import random
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from conclave.api import registry
from conclave.errors import CATALOGUE
from tests import raw
from tests.house import ROOMS, Caller, Server

GATEWAY = {number for number in CATALOGUE if 60000 <= number < 80000}
LIBRARY = {400, 431}
PATIENCE = 0.5
SURELY = 10.0  # where a whole request was sent
COMMANDS = {
    f"{service}/{name}": command
    for (service, name), command in registry.load().items()
    if command.access != "control"  # one of them moves the clock, and then every UserSig is too old
}
QUIET = settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that is asked nothing sensible; nothing may go wrong inside of it."""
    with Server(tmp_path_factory.mktemp("fuzz"), body_limit=65_536, body_timeout=0.2, log_level="debug") as server:
        yield server
        assert server.process is not None
        assert server.process.poll() is None
        assert httpx.get(f"{server.url}/readyz").status_code == 200
        Caller(server.url).create_room("afterwards")
        assert server.stop() == 0
        log = server.log.read_text()
        assert "unexpected failure" not in log, log[log.index("unexpected failure") - 200 :][:4000]
        assert "Traceback" not in log, log[log.index("Traceback") :][:4000]
        assert all(isinstance(json.loads(line), dict) for line in log.splitlines() if line.startswith("{"))


@pytest.fixture
def caller(server: Server) -> Caller:
    return Caller(server.url)


def judge(url: str, sent: bytes, seconds: float = PATIENCE) -> int | None:
    """Send and check the answer; return its ErrorCode, or ``None`` where the library answered or no request came."""
    try:
        answer = raw.ask(url, sent, seconds=seconds)
    except (raw.Closed, TimeoutError):
        return None
    if answer.status in LIBRARY:
        assert answer.body == b""
        return None
    method = sent.lstrip(b"\r\n").partition(b" ")[0]
    if method in (b"OPTIONS", b"CONNECT", b"HEAD"):
        assert answer.status == 200
        return None
    if answer.header("content-type") != "application/json":
        assert re.match(rb"\S+ \S*/(healthz|readyz|metrics)\b", sent.lstrip(b"\r\n")), (sent, answer)
        return None
    code = answer.code
    assert code == 0 or code in CATALOGUE
    return code


NASTY = [
    b"\0", b"\xff", b"\xc0\x80", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\r", b"\n", b"\r\n", b"\r\n\r\n", b" ", b"\t",
    b"%", b"%00", b"%ff", b"%u0041", b"+", b"&", b"=", b"?", b"#", b"/", b"//", b"..", b"\\", b'"', b"'", b"<",
    b"\\u0000", b"\\ud800", b"[", b"]", b"{", b"}", b",", b":", b"null", b"true", b"NaN", b"1e999", b"-",
    b"99999999999999999999", b"'; DROP TABLE rooms; --", b"HTTP/1.0", b"chunked", b"Content-Length: 5\r\n",
    b"Transfer-Encoding: chunked\r\n", b"Expect: 100-continue\r\n", b"Connection: close\r\n",
    b"Upgrade: websocket\r\nConnection: Upgrade\r\n", b"X-Forwarded-For: x\r\n", "用户".encode(), b"usersig=",
    b"sdkappid=1", b"A" * 300,
]  # fmt: skip


def mutated(chance: random.Random, text: bytes) -> bytes:
    """Change bytes, runs and pieces of a request here and there."""
    made = bytearray(text)
    for _ in range(chance.choice([1, 1, 1, 2, 3, 8])):
        place = chance.randrange(len(made) + 1)
        end = min(len(made), place + chance.choice([0, 1, 1, 2, 5, 40]))
        match chance.randrange(5):
            case 0:
                made[place:end] = chance.choice(NASTY)
            case 1:
                del made[place:end]
            case 2:
                made[place:place] = made[place:end] * chance.randint(1, 3)
            case 3:
                made[place:end] = chance.randbytes(end - place)
            case _:
                made[place:place] = chance.choice(NASTY)
    return bytes(made)


def examples(caller: Caller) -> list[bytes]:
    """Good requests of every kind."""
    made = []
    for command, declared in COMMANDS.items():
        line, body = raw.target(caller, command), json.dumps(declared.example.request).encode()
        made.append(raw.request(line, body))
        made.append(raw.chunked(line, [body[:9], body[9:]], [("Content-Type", "application/json")]))
    return made


@pytest.mark.parametrize("seed", range(8))
def test_requests_with_bytes_changed_here_and_there(caller: Caller, seed: int) -> None:
    chance = random.Random(seed)
    originals = examples(caller)
    codes = [judge(caller.url, mutated(chance, chance.choice(originals)) + b"\r\n\r\n") for _ in range(250)]
    assert sum(code is not None for code in codes) > 60  # most of the bytes must have reached our code


@pytest.mark.parametrize("seed", range(8))
def test_addresses_with_bytes_changed_here_and_there(caller: Caller, seed: int) -> None:
    chance = random.Random(seed)
    for _ in range(200):
        command = chance.choice(list(COMMANDS))
        line = mutated(chance, raw.target(caller, command).encode()).replace(b"\r", b"").replace(b"\n", b"")
        code = judge(caller.url, raw.request(line, b"{}"))
        assert code is None or code in GATEWAY | {0, *(each.number for each in COMMANDS[command].every_code)}


@given(
    line=st.text(st.characters(codec="utf-8", exclude_characters=" \r\n\t"), min_size=1, max_size=60),
    body=st.binary(max_size=80),
)
@QUIET
def test_any_address(caller: Caller, line: str, body: bytes) -> None:
    judge(caller.url, raw.request("/" + line, body))


@given(query=st.lists(st.tuples(st.text(max_size=8), st.text(max_size=20))), keep=st.sets(st.integers(0, 4)))
@QUIET
def test_any_parameters(caller: Caller, query: list[tuple[str, str]], keep: set[int]) -> None:
    mine = [pair for place, pair in enumerate(caller.parameters().items()) if place in keep]
    line = str(httpx.URL("http://h/", params=[*mine, *query]).raw_path, "ascii").lstrip("/")
    code = judge(caller.url, raw.request(f"/v4/{ROOMS}/get_room_info{line}", b'{"RoomId":"nowhere"}'), SURELY)
    assert code in GATEWAY | {100004}


@given(body=st.binary(max_size=200))
@QUIET
def test_any_body(caller: Caller, body: bytes) -> None:
    sent = raw.request(raw.target(caller, f"{ROOMS}/create_room"), body)
    assert judge(caller.url, sent, SURELY) in (60003, 100002)


@given(name=st.from_regex(rb"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}", fullmatch=True), value=st.binary(max_size=60))
@QUIET
def test_any_header(caller: Caller, name: bytes, value: bytes) -> None:
    head, _, _ = raw.request(raw.target(caller, f"{ROOMS}/get_room_info")).partition(b"\r\n\r\n")
    judge(caller.url, head + b"\r\n" + name + b": " + value + b"\r\n\r\n")


@given(token=st.one_of(st.text(max_size=60), st.from_regex(r"eJ[A-Za-z0-9*_-]{0,200}", fullmatch=True)))
@QUIET
def test_any_usersig(caller: Caller, token: str) -> None:
    line = raw.target(caller, f"{ROOMS}/get_room_info", usersig=None)
    line += "&" + str(httpx.QueryParams(usersig=token))
    assert judge(caller.url, raw.request(line, b"{}"), SURELY) in (60004, 70003)


# Values of the wrong kind in the right places.

VALUES: list[Any] = [
    None, True, False, 0, 1, -1, 5.5, 1e300, 2**31, 2**53 + 1, 2**63 - 1, 2**63, -(2**63), 10**30, "", " ", "0",
    "x" * 33, "x" * 49, "x" * 5000, "\0", "\x7f", "\u2028", "用户", "\U0001f600" * 9, "@TIM#SYSTEM", "@TGS#x", "%s",
    "'", '"', "\\", "room-1", "user1", "administrator", [], [[]], ["user1"], ["user1"] * 501, [None], [{}], {},
    {"a": {}}, {"RoomId": "room-1"}, [5], [""],
]  # fmt: skip


def places(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to every value inside a body."""
    if isinstance(value, dict | list):
        for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
            yield (*path, step)
            yield from places(inner, (*path, step))


def with_value(body: Any, path: tuple[Any, ...], value: Any) -> Any:
    """Return the body with another value at the end of the way."""
    if not path:
        return value
    step, *rest = path
    if isinstance(body, dict):
        return {name: with_value(each, tuple(rest), value) if name == step else each for name, each in body.items()}
    return [with_value(each, tuple(rest), value) if place == step else each for place, each in enumerate(body)]


@pytest.mark.parametrize("command", COMMANDS)
def test_any_value_in_any_field_is_answered_with_a_declared_code(caller: Caller, command: str) -> None:
    chance = random.Random(command)
    declared = COMMANDS[command]
    allowed = {0, 60003, 60015, *(code.number for code in declared.every_code)} - {declared.service.failed.number}
    with raw.Wire(caller.url) as wire:
        for _ in range(60):
            body: Any = declared.example.request
            every = list(places(body))
            for path in sorted(chance.sample(every, min(len(every), chance.choice([1, 1, 2]))), key=len, reverse=True):
                body = with_value(body, path, chance.choice(VALUES))
            answer = wire.ask(raw.request(raw.target(caller, command), json.dumps(body).encode()))
            assert answer.code in allowed, (body, answer.envelope)
