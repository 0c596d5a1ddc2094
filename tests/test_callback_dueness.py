"""Which events are due: those whose command was listed at their commit [C10]."""

import asyncio
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from conclave.store import callback_endpoints as endpoints
from conclave.store import callbacks as queue
from conclave.store import due
from conclave.store.statements import Transaction
from tests import backend as to
from tests import database, invariants
from tests.backend import Backend, passed
from tests.engines import opened_either
from tests.house import ROOMS, Caller, Server
from tests.member import until
from tests.receiver import Receiver

ROOMS_OF_BURST = 24  # made and renamed before the first answer comes
PARALLEL = 16  # callbacks on their way to one application, by default


def test_what_happened_before_the_configuration_is_not_told(backend: Backend, canary: Backend) -> None:
    backend.caller.create_room()
    backend.rename("before")
    backend.listen()
    backend.rename("after")
    (told,) = backend.told(to.UPDATE)
    assert (told.name, told.number) == ("after", 1)
    passed(canary)
    assert len(backend.rows()) == 1


def test_what_happens_after_the_deletion_is_not_told(backend: Backend, canary: Backend) -> None:
    backend.listen()
    backend.caller.create_room()
    backend.told(to.CREATE)
    backend.caller.ok("room_config/delete_callback")
    backend.rename("after")
    passed(canary)
    assert len(backend.got()) == 1
    assert len(backend.rows()) == 1


def test_the_list_in_force_at_the_commit_decides(backend: Backend, canary: Backend) -> None:
    backend.listen(to.CREATE, to.UPDATE)
    backend.caller.create_room()
    for round_ in range(20):  # without a pause: the reader is behind, and must not use what is listed by then
        backend.rename(f"listed {round_}")
        backend.listen(to.CREATE, command="update_callback")
        backend.rename(f"unlisted {round_}")
        backend.listen(to.CREATE, to.UPDATE, command="update_callback")
    told = backend.got(21)
    passed(canary)
    assert [each.name for each in backend.got()[1:]] == [f"listed {n}" for n in range(20)]
    assert [each.number for each in told] == list(range(1, 22))


def test_nothing_of_before_a_deletion_comes_after_it(backend: Backend, canary: Backend) -> None:
    """Neither what waits, nor what the reader of the log had not come to when the callbacks were set again."""
    backend.listen()
    backend.rule("slow", seconds=1.8)
    backend.caller.create_room()
    for n in range(ROOMS_OF_BURST):
        backend.caller.create_room(f"old-{n}")
        backend.rename(f"old {n}")
    assert len(backend.got(PARALLEL)) == PARALLEL  # these are on their way, and answered late
    backend.caller.ok("room_config/delete_callback")
    backend.listen()
    backend.proper()
    backend.rename("new")
    passed(canary)
    backend.got(PARALLEL + 1)
    backend.until_quiet()
    found = backend.got()
    names = [each.name for each in found]
    assert names.index("new") == len(names) - 1 <= 2 * PARALLEL, names  # on a slow machine some were answered in time
    assert "waiting" not in backend.states()
    backend.rename("newer")
    assert backend.got(len(found) + 1)[-1].number == found[-1].number + 1


def together(backend: Backend, *calls: Callable[[], object]) -> None:
    """Make calls that are written in this order, and in one transaction."""
    threads = [threading.Thread(target=call) for call in calls]
    with backend.server.database.writers_held_up():
        for waiting, thread in enumerate(threads, 1):
            thread.start()
            until(lambda: f"\nconclave_writer_queue {waiting}.0\n" in backend.caller.http.get("/metrics").text)  # noqa: B023
    for thread in threads:
        thread.join()


@pytest.mark.sqlite  # only there do several operations share a transaction
def test_a_deletion_counts_for_what_the_reader_sees_together_with_it(
    new_server: Callable[..., Server], receiver: Receiver
) -> None:
    with new_server(timeout=10) as server:
        backend = Backend(server, Caller(server.url), receiver)
        backend.listen()
        backend.caller.create_room()
        backend.told(to.CREATE)
        backend.until_quiet()
        together(
            backend,
            lambda: backend.rename("old"),
            lambda: backend.caller.ok("room_config/delete_callback"),
            lambda: backend.rename("unheard"),
            lambda: backend.listen(),
            lambda: backend.rename("new"),
            lambda: backend.listen(to.DESTROY, command="update_callback"),
            lambda: backend.rename("unlisted"),
            lambda: backend.listen(to.UPDATE, command="update_callback"),
            lambda: backend.rename("last"),
        )
        told = backend.got(3)
        assert [each.name for each in told[1:]] == ["new", "last"]
        backend.until_quiet()
        assert [row["number"] for row in backend.rows()] == [1, 2, 3]
        invariants.check(server.database)


def test_a_deletion_drops_what_a_failure_holds_back(backend: Backend, canary: Backend) -> None:
    backend.listen()
    backend.rule("answer", status=404)
    for n in range(30):
        backend.caller.create_room(f"room-{n}")
    backend.got(30)
    backend.caller.ok("room_config/delete_callback")
    passed(canary)
    backend.until_quiet()
    assert backend.rows() == []


