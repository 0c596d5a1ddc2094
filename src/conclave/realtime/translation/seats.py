"""What members are told of seats."""

from collections.abc import Iterator

from conclave.domain import facts
from conclave.realtime.events import seats as told
from conclave.realtime.hub import Audience
from conclave.realtime.shapes.people import Operator, UserInfo
from conclave.realtime.shapes.seats import SeatInfo
from conclave.realtime.translation.base import Telling, tells
from conclave.store.events import EventRow


@tells
def _seats_changed(fact: facts.SeatsChanged, row: EventRow, audience: Audience) -> Iterator[Telling]:
    people = {member.account: member for member in fact.people}
    for snapshot in fact.seats:
        audience.seats[snapshot.index] = SeatInfo.of(snapshot, people)
    yield Telling(
        told.SeatListChanged(
            roomId=row.room_id,
            seatList=[audience.seats[index] for index in sorted(audience.seats)],
            seatedList=[SeatInfo.of(seat, people) for seat in fact.seats if seat.account in fact.seated],
            leftList=[SeatInfo.of(seat, people) for seat in fact.former],
            newlySeatedUsers=[UserInfo.of(people[account]) for account in fact.seated if account in people],
            newlyLeftUsers=[UserInfo.of(people[account]) for account in fact.left if account in people],
        )
    )
    for seat in fact.former:
        if seat.account in fact.kicked:
            kicked = told.KickedOffSeat(row.room_id, seat.index, Operator(row.operator), fact.data)
            yield Telling(kicked, only=(seat.account,))
