"""What is kept of callbacks, for how long; and that nothing that is owed is ever pruned."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conclave.store import callback_rooms, due
from conclave.store import callbacks as queue
from conclave.store import events as log
from conclave.store.callbacks import CallbackRow
from conclave.store.statements import Statement, Transaction
from tests import backend as to
from tests.backend import Backend
from tests.engines import opened_either
from tests.house import ROOMS
from tests.member import until
from tests.receiver import Receiver
from tests.standstill import Still, stand_still, until_recorded

PERIOD = 61
KEPT = 1000
SIZE = 6


def delivered(backend: Backend, first: int, last: int) -> None:
    """Have callbacks delivered, of as many rooms."""
    for n in range(first, last):
        backend.caller.create_room(f"room-{n}")
    backend.got(last)
    backend.until_quiet()


def numbers(backend: Backend, state: str = "delivered") -> list[int]:
    return [int(row["room_id"].rpartition("-")[2]) for row in backend.rows() if row["state"] == state]


@pytest.fixture
def still(tmp_path: Path, receiver: Receiver) -> Iterator[Still]:
    with stand_still(tmp_path, receiver, 3, callback_retention=KEPT, callback_log_size=SIZE) as still:
        yield still


def test_delivered_ones_are_kept_for_a_time_and_a_number_only(still: Still) -> None:
    backend = still.backend(to.CREATE)
    delivered(backend, 0, 10)
    assert len(backend.rows()) == 10
    backend.caller.advance(PERIOD)
    backend.until(lambda endpoint: endpoint["delivered"] == SIZE)
    assert numbers(backend) == [4, 5, 6, 7, 8, 9]  # the latest stay
    backend.caller.advance(KEPT)
    backend.until(lambda endpoint: endpoint["delivered"] == 0)
    assert backend.rows() == []


def test_age_and_number_are_looked_at_in_the_same_round(still: Still) -> None:
    backend = still.backend(to.CREATE)
    delivered(backend, 0, 3)
    backend.caller.advance(KEPT - PERIOD / 2)
    delivered(backend, 3, 13)
    backend.caller.advance(PERIOD)
    backend.until(lambda endpoint: endpoint["delivered"] == SIZE)
    assert numbers(backend) == [7, 8, 9, 10, 11, 12]


def test_what_waits_and_what_is_dead_stays_however_old(tmp_path: Path, receiver: Receiver) -> None:
    keeping: dict[str, Any] = {"callback_retention": KEPT, "event_retention": 60, "event_log_size": 1000}
    with stand_still(tmp_path, receiver, 3, is_pruned=True, callback_schedule="1s", **keeping) as still:
        see_that_it_stays(still)


def see_that_it_stays(still: Still) -> None:
    backend, refusing, quick = (still.backend(to.CREATE, to.UPDATE) for _ in range(3))
    delivered(quick, 0, 1)
    refusing.rule("answer", status=400)
    refusing.caller.create_room("dead")
    until_recorded(refusing, 1, "dead")
    refusing.caller.advance(2)
    refusing.until(lambda endpoint: endpoint["dead"] == 1)
    backend.rule("answer", status=500)
    for n in range(6):
        backend.caller.create_room(f"room-{n}")
    backend.until_paused()
    backend.rename(*map(str, range(20)), room_id="room-0")
    for _ in range(3):
        backend.caller.advance(KEPT)
    quick.until(lambda endpoint: endpoint["delivered"] == 0)
    assert refusing.states() == ["dead"]
    until(lambda: backend.states() == ["waiting"] * 26)
    until(lambda: pruned(quick))
    backend.proper()  # the log has forgotten the events long ago; what is owed has not
    backend.caller.advance(PERIOD)
    until_all(backend, 26)
    backend.until_quiet()


def pruned(backend: Backend) -> bool:
    """Tell whether only the newest event is left; what was not settled yet in one round, the next one prunes."""
    if backend.count("events") == 1:
        return True
    backend.caller.advance(PERIOD)
    return False


def until_all(backend: Backend, distinct: int) -> None:
    came = len(backend.got())
    while len({each.id for each in backend.got() if each.did == "answer"}) < distinct:
        came = len(backend.got(came + 1))


def test_a_room_id_of_which_nothing_is_left_begins_anew_and_others_go_on(still: Still) -> None:
    backend = still.backend(to.CREATE, to.UPDATE, to.DESTROY)
    backend.caller.create_room()
    backend.rename("1")
    first = backend.got(2)
    assert [each.number for each in first] == [1, 2]
    backend.caller.advance(KEPT - PERIOD)
    backend.until_quiet()
    backend.rename("2")
    assert backend.got(3)[2].number == 3
    backend.until_quiet()
    backend.caller.advance(2 * PERIOD)
    backend.until(lambda endpoint: endpoint["delivered"] == 1)
    backend.rename("3")
    assert backend.got(4)[3].number == 4
    backend.until_quiet()
    backend.caller.advance(KEPT + PERIOD)
    backend.until(lambda endpoint: endpoint["delivered"] == 0)
    backend.rename("4")
    assert backend.got(5)[4].number == 5  # the room lives
    backend.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    assert backend.got(6)[5].number == 6
    backend.until_quiet()
    backend.caller.advance(KEPT + PERIOD)
    backend.until(lambda endpoint: endpoint["delivered"] == 0)
    backend.caller.create_room()
    again = backend.got(7)[6]
    assert again.number == 1
    assert again.id not in {each.id for each in backend.got()[:6]}


def begun_anew(backend: Backend, rooms: int) -> bool:
    """Tell whether so many room ids are numbered still; what was not read yet in one round, the next one looks at."""
    if backend.count("callback_rooms") == rooms:
        return True
    backend.caller.advance(PERIOD)
    return False


def test_a_room_id_whose_end_raises_nothing_begins_anew_though_its_callbacks_went_before(still: Still) -> None:
    backend, removed = still.backend(to.CREATE), still.backend(to.CREATE)
    for each in (backend, removed):
        delivered(each, 0, 2)
        each.caller.advance(KEPT + PERIOD)
        each.until(lambda endpoint: endpoint["delivered"] == 0)
    removed.caller.ok("room_config/delete_callback")
    assert backend.count("callback_rooms") == 4  # the rooms live
    for each in (backend, removed):
        each.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-0"})
    until(lambda: begun_anew(backend, 2))
    assert set(backend.server.database.query("SELECT room_id FROM callback_rooms")) == {("room-1",)}
    backend.caller.create_room("room-0")
    assert backend.got(3)[2].number == 1
    backend.until_quiet()


NUMBERED = ["busy", "kept", "over-1", "over-2", "over-3", "over-4", "unread"]


def test_room_ids_that_are_over_are_swept_a_page_at_a_time(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened_either(tmp_path) as engine:

            async def prepare(tx: Transaction) -> None:
                insert = Statement(
                    "INSERT INTO callback_rooms (sdkappid, room_id, numbered, next) VALUES ($1, $2, 1, $3)"
                )
                for sdkappid in (1, 2):
                    for room_id in NUMBERED:
                        await tx.run(insert, sdkappid, room_id, int(room_id == "busy"))
                await queue.enqueue(tx, CallbackRow(1, 1, 0, "kept", 1, to.CREATE, "Web", "127.0.0.1", "{}"))
                for room_id in ("over-1", "unread"):
                    await log.append(tx, 1, 1, 1, room_id, "RoomDestroyed", 1, "ann", "Web", "127.0.0.1", "{}")

            async def left(tx: Transaction) -> list[tuple[int, str]]:
                numbered = Statement("SELECT sdkappid, room_id FROM callback_rooms ORDER BY sdkappid, room_id")
                return [(row[0], row[1]) for row in await tx.all(numbered)]

            await engine.write(prepare)
            position = await engine.read(log.last_position)
            steps, after = [], ""
            for _ in range(3):
                after, forgotten = await engine.write(
                    lambda tx, after=after: callback_rooms.sweep(tx, 1, after, position - 1, 3)  # type: ignore[misc]
                )
                steps.append((after, forgotten))
            assert steps == [("over-1", 1), ("over-4", 3), ("", 0)]
            mine = [(1, room_id) for room_id in ("busy", "kept", "unread")]
            assert await engine.read(left) == mine + [(2, room_id) for room_id in NUMBERED]
            await engine.write(lambda tx: callback_rooms.sweep(tx, 1, "kept", position, 3))
            assert (await engine.read(left))[:3] == [*mine[:2], (2, "busy")]

    asyncio.run(scenario())


ALL_AGES = 2**62


def test_the_log_is_never_pruned_beyond_its_reader(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened_either(tmp_path) as engine:

            async def prepare(tx: Transaction) -> None:
                for seq in range(1, 21):
                    await log.append(tx, 1, 1, seq, "room-1", "RoomUpdated", 1, "ann", "Web", "127.0.0.1", "{}")

            async def prune(tx: Transaction) -> None:
                read = await due.callback_cursor(tx)
                while await due.prune(tx, ALL_AGES, 1, read, 3):
                    pass

            async def positions(tx: Transaction) -> list[int]:
                return [row[0] for row in await tx.all(Statement("SELECT position FROM events ORDER BY position"))]

            await engine.write(prepare)
            everything = await engine.read(positions)
            await engine.write(prune)
            assert await engine.read(positions) == everything
            for read in (7, 13):
                cursor = everything[read - 1]
                await engine.write(lambda tx, cursor=cursor: due.set_callback_cursor(tx, cursor))  # type: ignore[misc]
                await engine.write(prune)
                assert await engine.read(positions) == everything[read:]

    asyncio.run(scenario())
