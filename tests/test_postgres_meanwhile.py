"""What is decided on what was read, and is not so any more: others change it meanwhile, on PostgreSQL side by side."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, Final

import pytest

from conclave import appointments, errors
from conclave.domain import (
    accounts,
    bans,
    callbacks,
    conferences,
    deletion,
    departures,
    directory,
    group_creation,
    invitations,
    members,
    own_rooms,
    robots,
    room_creation,
    rooms,
    schedule,
)
from conclave.domain.application_settings import ApplicationSettings
from conclave.domain.applications import Application
from conclave.domain.directory import Directory
from conclave.domain.group_creation import GroupDraft, NewMember
from conclave.domain.operation import Operation
from conclave.domain.room_drafts import RoomChanges, RoomDraft
from conclave.errors import Refusal
from conclave.store import bans as ban_rows
from conclave.store import due
from conclave.store.engine import Engine
from conclave.store.postgres.engine import PostgresEngine
from conclave.store.statements import Row, Statement, Transaction, Value
from tests.engines import stay
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
            await room_creation.create(
                asked(tx), RoomDraft(room_id=room_id, room_type="Conference", owner="ann", **booked)
            )

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
    ("chore", "booked"),
    [
        ("start", {"schedule_start_s": 3}),
        ("remind", {"schedule_start_s": 63, "reminder_s": 60}),
        ("announce end", {"schedule_start_s": 3, "schedule_end_s": 303}),
    ],
)
def test_a_room_that_was_moved_is_left_alone_by_the_clock(chore: str, booked: dict[str, int]) -> None:
    """It was due when it was found, and is not any more when it is locked."""
    deed = next(each for each in schedule.CHORES if each.name == chore)

    async def main() -> None:
        async with opened() as engine:
            now = engine._shared.clock.now_ms() // 1000
            times = {name: value if name == "reminder_s" else now + value for name, value in booked.items()}
            listed = {"callback_url": "http://127.0.0.1", "callback_commands": (callbacks.ROOM_ENDING,)}
            settings = ApplicationSettings(**listed)  # type: ignore[arg-type]
            await engine.write(lambda tx: directory.save(tx, SDKAPPID, settings, []))
            await furnish(engine, "room-1", **times)
            while not (due_rooms := await engine.read(lambda tx: deed.find(tx, lambda _: True))):  # noqa: ASYNC110
                await asyncio.sleep(0.1)
            (found,) = due_rooms
            assert await engine.read(lambda tx: deed.find(tx, lambda _: False)) == []
            before = await kinds(engine)

            async def move(tx: Transaction) -> None:
                room = await rooms.lock(asked(tx), "room-1")
                times = RoomChanges(schedule_start_s=now + 2 * HOUR, schedule_end_s=now + 3 * HOUR)
                await rooms.change(asked(tx), room, times)

            await engine.write(move)
            await engine.write(lambda tx: deed.do(tx, application(), found[1]))
            assert await kinds(engine) == [*before, "RoomUpdated"]
            row = await engine.read(lambda tx: tx.one(Statement("SELECT started_at, remind_at, notice_at FROM rooms")))
            assert row is not None
            assert (row[0], row[1] > 0, row[2] > 0) == (0, chore == "remind", True)

    asyncio.run(main())


@asynccontextmanager
async def clocked(engine: PostgresEngine) -> AsyncIterator[asyncio.Task[None]]:
    """Let the clock keep the appointments of rooms."""
    await engine.write(lambda tx: directory.save(tx, SDKAPPID, ApplicationSettings(), []))
    known = Directory(engine)
    await known.refresh()
    keeping = asyncio.ensure_future(appointments.keep_schedule(engine, known, engine._shared.clock))
    try:
        yield keeping
    finally:
        keeping.cancel()
        await asyncio.gather(keeping, return_exceptions=True)


async def until_started(engine: Engine, *room_ids: str) -> None:
    query = Statement("SELECT room_id FROM events WHERE kind = 'RoomStarted' ORDER BY room_id")
    async with asyncio.timeout(30):
        while [row[0] for row in await engine.read(lambda tx: tx.all(query))] != [*room_ids]:  # noqa: ASYNC110
            await asyncio.sleep(0.02)


def test_a_room_that_is_locked_holds_no_other_up() -> None:
    async def main() -> None:
        async with opened() as engine:
            start = engine._shared.clock.now_ms() // 1000 + 3  # late enough for the rooms to be there before
            await furnish(engine, "room-1", "room-2", "room-3", schedule_start_s=start)
            reached, released = asyncio.Event(), asyncio.Event()

            async def hold(tx: Transaction) -> None:
                await rooms.lock(asked(tx), "room-1")
                reached.set()
                await stay(tx, released)

            holding = asyncio.ensure_future(engine.write(hold))
            await reached.wait()
            async with clocked(engine):
                await until_started(engine, "room-2", "room-3")
                released.set()
                await holding
                await until_started(engine, "room-1", "room-2", "room-3")

    asyncio.run(main())


def test_a_room_that_is_broken_is_left_out() -> None:
    """And tried again: what was wrong with it may be mended."""

    async def main() -> None:
        async with opened() as engine:
            start = engine._shared.clock.now_ms() // 1000 + 3  # late enough for the rooms to be there before
            await furnish(engine, "room-1", "room-2", schedule_start_s=start)
            broken = "(SELECT group_key FROM groups WHERE group_id = 'room-1')"
            await engine.write(lambda tx: tx.all(Statement("ALTER TABLE rooms ALTER holds DROP NOT NULL")))
            await engine.write(lambda tx: tx.run(Statement(f"UPDATE rooms SET holds = NULL WHERE room_key = {broken}")))
            async with clocked(engine) as keeping:
                await until_started(engine, "room-2")
                await asyncio.sleep(1)
                assert not keeping.done()
                await engine.write(lambda tx: tx.run(Statement("UPDATE rooms SET holds = 0 WHERE holds IS NULL")))
                await until_started(engine, "room-1", "room-2")

    asyncio.run(main())


@asynccontextmanager
async def under_way(engine: Engine, work: Callable[[Operation], Awaitable[object]]) -> AsyncIterator[None]:
    """Do something of bob's in a transaction that is committed at the end only."""
    reached, released = asyncio.Event(), asyncio.Event()

    async def operation(tx: Transaction) -> None:
        await work(asked(tx, "bob"))
        reached.set()
        await stay(tx, released)

    doing = asyncio.ensure_future(engine.write(operation))
    try:
        await asyncio.wait_for(reached.wait(), 5)
        yield
    finally:
        released.set()
        await doing


