"""Events of messages, and of who may not send any."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from conclave.domain.facts import MessageSnapshot
from conclave.realtime.events.base import ALL, By
from conclave.realtime.registry import event
from conclave.realtime.shapes.people import UserInfo
from conclave.realtime.shapes.words import RoomId, Seconds, UserId

Sequence = Annotated[
    int, Meta(description="The message's number: 1 for the first in the room, and so on without a gap.")
]
Sender = Annotated[UserInfo, Meta(description="Who sent it, as he was then.")]
Text = Annotated[str, Meta(description="The text.")]
Extension = Annotated[dict[str, str], Meta(description="What the application says beside it.")]
BusinessId = Annotated[str, Meta(description="What kind of message it is: a word of the application.")]
Data = Annotated[str, Meta(description="What it says, in the application's own way.")]


class MessageInfo(msgspec.Struct, frozen=True):
    """A message that was kept: a text with `extensionInfo`, or `data` with a `businessId`."""

    sequence: Sequence
    timestampInSecond: Seconds
    sender: Sender
    textContent: Text | UnsetType = UNSET
    extensionInfo: Extension | UnsetType = UNSET
    businessId: BusinessId | UnsetType = UNSET
    data: Data | UnsetType = UNSET

    @classmethod
    def of(cls, said: MessageSnapshot) -> "MessageInfo":
        """Return a message as members see it."""
        sent = (said.sequence, said.at // 1000, UserInfo.of(said.sender))
        if said.business_id:
            return cls(*sent, businessId=said.business_id, data=said.content)
        return cls(*sent, textContent=said.content, extensionInfo=said.extension)


@event("onReceiveTextMessage", receivers=ALL)
class ReceiveTextMessage(msgspec.Struct, frozen=True):
    """Somebody said something; the sender is told as well."""

    roomId: RoomId
    sender: Sender
    sequence: Sequence
    timestampInSecond: Seconds
    textContent: Text
    extensionInfo: Extension


@event("onReceiveCustomMessage", receivers=ALL)
class ReceiveCustomMessage(msgspec.Struct, frozen=True):
    """Somebody sent data of the application's own; the sender is told as well."""

    roomId: RoomId
    sender: Sender
    sequence: Sequence
    timestampInSecond: Seconds
    businessId: BusinessId
    data: Data


@event("onSendMessageForUserDisableChanged", receivers=ALL)
class SendMessageForUserDisableChanged(msgspec.Struct, frozen=True):
    """Somebody was muted, or may send messages again."""

    roomId: RoomId
    userId: UserId
    isDisable: Annotated[bool, Meta(description="Whether the user is muted; he need not be inside.")]
    operator: By
