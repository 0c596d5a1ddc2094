"""The order of the gateway's checks [G1]: whoever breaks two rules learns of the earlier one.

A fault is one thing that can be wrong with a call. Each says which code it deserves, in the order in which the codes
are due, and which parts of the call it spoils; any two that spoil different parts can be had together.
"""

import itertools
import json
import random
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import msgspec
import pytest

from tests import raw, tokens
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server, key_of

CREATE = f"{ROOMS}/create_room"
BODY_LIMIT = 4096
OWNER = "alice"


@dataclass
class Call:
    """A good call of create_room, until faults have spoiled it."""

    sdkappid: int
    number: int
    method: str = "POST"
    command: str = CREATE
    changes: dict[str, str | None] = field(default_factory=dict)
    more: str = ""
    identifier: str = "administrator"
    token: dict[str, Any] = field(default_factory=dict)
    cut_token: bool = False
    room: dict[str, Any] = field(default_factory=dict)
    shape: Callable[[bytes], bytes] = bytes
    before: list[Callable[["Call"], bytes]] = field(default_factory=list)

    def sent(self, **token: Any) -> bytes:
        """The bytes of the call."""
        made = {
            "sdkappid": self.sdkappid,
            "identifier": self.identifier,
            "key": key_of(self.sdkappid),
            **self.token,
            **token,
        }
        text = tokens.make(**made)
        parameters = {
            "sdkappid": str(self.sdkappid),
            "identifier": self.identifier,
            "usersig": text[:40] if self.cut_token else text,
            "random": "1",
            "contenttype": "json",
            **self.changes,
        }
        query = "&".join(f"{name}={value}" for name, value in parameters.items() if value is not None)
        info = {"RoomName": "n", "RoomId": f"r{self.number}", "RoomType": "Conference", **self.room}
        body = self.shape(json.dumps({"RoomInfo": info}).encode())
        return raw.request(f"/v4/{self.command}?{query}{self.more}", body, method=self.method)


@dataclass(frozen=True)
class Fault:
    """What can be wrong: ``spoils`` names the parts of the call, ``settings`` those of the application."""

    name: str
    code: int
    spoils: frozenset[str]
    apply: Callable[[Call], None] = lambda call: None
    settings: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        return f"{self.code} {self.name}"


FAULTS: list[Fault] = []


def fault(code: int, name: str, *spoils: str, **settings: Any) -> Callable[[Callable[[Call], None]], None]:
    """Declare the next fault of the order."""

    def declare(apply: Callable[[Call], None]) -> None:
        FAULTS.append(Fault(name, code, frozenset({*spoils, *settings}), apply, tuple(settings.items())))

    return declare


def change(part: str, **values: Any) -> Callable[[Call], None]:
    """Return what sets entries of one of the call's dictionaries."""
    return lambda call: getattr(call, part).update(values)


def put(name: str, value: Any) -> Callable[[Call], None]:
    """Return what sets one attribute of the call."""
    return lambda call: setattr(call, name, value)


def _after_a_call(call: Call) -> None:
    call.before.append(lambda call: Call(call.sdkappid, call.number, shape=lambda _: b"{}").sent())


def _after_a_forgery(call: Call) -> None:
    call.before.append(
        lambda call: Call(call.sdkappid, call.number, identifier=call.identifier).sent(key="another key")
    )


nothing = change("changes")

