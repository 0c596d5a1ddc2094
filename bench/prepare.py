"""Data folders that are filled before a server starts on them, by the house's own rules.

REST lets nobody into a room but robots, so the rooms and members come from the domain functions that the member
protocol calls. A folder is filled in large transactions, without a server.
"""

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Final

import uvloop

from bench import commands
from bench.calls import CALLER
from bench.servers import SDKAPPID, database_of
from conclave.clock import SystemClock
from conclave.domain import accounts, members, room_creation, room_drafts, seats
from conclave.domain.application_settings import ApplicationSettings
from conclave.domain.applications import Application
from conclave.domain.operation import Operation
from conclave.folder import DataFolder
from conclave.store.engine import Operation as StoreOperation
from conclave.store.opening import open_engine
from conclave.store.statements import Transaction

MAIN_ROOM: Final = "main"
MAIN_MEMBERS: Final = 300
MAIN_SEATS: Final = 20
LARGE_ROOM: Final = "large"
LARGEST_ROOM: Final = 1_000_000
STEPS_OF_A_TRANSACTION: Final = 2000
CONNECTIONS: Final = 4
Step = Callable[[Transaction], Awaitable[object]]

_settings = ApplicationSettings(max_member_count=LARGEST_ROOM, max_robot_count=10)
_application = Application(SDKAPPID, _settings, (), frozenset(_settings.administrators))


def _by(tx: Transaction, operator: str) -> Operation:
    return Operation(tx, _application, operator)


def _account(account: str) -> Step:
    return lambda tx: accounts.import_account(_by(tx, CALLER), account)


def _room(room_id: str, owner: str = CALLER) -> Step:
    draft = room_drafts.RoomDraft(room_id=room_id, room_type=room_drafts.ROOM_TYPE, owner=owner, is_seat_enabled=True)
    return lambda tx: room_creation.create(_by(tx, CALLER), draft)


def _entry(room_id: str, account: str) -> Step:
    return lambda tx: members.enter(_by(tx, account), room_id, None)


def _seated(room_id: str, index: int, account: str) -> Step:
    return lambda tx: seats.pick(_by(tx, CALLER), room_id, index, account)


def small() -> list[Step]:
    """Return the steps of the folder that most lines use: one room of 300 with 20 seats taken, and the mix's slots."""
    names = [f"member-{number:03d}" for number in range(MAIN_MEMBERS)]
    steps = [_account(name) for name in names]
    steps.append(_room(MAIN_ROOM))
    steps += [_entry(MAIN_ROOM, name) for name in names]
    steps += [_seated(MAIN_ROOM, index, names[index]) for index in range(MAIN_SEATS)]
    for slot in (commands.Slot(number, "a") for number in range(commands.SLOTS)):
        steps += [_account(slot.account(name)) for name in (*commands.INSIDE, *commands.OUTSIDE)]
        steps.append(_room(slot.room, slot.account("owner-a")))
        steps += [_entry(slot.room, slot.account(name)) for name in commands.INSIDE]
        steps.append(_seated(slot.room, commands.SWITCHED["a"], slot.account("switched")))
        steps.append(_seated(slot.room, commands.MOVED["a"], slot.account("moved")))
    return steps


def large(room_count: int, member_count: int) -> list[Step]:
    """Return the steps of the folder for paging: many rooms, and one room with many members."""
    steps = [_room(LARGE_ROOM)]
    steps += [_room(f"room-{number:06d}") for number in range(room_count - 1)]
    steps += [_entry(LARGE_ROOM, f"member-{number:06d}") for number in range(member_count)]
    return steps


def fill(folder: Path, steps: Sequence[Step]) -> None:
    """Make the data folder ``folder/data`` and take the steps in its database."""
    data = DataFolder(folder / "data", database_of(folder))
    data.path.mkdir(parents=True)
    uvloop.run(_fill(data, steps))


async def _fill(data: DataFolder, steps: Sequence[Step]) -> None:
    engine = await open_engine(data, SystemClock(), queue=1, connections=CONNECTIONS)
    for begin in range(0, len(steps), STEPS_OF_A_TRANSACTION):
        await engine.write(_together(steps[begin : begin + STEPS_OF_A_TRANSACTION]))
    await engine.close()


def _together(steps: Sequence[Step]) -> StoreOperation[None]:
    async def operation(tx: Transaction) -> None:
        for step in steps:
            await step(tx)

    return operation
