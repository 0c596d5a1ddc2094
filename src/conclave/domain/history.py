"""Who came, left and was put out, and when: read from the log, so it outlives the room for the retention time."""

from typing import Final, Literal

import msgspec

from conclave.domain import events
from conclave.domain.events import Fact, MemberSnapshot
from conclave.domain.operation import Operation
from conclave.store import events as log
from conclave.store.events import EventRow

MAX_LOOKED_AT: Final = 1000
FOREVER: Final = 2**62
What = Literal["RoomCreated", "RoomDestroyed", "Entered", "Left", "Kicked", "Expired", "RobotAdded", "RobotRemoved"]
DEPARTURES: Final[dict[events.Departure, What]] = {"Leave": "Left", "Kicked": "Kicked", "Expired": "Expired"}
OTHERS: Final[dict[type[Fact], What]] = {
    events.RoomCreated: "RoomCreated",
    events.RoomDestroyed: "RoomDestroyed",
    events.MemberEntered: "Entered",
    events.RobotAdded: "RobotAdded",
    events.RobotRemoved: "RobotRemoved",
}
Place = tuple[int, int]
START: Final[Place] = (0, 0)


class Moment(msgspec.Struct):
    """One fact of a room's history: ``what`` happened to whom (nobody where it is the room's own), at ``at`` (ms).

    ``life`` tells the rooms apart that had the same id one after another [R0].
    """

    life: int
    at: int
    what: What
    accounts: list[str]
    operator: str
    reason: str
    member_count: int


async def page(
    op: Operation, room_id: str, account: str | None, since: int, until: int | None, after: Place, limit: int
) -> tuple[list[Moment], Place]:
    """Return what happened under a room id in the order of time, and the place to go on after: ``START`` at the end.

    ``since`` and ``until`` are seconds, both included. ``account`` leaves the comings and goings of others out; that
    a room was created or destroyed is always told. At most ``MAX_LOOKED_AT`` facts are looked at for one page.
    """
    found: list[Moment] = []
    after = max(after, (since * 1000, 0))
    end = FOREVER if until is None else until * 1000 + 999
    looked_at = 0
    while looked_at < MAX_LOOKED_AT:
        batch = await log.history(op.tx, op.sdkappid, room_id, after, end, limit + 1)
        for row in batch:
            if len(found) == limit:
                return found, after
            after = (row.at, row.position)
            moment = _moment(row)
            if account is None or not moment.accounts:
                found.append(moment)
            elif account in moment.accounts:
                moment.accounts = [account]
                found.append(moment)
        if len(batch) <= limit:
            return found, START
        looked_at += len(batch)
    return found, after


def _moment(row: EventRow) -> Moment:
    fact = events.read(row)
    told: list[MemberSnapshot] = getattr(fact, "members", [])
    return Moment(
        life=row.room_key,
        at=row.at,
        what=_what(fact),
        accounts=[member.account for member in told],
        operator=row.operator,
        reason=getattr(fact, "reason", ""),
        member_count=getattr(fact, "member_count", 0),
    )


def _what(fact: Fact) -> What:
    if isinstance(fact, events.MemberLeft):
        return DEPARTURES[fact.how]
    return OTHERS[type(fact)]
