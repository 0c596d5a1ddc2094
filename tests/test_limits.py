"""Rates (GCRA, [G13]), source networks [G21], the processing time [G8] and the writer's queue."""

import contextlib
import sqlite3
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import msgspec
import pytest

from conclave.api import registry
from tests import raw
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server, key_of

QUESTION = f"{ROOMS}/get_room_info"
BODY = b'{"RoomId":"nowhere"}'
GROUPS = "group_open_http_svc/get_appid_group_list"
IMPORTS = "im_open_login_svc/multiaccount_import"

RATED: list[dict[str, Any]] = [
    {},
    {"rates": {"default": 5}},
    {"rates": {"default": 0}},
    {"rates": {"default": 5, QUESTION: 3}},
    {"rates": {"get_room_info": 3}},
    {"rates": {"default": 0, QUESTION: 3}},
    {"rates": {"default": 5, "get_appid_group_list": 4}},
    {"rates": {QUESTION: 0}},
    {"total_rate": 7},
    {"total_rate": 7, "rates": {QUESTION: 3}},
]


class Rated:
    """A server whose clock stands still, with a fresh application for each set of settings."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.operator = Caller(server.url, FIRST_SDKAPPID)
        self.operator.ok("conclave/set_clock", {"Freeze": True})

    def caller(self, settings: dict[str, Any]) -> Caller:
        """The caller of the application with these settings, refilled."""
        self.operator.advance(2)
        return Caller(self.server.url, FIRST_SDKAPPID + 1 + RATED.index(settings))

    def count(self, caller: Caller, command: str = QUESTION, calls: int = 300, body: bytes = BODY) -> Counter[int]:
        """The codes of so many calls at one and the same moment."""
        call = raw.request(raw.target(caller, command), body)
        with raw.Wire(self.server.url) as wire:
            return Counter(wire.ask(call).code for _ in range(calls))


@pytest.fixture(scope="module")
def rated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rated]:
    table = [
        {"sdkappid": sdkappid, "key": key_of(sdkappid), **settings}
        for sdkappid, settings in enumerate([{"rates": {"default": 0}}, *RATED], FIRST_SDKAPPID)
    ]
    server = Server(tmp_path_factory.mktemp("rated"))
    server.start(CONCLAVE_APPLICATIONS=msgspec.json.encode(table).decode())
    yield Rated(server)
    server.__exit__()


@pytest.mark.parametrize(
    ("settings", "command", "allowed"),
    [
        ({}, QUESTION, 200),
        ({}, GROUPS, 1),
        ({}, IMPORTS, 100),
        ({"rates": {"default": 5}}, QUESTION, 5),
        ({"rates": {"default": 5}}, GROUPS, 1),
        ({"rates": {"default": 5}}, IMPORTS, 100),
        ({"rates": {"default": 0}}, QUESTION, 300),
        ({"rates": {"default": 0}}, GROUPS, 300),
        ({"rates": {"default": 0}}, IMPORTS, 300),
        ({"rates": {"default": 5, QUESTION: 3}}, QUESTION, 3),
        ({"rates": {"default": 5, QUESTION: 3}}, f"{ROOMS}/create_room", 5),
        ({"rates": {"get_room_info": 3}}, QUESTION, 3),
        ({"rates": {"default": 0, QUESTION: 3}}, QUESTION, 3),
        ({"rates": {"default": 5, "get_appid_group_list": 4}}, GROUPS, 4),
        ({"rates": {QUESTION: 0}}, QUESTION, 300),
        ({"rates": {QUESTION: 0}}, f"{ROOMS}/create_room", 200),
    ],
    ids=str,
)
def test_a_second_holds_as_many_calls_as_the_rate(rated: Rated, settings: dict[str, Any], command: str, allowed: int) -> None:
    counted = rated.count(rated.caller(settings), command, body=b"{}")
    assert counted[60007] == 300 - allowed, counted


@pytest.mark.parametrize("rate", sorted({command.rate for command in registry.load().values()}))
def test_documented_rates_are_what_the_registry_says(rated: Rated, rate: int) -> None:
    path = next(command.path for command in registry.load().values() if command.rate == rate and command.access != "control")
    assert rated.count(rated.caller({}), path, body=b"{}")[60007] == 300 - rate


def test_calls_come_back_evenly_and_no_more_than_one_second_of_them(rated: Rated) -> None:
    caller = rated.caller({"rates": {"default": 5}})
    assert rated.count(caller, calls=7) == {100004: 5, 60007: 2}
    for _ in range(3):
        rated.operator.advance(0.19)
        assert rated.count(caller, calls=1) == {60007: 1}
        rated.operator.advance(0.01)
        assert rated.count(caller, calls=2) == {100004: 1, 60007: 1}
    rated.operator.advance(0.6)
    assert rated.count(caller, calls=5) == {100004: 3, 60007: 2}
    rated.operator.advance(3600)
    assert rated.count(caller, calls=7) == {100004: 5, 60007: 2}


def test_whoever_is_refused_does_not_wait_longer_for_it(rated: Rated) -> None:
    caller = rated.caller({"rates": {"default": 5}})
    assert rated.count(caller, calls=100) == {100004: 5, 60007: 95}
    rated.operator.advance(0.2)
    assert rated.count(caller, calls=2) == {100004: 1, 60007: 1}


def test_a_rate_is_of_one_command_and_of_one_application(rated: Rated) -> None:
    caller = rated.caller({"rates": {"default": 5}})
    assert rated.count(caller, calls=6)[60007] == 1
    assert rated.count(caller, f"{ROOMS}/destroy_room", calls=5) == {100004: 5}
    assert rated.count(caller, calls=1) == {60007: 1}
    assert rated.count(Caller(rated.server.url, rated.operator.sdkappid), calls=6) == {100004: 6}


def test_names_of_one_command_share_its_rate(rated: Rated) -> None:
    caller = rated.caller({"rates": {"default": 5}})
    aliased = [command for command in registry.load().values() if command.aliases]
    if not aliased:
        pytest.skip("no command has another name")
    service, name, alias = aliased[0].service.name, aliased[0].name, aliased[0].aliases[0]
    rated.count(caller, f"{service}/{name}", calls=5)
    assert rated.count(caller, f"{service}/{alias}", calls=1) == {60007: 1}


def test_the_total_of_an_application_is_limited_over_all_commands(rated: Rated) -> None:
    caller = rated.caller({"total_rate": 7})
    assert rated.count(caller, calls=4) == {100004: 4}
    assert rated.count(caller, f"{ROOMS}/destroy_room", calls=4) == {100004: 3, 60011: 1}
    assert rated.count(caller, calls=1) == {60011: 1}
    rated.operator.advance(0.143)
    assert rated.count(caller, calls=2) == {100004: 1, 60011: 1}


def test_what_the_rate_of_the_command_refuses_does_not_count_for_the_total(rated: Rated) -> None:
    caller = rated.caller({"total_rate": 7, "rates": {QUESTION: 3}})
    assert rated.count(caller, calls=50) == {100004: 3, 60007: 47}
    assert rated.count(caller, f"{ROOMS}/destroy_room", calls=5) == {100004: 4, 60011: 1}


def test_calls_of_others_use_nothing_up(rated: Rated) -> None:
    """Whoever is no administrator, or cannot prove to be one, must not be able to shut the application out."""
    caller = rated.caller({"rates": {"default": 5}})
    forged = raw.request(raw.target(caller, QUESTION, usersig=Caller(caller.url, 7).token()), BODY)
    somebody = raw.request(raw.target(caller, QUESTION, identifier="bob", usersig=caller.token("bob")), BODY)
    with raw.Wire(caller.url) as wire:
        assert Counter(wire.ask(each).code for each in [forged, somebody] * 10) == {70014: 10, 60010: 10}
    assert rated.count(caller, calls=6) == {100004: 5, 60007: 1}


# Source networks.


NETWORKS: dict[str, list[str]] = {
    "all": [],
    "loopback": ["127.0.0.0/8"],
    "one address": ["127.0.0.1"],
    "elsewhere": ["192.0.2.0/24", "2001:db8::/32"],
    "sloppy": ["192.0.2.77/24"],
}


@pytest.fixture(scope="module")
def networked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, bool], Caller]]:
    """Callers by the name of their networks, at a server with or without trusted proxies."""
    table = [
        {"sdkappid": sdkappid, "key": key_of(sdkappid), "networks": networks}
        for sdkappid, networks in enumerate(NETWORKS.values(), FIRST_SDKAPPID)
    ]
    environment = {"CONCLAVE_APPLICATIONS": msgspec.json.encode(table).decode()}
    with contextlib.ExitStack() as stack:
        servers = []
        for proxies in ([], ["127.0.0.0/8", "198.51.100.0/24"]):
            server = Server(tmp_path_factory.mktemp("net"), trusted_proxies=proxies).start(**environment)
            stack.callback(server.__exit__)
            servers.append(server)
        yield lambda name, behind: Caller(servers[behind].url, FIRST_SDKAPPID + list(NETWORKS).index(name))


def ask_from(caller: Caller, *forwarded: str) -> int:
    headers = [("X-Forwarded-For", each) for each in forwarded]
    return raw.ask(caller.url, raw.request(raw.target(caller, QUESTION), BODY, headers)).code


Networked = Callable[[str, bool], Caller]


@pytest.mark.parametrize(
    ("networks", "code"),
    [("all", 100004), ("loopback", 100004), ("one address", 100004), ("elsewhere", 60021), ("sloppy", 60021)],
)
def test_calls_from_other_networks_are_refused(networked: Networked, networks: str, code: int) -> None:
    assert ask_from(networked(networks, False)) == code


@pytest.mark.parametrize("networks", NETWORKS)
def test_nobody_is_believed_where_no_proxy_is_trusted(networked: Networked, networks: str) -> None:
    caller = networked(networks, False)
    without = ask_from(caller)
    assert ask_from(caller, "192.0.2.7") == ask_from(caller, "127.0.0.1", "10.0.0.1") == without


@pytest.mark.parametrize(
    ("forwarded", "allowed"),
    [
        ((), False),
        (("192.0.2.7",), True),
        (("192.0.3.7",), False),
        (("2001:db8::1",), True),
        (("::ffff:192.0.2.7",), True),
        (("10.0.0.1, 192.0.2.7",), True),
        (("192.0.2.7, 10.0.0.1",), False),
        (("192.0.2.7, 198.51.100.9",), True),
        (("192.0.2.7, 198.51.100.9, 127.0.0.1",), True),
        (("192.0.2.7,198.51.100.9 , ,127.0.0.1,",), True),
        (("10.0.0.1, 192.0.2.7, 198.51.100.9",), True),
        (("192.0.2.7", "10.0.0.1"), False),
        (("10.0.0.1", "192.0.2.7"), True),
        (("192.0.2.7", "198.51.100.9"), True),
        (("unknown",), False),
        (("192.0.2.7, unknown",), False),
        (("192.0.2.7, 10.0.0.1;drop",), False),
        ((" 192.0.2.7 ",), True),
        (("",), False),
        ((",,,",), False),
        (("192.0.2.999",), False),
        (("x" * 5000,), False),
    ],
    ids=lambda value: str(value)[:60],
)
def test_the_last_hop_that_no_trusted_proxy_is_counts(networked: Networked, forwarded: tuple[str, ...], allowed: bool) -> None:
    assert ask_from(networked("elsewhere", True), *forwarded) == (100004 if allowed else 60021)


def test_the_sentence_names_the_address_that_was_refused(networked: Networked) -> None:
    caller = networked("elsewhere", True)
    headers = [("X-Forwarded-For", "203.0.113.5")]
    answer = raw.ask(caller.url, raw.request(raw.target(caller, QUESTION), BODY, headers))
    assert "203.0.113.5" in answer.envelope["ErrorInfo"]


@pytest.mark.parametrize(("forwarded", "status"), [((), 200), (("203.0.113.5",), 403), (("203.0.113.5, 127.0.0.1",), 403)])
def test_metrics_answer_loopback_only(networked: Networked, forwarded: tuple[str, ...], status: int) -> None:
    url = networked("all", True).url
    headers = [("X-Forwarded-For", each) for each in forwarded]
    assert raw.ask(url, raw.request("/metrics", headers=headers, method="GET")).status == status


# A writer that is held up.


@contextlib.contextmanager
def writer_held_up(server: Server) -> Iterator[None]:
    """Hold the database's write lock, as another process might."""
    (path,) = server.data.glob("*.db")
    with contextlib.closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            connection.execute("ROLLBACK")


