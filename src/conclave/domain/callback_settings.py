"""The configuration of callbacks: one for each application, a URL and the callbacks that are listed [C1] [C2].

It is a part of the application's settings, so that REST, the settings file and the command line set the same thing;
what the file owns, REST does not change [G22].
"""

from typing import Any

import msgspec

from conclave import errors
from conclave.domain import callbacks, directory
from conclave.domain.application_settings import ApplicationSettings
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store import applications


async def read(op: Operation) -> ApplicationSettings:
    """Return the settings as they are stored; refuses with 100301 when no callbacks are configured."""
    settings, _ = await _found(op)
    _require_configured(settings)
    return settings


def _require_configured(settings: ApplicationSettings) -> None:
    if not settings.callback_url:
        raise Refusal(errors.CALLBACK_NOT_EXIST, "no callback is configured; use set_callback")


async def configure(op: Operation, url: str, commands: list[str]) -> None:
    """Configure the callbacks of an application that has none; refuses with 100002, or 100300."""
    changes = _checked(url, commands)
    await applications.lock_changes(op.tx)
    settings, owned = await _found(op)
    if settings.callback_url:
        raise Refusal(errors.CALLBACK_EXISTS, "a callback is configured already; use update_callback")
    await _change(op, settings, owned, changes)


async def reconfigure(op: Operation, url: str, commands: list[str]) -> None:
    """Replace the configuration; refuses with 100002, or 100301."""
    changes = _checked(url, commands)
    await applications.lock_changes(op.tx)
    settings, owned = await _found(op)
    _require_configured(settings)
    await _change(op, settings, owned, changes)


async def remove(op: Operation) -> None:
    """Remove the configuration, if there is one; what waits to be sent is dropped [C10]."""
    await applications.lock_changes(op.tx)
    settings, owned = await _found(op)
    if settings.callback_url:
        await _change(op, settings, owned, removal(owned))


def removal(owned: list[str]) -> dict[str, Any]:
    """Return the fields that say that there is no configuration; a list that is the settings file's stays [G22]."""
    return {"callback_url": ""} | ({} if "callback_commands" in owned else {"callback_commands": ()})


async def read_token(op: Operation) -> ApplicationSettings:
    """Return the settings with the token; refuses with 100302 when none was ever set [C2]."""
    settings, _ = await _found(op)
    if not settings.callback_token:
        raise Refusal(errors.CALLBACK_TOKEN_NOT_SET, "no callback token is set; use set_callback_token")
    return settings


async def set_token(op: Operation, token: str | None, enabled: bool | None) -> None:
    """Set the token, or whether it signs, or both; the first time both are needed; refuses with 100002 [C2]."""
    await applications.lock_changes(op.tx)
    settings, owned = await _found(op)
    given = {"callback_token": token, "callback_token_enabled": enabled}
    missing = next((name for name, value in (("Token", token), ("IsTokenEnable", enabled)) if value is None), None)
    if missing and not settings.callback_token:
        raise Refusal(errors.PARAMETER, f"{missing} is missing: the first call sets both Token and IsTokenEnable")
    await _change(op, settings, owned, {name: value for name, value in given.items() if value is not None})


def _checked(url: str, commands: list[str]) -> dict[str, Any]:
    try:
        callbacks.check_url(url)
    except ValueError as error:
        raise Refusal(errors.PARAMETER, f"Url {error}") from error
    try:
        callbacks.check_names(commands)
    except ValueError as error:
        raise Refusal(errors.PARAMETER, f"CallbackCommandList: {error}") from error
    return {"callback_url": url, "callback_commands": callbacks.proper_names(commands)}


async def _found(op: Operation) -> tuple[ApplicationSettings, list[str]]:
    found = await directory.find(op.tx, op.sdkappid)
    assert found is not None, "an application that is served is stored"
    return found


async def _change(op: Operation, settings: ApplicationSettings, owned: list[str], changes: dict[str, Any]) -> None:
    changed = msgspec.structs.replace(settings, **changes)
    fault = directory.owned_fault(op.sdkappid, directory.changed(settings, changed), owned)
    if fault is not None:
        raise Refusal(errors.PARAMETER, fault)
    if changed != settings:
        await directory.save(op.tx, op.sdkappid, changed, owned)
