"""What operators do to applications, and who owns which of their settings [G22].

The settings file creates what is missing and owns the fields that it names. The command line changes the others, on
the same rows, whether a server runs or not; a running one sees it within a second.
"""

import secrets
from collections.abc import Iterable, Mapping
from typing import Any, Final

import msgspec

from conclave.api import naming
from conclave.config import Settings, SettingsError
from conclave.domain import directory
from conclave.domain.application_settings import ApplicationSettings
from conclave.domain.applications import Application
from conclave.settings import ApplicationEntry
from conclave.store import applications as rows
from conclave.store.failures import StoreError
from conclave.store.statements import Transaction

FIRST_SDKAPPID: Final = 1_400_000_001
KEY: Final = "key"


class AdministrationError(Exception):
    """An operator's wish that cannot be granted; the message says why in one sentence."""


async def apply(tx: Transaction, settings: Settings) -> ApplicationEntry | None:
    """Bring the stored applications up to the settings file; return the one made at a first start.

    Raises ``SettingsError``.
    """
    await rows.lock_changes(tx)
    entries = list(zip(settings.applications, settings.named, strict=True))
    stored = await directory.every(tx)
    first = None
    if not entries and not stored:
        first = ApplicationEntry(sdkappid=FIRST_SDKAPPID, key=new_key(), name="first")
        await directory.save(tx, first.sdkappid, ApplicationSettings(name=first.name), [])
        await rows.set_key(tx, first.sdkappid, first.key, 0)
    named = {entry.sdkappid for entry, _ in entries}
    for sdkappid, application in stored.items():
        if sdkappid not in named and isinstance(application, Application):
            await _disown(tx, sdkappid)
    for entry, owned in entries:
        await _own(tx, entry, owned)
    return first


async def _disown(tx: Transaction, sdkappid: int) -> None:
    found = await directory.find(tx, sdkappid)
    if found is not None and found[1]:
        await directory.save(tx, sdkappid, found[0], [])


async def _own(tx: Transaction, entry: ApplicationEntry, named: frozenset[str]) -> None:
    wanted = {name: getattr(entry, name) for name in named}
    try:
        naming.check(wanted)
    except ValueError as error:
        raise SettingsError(f"application {entry.sdkappid}: {error}") from error
    found = await directory.find(tx, entry.sdkappid)
    settings = msgspec.structs.replace(found[0] if found else ApplicationSettings(), **wanted)
    owned = sorted({*named, KEY})
    if found != (settings, owned):
        await directory.save(tx, entry.sdkappid, settings, owned)
    await rows.set_key(tx, entry.sdkappid, entry.key, settings.key_overlap * 1000)


async def find(tx: Transaction, sdkappid: int | None) -> Application:
    """Return an application, or the only one when ``sdkappid`` is ``None``.

    Raises ``AdministrationError``, or ``StoreError`` for one that only a newer version can read.
    """
    every = await directory.every(tx)
    if sdkappid is None and len(every) == 1:
        (sdkappid,) = every
    if sdkappid is None:
        listed = ", ".join(str(each) for each in list(every)[:5]) + (", …" if len(every) > 5 else "")
        raise AdministrationError(
            f"there are {len(every)} applications ({listed}); say which with --sdkappid"
            if every
            else "there is no application yet; `conclave serve` or `conclave app create` makes one"
        )
    if sdkappid not in every:
        raise AdministrationError(f"there is no application {sdkappid}; `conclave app list` names them")
    if isinstance(found := every[sdkappid], StoreError):
        raise found
    return found


async def create(tx: Transaction, sdkappid: int | None, name: str, key: str) -> int:
    """Create an application and return its id: the given one, or the next free one."""
    await rows.lock_changes(tx)
    taken = await directory.every(tx)
    number = max((*taken, FIRST_SDKAPPID - 1)) + 1 if sdkappid is None else sdkappid
    if number in taken:
        raise AdministrationError(f"application {number} exists already")
    await directory.save(tx, number, _settings({"name": name}), [])
    await rows.set_key(tx, number, key, 0)
    return number


async def change(tx: Transaction, sdkappid: int, changes: Mapping[str, Any]) -> ApplicationSettings:
    """Set fields of an application and return all of them; raises ``AdministrationError``."""
    await rows.lock_changes(tx)
    settings, owned = await _stored(tx, sdkappid)
    changed = _settings({**msgspec.to_builtins(settings), **changes})
    _refuse_owned(sdkappid, directory.changed(settings, changed), owned)
    try:
        naming.check(dict(changes))
    except ValueError as error:
        raise AdministrationError(str(error)) from error
    if changed != settings:
        await directory.save(tx, sdkappid, changed, owned)
    return changed


async def rotate_key(tx: Transaction, sdkappid: int, key: str, overlap_s: int | None) -> int:
    """Put ``key`` in force; return for how many seconds the one before it stays valid.

    ``overlap_s`` is by default the application's ``key_overlap``. Raises ``AdministrationError``.
    """
    await rows.lock_changes(tx)
    settings, owned = await _stored(tx, sdkappid)
    _refuse_owned(sdkappid, (KEY,), owned)
    overlap = settings.key_overlap if overlap_s is None else overlap_s
    await rows.set_key(tx, sdkappid, key, overlap * 1000)
    return overlap


async def owned_fields(tx: Transaction, sdkappid: int) -> list[str]:
    """Return the names of the fields that the settings file owns; raises ``AdministrationError``."""
    return (await _stored(tx, sdkappid))[1]


def new_key() -> str:
    """Return a key that nobody can guess."""
    return secrets.token_hex(32)


async def _stored(tx: Transaction, sdkappid: int) -> tuple[ApplicationSettings, list[str]]:
    await find(tx, sdkappid)
    found = await directory.find(tx, sdkappid)
    assert found is not None
    return found


def _refuse_owned(sdkappid: int, fields: Iterable[str], owned: list[str]) -> None:
    fault = directory.owned_fault(sdkappid, fields, owned)
    if fault is not None:
        raise AdministrationError(fault)


def _settings(fields: Mapping[str, Any]) -> ApplicationSettings:
    try:
        return msgspec.convert(fields, ApplicationSettings)
    except msgspec.ValidationError as error:
        message, _, where = str(error).partition(" - at `$.")
        field = f"{where.rstrip('`')}: " if where else ""
        raise AdministrationError(f"{field}{message.replace('`', '')}") from error
