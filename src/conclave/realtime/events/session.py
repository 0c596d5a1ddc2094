"""Events of a connection: its errors, and how its login ends."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.realtime.events.base import Message
from conclave.realtime.registry import event


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
