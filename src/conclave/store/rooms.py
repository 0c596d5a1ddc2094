"""Rows of ``rooms``: what a conference adds to its group."""

import copy
from typing import Final

import msgspec

from conclave.store.engine import Statement, Transaction


class Room(msgspec.Struct, gc=False):
    """A room as it is stored: the group's part first, in the order of ``_COLUMNS``."""

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
    closes_at: int
    is_video_disabled: int
    is_audio_disabled: int
    is_message_disabled: int
    is_screen_sharing_disabled: int
    is_cloud_recording_disabled: int
    custom_info: str
    is_seat_enabled: int
    max_seat_count: int
    take_seat_mode: str
    is_password_enabled: int
    password: str
    robot_count: int
    administrator_count: int
    bans_made: int
    seq: int
    event_at: int

    def has_started(self, now_ms: int) -> bool:
        """Tell whether the room is Running: from its start, or from the first entry before it [R9]."""
        return self.started_at > 0 or now_ms >= self.schedule_start_s * 1000

    @property
    def people(self) -> int:
        """Members that are no robots: they keep a room open [R22]."""
        return self.member_count - self.robot_count


_OF_GROUP: Final = (
    "group_key",
    "group_id",
    "name",
    "owner",
    "created_at",
    "member_count",
    "max_member_count",
)
_OF_ROOM: Final = tuple(field for field in Room.__struct_fields__ if field not in (*_OF_GROUP, "room_key", "room_id"))
COLUMNS: Final = ", ".join([*(f"g.{name}" for name in _OF_GROUP), *(f"r.{name}" for name in _OF_ROOM)])
JOINED: Final = "groups g JOIN rooms r ON r.sdkappid = g.sdkappid AND r.room_key = g.group_key"

_FIND = Statement(f"SELECT {COLUMNS} FROM {JOINED} WHERE g.sdkappid = $1 AND g.group_id = $2")
_LOCK = Statement(f"{_FIND} FOR UPDATE")
_LOCK_BY_KEY = Statement(f"SELECT {COLUMNS} FROM {JOINED} WHERE g.sdkappid = $1 AND g.group_key = $2 FOR UPDATE")
_INSERT_GROUP = Statement(
    "INSERT INTO groups (sdkappid, group_key, group_id, type, is_room, name, owner, created_at, max_member_count, "
    "info_at) VALUES ($1, $2, $3, 'ChatRoom', 1, $4, $5, $6, $7, $6) "
    "ON CONFLICT (sdkappid, group_id) DO NOTHING RETURNING group_key"
)
_INSERT = Statement(
    f"INSERT INTO rooms (sdkappid, room_key, {', '.join(_OF_ROOM)}) "
    f"VALUES ({', '.join(f'${n}' for n in range(1, len(_OF_ROOM) + 3))})"
)
_UPDATE_GROUP = Statement(
    "UPDATE groups SET name = $3, max_member_count = $4, info_seq = info_seq + 1, info_at = $5 "
    "WHERE sdkappid = $1 AND group_key = $2"
)
_UPDATE = Statement(
    "UPDATE rooms SET is_video_disabled = $3, is_audio_disabled = $4, is_message_disabled = $5, "
    "is_screen_sharing_disabled = $6, is_cloud_recording_disabled = $7, custom_info = $8, take_seat_mode = $9, "
    "is_password_enabled = $10, password = $11 WHERE sdkappid = $1 AND room_key = $2"
)
_NUMBER_EVENT = Statement("UPDATE rooms SET seq = $3, event_at = $4 WHERE sdkappid = $1 AND room_key = $2")
_SET_LIFE = Statement("UPDATE rooms SET started_at = $3, closes_at = $4 WHERE sdkappid = $1 AND room_key = $2")
_SET_COUNTS = Statement(
    "UPDATE rooms SET robot_count = $3, administrator_count = $4, bans_made = $5 WHERE sdkappid = $1 AND room_key = $2"
)
_DELETE = Statement("DELETE FROM rooms WHERE sdkappid = $1 AND room_key = $2")
_DELETE_MARKS = Statement("DELETE FROM marks WHERE sdkappid = $1 AND room_key = $2")
_DELETE_SEATS = Statement("DELETE FROM seats WHERE sdkappid = $1 AND room_key = $2")
_DELETE_BANS = Statement("DELETE FROM bans WHERE sdkappid = $1 AND room_key = $2")
_DELETE_INVITEES = Statement("DELETE FROM invitees WHERE sdkappid = $1 AND room_key = $2")
_INVITE = Statement(
    "INSERT INTO invitees (sdkappid, room_key, account, place) VALUES ($1, $2, $3, $4) ON CONFLICT DO NOTHING"
)


