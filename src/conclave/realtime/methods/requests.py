"""Requests of all kinds: answer them, withdraw one's own, and list what is pending."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import requests
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import GONE
from conclave.realtime.registry import method
from conclave.realtime.shapes.requests import RequestInfo
from conclave.realtime.shapes.words import RequestId

WHEN_ANSWERED = (*GONE, errors.REQUEST_UNKNOWN, errors.REQUEST_NOT_YOURS)
WHEN_AGREED = (errors.SEAT_LOCKED, errors.SEAT_OCCUPIED, errors.ALL_SEATS_TAKEN)


class SentResult(msgspec.Struct, frozen=True):
    """Result of a method that asks somebody."""

    requestId: Annotated[str, Meta(description='The request, `""` when nobody has to consent: nothing is pending.')]


class ResponseRemoteRequest(msgspec.Struct):
    """Parameters of responseRemoteRequest."""

    requestId: RequestId
    agree: Annotated[bool, Meta(description="Whether one consents.")]
    extensionInfo: Annotated[fields.Remark, Meta(description="What the sender is told along with the answer.")] = ""


class AnswerRequest(msgspec.Struct):
    """Parameters of acceptRemoteRequest and rejectRemoteRequest."""

    requestId: RequestId
    extensionInfo: Annotated[fields.Remark, Meta(description="What the sender is told along with the answer.")] = ""


async def _respond(call: Call, request_id: str, extension: str, *, agree: bool) -> None:
    place = call.place

    async def work(op: Operation) -> None:
        await requests.respond(op, place.room_id, place.room[1], request_id, agree=agree, extension=extension)

    await call.write(work)


@method(
    "responseRemoteRequest",
    needs="room",
    codes=(*WHEN_ANSWERED, *WHEN_AGREED),
    example={"requestId": "17.42", "agree": True},
)
async def response_remote_request(call: Call, params: ResponseRemoteRequest) -> None:
    """Answer a request; the first answer counts, a later one is refused with -2311.

    A seat is looked at now: when it cannot be had any more, the request stays pending. -2310: somebody else is asked.
    """
    await _respond(call, params.requestId, params.extensionInfo, agree=params.agree)


@method("acceptRemoteRequest", needs="room", codes=(*WHEN_ANSWERED, *WHEN_AGREED), example={"requestId": "17.42"})
async def accept_remote_request(call: Call, params: AnswerRequest) -> None:
    """Answer a request with yes; as responseRemoteRequest does."""
    await _respond(call, params.requestId, params.extensionInfo, agree=True)


@method("rejectRemoteRequest", needs="room", codes=WHEN_ANSWERED, example={"requestId": "17.42"})
async def reject_remote_request(call: Call, params: AnswerRequest) -> None:
    """Answer a request with no; as responseRemoteRequest does."""
    await _respond(call, params.requestId, params.extensionInfo, agree=False)


class CancelRequest(msgspec.Struct):
    """Parameters of cancelRequest."""

    requestId: RequestId


@method("cancelRequest", needs="room", codes=WHEN_ANSWERED, example={"requestId": "17.42"})
async def cancel_request(call: Call, params: CancelRequest) -> None:
    """Withdraw a request of one's own; after an answer it is too late (-2311)."""
    place = call.place
    await call.write(lambda op: requests.cancel(op, place.room_id, place.room[1], params.requestId))


class GetRequestList(msgspec.Struct):
    """Parameters of getRequestList: none."""


class RequestListResult(msgspec.Struct, frozen=True):
    """Result of a list of requests."""

    requestList: Annotated[list[RequestInfo], Meta(description="Pending requests, the oldest 300, in their order.")]


@method("getRequestList", needs="room", codes=GONE, example={})
async def get_request_list(call: Call, params: GetRequestList) -> RequestListResult:
    """Read the pending requests that one may answer, and one's own."""
    place = call.place

    async def work(op: Operation) -> RequestListResult:
        found = await requests.visible(op, place.room_id, place.room[1])
        return RequestListResult([RequestInfo.of(request) for request in found])

    return await call.read(work)
