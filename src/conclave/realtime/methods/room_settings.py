"""``update…ByAdmin`` of a room, ``updateRoomInfo`` and ``setMaxSeatCount``."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import room_settings
from conclave.domain.room_drafts import RoomChanges
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import AS_ADMINISTRATOR, AS_OWNER, AS_OWNER_FROM_ANYWHERE
from conclave.realtime.methods.new_room import MODES_OF_SEATS, Name, WantedSeatMode
from conclave.realtime.registry import method

NewName = Annotated[Name, Meta(description="The new name.")]
NewPassword = Annotated[
    fields.Password, Meta(description='The new password; `""`: one enters without, until there is one again [R25].')
]


def is_needed(password: str | None) -> bool | None:
    """Tell whether one enters with a password only, now that it is this; ``None`` changes nothing."""
    return None if password is None else bool(password)


class UpdateRoomName(msgspec.Struct):
    """Parameters of updateRoomNameByAdmin."""

    roomName: NewName


@method("updateRoomNameByAdmin", needs="room", codes=AS_ADMINISTRATOR, example={"roomName": "weekly sync"})
async def update_room_name(call: Call, params: UpdateRoomName) -> None:
    """Give the room another name; its owner and its administrators may."""
    place, changes = call.place, RoomChanges(name=params.roomName)
    await call.write(lambda op: room_settings.change(op, place.room_id, place.room[1], changes))


class UpdateRoomSeatMode(msgspec.Struct):
    """Parameters of updateRoomSeatModeByAdmin."""

    seatMode: Annotated[WantedSeatMode, Meta(description="1 free to take, 2 by application.")]


@method("updateRoomSeatModeByAdmin", needs="room", codes=(*AS_ADMINISTRATOR, errors.NO_SEATS), example={"seatMode": 2})
async def update_room_seat_mode(call: Call, params: UpdateRoomSeatMode) -> None:
    """Change how seats are taken; whoever sits stays seated. The owner and the administrators may."""
    place, mode = call.place, MODES_OF_SEATS[params.seatMode]
    await call.write(lambda op: room_settings.set_seat_mode(op, place.room_id, place.room[1], mode))


class UpdateRoomSpeechMode(msgspec.Struct):
    """Parameters of updateRoomSpeechModeByAdmin."""

    speechMode: Annotated[
        int, Meta(ge=1, le=3, description="1 free, 2 by application, 3 after taking a seat: a room with seats has it.")
    ]


@method(
    "updateRoomSpeechModeByAdmin",
    needs="room",
    codes=(*AS_ADMINISTRATOR, errors.WRONG_ROOM_SETTINGS),
    example={"speechMode": 2},
)
async def update_room_speech_mode(call: Call, params: UpdateRoomSpeechMode) -> None:
    """Change between free speech and speech by application, in a room without seats.

    By application means that general users may not open microphone and camera without consent: both bans change, and
    are told, with it. Newer clients set the bans themselves. The owner and the administrators may.
    """
    place, mode = call.place, params.speechMode
    await call.write(lambda op: room_settings.set_speech_mode(op, place.room_id, place.room[1], mode))


class UpdateRoomPassword(msgspec.Struct):
    """Parameters of updateRoomPasswordByAdmin."""

    password: NewPassword


@method("updateRoomPasswordByAdmin", needs="room", codes=AS_ADMINISTRATOR, example={"password": "secret-2"})
async def update_room_password(call: Call, params: UpdateRoomPassword) -> None:
    """Change the password, or enter without; whoever is inside stays. The owner and the administrators may."""
    place, changes = call.place, RoomChanges(is_password_enabled=is_needed(params.password), password=params.password)
    await call.write(lambda op: room_settings.change(op, place.room_id, place.room[1], changes))


class UpdateRoomInfo(msgspec.Struct):
    """Parameters of updateRoomInfo; what is left out stays as it is."""

    roomName: NewName | None = None
    password: NewPassword | None = None


@method(
    "updateRoomInfo",
    needs="room",
    codes=AS_OWNER,
    example={"roomName": "weekly sync", "password": ""},
)
async def update_room_info(call: Call, params: UpdateRoomInfo) -> None:
    """Change name and password at once; the owner may, who is inside."""
    place, password = call.place, params.password
    changes = RoomChanges(name=params.roomName, is_password_enabled=is_needed(password), password=password)
    await call.write(lambda op: room_settings.change_as_owner(op, place.room_id, place.room[1], changes))


class SetMaxSeatCount(msgspec.Struct):
    """Parameters of setMaxSeatCount."""

    roomId: Annotated[fields.RoomId, Meta(description="The room.")]
    maxSeatCount: Annotated[fields.Positive, Meta(description="The new number of seats.")]


@method(
    "setMaxSeatCount",
    needs="login",
    codes=(*AS_OWNER_FROM_ANYWHERE, errors.NO_SEATS, errors.OVER_CEILING),
    example={"roomId": "room-1", "maxSeatCount": 8},
)
async def set_max_seat_count(call: Call, params: SetMaxSeatCount) -> None:
    """Change the number of seats before anybody is inside; the owner may. Afterwards it is refused with 100013."""
    await call.write(lambda op: room_settings.set_max_seat_count(op, params.roomId, params.maxSeatCount))
