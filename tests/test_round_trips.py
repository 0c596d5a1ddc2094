"""What each call costs the network on PostgreSQL: docs/round-trips.md says a number, and PostgreSQL's log counts."""

import re
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

import pytest
from bench.statements import Log, Sent, log_all

from conclave.api import registry
from conclave.realtime import declared
from conclave.store import callback_endpoints, due
from conclave.store.statements import Statement
from tests import story
from tests.house import Caller, Server
from tests.member import Member, until
from tests.postgres import cluster
from tests.story import ENTER_AGAIN, LATEST, OWNER, USER1, USER2, USER3

pytestmark = pytest.mark.postgresql
T = TypeVar("T")
PAGE: Final = Path(__file__).parents[1] / "docs" / "round-trips.md"
_CELLS: Final = re.compile(r"\| ([^|]+?) \| (\d+) (?=\|)")
ROOM: Final = "room-1"
COMMANDS: Final = {command.path: command for command in registry.load().values() if command.access != "control"}
METHODS: Final = declared.load()
BY_ITSELF: Final = (
    *(statement.postgres for statement in vars(due).values() if isinstance(statement, Statement)),
    callback_endpoints.OPEN,
    " FROM duties ",
)
"""What is in statements that nobody has called for: the clock's, and the callbacks'."""
CHANGED: Final[dict[str, dict[str, Any]]] = {
    f"{story.ROOMS}/create_room": {"ScheduleInviteeList_Account": []},
    f"{story.SEATS}/switch_seat": {"ToIndex": 2},  # the next call moves him on
}


def stated() -> dict[str, int]:
    """Return the page's round trips by call, without what it says beside the name."""
    pairs = _CELLS.findall(PAGE.read_text())
    return {name.partition(",")[0].strip("`"): int(number) for name, number in pairs}


class Count:
    """Counts what a server sends to PostgreSQL for what it is asked; it has one application."""

    def __init__(self, server: Server) -> None:
        self.caller = Caller(server.url)
        self.counted: dict[str, int] = {}
        self._log = Log(cluster())

    def deed(self, name: str, deed: Callable[[], T]) -> T:
        """Count a deed, if none of that name was counted before, and return what it returns."""
        self._log.read()
        result = deed()
        sent = sum(len(unit) for unit in self._log.read() if self._is_asked_for(unit))
        self.counted.setdefault(name, sent)
        return result

    def _is_asked_for(self, unit: list[Sent]) -> bool:
        """Tell whether it is about the application, and neither the clock's nor the callbacks'."""
        if any(part in statement.sql for part in BY_ITSELF for statement in unit):
            return False
        return any(str(self.caller.sdkappid) in statement.values for statement in unit)


@pytest.fixture
def counting(new_server: Callable[..., Server]) -> Iterator[Count]:
    """Counts on a server whose statements are logged."""
    server = new_server(callback_schedule="none")
    log_all(cluster(), server.database.settings["database"])
    with server:
        yield Count(server)


def of_commands(counting: Count) -> None:
    """Count every command."""
    caller = counting.caller
    caller.import_accounts("robot-1")
    with Member(caller, USER1) as member:
        for path in story.COMMANDS:
            if path == ENTER_AGAIN:
                member.enter(ROOM)
            if path == f"{story.OURS}/resend_callback":
                until(lambda: caller.ok(f"{story.OURS}/list_callback_deliveries")["Endpoint"]["DeadCount"] > 0)
            if path in COMMANDS:
                body = COMMANDS[path].example.request | CHANGED.get(path, {})
                counting.deed(COMMANDS[path].name, partial(caller.ok, path, body))


def of_methods(counting: Count) -> None:
    """Count every method, in a room with an owner and two members."""
    caller = counting.caller
    caller.import_accounts(OWNER, USER1, USER2, USER3)
    caller.create_room(ROOM, Owner_Account=OWNER, IsSeatEnabled=True, MaxSeatCount=4)
    people = {name: Member(caller, name, login=name != USER1) for name in (OWNER, USER1, USER2, USER3)}
    for name in (OWNER, USER2):
        people[name].enter(ROOM)
    latest = ""
    for who, name, changes in story.METHODS:
        params = METHODS[name].example | changes
        if name == "login":
            params |= {"sdkAppId": caller.sdkappid, "userSig": caller.token(who)}
        if params.get("requestId") == LATEST:
            params["requestId"] = latest
        result = counting.deed(name, partial(people[who].call, name, **params))
        latest = result.get("requestId", latest) if result else latest
    for each in people.values():
        each.close()


def test_what_is_done_about_many_hardly_costs_more(counting: Count) -> None:
    caller, names = counting.caller, [f"user{number}" for number in range(100)]
    counting.deed("import", partial(caller.import_accounts, *names))
    asked = {"CheckItem": [{"UserID": name} for name in names]}
    counting.deed("check", partial(caller.ok, f"{story.ACCOUNTS}/account_check", asked))
    booked = {"RoomInfo": {"RoomId": ROOM, "RoomType": "Conference"}, "ScheduleInviteeList_Account": names}
    counting.deed("book", partial(caller.ok, f"{story.ROOMS}/create_room", booked))
    assert counting.counted == {"import": 4, "check": 2, "book": 13}


def test_the_page_says_how_many_round_trips_each_call_makes(counting: Count) -> None:
    of_commands(counting)
    assert counting.counted.keys() == {command.name for command in COMMANDS.values()}
    of_methods(counting)
    assert counting.counted.keys() == {command.name for command in COMMANDS.values()} | METHODS.keys()
    assert counting.counted == stated()
