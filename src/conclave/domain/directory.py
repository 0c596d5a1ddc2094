"""The directory of applications: what is stored, held in memory, and refreshed when it changes [G22]."""

from collections.abc import Iterable
from typing import Any

import msgspec
import structlog

from conclave.domain import callbacks, events, facts, stored_settings
from conclave.domain.application_settings import ApplicationSettings
from conclave.domain.applications import Application, ApplicationKey
from conclave.domain.operation import SYSTEM, Operation
from conclave.store import applications as rows
from conclave.store import callback_endpoints as endpoints
from conclave.store import callbacks as queue
from conclave.store.engine import Engine
from conclave.store.failures import StoreError
from conclave.store.statements import Transaction

log = structlog.get_logger()
_encode = msgspec.json.Encoder().encode


async def every(tx: Transaction) -> dict[int, Application | StoreError]:
    """Read all applications with their keys; one that this version cannot read is the reason."""
    keys: dict[int, list[ApplicationKey]] = {}
    for sdkappid, secret, valid_until in await rows.keys(tx):
        keys.setdefault(sdkappid, []).append(ApplicationKey(secret, valid_until))
    return {
        sdkappid: _application(sdkappid, text, tuple(keys.get(sdkappid, ()))) for sdkappid, text in await rows.every(tx)
    }


def _application(sdkappid: int, text: str, keys: tuple[ApplicationKey, ...]) -> Application | StoreError:
    try:
        settings = stored_settings.read(sdkappid, text)
    except StoreError as error:
        return error
    return Application(sdkappid, settings, keys, frozenset(settings.administrators))


async def find(tx: Transaction, sdkappid: int) -> tuple[ApplicationSettings, list[str]] | None:
    """Return an application's settings, and the names of the fields that the settings file owns [G22]."""
    found = await rows.find(tx, sdkappid)
    if found is None:
        return None
    return stored_settings.read(sdkappid, found[0]), msgspec.json.decode(found[1], type=list[str])


async def is_listed(tx: Transaction, sdkappid: int, command: str) -> bool:
    """Tell whether an application is told of a callback, as it is stored now [C10]."""
    found = await find(tx, sdkappid)
    return found is not None and found[0].callback_url != "" and command in found[0].callback_commands


async def callback_url(tx: Transaction, sdkappid: int) -> str:
    """Return where an application's callbacks go now; empty where they go nowhere."""
    found = await rows.find(tx, sdkappid)
    return stored_settings.callback_url(found[0]) if found else ""


async def find_application(tx: Transaction, sdkappid: int) -> Application | None:
    """Read one application with its keys, as it is stored now."""
    found = await find(tx, sdkappid)
    if found is None:
        return None
    return Application(sdkappid, found[0], await _keys_of(tx, sdkappid), frozenset(found[0].administrators))


async def _keys_of(tx: Transaction, sdkappid: int) -> tuple[ApplicationKey, ...]:
    return tuple(ApplicationKey(*key) for key in await rows.keys_of(tx, sdkappid))


async def save(tx: Transaction, sdkappid: int, settings: ApplicationSettings, owned: list[str]) -> None:
    """Write an application's settings; running servers see them within a second.

    What changes for its callbacks is a fact of the log: it is in force from there on [C10]. Another URL is another
    endpoint, which has not failed yet. What only a newer version knows of them stays as it is.
    """
    found = await rows.find(tx, sdkappid)
    before = stored_settings.read(sdkappid, found[0]) if found else ApplicationSettings()
    unknown = stored_settings.unknown(found[0]) if found else {}
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
    """All applications by SDKAppID; an ``Application`` is replaced, never changed.

    One whose settings only a newer version can read stays as it was known, but for its keys, and stops no other.
    """

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
        read = await self._engine.read(self._read)
        if read is None:
            return False
        self._version, self._applications, troubles = read
        for trouble, in_force in troubles:
            log.error("applications", trouble=trouble, in_force=in_force)
        return True

    async def _read(self, tx: Transaction) -> tuple[int, dict[int, Application], list[tuple[str, str]]] | None:
        """Return a new version, its applications, and what is wrong with some, and what holds there instead."""
        version = await rows.version(tx)
        if version == self._version:
            return None
        loaded: dict[int, Application] = {}
        troubles: list[tuple[str, str]] = []
        for sdkappid, found in (await every(tx)).items():
            known = self._applications.get(sdkappid)
            if isinstance(found, StoreError):
                troubles.append((str(found), "what was known" if known else "nothing"))
                if known is None:
                    continue
                found = msgspec.structs.replace(known, keys=await _keys_of(tx, sdkappid))
            # The same object where it is the same: whoever caches by identity keeps his cache.
            loaded[sdkappid] = known if known == found else found
        return version, loaded, troubles
