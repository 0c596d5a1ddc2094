"""The URL of a call: ``/v4/{service}/{command}?sdkappid=…&identifier=…&usersig=…&random=…&contenttype=json``."""

from typing import Final
from urllib.parse import unquote

from conclave import errors
from conclave.errors import Refusal

MAX_PARAMETERS: Final = 50
MAX_NAME_SHOWN: Final = 64


def split_path(path: str) -> tuple[str, str]:
    """Return service and command; refuses another shape with 60002."""
    parts = path.split("/")
    if len(parts) != 4 or parts[0] or parts[1] != "v4" or not parts[2] or not parts[3]:
        raise Refusal(errors.BAD_REQUEST, "the path must be /v4/{service}/{command}")
    return parts[2], parts[3]


def parse_query(query: str) -> dict[str, str]:
    """Return the parameters, decoded once.

    Refuses with 60002 what is not UTF-8, and one parameter with two values [G18].
    """
    parameters: dict[str, str] = {}
    pairs = query.split("&", MAX_PARAMETERS)
    if len(pairs) > MAX_PARAMETERS:
        raise Refusal(errors.BAD_REQUEST, f"the URL has more than {MAX_PARAMETERS} parameters")
    for pair in pairs:
        name, _, value = pair.partition("=")
        if "%" in pair or "+" in pair:
            name, value = _decoded(name), _decoded(value)
        if parameters.setdefault(name, value) != value:
            raise Refusal(errors.BAD_REQUEST, f"the URL parameter {name[:MAX_NAME_SHOWN]!r} has two values")
    return parameters


def _decoded(text: str) -> str:
    try:
        return unquote(text.replace("+", " "), errors="strict")
    except UnicodeDecodeError:
        raise Refusal(errors.BAD_REQUEST, "a URL parameter is not UTF-8") from None