def test_an_update_sends_what_waits_to_the_new_url(clocked_house: Server, clocked: Caller, receiver: Receiver) -> None:
    backend = Backend(clocked_house, clocked, receiver)
    backend.listen()
    backend.rule("answer", status=404)
    backend.caller.create_room()
    backend.rename("second")
    backend.got(1)
    backend.until(lambda _: backend.rows()[0]["refusals"] == 1)
    moved = Backend(clocked_house, clocked, receiver, f"{backend.path}/moved")
    moved.listen(to.DESTROY, command="update_callback")  # what is listed now does not matter to what was due
    backend.caller.advance(6)
    refused, (created, renamed) = backend.got()[0], moved.told(to.CREATE, to.UPDATE)
    assert (created.id, created.text) == (refused.id, refused.text)
    assert renamed.name == "second"
    assert len(backend.got()) == 1


def test_a_change_of_the_url_alone_holds_nothing_up(backend: Backend) -> None:
    backend.listen()
    for n in range(10):
        backend.listen(command="update_callback", url=f"{backend.receiver.url(backend.path)}?{n}")
        backend.caller.create_room(f"room-{n}")
    assert {each.room_id for each in backend.got(10)} == {f"room-{n}" for n in range(10)}


def test_applications_that_listen_do_not_make_others_be_heard(backend: Backend, canary: Backend) -> None:
    canary.listen(to.CREATE, command="update_callback")
    backend.caller.create_room()
    passed(canary)
    assert (backend.got(), backend.rows()) == ([], [])
    assert {dict(each.parameters)["SdkAppid"] for each in canary.got()} == {str(canary.caller.sdkappid)}


@pytest.mark.parametrize("listed", ["in the file", "over REST"])
def test_a_restart_neither_repeats_nor_forgets_what_is_listed(
    new_server: Callable[..., Server], receiver: Receiver, listed: str
) -> None:
    server = new_server()
    path = f"/{server.port}/{listed.replace(' ', '-')}"
    if listed == "in the file":
        server.configure(f"callback_commands = {list(to.SIX)}\ncallback_url = '{receiver.url(path)}'")
    with server:
        backend = Backend(server, Caller(server.url), receiver, path)
        if listed == "over REST":
            backend.listen()
        backend.caller.create_room()
        backend.told(to.CREATE)
        backend.until_quiet()
        assert server.stop() == 0
    with server:
        backend.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
        (told,) = backend.told(to.DESTROY)
        assert told.number == 2


def test_nothing_is_sent_until_the_reader_has_come_to_the_present_configuration(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened_either(tmp_path) as engine:

            async def configure(tx: Transaction) -> int:
                version = await endpoints.new_version(tx, 1)
                await endpoints.count(tx, 1, waiting=1)
                return version

            async def is_open(tx: Transaction) -> bool:
                return await endpoints.find_open(tx, 1) is not None and await due.owed(tx) == [1]

            for _ in range(2):
                version = await engine.write(configure)
                assert not await engine.read(is_open)
                await engine.write(lambda tx, version=version: endpoints.watch(tx, 1, "{}", version))  # type: ignore[misc]
                assert await engine.read(is_open)

    asyncio.run(scenario())


def test_a_clock_that_went_back_makes_no_callback_late(new_server: Callable[..., Server], receiver: Receiver) -> None:
    server = new_server()
    with server:
        backend = Backend(server, Caller(server.url), receiver)
        backend.listen()
        backend.caller.advance(3000)
        backend.caller.create_room()
        backend.told(to.CREATE)
        backend.until_quiet()
        assert server.stop() == 0
    with server:  # its clock is the machine's again, and the room's time stands still until then [R29]
        backend.rename("later")
        (told,) = backend.told(to.UPDATE)
        assert told.body["EventTime"] == backend.got()[0].body["EventTime"]


def test_what_waits_is_dropped_in_bounded_steps_that_leave_the_tables_whole(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened_either(tmp_path) as engine:

            async def prepare(tx: Transaction) -> None:
                await endpoints.new_version(tx, 1)
                for position in range(1, 26):
                    room_id = f"room-{position % 3}"
                    await queue.enqueue(tx, queue.CallbackRow(1, position, 0, room_id, 1, "c", "Web", "", "{}"))
                await endpoints.count(tx, 1, waiting=25)
                await due.set_callback_cursor(tx, 0)

            await engine.write(prepare)
            for left in (18, 11, 4, 0):
                assert await engine.write(lambda tx: queue.drop(tx, 1, 7)) == (left > 0)
                endpoint = await engine.read(lambda tx: endpoints.find(tx, 1))
                assert endpoint is not None
                assert endpoint.waiting == left
                found = invariants.violations(database.at(tmp_path))
                assert not [each for each in found if "reader" not in each], found

    asyncio.run(scenario())