async def find(tx: Transaction, sdkappid: int, room_id: str) -> Room | None:
    """Read a living room."""
    row = await tx.one(_FIND, sdkappid, room_id)
    return None if row is None else Room(*row)


async def glance(tx: Transaction, sdkappid: int, room_id: str) -> Room | None:
    """Read a living room, perhaps from memory; not to be changed, nor held against other rows of a snapshot."""
    room: Room | None = tx.recall((sdkappid, room_id))
    if room is None:
        room = await find(tx, sdkappid, room_id)
        tx.remember((sdkappid, room_id), room)
    return room


async def lock_by_key(tx: Transaction, sdkappid: int, room_key: int) -> Room | None:
    """Read a room by its internal key and keep others from changing it until the transaction ends."""
    row = await tx.one(_LOCK_BY_KEY, sdkappid, room_key)
    return None if row is None else Room(*row)


async def lock(tx: Transaction, sdkappid: int, room_id: str) -> Room | None:
    """Read a room and keep others from changing it until the transaction ends (SQLite has one writer anyway)."""
    known: Room | None = tx.recall((sdkappid, room_id))
    if known is not None:
        return copy.copy(known)
    row = await tx.one(_LOCK, sdkappid, room_id)
    return None if row is None else Room(*row)


async def claim(tx: Transaction, sdkappid: int, room: Room) -> bool:
    """Write a new room's group, which holds its id; return whether the id was free."""
    values = (room.room_key, room.room_id, room.name, room.owner, room.created_at, room.max_member_count)
    return await tx.one(_INSERT_GROUP, sdkappid, *values) is not None


async def insert(tx: Transaction, sdkappid: int, room: Room) -> None:
    """Write a new room beside its group."""
    tx.remember((sdkappid, room.room_id), room)
    await tx.run(_INSERT, sdkappid, room.room_key, *msgspec.structs.astuple(room)[len(_OF_GROUP) :])


async def update(tx: Transaction, sdkappid: int, room: Room) -> None:
    """Write the fields that update_room_info may change."""
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
    )


async def number_event(tx: Transaction, sdkappid: int, room: Room) -> None:
    """Write the number and the time of the room's last event: the last step of every change."""
    tx.remember((sdkappid, room.room_id), room)
    await tx.run(_NUMBER_EVENT, sdkappid, room.room_key, room.seq, room.event_at)


async def set_life(tx: Transaction, sdkappid: int, room: Room) -> None:
    """Write when the room started and when it is due to close."""
    await tx.run(_SET_LIFE, sdkappid, room.room_key, room.started_at, room.closes_at)


async def set_counts(tx: Transaction, sdkappid: int, room: Room) -> None:
    """Write the counters of robots, administrators and bans."""
    await tx.run(_SET_COUNTS, sdkappid, room.room_key, room.robot_count, room.administrator_count, room.bans_made)


async def delete(tx: Transaction, sdkappid: int, room: Room) -> None:
    """Delete a room and all that ends with it; its group is ``groups.delete``'s."""
    tx.remember((sdkappid, room.room_id), None)
    for statement in (_DELETE, _DELETE_MARKS, _DELETE_SEATS, _DELETE_BANS, _DELETE_INVITEES):
        await tx.run(statement, sdkappid, room.room_key)


async def invite(tx: Transaction, sdkappid: int, room_key: int, place: int, account: str) -> None:
    """Write one invitee of a booked room."""
    await tx.run(_INVITE, sdkappid, room_key, account, place)
