"""The processing time [G8] and the writer's queue, while the writer is held up."""

import contextlib
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

from tests import database, raw
from tests.house import ROOMS, Caller, Server

QUESTION = f"{ROOMS}/get_room_info"
BODY = b'{"RoomId":"nowhere"}'


@contextlib.contextmanager
def writer_held_up(server: Server) -> Iterator[None]:
    """Hold the database's write lock, as another process might."""
    with server.database.writers_held_up():
        yield


def new_room(number: int) -> bytes:
    return b'{"RoomInfo":{"RoomId":"room-%d","RoomType":"Conference"}}' % number


def at_once(caller: Caller, bodies: list[bytes], command: str = f"{ROOMS}/create_room") -> list[int]:
    """Send calls on connections of their own, all at the same time; return their codes."""
    gate = threading.Barrier(len(bodies))

    def send(body: bytes) -> int:
        with raw.Wire(caller.url) as wire:
            gate.wait()
            return wire.ask(raw.request(raw.target(caller, command), body)).code

    caller.parameters()
    with ThreadPoolExecutor(len(bodies)) as threads:
        return list(threads.map(send, bodies))


def test_a_call_that_takes_too_long_is_answered_60008_and_did_not_happen(new_server: Callable[..., Server]) -> None:
    server = new_server(timeout=2).start()
    caller = Caller(server.url)
    caller.create_room("before")
    with writer_held_up(server):
        assert at_once(caller, [new_room(number) for number in range(8)]) == [60008] * 8
        assert caller.room("before")["RoomId"] == "before"  # reading goes on
    caller.create_room("after")
    for number in range(8):
        caller.refused(100004, QUESTION, {"RoomId": f"room-{number}"})


def test_a_call_that_waits_less_than_the_limit_succeeds(new_server: Callable[..., Server]) -> None:
    server = new_server(timeout=10.0).start()
    caller = Caller(server.url)
    caller.parameters()
    with ThreadPoolExecutor(1) as thread:
        with writer_held_up(server):
            begun = thread.submit(at_once, caller, [new_room(1)])
            caller.refused(100004, QUESTION, BODY)
            assert not begun.done()
        assert begun.result() == [0]


def test_a_full_queue_is_answered_60018_at_once(new_server: Callable[..., Server]) -> None:
    begun = int(database.ENGINE == "postgresql")  # by the one connection that writes, of so few
    server = new_server(timeout=3, queue=1, database_connections=5).start()
    caller = Caller(server.url)
    with writer_held_up(server):
        codes = Counter(at_once(caller, [new_room(number) for number in range(10)]))
        assert codes[60018] >= 9 - begun
        assert set(codes) <= {60018, 60008}
    settled = (caller.call(f"{ROOMS}/create_room", new_room(1))["ErrorCode"] for _ in range(1000))
    assert next(code for code in settled if code not in (60018, 60008)) == 0


def test_timers_go_on_after_the_queue_was_full(new_server: Callable[..., Server]) -> None:
    server = new_server(timeout=1, queue=1).start()
    caller = Caller(server.url)
    clock = caller.ok("conclave/set_clock", {})["Time"] // 1000
    caller.create_room("booked", ScheduleStartTime=clock + 3600, ScheduleEndTime=clock + 7200)
    with writer_held_up(server):
        for _ in range(10):
            at_once(caller, [new_room(number) for number in range(4)])
            caller.advance(1)
    caller.advance(8 * 3600)
    deadline = time.monotonic() + 10
    while caller.call(QUESTION, {"RoomId": "booked"})["ErrorCode"] != 100004:
        assert time.monotonic() < deadline, "the room that nobody came to was never closed"
        time.sleep(0.01)