async def has_to_wait(engine: Engine, work: Callable[[Operation], Awaitable[object]], *, first: Any) -> None:
    """Check that something is done only after what is under way already."""

    async def operation(tx: Transaction) -> None:
        await work(asked(tx, "administrator"))

    async with under_way(engine, first):
        second = asyncio.ensure_future(engine.write(operation))
        assert not (await asyncio.wait([second], timeout=0.3))[0]
    await second


def test_who_kicks_or_deletes_an_account_waits_for_its_login() -> None:
    """What tells of it comes behind the login in the log, and ends its connection."""

    async def main() -> None:
        async with opened() as engine:
            await furnish(engine)
            for deed in (
                lambda op: accounts.kick(op, "bob"),
                lambda op: deletion.delete(op, ["bob"]),
            ):
                await has_to_wait(engine, deed, first=lambda op: accounts.hold_unless_revoked(op, "bob", 2**40))

    asyncio.run(main())


ENTRANCES: Final[dict[str, Callable[[Operation], Awaitable[object]]]] = {
    "enter": lambda op: members.enter(op, "room-1", None),
    "robot": lambda op: robots.add(op, "room-1", "bob"),
    "attend": lambda op: conferences.add_attendees(_as_ann(op), "room-1", ["bob"]),
    "book": lambda op: room_creation.create(
        op, RoomDraft(room_id="room-2", room_type="Conference", owner="ann", invitees=["carl", "bob"])
    ),
    "own a group": lambda op: group_creation.create(op, GroupDraft(type="Public", name="circle", owner="bob")),
    "own what has no members": lambda op: group_creation.create(
        op, GroupDraft(type="AVChatRoom", name="stage", owner="bob")
    ),
    "be in a group": lambda op: group_creation.create(
        op, GroupDraft(type="Public", name="circle", owner="carl", members=[NewMember("bob"), NewMember("ann")])
    ),
}


def _as_ann(op: Operation) -> Operation:
    return asked(op.tx, "ann")


@pytest.mark.parametrize("entrance", ENTRANCES.values(), ids=ENTRANCES.keys())
def test_an_account_that_is_deleted_while_it_comes_in_is_nowhere_afterwards(entrance: Any) -> None:
    async def main() -> None:
        async with opened() as engine:
            await furnish(engine, "room-1")
            await has_to_wait(engine, lambda op: deletion.delete(op, ["bob"]), first=entrance)
            for table, column in (("members", "account"), ("invitees", "account"), ("groups", "owner")):
                query = Statement(f"SELECT {column} FROM {table} WHERE {column} = 'bob'")
                assert await engine.read(lambda tx: tx.all(query)) == []  # noqa: B023
            counted = Statement("SELECT member_count FROM groups WHERE group_id = 'room-1'")
            assert await engine.read(lambda tx: tx.one(counted)) == (0,)

    asyncio.run(main())


