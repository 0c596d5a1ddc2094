"""Messages to all in the room, and the latest of them."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import chat
from conclave.domain.chat import Draft
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.realtime.call import Call
from conclave.realtime.events.messages import MessageInfo, Sequence
from conclave.realtime.hub import Place
from conclave.realtime.methods.codes import GONE
from conclave.realtime.registry import method
from conclave.realtime.shapes.words import Seconds

MOST: Final = 100
WHEN_SENT: Final = (errors.MESSAGE_TOO_LONG, *GONE, errors.MUTED, errors.MESSAGES_DISABLED)


class Sent(msgspec.Struct, frozen=True):
    """Result of sendTextMessage and sendCustomMessage."""

    sequence: Sequence
    timestampInSecond: Seconds


class SendTextMessage(msgspec.Struct):
    """Parameters of sendTextMessage."""

    textContent: Annotated[str, fields.LINES, Meta(min_length=1, description="The text.")]
    extensionInfo: Annotated[
        dict[fields.Line, fields.Prose],
        Meta(description="What the application wants to say beside it, by names of its own."),
    ] = {}


@method(
    "sendTextMessage",
    needs="room",
    codes=WHEN_SENT,
    example={"textContent": "Hello!", "extensionInfo": {"language": "en"}},
)
async def send_text_message(call: Call, params: SendTextMessage) -> Sent:
    """Say something to all in the room. The sender is told of the message like everybody, in its place among others.

    All texts of a message together may have `message_limit` bytes, and an account may send `message_rate` messages a
    second to a room: 4096 and 10, unless the application says otherwise. Above the rate the answer is -2.
    """
    return await _send(call, Draft(params.textContent, extension=params.extensionInfo))


class SendCustomMessage(msgspec.Struct):
    """Parameters of sendCustomMessage."""

    businessId: Annotated[
        str, fields.ONE_LINE, Meta(min_length=1, description="What kind of message it is: a word of the application.")
    ]
    data: Annotated[str, fields.LINES, Meta(description="What it says, in the application's own way.")]


@method(
    "sendCustomMessage",
    needs="room",
    codes=WHEN_SENT,
    example={"businessId": "poll", "data": '{"choice":2}'},
)
async def send_custom_message(call: Call, params: SendCustomMessage) -> Sent:
    """Send data of the application's own to all in the room, under the rules of sendTextMessage."""
    return await _send(call, Draft(params.data, business_id=params.businessId))


async def _send(call: Call, draft: Draft) -> Sent:
    place = call.place
    _refuse_haste(call, place)

    async def work(op: Operation) -> Sent:
        said = await chat.send(op, place.room_id, place.room[1], draft)
        return Sent(said.sequence, said.at // 1000)

    return await call.write(work)


def _refuse_haste(call: Call, place: Place) -> None:
    house = call.house
    rate = house.gate(place.room[0]).application.settings.message_rate
    if not house.hub.talk.admit((*place.room, place.account), rate, house.clock.monotonic_ns()):
        raise Refusal(errors.TOO_MANY_FRAMES, f"you may send {rate} messages a second; wait a moment")


class GetMessageList(msgspec.Struct):
    """Parameters of getMessageList."""

    before: Annotated[
        fields.Natural, Meta(description="Only messages with a lower `sequence`; 0 begins with the latest.")
    ] = 0
    count: Annotated[int, Meta(ge=1, le=MOST, description="The most to answer with.")] = 50


class MessagePage(msgspec.Struct, frozen=True, kw_only=True):
    """Result of getMessageList."""

    messages: Annotated[
        list[MessageInfo], Meta(description="The latest of those wanted, in the order in which they were sent.")
    ] = msgspec.field(name="list")
    next: Annotated[int, Meta(description="The `before` with which to go back further; 0: nothing older is kept.")]


@method(
    "getMessageList",
    needs="room",
    codes=GONE,
    example={"before": 0, "count": 50},
)
async def get_message_list(call: Call, params: GetMessageList) -> MessagePage:
    """Read what was said, back from the latest; the last `message_history` messages of the room are kept."""
    place = call.place

    async def work(op: Operation) -> MessagePage:
        said, older = await chat.page(op, place.room_id, place.room[1], params.before, params.count)
        return MessagePage(messages=[MessageInfo.of(each) for each in said], next=older)

    return await call.read(work)
