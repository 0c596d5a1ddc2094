"""Nothing is lost: not by kill -9 in the middle of a burst, not by SIGTERM, not by a disk that cannot be written."""

import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Callable
from random import Random

import httpx
import pytest

from conclave.callbacks.outbox import BEHIND, PAGE
from conclave.clock import SystemClock
from conclave.domain import directory, room_creation, room_drafts, rooms
from conclave.domain.operation import Operation
from conclave.folder import DataFolder
from conclave.store.opening import run_alone
from conclave.store.statements import Transaction
from tests import backend as to
from tests import invariants
from tests.backend import Backend
from tests.house import ROOMS, Caller, Server
from tests.member import until
from tests.receiver import Receiver, Told
from tests.standstill import until_recorded
from tests.test_disk import forbid_writing, until_it_heals

NewServer = Callable[..., Server]
KINDS = {"RoomCreated": to.CREATE, "RoomDestroyed": to.DESTROY, "RoomUpdated": to.UPDATE}
CALLERS = 4
ROOMS_OF_EACH = 12


class Burst(threading.Thread):
    """A backend that creates, renames and destroys its rooms as fast as it can, until the server is gone."""

    def __init__(self, url: str, name: str, seed: int) -> None:
        super().__init__(name=name)
        self.caller = Caller(url)
        self.rnd = Random(seed)
        self.stopping = False

    def run(self) -> None:
        there: set[str] = set()
        while not self.stopping:
            room_id = f"{self.name}-{self.rnd.randrange(ROOMS_OF_EACH)}"
            info = {"RoomId": room_id, "RoomName": str(self.rnd.random())}
            try:
                if room_id not in there:
                    self.caller.call(f"{ROOMS}/create_room", {"RoomInfo": {**info, "RoomType": "Conference"}})
                    there.add(room_id)
                elif self.rnd.random() < 0.1:
                    self.caller.call(f"{ROOMS}/destroy_room", {"RoomId": room_id})
                    there.remove(room_id)
                else:
                    self.caller.call(f"{ROOMS}/update_room_info", {"RoomInfo": info})
            except httpx.TransportError:
                return


def due(server: Server) -> dict[str, list[tuple[int, str, int]]]:
    """What must have been told of rooms, by the log alone: of each id the position, the command and the time."""
    found = defaultdict(list)
    query = "SELECT room_id, position, kind, at FROM events WHERE room_key > 0 ORDER BY position"
    for room_id, position, kind, at in server.database.query(query):
        if kind in KINDS:
            found[room_id].append((position, KINDS[kind], at))
    return found


def complete(server: Server, told: list[Told], *, is_handed_over: bool = False) -> int:
    """Expect every due event to have come, each room in order, without a gap; return how many came more than once.

    Where the duty was handed over, a late repeat may come behind what the new owner sent.
    """
    came: dict[str, list[Told]] = defaultdict(list)
    texts: dict[str, str] = {}
    for each in told:
        assert texts.setdefault(each.id, each.text) == each.text  # a repeat is the same
        came[each.room_id].append(each)
    expected = due(server)
    assert came.keys() == expected.keys()
    for room_id, of_room in came.items():
        numbers = [each.number for each in of_room]
        # Never a later one before an earlier: a step back is a repeat of the one that was not yet recorded.
        steps = {after - before for before, after in itertools.pairwise(numbers)}
        assert is_handed_over or steps <= {0, 1}, (room_id, numbers)
        once = {each.number: each for each in of_room}
        assert list(once) == list(range(1, len(expected[room_id]) + 1)), room_id
        for each, (position, command, at) in zip(once.values(), expected[room_id], strict=True):
            assert int(each.id.split("_")[3]) == position
            assert (each.command, each.body["EventTime"]) == (command, at)
    assert len(texts) == sum(map(len, expected.values()))
    return len(told) - len(texts)


def drained(server: Server, backend: Backend) -> None:
    """Wait until the reader has read everything and nothing waits."""

    def is_drained(endpoint: dict[str, int]) -> bool:
        return endpoint["waiting"] == 0 and endpoint["delivered"] == sum(map(len, due(server).values()))

    deadline = time.monotonic() + 60
    while not is_drained(backend.endpoint()):
        assert time.monotonic() < deadline, backend.endpoint()
        time.sleep(0.05)


def begin(backend: Backend, round_: int) -> list[Burst]:
    bursts = [Burst(backend.server.url, f"backend-{n}", 100 * round_ + n) for n in range(CALLERS)]
    for burst in bursts:
        burst.start()
    return bursts


def end(bursts: list[Burst]) -> None:
    for burst in bursts:
        burst.stopping = True
    for burst in bursts:
        burst.join(30)
        assert not burst.is_alive()


@pytest.mark.parametrize(("how", "rounds"), [("kill -9", 5), ("SIGTERM", 2)])
def test_every_event_of_a_burst_arrives_however_often_the_server_is_killed(
    new_server: NewServer, receiver: Receiver, how: str, rounds: int
) -> None:
    server = new_server()
    rnd = Random(how)
    with server:
        backend = Backend(server, Caller(server.url), receiver)
        backend.listen()
        for round_ in range(rounds):
            came = len(backend.got())
            bursts = begin(backend, round_)
            backend.got(came + rnd.randrange(300, 600), patience=50)  # in the middle of telling
            time.sleep(rnd.uniform(0, 0.3))
            if how == "SIGTERM":
                assert server.stop() == 0
            else:
                server.kill()
            end(bursts)
            server.start()
        drained(server, backend)
        repeats = complete(server, backend.got())
        assert len(backend.got()) > 250 * rounds, "too little to prove anything"
        assert repeats < len(backend.got()) / 5
        assert "Traceback" not in server.log.read_text()
        assert "nclosed" not in server.log.read_text()
        invariants.check(server.database)


