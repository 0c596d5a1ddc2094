"""Fixtures: one server for most tests, and for each test an application of its own on it."""

import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from bench.ports import free_port

from tests import browser as chromium
from tests import database, invariants
from tests.backend import Backend, Backends
from tests.clockwork import Clockwork, Life, Lives, run_clockwork
from tests.eventlog import EventLog
from tests.house import FIRST_SDKAPPID, MAIN_PORT, MEMBER_PORT, Caller, Server
from tests.member import Join, Member
from tests.people import Enter, People
from tests.receiver import Receiver

if TYPE_CHECKING:
    from playwright.sync_api import Browser


# Whose tests take long, by how their names begin: they begin first, so that the processes that run the files side by
# side end together.
LONG: Final = (
    "test_model",
    "test_nodes_",
    "test_callback_losses",
    "test_members_restart",
    "test_client_resume",
    "test_durability",
    "test_copying",
    "test_bench",
)
# What comes before the database, has none, or asks of it what other tests ask, too: ``-m "not edge"`` leaves out what
# another engine does not change.
EDGE: Final = (
    "test_bench.",
    "test_callback_connections",
    "test_callback_listen",
    "test_callback_page",
    "test_callback_safety",
    "test_callback_signing",
    "test_callback_tls",
    "test_cli.",
    "test_client",
    "test_clock",
    "test_conclave_js",
    "test_deploy",
    "test_gateway_accepts",
    "test_gateway_connections",
    "test_gateway_fuzz",
    "test_gateway_idle",
    "test_gateway_json",
    "test_gateway_library",
    "test_gateway_networks",
    "test_gateway_nulls",
    "test_gateway_order",
    "test_gateway_types",
    "test_gateway_url",
    "test_gateway_usersig",
    "test_limits",
    "test_meet_",
    "test_member_port",
    "test_members_characters",
    "test_members_declared",
    "test_members_frames",
    "test_members_methods",
    "test_members_terminal",
    "test_openapi",
    "test_readme",
    "test_reference",
    "test_room_fields",
    "test_sentences",
    "test_settings",
    "test_tls",
    "test_usersig",
)


def _door(item: pytest.Item) -> str:
    """Return at which port a test's members come in, where it is run at both."""
    parameters = getattr(item, "callspec", None)
    return MAIN_PORT if parameters is None else str(parameters.params.get("door", MAIN_PORT))


@pytest.hookimpl(tryfirst=True)  # before pytest looks at the markers
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the long files first, and leave out what is about an engine that is not the one of this run."""
    items.sort(key=lambda item: not item.path.name.startswith(LONG))
    for item in items:
        is_edge = item.path.name.startswith(EDGE) or _door(item) == MEMBER_PORT
        if is_edge and not item.get_closest_marker("postgresql"):  # those run nowhere else
            item.add_marker(pytest.mark.edge)
        for engine in ("sqlite", "postgresql"):
            if item.get_closest_marker(engine) and engine != database.ENGINE:
                item.add_marker(pytest.mark.skip(f"this is about {engine}"))


SPARE_APPLICATIONS = 200  # for tests that take more than one
_next = itertools.count(FIRST_SDKAPPID)
_next_clocked = itertools.count(FIRST_SDKAPPID)


@pytest.fixture(scope="session")
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server that most tests share; nobody stops it, or moves its clock, but the session's end."""
    applications = request.session.testscollected + SPARE_APPLICATIONS
    folder = tmp_path_factory.mktemp("house")
    with Server(folder, applications=applications, member_port=free_port()) as server:
        yield server
        invariants.check(server.database)  # whatever the tests did, the tables and the log agree


@pytest.fixture
def door() -> str:
    """Where the members of ``caller`` come in; files whose tests run at both ports have one with ``BOTH_PORTS``."""
    return MAIN_PORT


@pytest.fixture
def caller(house: Server, door: str) -> Caller:
    """A caller with an application that no other test uses."""
    return Caller(house.url, next(_next), members_at=getattr(house, door))


