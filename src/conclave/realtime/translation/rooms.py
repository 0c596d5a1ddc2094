"""What members are told of the room itself."""

from collections.abc import Callable, Iterator
from typing import Final

import msgspec

from conclave.domain import facts
from conclave.domain.operation import is_rest
from conclave.realtime.events import base
from conclave.realtime.events import rooms as told
from conclave.realtime.hub import Audience
from conclave.realtime.shapes.words import SEAT_MODES
from conclave.realtime.translation.base import Telling, tells
from conclave.store.events import EventRow

_SWITCHES: Final[dict[str, Callable[[str, bool, str], msgspec.Struct]]] = {
    "is_audio_disabled": told.AllUserMicrophoneDisableChanged,
    "is_video_disabled": told.AllUserCameraDisableChanged,
    "is_screen_sharing_disabled": told.ScreenShareForAllUserDisableChanged,
    "is_message_disabled": told.SendMessageForAllUserDisableChanged,
}
_REST_OF_INFO: Final = {
    "max_member_count": "maxMemberCount",
    "custom_info": "customInfo",
    "is_cloud_recording_disabled": "isCloudRecordingDisabled",
    "is_password_enabled": "isPasswordEnabled",
}


@tells
def _destroyed(fact: facts.RoomDestroyed, row: EventRow, _: Audience) -> Iterator[Telling]:
    by_owner = fact.by_owner and not is_rest(row.platform)
    reason = base.DISMISSED_BY_OWNER if by_owner else base.DISMISSED_BY_SERVER
    yield Telling(told.RoomDismissed(row.room_id, reason, row.operator))


@tells
def _updated(fact: facts.RoomUpdated, row: EventRow, _: Audience) -> Iterator[Telling]:
    room_id, operator = row.room_id, row.operator
    if "name" in fact.changed:
        yield Telling(told.RoomNameChanged(room_id, fact.room.name, operator))
    if "take_seat_mode" in fact.changed:
        yield Telling(told.RoomSeatModeChanged(room_id, SEAT_MODES[fact.room.take_seat_mode], operator))
    for field, event in _SWITCHES.items():
        if field in fact.changed:
            yield Telling(event(room_id, getattr(fact.room, field), operator))
    if fact.speech_mode:
        yield Telling(told.RoomSpeechModeChanged(room_id, fact.speech_mode, operator))
    if "max_seat_count" in fact.changed:
        yield Telling(told.RoomMaxSeatCountChanged(room_id, fact.room.max_seat_count, operator))
    other = {name: getattr(fact.room, field) for field, name in _REST_OF_INFO.items() if field in fact.changed}
    if other:
        yield Telling(told.RoomInfoChanged(room_id, told.ChangedRoomInfo(**other), operator))
