"""What an endpoint asks for with Retry-After, and how connections to it are kept."""

from collections.abc import Iterator
from email.utils import formatdate

import pytest

from tests import backend as to
from tests.backend import Backend
from tests.receiver import Receiver
from tests.standstill import Still, fail, look_around, now_ms, stand_still, until_recorded


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Still]:
    with stand_still(tmp_path_factory.mktemp("still"), receiver, 50) as still:
        yield still


def retry_after(backend: Backend, value: str) -> int:
    """Answer once with a Retry-After; return for how many milliseconds the endpoint is left alone."""
    fail(backend, 1, status=503, headers={"Retry-After": value})
    until_recorded(backend, 1, "failed-0")
    return int(backend.endpoint()["not_before"]) - now_ms(backend)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("120", 120),
        ("0", 0),
        ("99999999999999999999", 86_400),
        ("-5", 0),
        ("1e3", 0),
        ("soon", 0),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 86_400),
        ("Thu, 01 Jan 1970 00:00:00 GMT", 0),
        ("Mon, 99 Foo 2026 25:61:61 XYZ", 0),
        ("; ,:: 0 -0000", 0),
        ("\u0661\u0662", 0),
    ],
)
def test_what_retry_after_says_is_honoured_within_bounds(still: Still, value: str, seconds: int) -> None:
    waits = retry_after(still.backend(to.CREATE), value)
    assert max(waits, 0) == seconds * 1000


def test_retry_after_may_be_a_date(still: Still) -> None:
    backend = still.backend(to.CREATE)
    waits = retry_after(backend, formatdate(now_ms(backend) // 1000 + 300, usegmt=True))
    assert 299_000 <= waits <= 301_000


def test_nothing_is_sent_before_retry_after_and_everything_then(still: Still) -> None:
    backend = still.backend(to.CREATE)
    assert retry_after(backend, "100") == 100_000
    backend.caller.create_room("other")
    backend.caller.advance(99)
    quiet = still.backend(to.CREATE)
    look_around(quiet)
    look_around(quiet)
    assert len(backend.got()) == 1
    backend.caller.advance(1.1)
    backend.got(3)
    backend.until_quiet()


def test_retry_after_counts_although_another_answer_came_later(still: Still) -> None:
    backend = still.backend(to.CREATE)
    backend.rule("slow", seconds=0.5, times=1, room="slow")
    backend.caller.create_room("slow")
    backend.got(1)
    backend.rule("answer", status=429, times=1, room="asked", headers={"Retry-After": "100"})
    backend.caller.create_room("asked")
    until_recorded(backend, 1, "asked")
    backend.until(lambda endpoint: endpoint["delivered"] == 1)
    assert backend.endpoint()["not_before"] - now_ms(backend) == 100_000


def test_a_connection_that_was_closed_while_it_was_idle_is_no_failure(still: Still) -> None:
    backend = still.backend(to.CREATE)
    for n in range(5):
        backend.caller.create_room(f"room-{n}")
        backend.got(n + 1)
        backend.until_quiet()
        backend.receiver.hang_up()
    assert backend.endpoint()["failures"] == 0
    assert [row["attempts"].count('"at"') for row in backend.rows()] == [1] * 5
    assert len({each.link for each in backend.got()}) == 5


def test_a_connection_that_is_closed_just_as_it_is_used_again_is_no_failure(still: Still) -> None:
    backend = still.backend(to.CREATE)
    backend.caller.create_room("first")
    backend.until(lambda endpoint: endpoint["delivered"] == 1)
    backend.rule("abort reused")
    for n in range(3):
        backend.caller.create_room(f"room-{n}")
        backend.until(lambda endpoint, n=n: endpoint["delivered"] == n + 2)  # type: ignore[misc]
    assert "abort reused" in {each.did for each in backend.got()}
    assert backend.endpoint()["failures"] == 0
    assert [row["attempts"].count('"outcome":"delivered"') for row in backend.rows()] == [1] * 4
    assert not [row for row in backend.rows() if "failed" in row["attempts"]]


def test_connections_are_kept_alive(still: Still) -> None:
    backend = still.backend(to.CREATE)
    for n in range(10):
        backend.caller.create_room(f"room-{n}")
        backend.got(n + 1)
        backend.until_quiet()
    assert len({each.link for each in backend.got()}) == 1
