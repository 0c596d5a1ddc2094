"""What a member says of a room that he creates or books."""

from typing import Annotated, Any, Final

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import room_drafts
from conclave.errors import Field, Refusal
from conclave.realtime.shapes.words import CONFERENCE, SEAT_MODES

MODES_OF_SEATS: Final = {number: mode for mode, number in SEAT_MODES.items() if number}
Name = Annotated[str, fields.text(100, least=1), fields.ONE_LINE]
WantedSeatMode = Annotated[int, Meta(ge=1, le=2)]
RoomType = Annotated[int, Meta(description="1, a conference; others are refused.")]
Barred = "General users may not open {}; the owner and the administrators may."


def require_conference(room_type: int) -> None:
    """Refuse another type of room with 100015."""
    if room_type != CONFERENCE:
        raise Refusal(errors.ROOM_TYPE_INVALID, Field.ROOM_TYPE, f" must be {CONFERENCE}, a conference")


class NewRoom(msgspec.Struct, kw_only=True):
    """What a member says of a room that he creates."""

    roomId: Annotated[fields.RoomId, Meta(description="The id of the new room.")]
    roomName: Annotated[Name | None, Meta(description="The room's name; by default its id.")] = None
    roomType: RoomType = CONFERENCE
    isSeatEnabled: Annotated[bool, Meta(description="Whether the room has seats; that never changes.")] = False
    seatMode: Annotated[
        WantedSeatMode, Meta(description="1 free to take, 2 by application; ignored without seats [R7].")
    ] = 1
    maxSeatCount: Annotated[
        fields.Positive | None,
        Meta(description="The number of seats, by default the application's ceiling; ignored without seats [R7]."),
    ] = None
    isMicrophoneDisableForAllUser: Annotated[bool, Meta(description=Barred.format("a microphone"))] = False
    isCameraDisableForAllUser: Annotated[bool, Meta(description=Barred.format("a camera"))] = False
    isScreenShareDisableForAllUser: Annotated[
        bool, Meta(description="General users may not share a screen; the owner and the administrators may.")
    ] = False
    isMessageDisableForAllUser: Annotated[
        bool, Meta(description="General users may not send messages; the owner and the administrators may.")
    ] = False
    password: Annotated[
        fields.Password, Meta(description='The password with which one enters; `""`: one enters without [R11].')
    ] = ""
    keepOwnerOnSeat: Annotated[
        bool, Meta(description="Nobody takes the owner off his seat, moves him, or locks his seat.")
    ] = False

    def draft(self, owner: str, **more: Any) -> room_drafts.RoomDraft:
        """Return the same under the domain's names; refuses with 100015."""
        require_conference(self.roomType)
        return room_drafts.RoomDraft(
            room_id=self.roomId,
            room_type=room_drafts.ROOM_TYPE,
            owner=owner,
            name=self.roomName,
            is_seat_enabled=self.isSeatEnabled,
            take_seat_mode=MODES_OF_SEATS[self.seatMode],
            max_seat_count=self.maxSeatCount,
            is_audio_disabled=self.isMicrophoneDisableForAllUser,
            is_video_disabled=self.isCameraDisableForAllUser,
            is_screen_sharing_disabled=self.isScreenShareDisableForAllUser,
            is_message_disabled=self.isMessageDisableForAllUser,
            is_password_enabled=bool(self.password),
            password=self.password,
            keep_owner_on_seat=self.keepOwnerOnSeat,
            **more,
        )