def new_room(number: int) -> bytes:
    return b'{"RoomInfo":{"RoomId":"room-%d","RoomType":"Conference"}}' % number


def at_once(caller: Caller, bodies: list[bytes], command: str = f"{ROOMS}/create_room") -> list[int]:
    """Send calls on connections of their own, all at the same time; return their codes."""
    gate = threading.Barrier(len(bodies))

    def send(body: bytes) -> int:
        with raw.Wire(caller.url) as wire:
            gate.wait()
            return wire.ask(raw.request(raw.target(caller, command), body)).code

    caller.parameters()
    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(send, bodies))


def test_a_call_that_takes_too_long_is_answered_60008_and_did_not_happen(new_server: Callable[..., Server]) -> None:
    server = new_server(timeout=0.3).start()
    caller = Caller(server.url)
    caller.create_room("before")
    with writer_held_up(server):
        assert at_once(caller, [new_room(number) for number in range(8)]) == [60008] * 8
        assert caller.room("before")["RoomId"] == "before"  # reading goes on
    caller.create_room("after")
    for number in range(8):
        caller.refused(100004, QUESTION, {"RoomId": f"room-{number}"})


def test_a_call_that_waits_less_than_the_limit_succeeds(new_server: Callable[..., Server]) -> None:
    server = new_server(timeout=10.0).start()
    caller = Caller(server.url)
    caller.parameters()
    with ThreadPoolExecutor(1) as thread:
        with writer_held_up(server):
            begun = thread.submit(at_once, caller, [new_room(1)])
            caller.refused(100004, QUESTION, BODY)
            assert not begun.done()
        assert begun.result() == [0]


