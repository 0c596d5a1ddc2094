"""Rows of ``rooms``: what a conference adds to its group."""

import copy
from operator import attrgetter
from typing import Final

import msgspec

from conclave.store.statements import Statement, Transaction


class RoomHead(msgspec.Struct, gc=False):
    """What a list of rooms shows of one."""

    room_key: int
    room_id: str
    name: str
    owner: str
    created_at: int
    member_count: int
    max_member_count: int
    schedule_start_s: int
    schedule_end_s: int
    started_at: int
    is_seat_enabled: int
    is_password_enabled: int

    def has_started(self, now_ms: int) -> bool:
        """Tell whether the room is Running: from its start, or from the first entry before it [R9]."""
        return self.started_at > 0 or now_ms >= self.schedule_start_s * 1000


class Room(RoomHead, gc=False):
    """A room as it is stored: of its group and of its own, in the order of ``COLUMNS``."""

    entries: int
    closes_at: int
    is_video_disabled: int
    is_audio_disabled: int
    is_message_disabled: int
    is_screen_sharing_disabled: int
    is_cloud_recording_disabled: int
    custom_info: str
    max_seat_count: int
    take_seat_mode: str
    password: str
    robot_count: int
    administrator_count: int
    bans_made: int
    seq: int
    event_at: int
    keep_owner_on_seat: int
    reminder_s: int
    holds: int
    messages: int = 0

    @property
    def people(self) -> int:
        """Members that are no robots: they keep a room open [R22]."""
        return self.member_count - self.robot_count


_OF_GROUP: Final = {
    "room_key": "group_key",
    "room_id": "group_id",
    **{name: name for name in ("name", "owner", "created_at", "member_count", "max_member_count", "entries")},
}
_OF_ROOM: Final = tuple(field for field in Room.__struct_fields__ if field not in _OF_GROUP)
_own_values: Final = attrgetter(*_OF_ROOM)


def _columns(struct: type[RoomHead]) -> str:
    fields = struct.__struct_fields__
    return ", ".join(f"g.{_OF_GROUP[field]}" if field in _OF_GROUP else f"r.{field}" for field in fields)


COLUMNS: Final = _columns(Room)
HEAD_COLUMNS: Final = _columns(RoomHead)
JOINED: Final = "groups g JOIN rooms r ON r.sdkappid = g.sdkappid AND r.room_key = g.group_key"

_FIND = Statement(f"SELECT {COLUMNS} FROM {JOINED} WHERE g.sdkappid = $1 AND g.group_id = $2")
_LOCK = Statement(f"{_FIND} FOR UPDATE")
_LOCK_BY_KEY = Statement(f"SELECT {COLUMNS} FROM {JOINED} WHERE g.sdkappid = $1 AND g.group_key = $2 FOR UPDATE")
_INSERT_GROUP = Statement(
    "INSERT INTO groups (sdkappid, group_key, group_id, type, is_room, name, owner, created_at, max_member_count, "
    "info_at) VALUES ($1, {new_key}, $2, 'ChatRoom', 1, $3, $4, $5, $6, $5) "
    "ON CONFLICT (sdkappid, group_id) DO NOTHING RETURNING group_key"
)
_INSERT = Statement(
    f"INSERT INTO rooms (sdkappid, room_key, notice_at, remind_at, {', '.join(_OF_ROOM)}) "
    f"VALUES ({', '.join(f'${n}' for n in range(1, len(_OF_ROOM) + 5))})"
)
_UPDATE_GROUP = Statement(
    "UPDATE groups SET name = $3, max_member_count = $4, info_seq = info_seq + 1, info_at = $5 "
    "WHERE sdkappid = $1 AND group_key = $2"
)
_UPDATE = Statement(
    "UPDATE rooms SET is_video_disabled = $3, is_audio_disabled = $4, is_message_disabled = $5, "
    "is_screen_sharing_disabled = $6, is_cloud_recording_disabled = $7, custom_info = $8, take_seat_mode = $9, "
    "is_password_enabled = $10, password = $11, max_seat_count = $12, seq = $13, event_at = $14 "
    "WHERE sdkappid = $1 AND room_key = $2"
)
_NUMBER_EVENT = Statement(
    "UPDATE rooms SET seq = $3, event_at = $4, robot_count = $5, administrator_count = $6, bans_made = $7, holds = $8, "
    "messages = $9 "
    "WHERE sdkappid = $1 AND room_key = $2"
)
_SET_MEMBERS = Statement("UPDATE groups SET entries = $3, member_count = $4 WHERE sdkappid = $1 AND group_key = $2")
_DELETE = Statement("DELETE FROM rooms WHERE sdkappid = $1 AND room_key = $2")


