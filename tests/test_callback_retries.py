"""What an endpoint refuses is tried again by the schedule, then it is dead; and it can be sent again."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests import backend as to
from tests.backend import Backend
from tests.house import Caller, Server
from tests.receiver import Receiver
from tests.standstill import (
    STEPS,
    Still,
    expect_pause,
    look_around,
    now_ms,
    of_room,
    stand_still,
    until_recorded,
    until_told,
)

NO_SUCCESS: dict[str, dict[str, Any]] = {
    "404": {"status": 404},
    "201": {"status": 201},
    "204": {"status": 204, "text": ""},
    "HTML": {"headers": {"Content-Type": "text/html"}, "text": "<html>ok</html>"},
    "array": {"text": "[]"},
    "number": {"text": "0"},
    "nothing": {"text": ""},
    "half an object": {"text": '{"ActionStatus":"OK"'},
    "not UTF-8": {"hex": "7b2261223a22ff227d"},
    "nested": {"text": "[" * 100_000},
    "301": {"status": 301, "headers": {"Location": "/elsewhere"}},
    "307": {"status": 307, "headers": {"Location": "/elsewhere"}},
    "too long": {"text": '{"a":"' + "x" * 70_000 + '"}'},
}
SUCCESS: dict[str, dict[str, Any]] = {
    "FAIL": {"text": '{"ActionStatus":"FAIL","ErrorCode":1,"ErrorInfo":"no"}'},
    "empty object": {"text": " {} \n"},
    "plain text": {"headers": {"Content-Type": "text/plain"}},
    "long": {"text": '{"a":"' + "x" * 60_000 + '"}'},
    "Retry-After": {"headers": {"Retry-After": "3600"}},
}


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Still]:
    with stand_still(tmp_path_factory.mktemp("still"), receiver, 40) as still:
        yield still


def states(backend: Backend, room_id: str = "room-1") -> list[str]:
    return [row["state"] for row in backend.rows() if row["room_id"] == room_id]


def test_the_whole_schedule_is_walked_and_then_the_next_of_the_room_goes_out(still: Still) -> None:
    backend = still.backend(to.CREATE, to.UPDATE)
    backend.rule("answer", status=400, room="room-1", times=len(STEPS) + 1)
    backend.caller.create_room()
    backend.rename("next")
    until_recorded(backend, 1)
    backend.until(lambda endpoint: endpoint["waiting"] == 2)
    for attempt, seconds in enumerate(STEPS, 2):
        assert states(backend) == ["waiting", "waiting"]
        expect_pause(backend, seconds)
        until_recorded(backend, attempt)
    *attempts, after = until_told(backend, len(STEPS) + 2)
    assert {each.id for each in attempts} == {attempts[0].id}
    assert {each.text for each in attempts} == {attempts[0].text}
    assert len({each.headers["webhook-timestamp"] for each in attempts}) == len(attempts)
    assert (after.name, after.number) == ("next", 2)
    backend.until_quiet()
    assert states(backend) == ["dead", "delivered"]
    assert (backend.endpoint()["dead"], backend.endpoint()["paused"]) == (1, "")


def test_a_dead_one_is_sent_again_before_what_waits_and_its_attempts_begin_anew(still: Still) -> None:
    backend = still.backend(to.CREATE, to.UPDATE)
    backend.rule("answer", status=400, room="room-1")
    backend.caller.create_room()
    until_recorded(backend, 1)
    for attempt, seconds in enumerate(STEPS, 2):
        backend.caller.advance(seconds * 1.11)
        until_recorded(backend, attempt)
    assert states(backend) == ["dead"]
    backend.caller.create_room(RoomName="held back")  # the clock has ended the first one
    until_recorded(backend, len(STEPS) + 2)
    backend.proper()
    backend.caller.ok("conclave/resend_callback", {"RoomId": "room-1", "Number": 1})
    again = until_told(backend, len(STEPS) + 3)[len(STEPS) + 2]
    assert again.number == 1
    assert again.id == of_room(backend)[0].id
    assert backend.rows()[0]["refusals"] == 0
    backend.until_quiet()
    assert of_room(backend)[-1].name == "held back"
    assert states(backend) == ["delivered", "delivered"]
    backend.caller.ok("conclave/resend_callback", {"WebhookId": again.id})  # a delivered one may be, too
    assert until_told(backend, len(STEPS) + 5)[-1].id == again.id
    backend.until_quiet()
    assert backend.endpoint()["dead"] == 0
    assert backend.endpoint()["delivered"] == 2


def test_one_that_is_sent_again_while_a_later_one_is_on_its_way_is_not_forgotten(still: Still) -> None:
    backend = still.backend(to.CREATE, to.UPDATE)
    backend.caller.create_room()
    backend.until(lambda endpoint: endpoint["delivered"] == 1)
    backend.rule("slow", seconds=1.7, times=1)
    backend.rename("slow", "last")
    until_told(backend, 2)
    backend.caller.ok("conclave/resend_callback", {"RoomId": "room-1", "Number": 1})
    told = until_told(backend, 4)
    assert [each.number for each in told] == [1, 2, 1, 3]
    backend.until_quiet()


def test_pauses_differ_by_ten_per_cent_at_most(still: Still) -> None:
    backend = still.backend(to.CREATE)
    backend.rule("answer", status=400)
    rooms = [f"room-{n}" for n in range(60)]
    for room_id in rooms:
        backend.caller.create_room(room_id)
    for room_id in rooms:
        until_recorded(backend, 1, room_id)
    now = now_ms(backend)
    pauses = [backend.due_at(room_id) - now for room_id in rooms]
    assert 4500 <= min(pauses) < 4800
    assert 5200 < max(pauses) <= 5500


@pytest.mark.parametrize("answer", NO_SUCCESS)
def test_this_is_no_success_and_counts_against_the_callback(still: Still, answer: str) -> None:
    backend = still.backend(to.CREATE)
    backend.rule("answer", **NO_SUCCESS[answer])
    backend.caller.create_room()
    until_recorded(backend, 1)
    (row,) = backend.rows()
    assert (row["state"], row["refusals"]) == ("waiting", 1)
    assert backend.endpoint()["failures"] == 0
    assert len(backend.got()) == 1
    assert not [each for each in backend.receiver.got(path="/elsewhere") if each.path == "/elsewhere"]


@pytest.mark.parametrize("answer", SUCCESS)
def test_a_200_with_an_object_is_a_success_whatever_it_says(still: Still, answer: str) -> None:
    backend = still.backend(to.CREATE, to.UPDATE)
    backend.rule("answer", **SUCCESS[answer])
    backend.caller.create_room()
    backend.rename("after")
    backend.got(2)
    backend.until_quiet()
    assert states(backend) == ["delivered", "delivered"]


def test_a_redirect_to_itself_is_not_followed(still: Still) -> None:
    backend = still.backend(to.CREATE)
    backend.rule("answer", status=301, headers={"Location": backend.receiver.url(backend.path)})
    backend.caller.create_room()
    until_recorded(backend, 1)
    look_around(backend)
    assert len(of_room(backend)) == 1


def test_without_a_schedule_there_is_one_attempt_and_no_pause(
    new_server: Callable[..., Server], receiver: Receiver
) -> None:
    server = new_server(callback_schedule="none")
    with server:
        backend = Backend(server, Caller(server.url), receiver)
        backend.listen(to.CREATE, to.UPDATE)
        backend.rule("answer", status=500, times=10)
        backend.caller.create_room()
        backend.rename(*(str(n) for n in range(15)))
        told = backend.got(16)
        assert [each.number for each in told] == list(range(1, 17))
        backend.until_quiet()
        assert backend.states() == ["dead"] * 10 + ["delivered"] * 6
        assert backend.endpoint()["paused"] == ""


def test_what_counts_against_a_callback_survives_a_restart(
    new_server: Callable[..., Server], receiver: Receiver
) -> None:
    server = new_server(callback_schedule="1s, 20s, 1s")
    with server:
        backend = Backend(server, Caller(server.url), receiver)
        backend.listen(to.CREATE, to.UPDATE)
        backend.rule("answer", status=400, times=4)
        backend.caller.create_room()
        backend.rename("next")
        until_recorded(backend, 2)
        server.kill()
    with server:
        backend.caller.advance(25)
        *attempts, following = backend.got(5)
        assert {each.number for each in attempts} == {1}
        assert following.number == 2
        backend.until_quiet()
        assert backend.states() == ["dead", "delivered"]
        assert backend.rows()[0]["refusals"] == 4
