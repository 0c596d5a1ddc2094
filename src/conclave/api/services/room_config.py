"""``room_config``: where callbacks go, which of them, and the token that signs their URLs [C1] [C2]."""

from typing import Annotated

import msgspec

from conclave import errors
from conclave.api.registry import Example, command, service
from conclave.domain import callback_settings, callbacks
from conclave.domain.operation import Operation

SERVICE = service("room_config", "Callbacks: where the application's backend is told what happens.")
_EXAMPLE = {
    "Url": "http://127.0.0.1:9000/callback",
    "CallbackCommandList": [callbacks.MEMBER_LEAVE, callbacks.SEATS_CHANGED],
}


class CallbackConfiguration(msgspec.Struct):
    """Request of set_callback and update_callback; the URL has at most 1,024 bytes."""

    Url: str
    CallbackCommandList: Annotated[list[str], msgspec.Meta(max_length=callbacks.MAX_LISTED)]


@command(SERVICE, document="60729", access="write", codes=(errors.CALLBACK_EXISTS,), example=Example(_EXAMPLE))
async def set_callback(op: Operation, request: CallbackConfiguration) -> None:
    """Configure the callbacks of an application that has none yet; nothing is sent to the URL."""
    await callback_settings.configure(op, request.Url, request.CallbackCommandList)


@command(SERVICE, document="60728", access="write", codes=(errors.CALLBACK_NOT_EXIST,), example=Example(_EXAMPLE))
async def update_callback(op: Operation, request: CallbackConfiguration) -> None:
    """Replace URL and list; what waits to be sent goes to the new URL."""
    await callback_settings.reconfigure(op, request.Url, request.CallbackCommandList)


class Nothing(msgspec.Struct):
    """A request that says nothing."""


class GetCallbackReply(msgspec.Struct):
    """Reply of get_callback."""

    Url: str
    CallbackCommandList: list[str]


@command(SERVICE, document="60730", access="read", codes=(errors.CALLBACK_NOT_EXIST,), example=Example({}))
async def get_callback(op: Operation, request: Nothing) -> GetCallbackReply:
    """Tell where callbacks go, and which."""
    settings = await callback_settings.read(op)
    return GetCallbackReply(settings.callback_url, list(settings.callback_commands))


@command(SERVICE, document="60727", access="write", example=Example({}))
async def delete_callback(op: Operation, request: Nothing) -> None:
    """Send no callbacks any more; those that wait are dropped. Succeeds also when none are configured."""
    await callback_settings.remove(op)


class SetCallbackToken(msgspec.Struct):
    """Request of set_callback_token; the first call needs both fields. A token has 1 to 128 characters."""

    Token: Annotated[str, msgspec.Meta(min_length=1, max_length=callbacks.MAX_TOKEN)] | None = None
    IsTokenEnable: bool | None = None


@command(SERVICE, document="ours", access="write", example=Example({"Token": "xxxxyyyy", "IsTokenEnable": True}))
async def set_callback_token(op: Operation, request: SetCallbackToken) -> None:
    """Set the token that signs the URLs of callbacks, and whether it does."""
    await callback_settings.set_token(op, request.Token, request.IsTokenEnable)


class GetCallbackTokenReply(msgspec.Struct):
    """Reply of get_callback_token."""

    Token: str
    IsTokenEnable: bool


@command(SERVICE, document="ours", access="read", codes=(errors.CALLBACK_TOKEN_NOT_SET,), example=Example({}))
async def get_callback_token(op: Operation, request: Nothing) -> GetCallbackTokenReply:
    """Tell the token, and whether it signs."""
    settings = await callback_settings.read_token(op)
    return GetCallbackTokenReply(settings.callback_token, settings.callback_token_enabled)
