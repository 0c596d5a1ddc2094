"""An endpoint that is down: paused after some failures in a row, probed, and nobody's attempts are used up [C12]."""

import re
from collections.abc import Callable, Iterator
from typing import Any

import msgspec
import pytest

from tests import backend as to
from tests.backend import Backend
from tests.house import Caller, Server
from tests.member import until
from tests.receiver import Receiver
from tests.standstill import (
    LONGEST,
    SHORTEST,
    STEPS,
    Still,
    fail,
    look_around,
    now_ms,
    stand_still,
    until_recorded,
    until_told,
)

PAUSE_AFTER = 5
FAILURES: dict[str, dict[str, Any]] = {
    "500": {"do": "answer", "status": 500},
    "503": {"do": "answer", "status": 503},
    "599": {"do": "answer", "status": 599},
    "429": {"do": "answer", "status": 429},
    "hung up": {"do": "abort"},
    "time-out": {"do": "hang", "seconds": 4},
    "dripping": {"do": "drip"},
    "no HTTP": {"do": "raw", "text": "SSH-2.0-OpenSSH_9.2\r\n"},
    "half an answer": {"do": "raw", "text": "HTTP/1.1 200 OK\r\nContent-Length: 90\r\n\r\n{}"},
    "bad chunks": {"do": "raw", "text": "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n"},
    "many headers": {"do": "raw", "text": "HTTP/1.1 200 OK\r\n" + "X: y\r\n" * 100_000 + "\r\n{}"},
    "long header": {"do": "raw", "text": "HTTP/1.1 200 OK\r\nX: " + "y" * 1_000_000 + "\r\n\r\n{}"},
}


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Still]:
    with stand_still(tmp_path_factory.mktemp("still"), receiver, 50) as still:
        yield still


def paused(still: Still, *commands: str) -> Backend:
    """An endpoint that has just been paused, and would answer again."""
    backend = still.backend(*(commands or (to.CREATE, to.UPDATE)))
    fail(backend, PAUSE_AFTER)
    backend.until_paused()
    return backend


def to_the_probe(backend: Backend, seconds: float) -> None:
    """Move the clock over the pause before a probe: nothing is sent until it is over."""
    before = len(backend.got())
    backend.caller.advance(round(seconds * SHORTEST - 0.002, 3))
    assert backend.endpoint()["probe_at"] > now_ms(backend)
    backend.caller.advance(round(seconds * (LONGEST - SHORTEST) + 0.004, 3))
    backend.got(before + 1)


def log_lines(still: Still, backend: Backend, event: str, least: int = 0) -> list[str]:
    """Return the lines about an endpoint once they are so many: they are written after what they tell of."""

    def found() -> list[str]:
        return [line for line in still.log.splitlines() if event in line and str(backend.caller.sdkappid) in line]

    until(lambda: len(found()) >= least)
    return found()


@pytest.mark.parametrize("failure", FAILURES)
def test_this_is_a_failure_of_the_endpoint_and_uses_up_no_attempts(still: Still, failure: str) -> None:
    backend = still.backend(to.CREATE)
    backend.rule(**FAILURES[failure])
    backend.caller.create_room()
    until_recorded(backend, 1)
    (row,) = backend.rows()
    assert (row["state"], row["refusals"]) == ("waiting", 0)
    assert backend.endpoint()["failures"] == 1
    assert backend.endpoint()["reason"]


def test_a_port_where_nobody_listens_is_a_failure_of_the_endpoint(still: Still) -> None:
    backend = still.backend(to.CREATE)
    port = backend.receiver.listen()
    backend.receiver.deafen(port)
    backend.listen(to.CREATE, command="update_callback", url=backend.receiver.url(backend.path, port=port))
    backend.caller.create_room()
    until_recorded(backend, 1)
    assert backend.endpoint()["failures"] == 1
    assert "refused" in backend.endpoint()["reason"].lower()
    backend.receiver.listen(port)
    backend.caller.advance(6)
    backend.got(1)


