"""The events: the data of each, and who receives it. How they come about stands in ``translation``.

Names are those of the client API (docs/contract/members.md).
"""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from conclave.realtime.registry import event
from conclave.realtime.shapes import (
    IsDisable,
    Operator,
    Role,
    RoomId,
    SeatInfo,
    SeatMode,
    Status,
    UserId,
    UserInfo,
)

ALL: Final = "all in the room"
OTHERS: Final = "the others in the room"

# TUIKickedOutOfRoomReason.
BY_ADMIN, OTHER_DEVICE, BY_SERVER, TIMED_OUT, MEMBERSHIP_ENDED, TOO_MANY_ROOMS = range(6)
DISMISSED_BY_OWNER, DISMISSED_BY_SERVER = 1, 2
# TUIUserInfoModifyFlag.
ROLE_CHANGED, NAME_CARD_CHANGED = 1, 2

Message = Annotated[str, Meta(description="A sentence for people; may be empty.")]
By = Annotated[str, Meta(description="Who did it: a member, the administrator of a REST call, or `@TIM#SYSTEM`.")]


@event("onError", receivers="the connection")
class Error(msgspec.Struct, frozen=True):
    """The server is about to close the connection."""

    code: Annotated[int, Meta(description="The WebSocket's close code: 1001, 1007, 1008, 1009 or 1011 [M10].")]
    message: Message


@event("onKickedOffLine", receivers="the connection")
class KickedOffLine(msgspec.Struct, frozen=True):
    """The account logged in on this device elsewhere [M1], was logged out, or was deleted; the connection closes."""

    message: Message


@event("onUserSigExpired", receivers="the connection")
class UserSigExpired(msgspec.Struct, frozen=True):
    """The UserSig of the login has expired; the session goes on, the next login needs a fresh one."""


@event("onRoomDismissed", receivers=ALL)
class RoomDismissed(msgspec.Struct, frozen=True):
    """The room ended for good; nobody is inside any more."""

    roomId: RoomId
    reason: Annotated[int, Meta(description="1 by its owner, 2 by the server: a REST call or the clock.")]
    operator: By


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


@event("onRoomNameChanged", receivers=ALL)
class RoomNameChanged(msgspec.Struct, frozen=True):
    """The room has another name."""

    roomId: RoomId
    roomName: Annotated[str, Meta(description="The new name.")]
    operator: By


@event("onRoomSeatModeChanged", receivers=ALL)
class RoomSeatModeChanged(msgspec.Struct, frozen=True):
    """Seats are taken in another way; whoever is seated stays seated."""

    roomId: RoomId
    seatMode: SeatMode
    operator: By


@event("onAllUserMicrophoneDisableChanged", receivers=ALL)
class AllUserMicrophoneDisableChanged(msgspec.Struct, frozen=True):
    """General users were barred from opening their microphone, or allowed to again."""

    roomId: RoomId
    isDisable: IsDisable
    operator: By


@event("onAllUserCameraDisableChanged", receivers=ALL)
class AllUserCameraDisableChanged(msgspec.Struct, frozen=True):
    """General users were barred from opening their camera, or allowed to again."""

    roomId: RoomId
    isDisable: IsDisable
    operator: By


@event("onScreenShareForAllUserDisableChanged", receivers=ALL)
class ScreenShareForAllUserDisableChanged(msgspec.Struct, frozen=True):
    """General users were barred from sharing their screen, or allowed to again."""

    roomId: RoomId
    isDisable: IsDisable
    operator: By


@event("onSendMessageForAllUserDisableChanged", receivers=ALL)
class SendMessageForAllUserDisableChanged(msgspec.Struct, frozen=True):
    """General users were barred from sending messages, or allowed to again."""

    roomId: RoomId
    isDisable: IsDisable
    operator: By


class ChangedRoomInfo(msgspec.Struct, frozen=True):
    """What changed of a room that has no event of its own; what did not change is left out."""

    maxMemberCount: Annotated[int | UnsetType, Meta(description="The most members that may be inside.")] = UNSET
    customInfo: Annotated[str | UnsetType, Meta(description="What the application keeps with the room.")] = UNSET
    isCloudRecordingDisabled: Annotated[
        bool | UnsetType, Meta(description="Whether the room must not be recorded.")
    ] = UNSET
    isPasswordEnabled: Annotated[bool | UnsetType, Meta(description="Whether one enters with a password only.")] = UNSET


@event("onRoomInfoChanged", receivers=ALL)
class RoomInfoChanged(msgspec.Struct, frozen=True):
    """Something else about the room changed [M6]."""

    roomId: RoomId
    changed: Annotated[ChangedRoomInfo, Meta(description="The new values.")]
    operator: By


@event("onConferenceStatusChanged", receivers=ALL)
class ConferenceStatusChanged(msgspec.Struct, frozen=True):
    """A booked room started."""

    roomId: RoomId
    status: Status


@event("onConferenceOwnerChanged", receivers=ALL)
class ConferenceOwnerChanged(msgspec.Struct, frozen=True):
    """The room was handed on; the former owner is a general user now."""

    roomId: RoomId
    newOwner: UserInfo
    oldOwner: UserInfo
    operator: By


@event("onUserInfoChanged", receivers=ALL)
class UserInfoChanged(msgspec.Struct, frozen=True):
    """Role, name card, custom info or marks of a member changed."""

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


@event("onSeatListChanged", receivers=ALL)
class SeatListChanged(msgspec.Struct, frozen=True):
    """Somebody sat down, got up or moved, or a seat was locked, unlocked or barred."""

    roomId: RoomId
    seatList: Annotated[list[SeatInfo], Meta(description="Every seat after the event, by index.")]
    seatedList: Annotated[list[SeatInfo], Meta(description="The seats that somebody new sits on.")]
    leftList: Annotated[list[SeatInfo], Meta(description="The seats that were left, with the user who left.")]
    newlySeatedUsers: Annotated[list[UserInfo], Meta(description="Those who sat down; the newer form of seatedList.")]
    newlyLeftUsers: Annotated[list[UserInfo], Meta(description="Those who got up; the newer form of leftList.")]


@event("onKickedOffSeat", receivers="the person taken off the seat")
class KickedOffSeat(msgspec.Struct, frozen=True):
    """The receiver was taken off the seat, and is still in the room."""

    roomId: RoomId
    seatIndex: Annotated[int, Meta(description="The seat that the receiver sat on.")]
    operator: Operator
    extensionInfo: Annotated[str, Meta(description='What the operator sent along (`Data`), `""` for nothing.')]
