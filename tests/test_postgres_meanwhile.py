"""What is decided on what was read, and is not so any more: others change it meanwhile, on PostgreSQL side by side."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

import pytest

from conclave.domain import accounts, bans, rooms, schedule
from conclave.domain.applications import Application, ApplicationSettings
from conclave.domain.operation import Operation
from conclave.domain.rooms import RoomChanges, RoomDraft
from conclave.store import bans as ban_rows
from conclave.store import due
from conclave.store.engine import Engine, Row, Statement, Transaction, Value
from tests.test_postgres import opened

pytestmark = pytest.mark.postgresql
SDKAPPID: Final = 1_400_000_001
HOUR: Final = 3600


def application(**settings: Any) -> Application:
    return Application(SDKAPPID, ApplicationSettings(**settings), (), frozenset({"administrator"}))


def asked(tx: Transaction, who: str = "ann", **settings: Any) -> Operation:
    return Operation(tx, application(**settings), who, node="here")


class Later:
    """A transaction in which somebody else commits something right after a statement of ours has read."""

    def __init__(self, tx: Transaction, statement: Statement, meanwhile: Callable[[], Awaitable[object]]) -> None:
        self._tx = tx
        self._statement = statement
        self._meanwhile = meanwhile

    async def all(self, statement: Statement, *values: Value) -> list[Row]:
        found = await self._tx.all(statement, *values)
        if statement is self._statement:
            await self._meanwhile()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tx, name)


async def furnish(engine: Engine, *room_ids: str, **booked: Any) -> None:
    """Import three accounts, and let the first have rooms."""

    async def work(tx: Transaction) -> None:
        for account in ("ann", "bob", "carl"):
            await accounts.import_account(asked(tx), account)
        for room_id in room_ids:
            await rooms.create(asked(tx), RoomDraft(room_id=room_id, room_type="Conference", owner="ann", **booked))

    await engine.write(work)


async def kinds(engine: Engine) -> list[str]:
    query = Statement("SELECT kind FROM events WHERE room_key > 0 ORDER BY position")
    return [str(row[0]) for row in await engine.read(lambda tx: tx.all(query))]


def test_a_ban_that_is_renewed_while_its_end_is_tidied_up_stays() -> None:
    async def main() -> None:
        async with opened() as engine:
            await furnish(engine, "room-1")
            room = await engine.write(lambda tx: rooms.lock(asked(tx), "room-1"))

            async def ban(tx: Transaction, seconds: int) -> None:
                await bans.ban(asked(tx), "room-1", ["bob"], "", seconds)

            await engine.write(lambda tx: ban(tx, 1))
            await asyncio.sleep(1.1)

            async def tidy(tx: Transaction) -> None:
                later: Any = Later(tx, due._ENDED_BANS, lambda: engine.write(lambda tx: ban(tx, HOUR)))
                await due.prune(later, 0, 1000, 0, 100)

            await engine.write(tidy)
            assert await engine.read(lambda tx: ban_rows.find(tx, SDKAPPID, room.room_key, "bob")) is not None

    asyncio.run(main())


@pytest.mark.parametrize(
    ("found", "booked"),
    [
        ("_TO_START", {"schedule_start_s": 1}),
        ("_TO_REMIND", {"schedule_start_s": 61, "reminder_s": 60}),
    ],
)
def test_a_room_that_is_moved_meanwhile_is_left_alone_by_the_clock(found: str, booked: dict[str, int]) -> None:
    """It was due when it was found, and is not any more when it is locked."""
    statement = getattr(due, found)

    async def main() -> None:
        async with opened() as engine:
            now = engine._shared.clock.now_ms() // 1000
            times = {name: value if name == "reminder_s" else now + value for name, value in booked.items()}
            await furnish(engine, "room-1", **times)
            await asyncio.sleep(2.1)
            before = await kinds(engine)

            async def move(tx: Transaction) -> None:
                room = await rooms.lock(asked(tx), "room-1")
                times = RoomChanges(schedule_start_s=now + 2 * HOUR, schedule_end_s=now + 3 * HOUR)
                await rooms.change(asked(tx), room, times)

            async def work(tx: Transaction) -> None:
                later: Any = Later(tx, statement, lambda: engine.write(move))
                await schedule.run_due(later, lambda _: application())

            await engine.write(work)
            assert await kinds(engine) == [*before, "RoomUpdated"]
            row = await engine.read(lambda tx: tx.one(Statement("SELECT started_at, remind_at, notice_at FROM rooms")))
            assert row is not None
            assert row[0] == 0
            assert (row[1] > 0) == ("reminder_s" in booked)
            assert row[2] > 0

    asyncio.run(main())
