"""What waits for an answer: requests in the room, invitations into it."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.domain.facts import InvitationSnapshot, RequestSnapshot
from conclave.realtime.shapes.people import PersonInfo, UserInfo
from conclave.realtime.shapes.words import ExtensionInfo, RequestId, Seconds


class RequestInfo(msgspec.Struct, frozen=True):
    """A request that is pending, or was until now."""

    requestId: RequestId
    requestAction: Annotated[
        int,
        Meta(
            description="Asked of the receiver: 1 open the camera, 2 the microphone, 5 take a seat. The sender asks "
            "for consent: 4 take a seat, 6 open the camera, 7 the microphone, 8 share the screen."
        ),
    ]
    timestamp: Seconds
    content: Annotated[str, Meta(description='Always `""`: the other fields say it all.')]
    fromUser: Annotated[UserInfo, Meta(description="Who sent it.")]
    toUser: Annotated[str, Meta(description='Who is asked, `""` for the owner and the administrators.')]
    extensionInfo: ExtensionInfo
    seatIndex: Annotated[int, Meta(description="The seat that it is about, -1 for any, or for none.")]
    expireTime: Annotated[int, Meta(description="When it ends unanswered, in Unix seconds; 0 for never.")]

    @classmethod
    def of(cls, request: RequestSnapshot) -> "RequestInfo":
        """Return a request as its sender and its receivers see it."""
        return cls(
            requestId=request.request_id,
            requestAction=request.action,
            timestamp=request.at // 1000,
            content="",
            fromUser=UserInfo.of(request.sender),
            toUser=request.target,
            extensionInfo=request.extension,
            seatIndex=request.seat_index,
            expireTime=-(-request.expires_at // 1000),
        )


class InvitationInfo(msgspec.Struct, frozen=True):
    """An invitation into a meeting, pending or not; in a list there is none that was taken back."""

    status: Annotated[
        int,
        Meta(
            description="1 pending, 2 timed out, 3 accepted, 4 rejected, 0 taken back, or over as nobody is inside any "
            "more."
        ),
    ]
    inviter: PersonInfo
    invitee: PersonInfo
    extensionInfo: Annotated[str, Meta(description='What the inviter sent along, `""` for nothing.')]
    expireTime: Annotated[int, Meta(description="Unix seconds at which it times out, 0 when it does not.")]

    @classmethod
    def of(cls, invitation: InvitationSnapshot) -> "InvitationInfo":
        """Return an invitation as others see it."""
        return cls(
            status=invitation.status,
            inviter=PersonInfo.of(invitation.inviter),
            invitee=PersonInfo.of(invitation.invitee),
            extensionInfo=invitation.extension,
            expireTime=-(-invitation.expires_at // 1000),
        )