def test_a_full_queue_is_answered_60018_at_once(new_server: Callable[..., Server]) -> None:
    server = new_server(timeout=0.5, queue=1).start()
    caller = Caller(server.url)
    with writer_held_up(server):
        codes = Counter(at_once(caller, [new_room(number) for number in range(10)]))
        assert codes[60018] >= 9
        assert set(codes) <= {60018, 60008}
    settled = (caller.call(f"{ROOMS}/create_room", new_room(1))["ErrorCode"] for _ in range(1000))
    assert next(code for code in settled if code != 60018) == 0


def test_timers_go_on_after_the_queue_was_full(new_server: Callable[..., Server]) -> None:
    server = new_server(timeout=0.2, queue=1).start()
    caller = Caller(server.url)
    clock = caller.ok("conclave/set_clock", {})["Time"] // 1000
    caller.create_room("booked", ScheduleStartTime=clock + 3600, ScheduleEndTime=clock + 7200)
    with writer_held_up(server):
        for _ in range(10):
            at_once(caller, [new_room(number) for number in range(4)])
            caller.advance(1)
    caller.advance(8 * 3600)
    for _ in range(400):
        if caller.call(QUESTION, {"RoomId": "booked"})["ErrorCode"] == 100004:
            return
    pytest.fail("the room that nobody came to was never closed")
