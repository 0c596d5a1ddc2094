"""Metadata of a room: texts by their names, which its administrators write and everybody inside reads."""

from collections.abc import Collection
from typing import Final

from conclave import errors
from conclave.domain import events, facts
from conclave.domain.membership import as_administrator, as_reader
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store import metadata as rows
from conclave.store.room_contents import METADATA
from conclave.store.rooms import Room

MAX_KEYS: Final = 10
MAX_KEY_BYTES: Final = 50
MAX_VALUE_BYTES: Final = 2048
MAX_BYTES: Final = 16 * 1024


async def of(op: Operation, room: Room) -> dict[str, str]:
    """Return all of a room's metadata, in the order of the keys."""
    return await rows.every(op.tx, op.sdkappid, room.room_key) if room.holds & METADATA else {}


async def read(op: Operation, room_id: str, room_key: int, keys: Collection[str]) -> dict[str, str]:
    """Return the metadata of those keys that there are, or all where none is named; refuses with 100004 or 100005."""
    stored = await of(op, (await as_reader(op, room_id, room_key)).room)
    return {key: value for key, value in stored.items() if not keys or key in keys}


async def write(op: Operation, room_id: str, room_key: int, values: dict[str, str]) -> None:
    """Write values, new ones or in the place of others; keys that are not named stay as they are.

    Refuses with 100004, 100005, -2301, 100504, 100501, 100500 or 100502.
    """
    room = (await as_administrator(op, room_id, room_key)).room
    for key, value in values.items():
        _check(key, value)
    before = await of(op, room)
    after = before | values
    if len(after) > MAX_KEYS:
        raise Refusal(errors.METADATA_TOO_MANY, f"metadata would have more than {MAX_KEYS} keys")
    if sum(_size(key) + _size(value) for key, value in after.items()) > MAX_BYTES:
        raise Refusal(errors.METADATA_TOO_LARGE, f"metadata would be larger than {MAX_BYTES} bytes in all")
    changed = {key: value for key, value in values.items() if before.get(key) != value}
    if not changed:
        return
    for key, value in changed.items():
        await rows.put(op.tx, op.sdkappid, room.room_key, key, value)
    room.holds |= METADATA
    await events.append(op, room, facts.MetadataChanged(changed, []))


async def delete(op: Operation, room_id: str, room_key: int, keys: Collection[str]) -> None:
    """Delete those of the keys that there are; refuses with 100004, 100005, -2301, or 100503 when there is none."""
    room = (await as_administrator(op, room_id, room_key)).room
    stored = await of(op, room)
    found = [key for key in dict.fromkeys(keys) if key in stored]
    if not found:
        raise Refusal(errors.METADATA_NO_KEY, f"room {room_id!r} has no metadata of these keys")
    for key in found:
        await rows.delete(op.tx, op.sdkappid, room.room_key, key)
    await events.append(op, room, facts.MetadataChanged({}, found))


def _check(key: str, value: str) -> None:
    if not 1 <= _size(key) <= MAX_KEY_BYTES:
        raise Refusal(errors.METADATA_KEY_TOO_LARGE, f"a key of metadata must be 1 to {MAX_KEY_BYTES} bytes long")
    if _size(value) > MAX_VALUE_BYTES:
        raise Refusal(errors.METADATA_VALUE_TOO_LARGE, f"metadata {key!r} must be at most {MAX_VALUE_BYTES} bytes long")


def _size(text: str) -> int:
    return len(text.encode())
