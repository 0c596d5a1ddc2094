"""What holds for every method, whichever there are: taken from the registry, so that a new one is covered."""

import random
import re
from typing import Any

import msgspec
import pytest

from conclave.realtime import declared
from conclave.realtime.registry import Method
from conclave.reference import shapes
from tests.house import ROOMS, Caller
from tests.member import Join, Member, Refused

METHODS = declared.load()
ROUNDS = 7
ROLES = ("owner", "administrator", "general user")
INTERNAL = 100001
INVALID = -1001
NOT_LOGGED_IN = -1002
LEFT_OUT = object()
PEOPLE = re.compile(rb'"user\d"')
AFTER_LOGIN = {name: method for name, method in METHODS.items() if method.needs != "nothing"}
IN_ROOM = {name: method for name, method in METHODS.items() if method.needs == "room"}
NASTY: list[Any] = [
    None, True, False, 0, 1, -1, -2, 3, 2**31, 2**63 - 1, -(2**63), 2**64, 1e300, 0.5, "", " ", "x", "room-1", "ann",
    "bob", "nobody", "\u0000", "\U0001f600" * 20, "x" * 2000, "@TIM#SYSTEM", "1.1", "9" * 40, [], [""], ["ann"],
    ["bob", "bob"], [None], ["x"] * 500, {}, {"": ""}, {"k": "v"}, {"k": 1}, {"k" * 60: "v" * 3000}, [[["x"]]],
    {"a": {"b": {}}},
]  # fmt: skip


def parametrized(methods: dict[str, Method]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("method", methods.values(), ids=methods)


@pytest.fixture
def stranger(caller: Caller, member: Join) -> Member:
    ann = member("ann")
    ann.call("logout")
    return ann


@parametrized(AFTER_LOGIN)
def test_nothing_is_done_before_login(stranger: Member, method: Method) -> None:
    assert "log in" in stranger.refused(-1002, method.name, **method.example)


@parametrized(IN_ROOM)
def test_what_is_done_in_a_room_needs_one(caller: Caller, member: Join, method: Method) -> None:
    assert "enter a room" in member("ann").refused(-2101, method.name, **method.example)


@parametrized(METHODS)
@pytest.mark.parametrize("role", ROLES)
def test_whatever_it_is_given_it_answers_with_a_code_of_its_own(
    caller: Caller, member: Join, method: Method, role: str
) -> None:
    chance = random.Random(method.name + role)
    allowed = {0, *(code.number for code in method.every_code)} - {INTERNAL}
    caller.import_accounts("ann", "bob")
    stage = Stage(caller, member("ann"), member("bob"), ROLES.index(role))
    for change in [{}, *(_alteration(method, chance) for _ in range(ROUNDS))]:
        stage.set()
        right = stage.real(method.example)
        params = {name: value for name, value in (right | change).items() if value is not LEFT_OUT}
        code = answer(stage.ann, method.name, params)
        assert code in allowed, params
        assert code != INVALID or change  # the example reaches the rules
    stage.set()
    assert stage.ann.call("getRoomSnapshot")["seats"]
    stage.bob.call("ping")


class Stage:
    """A room with ann, who acts in her role, bob, and something that he asks for."""

    def __init__(self, caller: Caller, ann: Member, bob: Member, role: int) -> None:
        self.caller = caller
        self.ann = ann
        self.bob = bob
        self.role = role
        self.request = ""

    def set(self) -> None:
        """See to it that everything is in its place, whatever the last call did."""
        try:
            if self._is_set():
                return
        except Refused as refused:
            if refused.code == NOT_LOGGED_IN:
                self.ann.login()
        self.caller.call(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
        owner = "ann" if self.role == 0 else "administrator"
        info = {"IsSeatEnabled": True, "MaxSeatCount": 4, "IsScreenSharingDisabled": True}
        self.caller.create_room("room-1", Owner_Account=owner, **info)
        for each in (self.ann, self.bob):
            each.enter()
        if self.role == 1:
            body = {"RoomId": "room-1", "MemberInfo": {"Member_Account": "ann", "Role": "Admin"}}
            self.caller.ok(f"{ROOMS}/update_room_member_info", body)
        self.request = self.bob.call("applyToAdminToOpenLocalDevice", device=3)["requestId"]
        assert self._is_set()

    def _is_set(self) -> bool:
        snapshot = self.ann.enter()
        people = {each["userId"] for each in snapshot["members"]["list"]}
        return snapshot["role"] == self.role and "bob" in people and self._is_pending()

    def _is_pending(self) -> bool:
        asked: list[Any] = self.bob.call("getRequestList")["requestList"]
        return self.request in [each["requestId"] for each in asked]

    def real(self, example: dict[str, Any]) -> dict[str, Any]:
        """The example, with people and a request that there are; several people are one then."""
        found = msgspec.json.encode(example).replace(b"17.42", self.request.encode())
        real: dict[str, Any] = msgspec.json.decode(PEOPLE.sub(b'"bob"', found))
        return real


def answer(member: Member, name: str, params: dict[str, Any]) -> int:
    """The code that a method answers, 0 for success."""
    try:
        member.call(name, **params)
    except Refused as refused:
        return refused.code
    return 0


def _alteration(method: Method, chance: random.Random) -> dict[str, Any]:
    """One field with another value, most often one of its kind, or without any."""
    names = [field.name for field in shapes.fields(method.params) if "." not in field.path]
    name = chance.choice([*names, "fieldOfTheFuture"])
    given = method.example.get(name)
    alike = [value for value in NASTY if type(value) is type(given) and given is not None]
    return {name: chance.choice(alike if alike and chance.random() < 0.7 else [*NASTY, LEFT_OUT])}


@parametrized(METHODS)
def test_what_is_no_object_is_refused(room: Caller, member: Join, method: Method) -> None:
    ann = member("ann")
    for params in ("[]", '"x"', "1", "true"):
        ann.send_raw(f'{{"id": 77, "method": "{method.name}", "params": {params}}}')
        with pytest.raises(Refused) as refused:
            ann.answer(77)
        assert refused.value.code == -1001
