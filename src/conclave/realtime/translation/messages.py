"""What members are told of messages, and of who may not send any."""

from collections.abc import Iterator

from conclave.domain import facts
from conclave.realtime.events import messages as told
from conclave.realtime.hub import Audience
from conclave.realtime.shapes.people import UserInfo
from conclave.realtime.translation.base import Telling, tells
from conclave.store.events import EventRow


@tells
def _sent(fact: facts.MessageSent, row: EventRow, _: Audience) -> Iterator[Telling]:
    said = fact.message
    sent = (row.room_id, UserInfo.of(said.sender), said.sequence, said.at // 1000)
    if said.business_id:
        yield Telling(told.ReceiveCustomMessage(*sent, said.business_id, said.content))
    else:
        yield Telling(told.ReceiveTextMessage(*sent, said.content, said.extension))


@tells
def _mute_changed(fact: facts.MuteChanged, row: EventRow, _: Audience) -> Iterator[Telling]:
    yield Telling(told.SendMessageForUserDisableChanged(row.room_id, fact.account, fact.is_muted, row.operator))
