"""When a room starts, ends, is due to close, and is told of: moments in columns of ``rooms``."""

from conclave.store.rooms import Room
from conclave.store.statements import Statement, Transaction

_SET_SCHEDULE = Statement(
    "UPDATE rooms SET schedule_start_s = $3, schedule_end_s = $4, reminder_s = $5, closes_at = $6, notice_at = $7, "
    "remind_at = $8 WHERE sdkappid = $1 AND room_key = $2"
)
_SET_LIFE = Statement("UPDATE rooms SET started_at = $3, closes_at = $4 WHERE sdkappid = $1 AND room_key = $2")
_FORGET_NOTICE = Statement(
    "UPDATE rooms SET notice_at = 0 WHERE sdkappid = $1 AND room_key = $2 AND notice_at > 0 AND notice_at <= $3"
)
_FORGET_REMINDER = Statement(
    "UPDATE rooms SET remind_at = 0 WHERE sdkappid = $1 AND room_key = $2 AND remind_at > 0 AND remind_at <= $3"
)


async def set_schedule(tx: Transaction, sdkappid: int, room: Room, notice_at: int, remind_at: int) -> None:
    """Write when the room starts, ends and is due to close, and the moments (ms) to announce its end and its start."""
    times = (room.schedule_start_s, room.schedule_end_s, room.reminder_s, room.closes_at)
    await tx.run(_SET_SCHEDULE, sdkappid, room.room_key, *times, notice_at, remind_at)


async def set_life(tx: Transaction, sdkappid: int, room: Room) -> None:
    """Write when the room started and when it is due to close."""
    await tx.run(_SET_LIFE, sdkappid, room.room_key, room.started_at, room.closes_at)


async def forget_notice(tx: Transaction, sdkappid: int, room_key: int) -> bool:
    """Write that nobody is to be told any more that the room's end is near; return whether somebody is to be by now."""
    return await tx.run(_FORGET_NOTICE, sdkappid, room_key, tx.now) > 0


async def forget_reminder(tx: Transaction, sdkappid: int, room_key: int) -> bool:
    """Write that nobody is to be reminded of the room any more; return whether somebody is to be by now."""
    return await tx.run(_FORGET_REMINDER, sdkappid, room_key, tx.now) > 0
