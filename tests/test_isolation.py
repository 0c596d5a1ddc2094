"""Applications do not see each other: every command, whatever its objects are called, stays within its own.

The commands come from the registry, so that a new one is covered; one whose example touches nothing of what the tests
set up fails here, until it is told what to touch.
"""

import contextlib
import itertools
import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from conclave.api import registry
from conclave.realtime import declared as members
from tests import tokens
from tests.house import FIRST_SDKAPPID, ROOMS, SEATS, Caller, Server
from tests.member import Member, Refused, until
from tests.people import People
from tests.receiver import Receiver

Rows = dict[str, list[tuple[Any, ...]]]
GROUPS = "group_open_http_svc"
CREATED = "Room.CallbackAfterCreateRoom"
DELIVERIES = "conclave/list_callback_deliveries"
COMMANDS = {
    f"{service}/{name}": command
    for (service, name), command in registry.load().items()
    if command.access != "control"  # the clock is one for all applications, and says so
}
METHODS = {name: each.example for name, each in members.load().items() if each.needs != "nothing"}
APPLICATIONS = 4 * (len(COMMANDS) + len(METHODS) + 1)  # two for each test, and each has two
# Where an example names something else than what the tests set up.
BODIES: dict[str, dict[str, Any]] = {
    f"{ROOMS}/unban_room_member": {"RoomId": "room-1", "MemberList_Account": ["user9"]},
    f"{ROOMS}/get_room_member_list": {"RoomId": "room-1", "Count": 1},
}
# Commands that answer the same to everybody, and why.
ALIKE = {
    "conclave/get_capabilities": "it tells what the server can do",
    "room_config/delete_callback": "deleting what is not there succeeds",
    "room_config/set_callback_token": "the first token, and another one, are set alike",
    "im_open_login_svc/account_import": "importing twice succeeds",
    "im_open_login_svc/multiaccount_import": "importing twice succeeds",
}


def body_of(command: str) -> dict[str, Any]:
    return BODIES.get(command, COMMANDS[command].example.request)


def furnish(caller: Caller, people: People, receiver: Receiver, mark: str) -> None:
    """Set up one of everything, under the names of the examples; ``mark`` stands in every text."""
    caller.ok("room_config/set_callback_token", {"Token": mark, "IsTokenEnable": True})
    url = receiver.url(f"/{mark}")
    caller.ok("room_config/set_callback", {"Url": url, "CallbackCommandList": [CREATED]})
    caller.import_accounts("user1", "user2", "user3", "user9", "robot-1")
    caller.create_room(RoomName=f"weekly {mark}", CustomInfo=mark, IsSeatEnabled=True, MaxSeatCount=10)
    people.enter("user1", "user2")
    people["user1"].told()
    people["user2"].told()
    caller.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 2, "Member_Account": "user1"})
    caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 5, "ForbidTaken": True})
    named = {"Member_Account": "user2", "NameCard": mark, "CustomInfo": mark}
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": named})
    marked = [{"Member_Account": "user2", "Marks": [2000]}]
    caller.ok(f"{ROOMS}/mark_room_member", {"RoomId": "room-1", "CommandType": 1, "MemberList": marked})
    ban = {"RoomId": "room-1", "MemberList_Account": ["user9"], "Reason": mark, "Duration": 3600}
    caller.ok(f"{ROOMS}/ban_room_member", ban)
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot-1"})
    group = {"Owner_Account": "user1", "Type": "Public", "GroupId": "group-1", "Name": mark}
    caller.ok(f"{GROUPS}/create_group", {**group, "MemberList": [{"Member_Account": "user2"}]})
    until(lambda: caller.ok(DELIVERIES)["Endpoint"]["DeliveredCount"] == 1)  # then nothing is on its way any more
    people["user1"].told()
    people["user2"].told()


class Houses:
    """Two servers: one where applications live side by side, one where each is alone."""

    def __init__(self, shared: Server, alone: Server) -> None:
        self._shared = shared
        self._alone = alone
        self._next = itertools.count(FIRST_SDKAPPID)
        self._stack = contextlib.ExitStack()

    def pair(self) -> tuple[Caller, Caller]:
        """Two callers with one application: beside the others, and alone."""
        sdkappid = next(self._next)
        return Caller(self._shared.url, sdkappid), Caller(self._alone.url, sdkappid)

    def rows(self, caller: Caller) -> Rows:
        """Everything that the shared server stores of an application."""
        database = self._shared.database
        with_application = [name for name, columns in database.columns().items() if "sdkappid" in columns]
        assert {"groups", "rooms", "members", "seats", "bans", "events", "callbacks"} <= set(with_application)
        return {
            name: sorted(database.query(f"SELECT * FROM {name} WHERE sdkappid = ?", caller.sdkappid))
            for name in with_application
        }


