"""``conclave callbacks``: the queue from the terminal, with a server beside it and without one."""

import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests import database, invariants
from tests.backend import CREATE, UPDATE, Backend
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server
from tests.member import until
from tests.receiver import Receiver
from tests.terminal import PROGRAM, Terminal, clean_environment

DISCARDED_PIECE = 100


@pytest.fixture
def backend(new_server: Callable[..., Server], receiver: Receiver) -> Backend:
    """A backend on a server of its own, whose folder the terminal is in; two callbacks were delivered."""
    server = new_server().start()
    backend = Backend(server, Caller(server.url), receiver)
    backend.listen(CREATE, UPDATE)
    backend.caller.create_room()
    backend.rename("one")
    backend.told(CREATE, UPDATE)
    backend.until_quiet()
    return backend


@pytest.fixture
def terminal(backend: Backend) -> Terminal:
    return Terminal(backend.server.folder)


def ids(backend: Backend) -> list[str]:
    return [told.id for told in backend.got()]


# list and show.


def test_the_list_tells_how_the_endpoint_is_and_the_latest_callbacks(terminal: Terminal, backend: Backend) -> None:
    endpoint, second, first = terminal.ok("callbacks", "list").splitlines()
    assert endpoint == f"{backend.receiver.url(backend.path)}: 0 waiting, 2 delivered, 0 dead; in use"
    for line, command, identifier in zip((first, second), (CREATE, UPDATE), ids(backend), strict=True):
        assert "  delivered  " in line
        assert f"  {identifier}  room-1  {command}  (1 attempt, " in line
    assert terminal.ok("callbacks", "list", "--count", "1").splitlines() == [endpoint, second]
    assert terminal.ok("callbacks", "list", "--state", "dead").splitlines() == [endpoint]
    assert terminal.ok("callbacks", "list", "--state", "delivered", "--room", "room-1").splitlines()[2] == first
    assert terminal.ok("callbacks", "list", "--room", "room-2").splitlines() == [endpoint]


def test_one_callback_is_shown_with_attempts_and_body(terminal: Terminal, backend: Backend) -> None:
    (first, _) = ids(backend)
    shown = terminal.ok("callbacks", "show", first)
    for text in (f"webhook-id  {first}", "room-1, callback 1 of it", "delivered after ", '"RoomName": "room-1"'):
        assert text in shown


def test_nothing_that_a_terminal_would_obey_is_printed(terminal: Terminal, backend: Backend) -> None:
    backend.rename("\x1b]0;owned\x07\u202e")
    backend.told(UPDATE)
    shown = terminal.ok("callbacks", "show", ids(backend)[-1])
    assert "owned" in shown
    assert not {"\x1b", "\x07", "\u202e"} & set(shown)


@pytest.mark.parametrize("command", ["show", "resend"])
@pytest.mark.parametrize(
    ("identifier", "complaint"),
    [
        (f"evt_{FIRST_SDKAPPID}_1_999_1", "has no callback"),
        ("evt_5_1_1_1", "there is no application 5"),
        ("nonsense", "must be evt_"),
    ],
)
def test_an_id_of_nothing_is_said_to_be_one(terminal: Terminal, command: str, identifier: str, complaint: str) -> None:
    assert complaint in terminal.refused(1, "callbacks", command, identifier)


# resend, pause, resume.


def test_a_callback_is_sent_again(terminal: Terminal, backend: Backend) -> None:
    (first, _) = ids(backend)
    assert first in terminal.ok("callbacks", "resend", first)
    (again,) = backend.told(CREATE)
    assert again.id == first


def test_a_paused_endpoint_is_sent_nothing_until_it_is_resumed(terminal: Terminal, backend: Backend) -> None:
    assert "is sent nothing; 0 callbacks wait" in terminal.ok("callbacks", "pause")
    backend.rename("two", "three")
    until(lambda: backend.endpoint()["waiting"] == 2)
    assert "2 waiting, 2 delivered, 0 dead; paused by an operator since " in terminal.ok("callbacks", "list")
    assert "2 callbacks wait" in terminal.ok("callbacks", "pause")
    assert backend.caller.ok("conclave/list_callback_deliveries")["Endpoint"]["Paused"] == "Operator"
    assert len(backend.got()) == 2
    assert "waits to be sent already" in terminal.refused(
        1, "callbacks", "resend", "evt_{sdkappid}_{at}_{position}_4".format(**backend.rows()[-1])
    )
    assert "2 wait" in terminal.ok("callbacks", "resume")
    backend.got(4)
    assert [told.number for told in backend.got()] == [1, 2, 3, 4]


