"""Events of invitations into a meeting: to the two whom one concerns, and to those inside."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.realtime.events.base import ALL
from conclave.realtime.registry import event
from conclave.realtime.shapes.people import Operator
from conclave.realtime.shapes.requests import InvitationInfo
from conclave.realtime.shapes.rooms import RoomInfo
from conclave.realtime.shapes.words import RoomId

INVITEE = "the invitee, on all devices, as a frame that belongs to no room"
INVITER = "the inviter, on all devices, as a frame that belongs to no room"


@event("onReceiveInvitation", receivers=INVITEE)
class ReceiveInvitation(msgspec.Struct, frozen=True):
    """Somebody asks the receiver to come in; whoever is not logged in is not told later."""

    roomId: RoomId
    roomInfo: RoomInfo
    invitation: InvitationInfo
    extensionInfo: Annotated[str, Meta(description='What the inviter sent along, `""` for nothing.')]


@event("onInvitationHandledByOtherDevice", receivers="the invitee's other devices, as a frame that belongs to no room")
class InvitationHandledByOtherDevice(msgspec.Struct, frozen=True):
    """The invitation was answered, or the room entered, on another device of the account."""

    roomId: RoomId
    roomInfo: RoomInfo
    accepted: Annotated[bool, Meta(description="`false`: it was rejected.")]


@event("onInvitationCancelled", receivers=INVITEE)
class InvitationCancelled(msgspec.Struct, frozen=True):
    """The inviter took the invitation back, or nobody is inside any more."""

    roomId: RoomId
    roomInfo: RoomInfo
    invitation: InvitationInfo


@event("onInvitationRevokedByAdmin", receivers=INVITEE)
class InvitationRevokedByAdmin(msgspec.Struct, frozen=True):
    """The owner or an administrator took the invitation of another back."""

    roomId: RoomId
    roomInfo: RoomInfo
    invitation: InvitationInfo
    operateUser: Operator


@event("onInvitationAccepted", receivers=INVITER)
class InvitationAccepted(msgspec.Struct, frozen=True):
    """The invitee accepted, or came in."""

    roomId: RoomId
    roomInfo: RoomInfo
    invitation: InvitationInfo


@event("onInvitationRejected", receivers=INVITER)
class InvitationRejected(msgspec.Struct, frozen=True):
    """The invitee will not come."""

    roomId: RoomId
    roomInfo: RoomInfo
    invitation: InvitationInfo
    reason: Annotated[int, Meta(description="0 declined, 1 in another conference.")]


@event("onInvitationTimeout", receivers="the inviter and the invitee, on all devices, as a frame of no room")
class InvitationTimeout(msgspec.Struct, frozen=True):
    """Nobody answered the invitation in time."""

    roomId: RoomId
    roomInfo: RoomInfo
    invitation: InvitationInfo


@event("onInvitationAdded", receivers=ALL)
class InvitationAdded(msgspec.Struct, frozen=True):
    """Somebody was asked to come in."""

    roomId: RoomId
    invitation: InvitationInfo


@event("onInvitationRemoved", receivers=ALL)
class InvitationRemoved(msgspec.Struct, frozen=True):
    """An invitation was taken back."""

    roomId: RoomId
    invitation: InvitationInfo


@event("onInvitationStatusChanged", receivers=ALL)
class InvitationStatusChanged(msgspec.Struct, frozen=True):
    """An invitation was accepted or rejected, or timed out."""

    roomId: RoomId
    invitation: InvitationInfo