def _key(sdkappid: int, room_id: str) -> tuple[str, int, str]:
    return "room", sdkappid, room_id


async def find(tx: Transaction, sdkappid: int, room_id: str) -> Room | None:
    """Read a living room."""
    row = await tx.one(_FIND, sdkappid, room_id)
    return None if row is None else Room(*row)


async def glance(tx: Transaction, sdkappid: int, room_id: str) -> Room | None:
    """Read a living room, perhaps from memory; not to be changed, nor held against other rows of a snapshot."""
    room: Room | None = tx.recall(_key(sdkappid, room_id))
    if room is None:
        room = await find(tx, sdkappid, room_id)
        tx.remember(_key(sdkappid, room_id), room)
    return room


async def lock_by_key(tx: Transaction, sdkappid: int, room_key: int) -> Room | None:
    """Read a room by its internal key and keep others from changing it until the transaction ends."""
    row = await tx.one(_LOCK_BY_KEY, sdkappid, room_key)
    return None if row is None else Room(*row)


async def lock(tx: Transaction, sdkappid: int, room_id: str) -> Room | None:
    """Read a room and keep others from changing it until the transaction ends (SQLite has one writer anyway)."""
    known: Room | None = tx.recall(_key(sdkappid, room_id))
    if known is not None:
        return copy.copy(known)
    row = await tx.one(_LOCK, sdkappid, room_id)
    return None if row is None else Room(*row)


async def claim(tx: Transaction, sdkappid: int, room: Room) -> bool:
    """Write a new room's group, which holds its id, and give the room its key; return whether the id was free."""
    values = (room.room_id, room.name, room.owner, room.created_at, room.max_member_count)
    row = await tx.one(_INSERT_GROUP, sdkappid, *values)
    if row is None:
        return False
    room.room_key = row[0]
    return True


async def insert(tx: Transaction, sdkappid: int, room: Room, notice_at: int, remind_at: int) -> None:
    """Write a new room beside its group, and when (ms) it is to be told that its end, or its start, is near."""
    tx.remember(_key(sdkappid, room.room_id), room)
    await tx.run(_INSERT, sdkappid, room.room_key, notice_at, remind_at, *_own_values(room))


async def update(tx: Transaction, sdkappid: int, room: Room) -> None:
    """Write the fields that may change while the room lives, but for its schedule, and the event that tells of it."""
    tx.remember(_key(sdkappid, room.room_id), room)
    await tx.run(_UPDATE_GROUP, sdkappid, room.room_key, room.name, room.max_member_count, tx.now)
    await tx.run(
        _UPDATE,
        sdkappid,
        room.room_key,
        room.is_video_disabled,
        room.is_audio_disabled,
        room.is_message_disabled,
        room.is_screen_sharing_disabled,
        room.is_cloud_recording_disabled,
        room.custom_info,
        room.take_seat_mode,
        room.is_password_enabled,
        room.password,
        room.max_seat_count,
        room.seq,
        room.event_at,
    )


async def number_event(tx: Transaction, sdkappid: int, room: Room) -> None:
    """Write the number and the time of the room's last event, and the counters: the last step of every change."""
    tx.remember(_key(sdkappid, room.room_id), room)
    counts = (room.robot_count, room.administrator_count, room.bans_made, room.holds, room.messages)
    await tx.run(_NUMBER_EVENT, sdkappid, room.room_key, room.seq, room.event_at, *counts)


async def set_members(tx: Transaction, sdkappid: int, room: Room) -> None:
    """Write how many members there are, and how many ever entered."""
    await tx.run(_SET_MEMBERS, sdkappid, room.room_key, room.entries, room.member_count)


async def delete(tx: Transaction, sdkappid: int, room: Room) -> None:
    """Delete a room's own row; what it has beside it is ``room_contents.delete``'s, its group ``groups.delete``'s."""
    tx.remember(_key(sdkappid, room.room_id), None)
    await tx.run(_DELETE, sdkappid, room.room_key)
