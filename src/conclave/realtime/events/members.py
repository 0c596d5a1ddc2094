"""Events of members: they come, go and change."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from conclave.realtime.events.base import ALL, OTHERS, By, Message
from conclave.realtime.registry import event
from conclave.realtime.shapes.people import UserInfo
from conclave.realtime.shapes.words import Role, RoomId, UserId


@event("onKickedOutOfRoom", receivers="the person put out")
class KickedOutOfRoom(msgspec.Struct, frozen=True):
    """The receiver is not in the room any more; the connection stays open [M8]."""

    roomId: RoomId
    reason: Annotated[
        int,
        Meta(
            description="0 by an administrator of the room, 1 the account entered on another device [M2], 2 by the "
            "server, 3 no sign of life in time [M9], 4 the membership ended elsewhere, 5 this device entered another "
            "room [M3]."
        ),
    ]
    message: Message


@event("onRemoteUserEnterRoom", receivers=OTHERS)
class RemoteUserEnterRoom(msgspec.Struct, frozen=True):
    """Somebody came in."""

    roomId: RoomId
    userInfo: UserInfo


@event("onRemoteUserLeaveRoom", receivers=OTHERS)
class RemoteUserLeaveRoom(msgspec.Struct, frozen=True):
    """Somebody went."""

    roomId: RoomId
    userInfo: UserInfo
    reason: Annotated[
        Literal["Leave", "Kicked", "Expired"],
        Meta(description="Of his own will, put out, or lost without a sign of life [M7]."),
    ]


@event("onRoomUserCountChanged", receivers=ALL)
class RoomUserCountChanged(msgspec.Struct, frozen=True):
    """The number of members changed."""

    roomId: RoomId
    userCount: Annotated[int, Meta(description="Members inside after the event, robots included.")]


@event("onUserInfoChanged", receivers=ALL)
class UserInfoChanged(msgspec.Struct, frozen=True):
    """Role, name card, custom info, marks or profile of a member changed."""

    roomId: RoomId
    userInfo: UserInfo
    modifyFlag: Annotated[int, Meta(description="1 the role, 2 the name card, 3 both, 0 neither of them.")]
    operator: By


@event("onUserRoleChanged", receivers=ALL)
class UserRoleChanged(msgspec.Struct, frozen=True):
    """The older event of a changed role; `onUserInfoChanged` tells the same."""

    userId: UserId
    userRole: Role
    userInfo: UserInfo
