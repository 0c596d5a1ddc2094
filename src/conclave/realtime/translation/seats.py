"""What members are told of seats."""

from collections.abc import Iterator

from conclave.domain import facts
from conclave.realtime.events import seats as told
from conclave.realtime.hub import Audience
from conclave.realtime.shapes import Operator, SeatInfo, UserInfo
from conclave.realtime.translation.base import Telling, tells
from conclave.store.events import EventRow


@tells
def _seats_changed(fact: facts.SeatsChanged, row: EventRow, audience: Audience) -> Iterator[Telling]:
    people = {member.account: member for member in fact.people}
    before = {account: seat for account in fact.left if (seat := audience.seat_of(account))}
    for snapshot in fact.seats:
        audience.seats[snapshot.index] = SeatInfo.of(snapshot, people)
    after = {account: seat for account in fact.seated if (seat := audience.seat_of(account))}
    yield Telling(
        told.SeatListChanged(
            roomId=row.room_id,
            seatList=[audience.seats[index] for index in sorted(audience.seats)],
            seatedList=list(after.values()),
            leftList=list(before.values()),
            newlySeatedUsers=[UserInfo.of(people[account]) for account in fact.seated if account in people],
            newlyLeftUsers=[UserInfo.of(people[account]) for account in fact.left if account in people],
        )
    )
    for account in fact.kicked:
        if account in before:
            seat_index = before[account].index
            kicked = told.KickedOffSeat(row.room_id, seat_index, Operator(row.operator), fact.data)
            yield Telling(kicked, only=(account,))