def test_after_failures_in_a_row_it_is_paused_with_a_loud_line(still: Still) -> None:
    backend = still.backend(to.CREATE)
    fail(backend, PAUSE_AFTER - 1)
    backend.until(lambda endpoint: endpoint["failures"] == PAUSE_AFTER - 1)
    look_around(backend)  # a success in between
    backend.until(lambda endpoint: endpoint["failures"] == 0)
    fail(backend, 1)
    assert log_lines(still, backend, "paused") == []
    backend.rule("answer", status=503)
    for n in range(PAUSE_AFTER + 3):
        backend.caller.create_room(f"more-{n}")
    backend.until_paused()
    (line,) = log_lines(still, backend, "callback endpoint paused", 1)
    told = msgspec.json.decode(line)
    assert (told["level"], told["reason"], told["failures"]) == ("error", "HTTP 503", PAUSE_AFTER)
    assert {row["refusals"] for row in backend.rows()} == {0}


def test_a_paused_one_is_probed_at_the_intervals_of_the_schedule_with_one_request(still: Still) -> None:
    backend = still.backend(to.CREATE, to.UPDATE)
    backend.rule("answer", status=503)
    for n in range(20):
        backend.caller.create_room(f"room-{n}")
    backend.until_paused()
    backend.until(lambda endpoint: endpoint["waiting"] == 20)
    backend.until(lambda _: sum(row["attempts"] != "[]" for row in backend.rows()) == len(backend.got()))
    for n, seconds in enumerate((*STEPS, STEPS[-1])):
        before = len(backend.got())
        to_the_probe(backend, seconds)
        backend.until(lambda endpoint, n=n: endpoint["probes"] == n + 1)  # type: ignore[misc]
        assert len(backend.got()) == before + 1
        assert backend.states() == ["waiting"] * 20
    assert {row["refusals"] for row in backend.rows()} == {0}


def test_it_resumes_by_itself_and_drains_in_order(still: Still) -> None:
    backend = paused(still)
    backend.caller.create_room()
    backend.rename(*(str(n) for n in range(50)))
    backend.rename("x", room_id="failed-0")
    assert len(backend.got()) == PAUSE_AFTER
    to_the_probe(backend, STEPS[0])
    told = until_told(backend, 51)
    assert [each.number for each in told] == list(range(1, 52))
    backend.caller.advance(6)  # those that had failed just before the pause are due again
    backend.until_quiet()
    assert set(backend.states()) == {"delivered"}
    assert (backend.endpoint()["paused"], backend.endpoint()["failures"]) == ("", 0)
    assert len(log_lines(still, backend, "callback endpoint resumed", 1)) == 1


def test_a_probe_that_is_refused_shows_that_the_endpoint_is_there(still: Still) -> None:
    backend = paused(still)
    backend.rule("answer", status=404, times=1)
    to_the_probe(backend, STEPS[0])
    backend.until(lambda endpoint: endpoint["paused"] == "")
    backend.caller.advance(6)
    backend.until_quiet()


def test_one_that_hangs_is_probed_without_a_second_request_beside(still: Still) -> None:
    backend = paused(still)
    for n in range(10):
        backend.caller.create_room(f"room-{n}")
    backend.rule("slow", seconds=0.8, times=1)
    to_the_probe(backend, STEPS[0])
    told = backend.got(PAUSE_AFTER + 2)
    assert told[PAUSE_AFTER + 1].at - told[PAUSE_AFTER].at > 0.7


def test_gone_pauses_at_once(still: Still) -> None:
    backend = still.backend(to.CREATE)
    fail(backend, 1, status=410)
    backend.until_paused()
    assert backend.endpoint()["reason"] == "HTTP 410"
    assert backend.rows()[0]["refusals"] == 0
    backend.caller.create_room("later")
    to_the_probe(backend, STEPS[0])


def test_what_waits_for_a_paused_one_too_long_is_dead_and_the_younger_stays(tmp_path: Any, receiver: Receiver) -> None:
    with stand_still(tmp_path, receiver, 2, callback_keep=1000) as still:
        backend = paused(still)
        backend.rule("answer", status=503)
        backend.caller.create_room("old")
        backend.rename(*(str(n) for n in range(250)), room_id="old")
        backend.caller.advance(500)
        backend.rename("young", room_id="old")
        backend.until(lambda endpoint: endpoint["waiting"] == PAUSE_AFTER + 252)
        assert "dead" not in backend.states()
        backend.caller.advance(501)
        backend.until(lambda endpoint: endpoint["waiting"] == 1)
        assert backend.endpoint()["dead"] == PAUSE_AFTER + 251
        assert [row["state"] for row in backend.rows()][-1] == "waiting"
        (line,) = log_lines(still, backend, "callbacks given up", 1)
        assert msgspec.json.decode(line)["count"] == PAUSE_AFTER + 251
        backend.proper()
        backend.caller.advance(STEPS[2] * LONGEST + 1)  # two probes failed at most; the young one may still wait
        backend.until_quiet()
        assert backend.got()[-1].name == "young"
        assert backend.states()[-1] == "delivered"


