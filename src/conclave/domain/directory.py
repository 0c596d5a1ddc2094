"""The directory of applications: what is stored, held in memory, and refreshed when it changes [G22]."""

from collections.abc import Iterable
from typing import Any, Final

import msgspec

from conclave.domain import callbacks, events, facts
from conclave.domain.applications import Application, ApplicationKey, ApplicationSettings
from conclave.domain.operation import SYSTEM, Operation
from conclave.store import applications as rows
from conclave.store import callback_endpoints as endpoints
from conclave.store import callbacks as queue
from conclave.store.engine import Engine, StoreError, Transaction

_encode = msgspec.json.Encoder().encode
_FIELDS: Final = frozenset(ApplicationSettings.__struct_fields__)


async def every(tx: Transaction) -> list[Application]:
    """Read all applications with their keys."""
    keys: dict[int, list[ApplicationKey]] = {}
    for sdkappid, secret, valid_until in await rows.keys(tx):
        keys.setdefault(sdkappid, []).append(ApplicationKey(secret, valid_until))
    return [
        Application(sdkappid, settings, tuple(keys.get(sdkappid, ())), frozenset(settings.administrators))
        for sdkappid, text in await rows.every(tx)
        for settings in (_settings(sdkappid, text),)
    ]


def _settings(sdkappid: int, text: str) -> ApplicationSettings:
    """Read settings as they are stored; what only a newer version knows, which serves beside this one, is passed over.

    The settings file and the command line stay strict: what they name must exist.
    """
    stored = msgspec.json.decode(text, type=dict[str, Any])
    try:
        return msgspec.convert({name: stored[name] for name in stored if name in _FIELDS}, ApplicationSettings)
    except msgspec.ValidationError as error:
        raise StoreError(f"application {sdkappid} was stored by another version of Conclave: {error}") from error


def _unknown(text: str) -> dict[str, Any]:
    """Return what only a newer version knows of settings that are stored."""
    stored = msgspec.json.decode(text, type=dict[str, Any])
    return {name: value for name, value in stored.items() if name not in _FIELDS}


async def find(tx: Transaction, sdkappid: int) -> tuple[ApplicationSettings, list[str]] | None:
    """Return an application's settings, and the names of the fields that the settings file owns [G22]."""
    found = await rows.find(tx, sdkappid)
    if found is None:
        return None
    return _settings(sdkappid, found[0]), msgspec.json.decode(found[1], type=list[str])


async def is_listed(tx: Transaction, sdkappid: int, command: str) -> bool:
    """Tell whether an application is told of a callback, as it is stored now [C10]."""
    found = await find(tx, sdkappid)
    return found is not None and found[0].callback_url != "" and command in found[0].callback_commands


async def find_application(tx: Transaction, sdkappid: int) -> Application | None:
    """Read one application with its keys, as it is stored now."""
    found = await find(tx, sdkappid)
    if found is None:
        return None
    keys = tuple(ApplicationKey(*key) for key in await rows.keys_of(tx, sdkappid))
    return Application(sdkappid, found[0], keys, frozenset(found[0].administrators))


async def save(tx: Transaction, sdkappid: int, settings: ApplicationSettings, owned: list[str]) -> None:
    """Write an application's settings; running servers see them within a second.

    What changes for its callbacks is a fact of the log: it is in force from there on [C10]. Another URL is another
    endpoint, which has not failed yet. What only a newer version knows of them stays as it is.
    """
    found = await rows.find(tx, sdkappid)
    before, unknown = (_settings(sdkappid, found[0]), _unknown(found[0])) if found else (ApplicationSettings(), {})
    listed = callbacks.proper_names(settings.callback_commands)
    if listed != settings.callback_commands:
        settings = msgspec.structs.replace(settings, callback_commands=listed)
    stored = {**msgspec.json.decode(_encode(settings), type=dict[str, Any]), **unknown}
    await rows.save(tx, sdkappid, _encode(stored).decode(), _encode(owned).decode())
    if _callbacks_of(before) != _callbacks_of(settings):
        fact = facts.CallbacksConfigured(
            version=await endpoints.new_version(tx, sdkappid),
            commands=list(listed),
            room_type=settings.callback_room_type,
            is_removed=not settings.callback_url,
        )
        await events.append_outside(Operation(tx, Application(sdkappid, settings, (), frozenset()), SYSTEM), fact)
    if settings.callback_url not in ("", before.callback_url):
        await _trust_anew(tx, sdkappid)


async def _trust_anew(tx: Transaction, sdkappid: int) -> None:
    """Send what waits, unless an operator has paused it."""
    endpoint = await endpoints.lock(tx, sdkappid)
    if endpoint is not None and endpoint.paused != endpoints.BY_OPERATOR:
        endpoint.begin_anew()
        await endpoints.set_health(tx, endpoint)
        await queue.release(tx, sdkappid)


def _callbacks_of(settings: ApplicationSettings) -> tuple[object, ...]:
    if not settings.callback_url:
        return ()
    return settings.callback_commands, settings.callback_room_type


def changed(before: ApplicationSettings, after: ApplicationSettings) -> list[str]:
    """Return the names of the fields whose values differ."""
    return [name for name in before.__struct_fields__ if getattr(before, name) != getattr(after, name)]


def owned_fault(sdkappid: int, fields: Iterable[str], owned: list[str]) -> str | None:
    """Return the sentence that the settings file owns one of ``fields``, or ``None`` [G22]."""
    for field in fields:
        if field in owned:
            return (
                f"the settings file owns {field} of application {sdkappid}; change it there and start the server again"
            )
    return None


class Directory:
    """All applications by SDKAppID; an ``Application`` is replaced, never changed."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._applications: dict[int, Application] = {}
        self._version = -1

    def get(self, sdkappid: int) -> Application | None:
        """Return an application, or ``None``."""
        return self._applications.get(sdkappid)

    def all(self) -> list[Application]:
        """Return every application."""
        return list(self._applications.values())

    async def refresh(self) -> bool:
        """Read the applications again if any of them changed; return whether one did."""
        return await self._engine.read(self._refresh)

    async def _refresh(self, tx: Transaction) -> bool:
        version = await rows.version(tx)
        if version == self._version:
            return False
        loaded = {application.sdkappid: application for application in await every(tx)}
        for sdkappid, application in loaded.items():
            known = self._applications.get(sdkappid)
            if known == application:
                loaded[sdkappid] = known  # the same object: whoever caches by identity keeps his cache
        self._applications = loaded
        self._version = version
        return True
