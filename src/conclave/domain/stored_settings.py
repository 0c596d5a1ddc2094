"""Settings of applications as they are stored, perhaps by a newer version that serves beside this one.

Fields that only that one knows are passed over, and kept. A value that it alone knows is not: nothing can be put in its
place. The settings file and the command line stay strict: what they name must exist.
"""

from typing import Any, Final

import msgspec

from conclave.domain.application_settings import ApplicationSettings
from conclave.store.failures import StoreError

_FIELDS: Final = frozenset(ApplicationSettings.__struct_fields__)


class _Callbacks(msgspec.Struct):
    callback_url: str = ""


def read(sdkappid: int, text: str) -> ApplicationSettings:
    """Read settings; raises ``StoreError`` where a value is none that this version knows."""
    try:
        stored = msgspec.json.decode(text, type=dict[str, Any])
        return msgspec.convert({name: stored[name] for name in stored if name in _FIELDS}, ApplicationSettings)
    except msgspec.DecodeError as error:
        raise StoreError(f"application {sdkappid} was stored by another version of Conclave: {error}") from error


def unknown(text: str) -> dict[str, Any]:
    """Return what only a newer version knows."""
    stored = msgspec.json.decode(text, type=dict[str, Any])
    return {name: value for name, value in stored.items() if name not in _FIELDS}


def callback_url(text: str) -> str:
    """Return where the callbacks go, whatever else is stored."""
    return msgspec.json.decode(text, type=_Callbacks).callback_url
