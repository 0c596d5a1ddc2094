"""The types of single values, and the numbers of the client API."""

from typing import Annotated, Final

from msgspec import Meta

from conclave.domain.membership import CAMERA, MICROPHONE, SCREEN

LONGEST_TIMEOUT: Final = 86_400
CONFERENCE: Final = 1
NOT_STARTED, RUNNING = 1, 2
ROLES: Final = {"Owner": 0, "Admin": 1, "Member": 2}
DEVICES: Final = {1: MICROPHONE, 2: CAMERA, 3: SCREEN}
STREAMS: Final = {CAMERA: 0, SCREEN: 1}
SEAT_MODES: Final = {"None": 0, "FreeToTake": 1, "ApplyToTake": 2}

RoomId = Annotated[str, Meta(description="The room's id.")]
UserId = Annotated[str, Meta(description="The account.")]
UserName = Annotated[str, Meta(description='The account\'s nickname, `""` where it has none.')]
AvatarUrl = Annotated[str, Meta(description='The address of the account\'s picture, `""` where it has none.')]
NameCard = Annotated[str, Meta(description='The name that the user goes by in this room, `""` for none.')]
Role = Annotated[int, Meta(description="0 the owner, 1 an administrator, 2 a general user.")]
SeatMode = Annotated[int, Meta(description="1 free to take, 2 by application, 0 in a room without seats.")]
Status = Annotated[int, Meta(description="1 not started, 2 running.")]
IsDisable = Annotated[bool, Meta(description="Whether general users are barred from it.")]
Seconds = Annotated[int, Meta(description="Unix seconds.")]
RequestId = Annotated[str, Meta(description="The request's id.")]
ExtensionInfo = Annotated[str, Meta(description='What the sender gave along, `""` for nothing.')]
Device = Annotated[int, Meta(ge=1, le=3, description="1 the microphone, 2 the camera, 3 the shared screen.")]
Timeout = Annotated[
    int, Meta(ge=0, le=LONGEST_TIMEOUT, description="Seconds until it ends unanswered, at most a day; 0: never.")
]
