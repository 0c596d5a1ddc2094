"""What members are told of metadata."""

from collections.abc import Iterator

from conclave.domain import facts
from conclave.realtime.events.metadata import RoomMetadataChanged
from conclave.realtime.hub import Audience
from conclave.realtime.translation.base import Telling, tells
from conclave.store.events import EventRow


@tells
def _changed(fact: facts.MetadataChanged, row: EventRow, _: Audience) -> Iterator[Telling]:
    for key, value in fact.written.items():
        yield Telling(RoomMetadataChanged(row.room_id, key, value, isDeleted=False, operator=row.operator))
    for key in fact.deleted:
        yield Telling(RoomMetadataChanged(row.room_id, key, "", isDeleted=True, operator=row.operator))
