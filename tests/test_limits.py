"""Rates: GCRA per command and application, and the total of an application [G13]."""

from collections import Counter
from collections.abc import Iterator
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
def test_a_second_holds_as_many_calls_as_the_rate(
    rated: Rated, settings: dict[str, Any], command: str, allowed: int
) -> None:
    counted = rated.count(rated.caller(settings), command, body=b"{}")
    assert counted[60007] == 300 - allowed, counted


@pytest.mark.parametrize("rate", sorted({command.rate for command in registry.load().values()}))
def test_documented_rates_are_what_the_registry_says(rated: Rated, rate: int) -> None:
    path = next(
        command.path for command in registry.load().values() if command.rate == rate and command.access != "control"
    )
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


ALIASED = [
    (command.path, f"{command.service.name}/{alias}")
    for command in registry.load().values()
    for alias in command.aliases
]


@pytest.mark.parametrize(("command", "alias"), ALIASED)
def test_names_of_one_command_share_its_rate(rated: Rated, command: str, alias: str) -> None:
    caller = rated.caller({"rates": {"default": 5}})
    rated.count(caller, command, calls=5, body=b"{}")
    assert rated.count(caller, alias, calls=1, body=b"{}") == {60007: 1}


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