@pytest.fixture(scope="session")
def clocked_house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server whose clock tests may move, always ahead; its other settings are the defaults."""
    with Server(tmp_path_factory.mktemp("clocked"), applications=200) as server:
        yield server


@pytest.fixture
def clocked(clocked_house: Server) -> Caller:
    """A caller whose server's clock may be moved ahead, with an application that no other test uses."""
    return Caller(clocked_house.url, next(_next_clocked))


@pytest.fixture
def log(house: Server, caller: Caller) -> EventLog:
    """The event log of the caller's application."""
    return EventLog(house, caller)


@pytest.fixture
def people(caller: Caller) -> Iterator[People]:
    """Whoever of the caller's application is inside a room."""
    inside = People(caller)
    yield inside
    inside.close()


@pytest.fixture
def enter(people: People) -> Enter:
    """Brings accounts of the caller's application into a room."""
    return people.enter


@pytest.fixture
def member(caller: Caller) -> Iterator[Join]:
    """Makes logged-in members of the caller's application; all are gone after the test."""
    made: list[Member] = []

    def join(user: str, of: Caller = caller, **params: Any) -> Member:
        made.append(Member(of, user, **params))
        return made[-1]

    yield join
    for each in made:
        each.close()


@pytest.fixture(scope="session")
def receiver() -> Iterator[Receiver]:
    """The receiver of callbacks that most tests share, each on a path of its own."""
    with Receiver() as receiver:
        yield receiver


@pytest.fixture
def backend(house: Server, caller: Caller, receiver: Receiver) -> Backend:
    """The backend of the caller's application; no callbacks are configured yet."""
    return Backend(house, caller, receiver)


@pytest.fixture(scope="session")
def new_backend(house: Server, receiver: Receiver) -> Backends:
    """Makes backends of other applications."""
    return lambda: Backend(house, Caller(house.url, next(_next)), receiver)


@pytest.fixture(scope="session")
def canary(house: Server, receiver: Receiver) -> Backend:
    """An application that listens to creations, to know when the reader of the log has come so far."""
    canary = Backend(house, Caller(house.url, next(_next)), receiver)
    canary.listen("Room.CallbackAfterCreateRoom")
    return canary


@pytest.fixture
def room(caller: Caller) -> Caller:
    """A room with two seats; many files have another one of their own."""
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    return caller


@pytest.fixture
def ann(room: Caller, member: Join) -> Member:
    """Sits in the room and listens; has number 2."""
    ann = member("ann")
    ann.enter()
    return ann


@pytest.fixture
def bob(ann: Member, member: Join) -> Member:
    """Came in after ann, with number 3."""
    bob = member("bob")
    bob.enter()
    ann.told()
    return bob


@pytest.fixture(scope="session")
def clockwork(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clockwork]:
    """The server of the tests that move a clock."""
    yield from run_clockwork(tmp_path_factory.mktemp("clockwork"))


@pytest.fixture
def lives(clockwork: Clockwork) -> Iterator[Lives]:
    """Hands out applications that live by given rules; the connections of their people end with the test."""
    taken: list[Life] = []

    def take(rules: str) -> Life:
        taken.append(clockwork.take(rules))
        return taken[-1]

    yield take
    for life in taken:
        life.people.close()


@pytest.fixture(scope="session")
def new_caller(house: Server) -> Callable[[], Caller]:
    """Makes callers with applications of their own."""
    return lambda: Caller(house.url, next(_next))


@pytest.fixture
def new_server(tmp_path: Path) -> Iterator[Callable[..., Server]]:
    """Makes servers with settings of their own; all are gone after the test."""
    made: list[Server] = []

    def make(**settings: Any) -> Server:
        folder = tmp_path / str(len(made))
        folder.mkdir()
        made.append(Server(folder, **settings))
        return made[-1]

    yield make
    for server in made:
        server.__exit__()


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium, for the tests of one file: no other may run a loop of its own meanwhile."""
    yield from chromium.launch()


@pytest.fixture
def visitors(browser: "Browser", caller: Caller) -> Iterator[chromium.People]:
    """People at browsers, of the caller's application; their pages must have nothing to complain of."""
    people = chromium.People(browser, caller)
    yield people
    people.close()
    assert people.complaints == []
