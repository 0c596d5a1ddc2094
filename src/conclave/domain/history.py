"""Who came, left and was put out, and when: read from the log, so it outlives the room for the retention time."""

from typing import Final, Literal

import msgspec

from conclave.domain import facts, paging
from conclave.domain.operation import Operation
from conclave.store import events as log
from conclave.store.events import HistoryRow
from conclave.store.statements import LATEST

What = Literal["RoomCreated", "RoomDestroyed", "Entered", "Left", "Kicked", "Expired", "RobotAdded", "RobotRemoved"]
DEPARTURES: Final[dict[facts.Departure, What]] = {"Leave": "Left", "Kicked": "Kicked", "Expired": "Expired"}
OTHERS: Final[dict[str, What]] = {
    facts.RoomCreated.__name__: "RoomCreated",
    facts.RoomDestroyed.__name__: "RoomDestroyed",
    facts.MemberEntered.__name__: "Entered",
    facts.RobotAdded.__name__: "RobotAdded",
    facts.RobotRemoved.__name__: "RobotRemoved",
}
Place = tuple[int, int]
START: Final[Place] = (0, 0)


class _Account(msgspec.Struct, gc=False):
    account: str


class _Told(msgspec.Struct):
    """What the history needs of a fact's data, whatever its kind."""

    members: list[_Account] = []
    how: facts.Departure = "Leave"
    reason: str = ""
    member_count: int = 0


_read: Final = msgspec.json.Decoder(_Told).decode


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
    a room was created or destroyed is always told. A bounded number of facts is looked at for one page.
    """
    end = LATEST if until is None else until * 1000 + 999

    async def read(after: Place, most: int) -> list[HistoryRow]:
        return await log.history(op.tx, op.sdkappid, room_id, after, end, most)

    def wanted(row: HistoryRow) -> Moment | None:
        moment = _moment(row)
        if account is not None and moment.accounts:
            moment.accounts = [account] if account in moment.accounts else []
            return moment if moment.accounts else None
        return moment

    return await paging.look_through(
        read, lambda row: (row.at, row.position), wanted, after=max(after, (since * 1000, 0)), end=START, limit=limit
    )


def _moment(row: HistoryRow) -> Moment:
    told = _read(row.data)
    return Moment(
        life=row.room_key,
        at=row.at,
        what=OTHERS.get(row.kind) or DEPARTURES[told.how],
        accounts=[member.account for member in told.members],
        operator=row.operator,
        reason=told.reason,
        member_count=told.member_count,
    )