def test_a_server_that_starts_again_still_knows_that_it_is_paused(
    new_server: Callable[..., Server], receiver: Receiver
) -> None:
    server = new_server(callback_pause_after=2, callback_schedule="1s, 1s, 1s, 1s, 1s, 1s, 60s")
    with server:
        backend = Backend(server, Caller(server.url), receiver)
        backend.listen(to.CREATE)
        backend.rule("answer", status=503)
        fail(backend, 2)
        backend.until_paused()
        until(lambda: "callback endpoint paused" in server.log.read_text())  # written after what it tells of
        server.kill()
    with server:
        before = backend.endpoint()
        backend.got(3)
        backend.until(lambda endpoint: endpoint["probes"] > before["probes"])
        assert backend.endpoint()["paused"] == "failures"
        found = re.findall("callback endpoint paused", server.log.read_text())
        assert len(found) == 1


@pytest.mark.parametrize("command", ["update_callback", "set_callback"])
def test_another_url_is_another_endpoint_and_is_sent_to_at_once(still: Still, command: str) -> None:
    backend = paused(still)
    backend.rule("answer", status=503)
    waiting = {row["room_id"] for row in backend.rows()}
    if command == "set_callback":
        backend.caller.ok("room_config/delete_callback")
        waiting = set()
    moved = Backend(still.server, backend.caller, backend.receiver, f"{backend.path}/moved")
    moved.listen(command=command)
    moved.caller.create_room("new")
    assert {each.room_id for each in moved.got(len(waiting) + 1)} == {*waiting, "new"}
    moved.until_quiet()
    assert (moved.endpoint()["paused"], moved.endpoint()["failures"]) == ("", 0)


def test_one_room_that_the_endpoint_fails_at_holds_back_only_itself(still: Still) -> None:
    backend = still.backend(to.CREATE, to.UPDATE)
    backend.caller.create_room("poison")
    backend.caller.create_room("healthy")
    backend.got(2)
    backend.rule("answer", status=500, room="poison")
    backend.rename("p", room_id="poison")
    for failures in range(1, PAUSE_AFTER + 1):
        backend.until(lambda endpoint, failures=failures: endpoint["failures"] == failures)  # type: ignore[misc]
        backend.caller.advance(6)
    backend.until(lambda endpoint: endpoint["paused"] == "failures" or endpoint["probes"] > 0)
    backend.caller.advance(3600)  # whatever the interval between probes has become
    backend.until(lambda endpoint: endpoint["probe_at"] > now_ms(backend))
    backend.rename("h", room_id="healthy")
    backend.until(lambda endpoint: endpoint["delivered"] == 3)
    assert backend.endpoint()["paused"] == ""
    assert [row["state"] for row in backend.rows() if row["room_id"] == "poison"] == ["delivered", "waiting"]


def test_an_endpoint_that_fails_at_two_rooms_is_not_tried_for_a_third(still: Still) -> None:
    backend = paused(still)
    assert backend.endpoint()["suspect"] == ""
    before = len(backend.got())
    backend.caller.create_room("third")
    backend.until(lambda endpoint: endpoint["waiting"] >= 2)
    look_around(still.backend(to.CREATE))
    assert len(backend.got()) == before


def test_what_is_sent_again_during_a_pause_is_not_given_up_for_its_age(tmp_path: Any, receiver: Receiver) -> None:
    with stand_still(tmp_path, receiver, 2, callback_keep=1000) as still:
        backend = still.backend(to.CREATE)
        backend.caller.create_room()
        (told,) = backend.got(1)
        backend.until_quiet()
        backend.caller.advance(2000)
        fail(backend, PAUSE_AFTER)
        backend.until_paused()
        backend.rule("answer", status=500)
        backend.caller.ok("conclave/resend_callback", {"WebhookId": told.id})
        backend.caller.advance(61)
        look_around(still.backend(to.CREATE))
        assert backend.rows()[0]["state"] == "waiting"
