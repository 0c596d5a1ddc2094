"""What is told of a conference that was booked."""

from collections.abc import Iterator

from conclave.domain import facts
from conclave.realtime.events import base
from conclave.realtime.events import conferences as told
from conclave.realtime.events.members import UserInfoChanged
from conclave.realtime.hub import Audience
from conclave.realtime.shapes import RUNNING, UserInfo
from conclave.realtime.translation.base import Telling, tells
from conclave.store.events import EventRow


@tells
def _started(_fact: facts.RoomStarted, row: EventRow, _: Audience) -> Iterator[Telling]:
    yield Telling(told.ConferenceStatusChanged(row.room_id, RUNNING))


@tells
def _owner_changed(fact: facts.OwnerChanged, row: EventRow, _: Audience) -> Iterator[Telling]:
    former, owner = UserInfo.of(fact.former), UserInfo.of(fact.owner)
    for user in (former, owner):
        yield Telling(UserInfoChanged(row.room_id, user, base.ROLE_CHANGED, row.operator))
    yield Telling(told.ConferenceOwnerChanged(row.room_id, owner, former, row.operator))
