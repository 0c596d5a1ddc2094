"""What members are told of devices."""

from collections.abc import Iterator

from conclave.domain import facts
from conclave.domain.membership import MICROPHONE
from conclave.realtime.events import base
from conclave.realtime.events import devices as told
from conclave.realtime.hub import Audience
from conclave.realtime.shapes.words import STREAMS
from conclave.realtime.translation.base import Telling, tells
from conclave.store.events import EventRow


@tells
def _devices_changed(fact: facts.DevicesChanged, row: EventRow, _: Audience) -> Iterator[Telling]:
    reason = base.CHANGED_BY_ADMIN if fact.by_admin else base.CHANGED_BY_SELF
    for change in fact.changes:
        if change.device == MICROPHONE:
            yield Telling(told.UserAudioStateChanged(row.room_id, change.account, change.is_open, reason))
        else:
            stream = STREAMS[change.device]
            yield Telling(told.UserVideoStateChanged(row.room_id, change.account, stream, change.is_open, reason))
