"""Events of requests: they are sent, answered, withdrawn, and end by themselves."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.realtime.events.base import Message
from conclave.realtime.registry import event
from conclave.realtime.shapes.people import Operator
from conclave.realtime.shapes.requests import RequestInfo
from conclave.realtime.shapes.words import RequestId, RoomId

Request = Annotated[RequestInfo, Meta(description="The request.")]


@event("onRequestReceived", receivers="who may answer: one user for 1, 2 and 5, the owner and the administrators else")
class RequestReceived(msgspec.Struct, frozen=True):
    """Somebody asks for something; the first answer counts."""

    roomId: RoomId
    request: Request


@event("onRequestCancelled", receivers="who might have answered")
class RequestCancelled(msgspec.Struct, frozen=True):
    """A request needs no answer any more: it was withdrawn, nobody answered in time, or what it asked for is moot."""

    roomId: RoomId
    request: Request
    operator: Operator


@event("onRequestProcessed", receivers="who might have answered, but for the one who did")
class RequestProcessed(msgspec.Struct, frozen=True):
    """A request was answered by another, or what it asked for came true without an answer."""

    roomId: RoomId
    request: Request
    operator: Operator


@event("onRequestCallback", receivers="who sent the request")
class RequestCallback(msgspec.Struct, frozen=True):
    """What became of a request of the receiver."""

    roomId: RoomId
    requestId: RequestId
    requestCallbackType: Annotated[
        int,
        Meta(
            description="0 accepted, 1 rejected, 2 cancelled, by the receiver or by what happened meanwhile, 3 not "
            "answered in time, 4 it cannot be answered any more: `code` says why."
        ),
    ]
    userId: Annotated[str, Meta(description="Who brought it about; `@TIM#SYSTEM` when its time was over.")]
    code: Annotated[int, Meta(description="0; with type 4 the code of what hinders it: 100005, the user left.")]
    message: Message
