"""When a booked room starts and ends, and the moments that follow from that: arithmetic, nothing is read or written."""

from collections.abc import Sequence
from typing import Final

from conclave import errors
from conclave.domain.operation import Operation
from conclave.errors import Field, Refusal
from conclave.store.rooms import Room

DEFAULT_SECONDS: Final = 3600
SHORTEST_SECONDS: Final = 300
LONGEST_SECONDS: Final = 86_400
SCHEDULE: Final = frozenset({"schedule_start_s", "schedule_end_s", "reminder_s"})
"""The fields of a room from which its moments follow."""


def times(start: int | None, end: int | None, now: int) -> tuple[int, int]:
    """Return start and end in seconds, where they are not given by default; refuses with 100002 [R8]."""
    start = now if start is None else start
    end = start + DEFAULT_SECONDS if end is None else end
    if not SHORTEST_SECONDS <= end - start <= LONGEST_SECONDS:
        raise Refusal(
            errors.PARAMETER,
            Field.SCHEDULE_END,
            f" must be {SHORTEST_SECONDS} to {LONGEST_SECONDS} seconds after the start",
        )
    return start, end


def is_moved(changed: Sequence[str]) -> bool:
    """Tell whether the schedule is among the fields that changed."""
    return not SCHEDULE.isdisjoint(changed)


def closes_at(op: Operation, since: int, end: int) -> int:
    """Return the moment (ms) at which a room ends where nobody has been inside ``since`` (ms) [R10]."""
    return max(since + op.application.settings.empty_room_ttl * 1000, end * 1000)


def notice_at(op: Operation, room: Room) -> int:
    """Return the moment (ms) to tell that the end is near, if that is listed then: not before the start."""
    return max(room.schedule_start_s, room.schedule_end_s - op.application.settings.end_notice) * 1000


def remind_at(op: Operation, room: Room) -> int:
    """Return the moment (ms) to remind whoever is to attend, 0 when there is none, or it has passed."""
    moment = (room.schedule_start_s - room.reminder_s) * 1000
    return moment if room.reminder_s and moment > op.now else 0
