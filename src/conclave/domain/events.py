"""How what happened is written to the log: in the transaction that makes it true, numbered within its room."""

from typing import Final

import msgspec

from conclave.domain.facts import Fact
from conclave.domain.operation import Operation
from conclave.store import events as log
from conclave.store import groups
from conclave.store import rooms as room_rows
from conclave.store.rooms import Room

OUTSIDE: Final = 0
_encode = msgspec.json.Encoder().encode


async def _write(op: Operation, room: Room, fact: Fact) -> None:
    room.seq += 1
    room.event_at = max(op.now, room.event_at)
    await _log(op, room.room_key, room.seq, room.room_id, room.event_at, fact)


async def _log(op: Operation, room_key: int, seq: int, room_id: str, at: int, fact: Fact) -> None:
    told, data = type(fact).__name__, _encode(fact).decode()
    await log.append(op.tx, op.sdkappid, room_key, seq, room_id, told, at, op.operator, op.platform, op.client_ip, data)


async def append(op: Operation, room: Room, fact: Fact) -> None:
    """Write a fact about a locked room, with the room's next number."""
    await _write(op, room, fact)
    await room_rows.number_event(op.tx, op.sdkappid, room)


async def change(op: Operation, room: Room, fact: Fact) -> None:
    """Write a locked room whose own fields changed, but for its schedule, and the fact that tells of it."""
    await _write(op, room, fact)
    await room_rows.update(op.tx, op.sdkappid, room)


async def begin(op: Operation, room: Room, fact: Fact, notice_at: int, remind_at: int) -> None:
    """Write a room that is new, its first fact, and when (ms) it is to be told that its end, or its start, is near."""
    await _write(op, room, fact)
    await room_rows.insert(op.tx, op.sdkappid, room, notice_at, remind_at)


async def end(op: Operation, room: Room, fact: Fact) -> None:
    """Write the last fact of a room; its row is about to go."""
    await _write(op, room, fact)


async def append_outside(op: Operation, fact: Fact) -> None:
    """Write a fact that belongs to no room: under room key 0, which no room has, numbered like a room's."""
    seq = await groups.number(op.tx, op.sdkappid, "facts_outside")
    await _log(op, OUTSIDE, seq, "", op.now, fact)