@pytest.fixture(scope="module")
def houses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Houses]:
    with (
        Server(tmp_path_factory.mktemp("shared"), applications=APPLICATIONS) as shared,
        Server(tmp_path_factory.mktemp("alone"), applications=APPLICATIONS) as alone,
    ):
        yield Houses(shared, alone)


Furnish = Callable[[Caller, str], People]


@pytest.fixture
def furnished(receiver: Receiver) -> Iterator[Furnish]:
    """Sets up an application with people inside; they leave after the test."""
    everybody: list[People] = []

    def make(caller: Caller, mark: str) -> People:
        everybody.append(People(caller))
        furnish(caller, everybody[-1], receiver, mark)
        return everybody[-1]

    yield make
    for people in everybody:
        people.close()


def plain(answer: dict[str, Any]) -> str:
    """An answer without what differs from call to call."""
    return json.dumps({name: value for name, value in answer.items() if name != "RequestId"}, sort_keys=True)


@pytest.mark.parametrize("command", COMMANDS)
def test_in_an_empty_application_it_is_as_if_no_other_were_there(
    houses: Houses, furnished: Furnish, command: str
) -> None:
    theirs, _ = houses.pair()
    mine, alone = houses.pair()
    people = furnished(theirs, "theirs")
    before = houses.rows(theirs)

    found = mine.call(command, body_of(command))
    assert plain(found) == plain(alone.call(command, body_of(command)))
    assert "theirs" not in json.dumps(found)
    assert houses.rows(theirs) == before
    assert people["user1"].told() == people["user2"].told() == []

    # The same call would have found, or changed, something over there: otherwise all this says nothing.
    reached = plain(theirs.call(command, body_of(command))) != plain(found)
    assert reached != (command in ALIKE), "the body touches nothing that is there: give it another one in BODIES"


@pytest.mark.parametrize("command", COMMANDS)
def test_objects_of_the_same_name_are_not_mixed_up(houses: Houses, furnished: Furnish, command: str) -> None:
    theirs, _ = houses.pair()
    mine, _ = houses.pair()
    people = furnished(theirs, "theirs")
    furnished(mine, "mine")
    before = houses.rows(theirs)

    assert "theirs" not in json.dumps(mine.call(command, body_of(command)))
    assert houses.rows(theirs) == before
    assert people["user1"].told() == people["user2"].told() == []
    assert theirs.room()["CustomInfo"] == "theirs"
    assert set(theirs.members()) == {"user1", "user2", "robot-1"}


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("has_room", [False, True])
def test_members_do_not_reach_into_another_application(
    houses: Houses, furnished: Furnish, method: str, has_room: bool
) -> None:
    theirs, _ = houses.pair()
    mine, _ = houses.pair()
    people = furnished(theirs, "theirs")
    if has_room:
        mine.create_room(RoomName="mine", IsSeatEnabled=True, MaxSeatCount=10)
    before = houses.rows(theirs)
    with Member(mine, "user1") as member:
        with contextlib.suppress(Refused):
            if has_room:
                member.enter()
            assert "theirs" not in json.dumps(member.call(method, **METHODS[method]))
        with contextlib.suppress(Refused):  # whoever has logged out is told nothing
            assert "theirs" not in json.dumps(member.told())
    assert houses.rows(theirs) == before
    assert people["user1"].told() == people["user2"].told() == []


def test_a_usersig_of_one_application_opens_no_other(houses: Houses) -> None:
    theirs, _ = houses.pair()
    mine, _ = houses.pair()
    forged = tokens.make(theirs.sdkappid, "user1", mine.key)
    with Member(theirs, "user1", login=False) as member:
        member.refused(70014, "login", sdkAppId=mine.sdkappid, userId="user1", userSig=theirs.token("user1"))
        member.refused(70009, "login", sdkAppId=theirs.sdkappid, userId="user1", userSig=forged)
