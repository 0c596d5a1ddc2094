"""What an application's settings may name: networks, and commands and callbacks that exist.

Only here, because domain does not know commands. Settings that are stored already are not judged again: a command that
a later version no longer has does not keep a server from starting.
"""

import difflib
from typing import Any

from conclave.api import registry
from conclave.api.gate import parse_networks
from conclave.domain import callbacks

DEFAULT = "default"


def check(settings: dict[str, Any]) -> None:
    """Raise ``ValueError``, in one sentence, for a network or command that there is not.

    ``settings`` holds fields of ``ApplicationSettings``, whole or in part.
    """
    try:
        parse_networks(tuple(settings.get("networks", ())))
    except ValueError as error:
        raise ValueError(f"networks: {error}") from error
    _check_callbacks(settings)
    paths = known()
    for path in settings.get("disabled_commands", ()):
        if path not in paths:
            raise ValueError(f"disabled_commands: {unknown(path)}")
    for name in settings.get("rates", {}):
        if name != DEFAULT and name not in paths and not any(path.endswith(f"/{name}") for path in paths):
            raise ValueError(f"rates: {unknown(name)}")


def _check_callbacks(settings: dict[str, Any]) -> None:
    try:
        if url := settings.get("callback_url"):
            callbacks.check_url(url)
    except ValueError as error:
        raise ValueError(f"callback_url {error}") from error
    try:
        callbacks.check_names(settings.get("callback_commands", ()))
    except ValueError as error:
        raise ValueError(f"callback_commands: {error}") from error


def known() -> list[str]:
    """Return every command as ``service/command``, sorted, aliases left out."""
    return sorted({command.path for command in registry.load().values()})


def callable_names() -> set[str]:
    """Return every ``service/command`` that may be called, aliases included."""
    return {"/".join(each) for each in registry.load()}


def unknown(name: str) -> str:
    """Return the sentence that a command does not exist, with those whose names are near."""
    names = {path: path.rpartition("/")[2] for path in known()}
    similar = difflib.get_close_matches(name.rpartition("/")[2], set(names.values()), n=2, cutoff=0.8)
    near = [path for wanted in similar for path in names if names[path] == wanted]
    hint = f"; did you mean {' or '.join(near)}?" if near else "; commands are named service/command"
    return f"there is no command {name!r}{hint}"