def test_an_account_that_is_deleted_while_it_is_invited_is_invited_no_more() -> None:
    async def main() -> None:
        async with opened() as engine:
            await furnish(engine, "room-1")
            room = await engine.write(lambda tx: members.enter(asked(tx), "room-1", None))

            async def invite(op: Operation) -> None:
                await invitations.invite(_as_ann(op), "room-1", room.room_key, ["bob"], 0, "")

            await has_to_wait(engine, lambda op: deletion.delete(op, ["bob"]), first=invite)
            assert await engine.read(lambda tx: tx.all(Statement("SELECT invitee FROM invitations"))) == []

    asyncio.run(main())


def test_a_group_is_made_with_nobody_who_was_deleted_meanwhile() -> None:
    async def main() -> None:
        async with opened() as engine:
            await furnish(engine)
            draft = GroupDraft(type="Public", name="circle", owner="ann", members=[NewMember("bob")])
            with pytest.raises(Refusal) as refused:
                await has_to_wait(
                    engine, lambda op: group_creation.create(op, draft), first=lambda op: deletion.delete(op, ["bob"])
                )
            assert refused.value.code is errors.GROUP_ACCOUNT_NOT_EXIST
            assert await engine.read(lambda tx: tx.all(Statement("SELECT group_id FROM groups"))) == []

    asyncio.run(main())


def test_who_is_to_attend_a_room_and_makes_it_himself_meanwhile_waits_for_nobody() -> None:
    async def main() -> None:
        async with opened() as engine:
            await furnish(engine)
            locked, booked = asyncio.Event(), asyncio.Event()

            async def make(tx: Transaction) -> None:
                await accounts.lock(asked(tx, "bob"), "bob")
                locked.set()
                await stay(tx, booked)
                await own_rooms.create(
                    asked(tx, "bob"), RoomDraft(room_id="room-2", room_type="Conference", owner="bob")
                )

            async def book(tx: Transaction) -> None:
                await ENTRANCES["book"](asked(tx))

            making = asyncio.ensure_future(engine.write(make))
            await locked.wait()
            booking = asyncio.ensure_future(engine.write(book))
            assert not (await asyncio.wait([booking], timeout=0.3))[0]
            booked.set()
            await making
            with pytest.raises(Refusal):
                await booking
            assert engine.statistics.repeated == 0

    asyncio.run(main())


def test_a_room_is_told_the_new_name_of_who_comes_in_meanwhile() -> None:
    async def main() -> None:
        async with opened() as engine:
            await furnish(engine, "room-1")
            await has_to_wait(engine, lambda op: accounts.import_account(op, "bob", "Bobby"), first=ENTRANCES["enter"])
            assert await kinds(engine) == ["RoomCreated", "MemberEntered", "MemberUpdated"]

    asyncio.run(main())


def test_two_who_change_places_do_not_wait_for_each_other() -> None:
    async def main() -> None:
        async with opened() as engine:
            await furnish(engine, "room-1", "room-2")
            keys = {}
            for who, room_id in (("bob", "room-1"), ("carl", "room-2")):
                room = await engine.write(lambda tx: members.enter(asked(tx, who), room_id, None))  # noqa: B023
                keys[room_id] = room.room_key

            async def move(who: str, there: str, here: str) -> None:
                async def work(tx: Transaction) -> None:
                    await members.enter(asked(tx, who), there, None, keys[here])
                    await asyncio.sleep(0.05)
                    await departures.leave(asked(tx, who), here, keys[here])

                await engine.write(work)

            await asyncio.gather(move("bob", "room-2", "room-1"), move("carl", "room-1", "room-2"))
            assert engine.statistics.repeated == 0

    asyncio.run(main())


def test_nobody_owns_more_rooms_than_he_may_by_making_them_at_the_same_time() -> None:
    async def main() -> None:
        async with opened() as engine:
            await furnish(engine)

            async def make(number: int) -> None:
                draft = RoomDraft(room_id=f"room-{number}", room_type="Conference", owner="ann")
                create = own_rooms.create if number % 2 else own_rooms.create_where_free
                await engine.write(lambda tx: create(asked(tx, max_rooms_per_member=2), draft))

            made = await asyncio.gather(*(make(number) for number in range(8)), return_exceptions=True)
            assert [isinstance(each, Refusal) for each in made].count(False) == 2

    asyncio.run(main())