def test_what_failures_have_paused_is_resumed_at_once(new_server: Callable[..., Server], receiver: Receiver) -> None:
    server = new_server(callback_pause_after=1, callback_schedule="1h").start()
    backend = Backend(server, Caller(server.url), receiver)
    terminal = Terminal(server.folder)
    backend.listen(CREATE)
    backend.rule("answer", status=500)
    for room_id in ("a", "b"):
        backend.caller.create_room(room_id)
    backend.until_paused()
    listed = terminal.ok("callbacks", "list")
    assert "paused after failures since " in listed
    assert "failures in a row: HTTP 500" in listed
    backend.proper()
    terminal.ok("callbacks", "resume")
    backend.until_quiet()
    assert backend.states() == ["delivered", "delivered"]


@pytest.mark.parametrize("paused", [True, False])
def test_another_url_is_another_endpoint_unless_an_operator_paused_it(
    new_server: Callable[..., Server], receiver: Receiver, paused: bool
) -> None:
    server = new_server(callback_pause_after=1, callback_schedule="1h").start()
    backend = Backend(server, Caller(server.url), receiver)
    backend.listen(CREATE, url="http://127.0.0.1:9/")
    for room_id in ("a", "b"):
        backend.caller.create_room(room_id)
    backend.until_paused()
    if paused:
        Terminal(server.folder).ok("callbacks", "pause")
    backend.listen(CREATE, command="update_callback")
    if paused:
        assert backend.endpoint()["paused"] == "operator"
        backend.caller.create_room("c")
        until(lambda: backend.endpoint()["waiting"] == 3)
        assert backend.got() == []
    else:
        backend.until_quiet()
        assert backend.states() == ["delivered", "delivered"]
        assert backend.endpoint()["reason"] == ""


@pytest.mark.parametrize("rule", [{"do": "hang"}, {"do": "slow", "seconds": 1, "status": 404}])
def test_what_the_old_url_did_says_nothing_of_the_new_one(
    new_server: Callable[..., Server], receiver: Receiver, rule: dict[str, Any]
) -> None:
    server = new_server(callback_pause_after=1, callback_schedule="1h").start()
    backend = Backend(server, Caller(server.url), receiver)
    receiver.rule(path="/old", **rule)
    backend.listen(CREATE, url=receiver.url("/old"))
    backend.caller.create_room("a")
    assert receiver.got(1, path="/old")  # and it is waiting for the answer
    backend.listen(CREATE, command="update_callback")
    backend.until_quiet()
    assert backend.states() == ["delivered"]
    endpoint = backend.endpoint()
    assert (endpoint["paused"], endpoint["reason"]) == ("", "")


def test_all_of_it_works_without_a_server(terminal: Terminal, backend: Backend) -> None:
    backend.server.stop()
    first, second = ids(backend)
    terminal.ok("callbacks", "pause")
    terminal.ok("callbacks", "resend", second)
    terminal.ok("callbacks", "resend", first)
    assert "2 waiting, 0 delivered, 0 dead; paused" in terminal.ok("callbacks", "list")
    terminal.ok("callbacks", "resume")
    assert "2 waiting, 0 delivered, 0 dead; in use" in terminal.ok("callbacks", "list")
    backend.server.start()
    assert [told.id for told in backend.told(CREATE, UPDATE)] == [first, second]


# discard.