@pytest.mark.sqlite  # the disk of PostgreSQL is another machine's; that it is away is tested in test_postgres
def test_a_disk_that_cannot_be_written_loses_no_callback_and_counts_nothing_twice(
    new_server: NewServer, receiver: Receiver
) -> None:
    server = new_server(callback_schedule="1s, 1s, 1s, 1s, 1s, 1s, 1s")
    with server:
        backend = Backend(server, Caller(server.url), receiver)
        backend.listen()
        backend.rule("slow", seconds=1.6, room="slow", times=1)
        backend.rule("answer", status=400, room="refused", times=1)
        backend.rule("slow", status=400, seconds=1.6, room="refused", times=1)
        for room_id in ("slow", "refused"):
            backend.caller.create_room(room_id)
        backend.got(2)
        forbid_writing(server, True)
        time.sleep(2.3)  # both are answered, and neither can be recorded
        assert backend.states() == ["waiting", "waiting"]
        forbid_writing(server, False)
        until_it_heals(backend.caller, "after")
        drained(server, backend)
        complete(server, backend.got())
        refused = next(row for row in backend.rows() if row["room_id"] == "refused")
        tries = len([each for each in backend.got() if each.room_id == "refused"])
        assert refused["refusals"] == tries - 1 == refused["attempts"].count('"refused"')
        invariants.check(server.database)


@pytest.mark.sqlite
def test_a_disk_that_fails_under_a_burst_loses_no_callback(new_server: NewServer, receiver: Receiver) -> None:
    server = new_server()
    with server:
        backend = Backend(server, Caller(server.url), receiver)
        backend.listen()
        bursts = begin(backend, 9)
        for round_ in range(3):
            backend.got(len(backend.got()) + 60, patience=30)
            forbid_writing(server, True)
            time.sleep(0.2)
            forbid_writing(server, False)
            until_it_heals(backend.caller, f"after-{round_}")
        end(bursts)
        drained(server, backend)
        complete(server, backend.got())
        assert "Traceback" not in server.log.read_text()
        invariants.check(server.database)


def happen(backend: Backend, rooms_made: int, renamed: int) -> None:
    """Let things happen while no server runs that could read of them: in one transaction, as the rules write them."""

    async def work(tx: Transaction) -> None:
        application = await directory.find_application(tx, backend.caller.sdkappid)
        assert application is not None
        op = Operation(tx, application, "administrator", "RESTAPI")
        for n in range(rooms_made):
            room_id = f"room-{n}"
            draft = room_drafts.RoomDraft(room_id=room_id, room_type="Conference", owner="administrator")
            await room_creation.create(op, draft)
        for n in range(renamed):
            await rooms.update(op, f"room-{n % rooms_made}", room_drafts.RoomChanges(name=str(n)))

    folder = DataFolder(backend.server.data, backend.server.database.settings.get("database", ""))
    run_alone(folder, SystemClock(), work)


def cursor_of(server: Server) -> int:
    ((found,),) = server.database.query("SELECT position FROM consumers WHERE name = 'callbacks'")
    return int(found)


def listening(backend: Backend, *commands: str) -> None:
    """Set callbacks, and return when their reader has come by it."""
    backend.listen(*commands)
    until(lambda: (cursor_of(backend.server),) in backend.server.database.query("SELECT MAX(position) FROM events"))


def test_a_reader_that_was_far_behind_catches_up(new_server: NewServer, receiver: Receiver) -> None:
    """By many pages, and killed on the way: the cursor in the database says where to go on."""
    server = new_server()
    with server:
        backend = Backend(server, Caller(server.url), receiver)
        listening(backend)
        server.stop()
        happen(backend, rooms_made=30, renamed=5 * PAGE)
        before = cursor_of(server)
        server.start()
        backend.got(PAGE)
        server.kill()
        server.start()
        drained(server, backend)
        complete(server, backend.got())
        assert cursor_of(server) == before + 30 + 5 * PAGE
        invariants.check(server.database)


def test_what_raises_nothing_is_passed_and_not_read_again_and_again(new_server: NewServer, receiver: Receiver) -> None:
    server = new_server()
    with server:
        backend = Backend(server, Caller(server.url), receiver)
        listening(backend, to.DESTROY)
        server.stop()
        happen(backend, rooms_made=2, renamed=BEHIND + 2 * PAGE)
        before = cursor_of(server)
        server.start()
        until(lambda: cursor_of(server) > before)
        assert before + BEHIND <= cursor_of(server) < before + BEHIND + PAGE
        backend.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-0"})
        assert [each.number for each in backend.told(to.DESTROY)] == [1]
        assert cursor_of(server) == before + 2 + BEHIND + 2 * PAGE + 1
        backend.until_quiet()  # whether it is recorded is not what this is about
        server.kill()
        server.start()
        backend.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
        assert [each.room_id for each in backend.told(to.DESTROY)] == ["room-1"]
        invariants.check(server.database)


def test_what_a_paused_endpoint_is_owed_survives_a_kill(new_server: NewServer, receiver: Receiver) -> None:
    server = new_server(callback_pause_after=1, callback_schedule="1s")
    with server:
        backend = Backend(server, Caller(server.url), receiver)
        backend.listen()
        backend.rule("answer", status=500)
        backend.caller.create_room()
        until_recorded(backend, 1)
        backend.rename(*(str(n) for n in range(100)))
        server.kill()
        server.start()
        backend.proper()
        drained(server, backend)
        complete(server, backend.got())