fault(60002, "method", "method")(put("method", "GET"))
fault(60002, "path", "path")(put("command", "room_engine_http_srv"))
fault(60002, "parameter twice", "random")(put("more", "&random=2"))
fault(60002, "body too large", "body")(put("shape", lambda body: body + b" " * BODY_LIMIT))
fault(60009, "service", "path")(put("command", "no_such_service/create_room"))
fault(60009, "command", "path")(put("command", f"{ROOMS}/no_such_command"))
fault(60012, "sdkappid absent", "sdkappid")(change("changes", sdkappid=None))
fault(60006, "sdkappid no number", "sdkappid")(change("changes", sdkappid="14e8"))
fault(60006, "sdkappid unknown", "sdkappid")(change("changes", sdkappid="7"))
fault(60016, "disabled", enabled=False)(nothing)
fault(60020, "plan ended", plan_end=1)(nothing)
fault(60021, "address", networks=["192.0.2.0/24"])(nothing)
fault(60025, "contenttype", "contenttype")(change("changes", contenttype="xml"))
fault(60004, "identifier absent", "identifier")(change("changes", identifier=None))
fault(60004, "identifier empty", "identifier")(change("changes", identifier=""))
fault(60004, "usersig absent", "usersig")(change("changes", usersig=None))
fault(60004, "usersig empty", "usersig")(change("changes", usersig=""))
fault(70050, "locked", lock_after_failures=1)(_after_a_forgery)
fault(70003, "cut off", "usersig")(put("cut_token", True))
fault(70003, "userbuf", "userbuf")(change("token", userbuf="YWJj"))
fault(70014, "of another application", "token.sdkappid")(change("token", sdkappid=7))
fault(70013, "of another identifier", "token.identifier")(change("token", identifier="somebody"))
fault(70009, "forged", "token.key")(change("token", key="another key"))
fault(70001, "expired", "token.time")(change("token", now=1_600_000_000, expire=60))
fault(60010, "no administrator", "identifier", "token.identifier")(put("identifier", "bob"))
fault(60017, "switched off", disabled_commands=[CREATE])(nothing)
fault(60007, "rate", rates={CREATE: 1})(_after_a_call)
fault(60011, "total rate", total_rate=1)(_after_a_call)
fault(60003, "empty", "body")(put("shape", lambda _: b""))
fault(60003, "not JSON", "body")(put("shape", lambda body: body[:-1]))
fault(60003, "no object", "body")(put("shape", lambda body: b"[" + body + b"]"))
fault(60015, "owner is a number", "Owner_Account")(change("room", Owner_Account=5))
fault(100002, "name too long", "RoomName")(change("room", RoomName="n" * 101))
fault(100015, "room type", "RoomType")(change("room", RoomType="Live"))
fault(100013, "capacity", "MaxMemberCount")(change("room", MaxMemberCount=301))
fault(100003, "id of another owner's room", "RoomId")(change("room", RoomId="taken"))
fault(100010, "id of a room of one's own", "RoomId", "Owner_Account")(
    change("room", RoomId="taken", Owner_Account=OWNER)
)
fault(100011, "id of a group", "RoomId")(change("room", RoomId="group"))
fault(100002, "owner not imported", "Owner_Account")(change("room", Owner_Account="ghost"))


def combine(faults: Iterable[Fault]) -> str:
    """The settings that an application needs for these faults, as a name for it."""
    return json.dumps(dict(sorted(itertools.chain.from_iterable(each.settings for each in faults))))


PAIRS = [
    (first, second)
    for first, second in itertools.combinations(FAULTS, 2)
    if not first.spoils & second.spoils and first.code != second.code
]
SETTINGS = sorted({combine(pair) for pair in PAIRS})


class House:
    """A server with an application for each combination of settings."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.numbers = itertools.count()
        self.applications = {settings: FIRST_SDKAPPID + place for place, settings in enumerate(SETTINGS)}
        plain = Caller(server.url, self.applications["{}"])
        plain.ok("conclave/set_clock", {"Freeze": True})  # what a rate has used up comes not back
        plain.import_accounts(OWNER)
        plain.create_room("taken", Owner_Account=OWNER)
        plain.ok("group_open_http_svc/create_group", {"Type": "Public", "Name": "g", "GroupId": "group"})

    def ask(self, faults: Iterable[Fault]) -> raw.Answer:
        """Send a call that has all of these faults."""
        chosen = sorted(faults, key=FAULTS.index)
        call = Call(self.applications[combine(chosen)], next(self.numbers))
        for each in chosen:
            each.apply(call)
        with raw.Wire(self.server.url) as wire:
            for before in call.before:
                wire.ask(before(call))
            return wire.ask(call.sent())


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    table = [
        {"sdkappid": FIRST_SDKAPPID + place, "key": key_of(FIRST_SDKAPPID + place), **json.loads(settings)}
        for place, settings in enumerate(SETTINGS)
    ]
    server = Server(tmp_path_factory.mktemp("order"), body_limit=BODY_LIMIT)
    server.start(CONCLAVE_APPLICATIONS=msgspec.json.encode(table).decode())
    yield House(server)
    server.__exit__()


def test_a_call_without_a_fault_succeeds(house: House) -> None:
    assert house.ask([]).code == 0


@pytest.mark.parametrize("alone", FAULTS, ids=str)
def test_each_fault_alone_has_its_code(house: House, alone: Fault) -> None:
    assert house.ask([alone]).code == alone.code


@pytest.mark.parametrize(("first", "second"), PAIRS, ids=str)
def test_of_two_faults_the_earlier_is_answered(house: House, first: Fault, second: Fault) -> None:
    assert house.ask([first, second]).code == first.code


@pytest.mark.parametrize("seed", range(200))
def test_of_many_faults_the_earliest_is_answered(house: House, seed: int) -> None:
    chance = random.Random(seed)
    chosen: list[Fault] = []
    for each in chance.sample(FAULTS, len(FAULTS)):
        clashes = any(each.spoils & other.spoils for other in chosen)
        if not clashes and combine([*chosen, each]) in house.applications:
            chosen.append(each)
    wanted = chance.sample(chosen, chance.randint(3, len(chosen)))
    if combine(wanted) not in house.applications:
        wanted = chosen
    earliest = min(wanted, key=FAULTS.index)
    assert house.ask(wanted).code == earliest.code, [str(each) for each in wanted]