def test_dead_callbacks_are_kept_until_they_are_discarded(
    new_server: Callable[..., Server], receiver: Receiver
) -> None:
    """More than one piece of them, and others between that stay."""
    server = new_server(callback_schedule="none", toml="rates = {default = 0}\ncallback_parallel = 50").start()
    backend, terminal = Backend(server, Caller(server.url), receiver), Terminal(server.folder)
    backend.listen(CREATE)
    backend.caller.create_room("lives")
    backend.got(1)
    backend.rule("answer", status=404)
    for n in range(DISCARDED_PIECE + 20):
        backend.caller.create_room(f"room-{n}")
        backend.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": f"room-{n}"})
    backend.until(lambda endpoint: endpoint["dead"] == DISCARDED_PIECE + 20)
    backend.proper()
    delivered, first, *_ = (told.id for told in backend.got())
    assert "only dead ones are discarded" in terminal.refused(1, "callbacks", "discard", delivered)
    assert terminal.ok("callbacks", "discard", first) == f"{first} was discarded\n"
    assert "has no callback" in terminal.refused(1, "callbacks", "discard", first)
    assert backend.endpoint()["dead"] == DISCARDED_PIECE + 19
    assert f"{DISCARDED_PIECE + 19} dead callbacks were discarded" in terminal.ok("callbacks", "discard", "--dead")
    assert "0 dead callbacks were discarded" in terminal.ok("callbacks", "discard", "--dead")
    assert (backend.endpoint()["delivered"], backend.endpoint()["dead"], backend.states()) == (1, 0, ["delivered"])
    backend.caller.create_room("room-0")
    assert backend.got(DISCARDED_PIECE + 22)[-1].number == 1  # nothing was left of the room id
    backend.until_quiet()
    assert backend.count("callback_rooms") == 2
    invariants.check(server.database)


@pytest.mark.parametrize("words", [(), ("--dead", "evt_1_1_1_1")])
def test_what_is_to_be_discarded_is_said_one_way(terminal: Terminal, words: tuple[str, ...]) -> None:
    assert "or --dead" in terminal.refused(2, "callbacks", "discard", *words)


# Whoever only looks waits for nobody.


def test_looking_needs_no_writers_turn(terminal: Terminal, backend: Backend) -> None:
    application = str(FIRST_SDKAPPID)
    with backend.server.database.writers_held_up():
        for words in (
            ("callbacks", "list"),
            ("callbacks", "show", ids(backend)[0]),
            ("callbacks", "tail", "--for", "0.1"),
            ("app", "list"),
            ("app", "show", application),
            ("app", "limits", application),
            ("app", "callbacks", application),
            ("usersig", "ann"),
            ("call", "room_engine_http_srv/get_room_info", '{"RoomId": "room-1"}'),
        ):
            terminal.ok(*words)


def test_without_callbacks_there_is_little_to_say(tmp_path_factory: pytest.TempPathFactory) -> None:
    terminal = Terminal(tmp_path_factory.mktemp("bare"))
    assert "there is no database" in terminal.refused(1, "callbacks", "list")
    terminal.ok("app", "create", "7")
    assert terminal.ok("callbacks", "list") == "no URL is configured: 0 waiting, 0 delivered, 0 dead; in use\n"
    for command in ("pause", "resume"):
        assert "no callback was ever configured" in terminal.refused(1, "callbacks", command)
    terminal.ok("app", "create", "8")
    assert "say which with --sdkappid" in terminal.refused(1, "callbacks", "list")
    assert terminal.ok("callbacks", "list", "--sdkappid", "8")


# tail.


def test_the_tail_prints_what_is_queued_and_what_became_of_it(terminal: Terminal, backend: Backend) -> None:
    output = terminal.folder / "tail.out"
    with output.open("wb") as out:
        environment = clean_environment(database.environment(terminal.data))
        tail = subprocess.Popen(
            [*PROGRAM, "callbacks", "tail"], cwd=terminal.folder, stdout=out, stderr=out, env=environment
        )
    try:
        renamed = 0
        deadline = time.monotonic() + 20
        while "delivered" not in output.read_text():  # it says nothing of what was before
            assert time.monotonic() < deadline
            renamed += 1
            backend.rename(f"tail {renamed}")
            time.sleep(0.2)
        terminal.ok("callbacks", "pause")
        backend.rename("waits")
        until(lambda: "  waiting  " in output.read_text())
        terminal.ok("callbacks", "resume")
        last = backend.got(2 + renamed + 1)[-1].id
        until(lambda: f"delivered  {last}" in output.read_text())
        assert "_2_1 " not in output.read_text()
        tail.send_signal(signal.SIGINT)
        assert tail.wait(10) == 0
    finally:
        tail.kill()
        tail.wait()
