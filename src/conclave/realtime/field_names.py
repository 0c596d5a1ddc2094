"""What members call the fields of which a rule of the domain speaks."""

from collections.abc import Mapping
from typing import Final

from conclave.errors import Field

NAMES: Final[Mapping[Field, str]] = {
    Field.ROOM_ID: "roomId",
    Field.ROOM_TYPE: "roomType",
    Field.NEW_OWNER: "userId",
    Field.SCHEDULE_END: "scheduleEndTime",
    Field.IS_SEAT_ENABLED: "isSeatEnabled",
    Field.MAX_SEAT_COUNT: "maxSeatCount",
    Field.TAKE_SEAT_MODE: "seatMode",
    Field.SPEECH_MODE: "speechMode",
    Field.PASSWORD: "password",
    Field.INVITEES: "userIdList",
    Field.ATTRIBUTES: "customInfo",
    Field.ACCOUNT: "userId",
    Field.NICK: "userName",
    Field.FACE_URL: "avatarUrl",
}
