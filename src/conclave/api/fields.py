"""The types of wire fields, with the rules that JSON types alone cannot say.

A rule is a function from a value to a sentence, or ``None``; it rides in ``Meta.extra`` and is collected once per
request type by ``conclave.api.decode``. Lengths are bytes of UTF-8.
"""

import re
from collections.abc import Callable
from typing import Annotated, Any, Final

from msgspec import Meta

from conclave.domain import accounts

Rule = Callable[[Any], str | None]
INT64_MAX: Final = 2**63 - 1
LATEST_SECOND: Final = 253_402_300_799  # the last second of the year 9999


def text(most: int, least: int = 0) -> Any:
    """Return the ``Meta`` of a string of ``least`` to ``most`` bytes."""
    sentence = f"must be {least} to {most} bytes long" if least else f"must be at most {most} bytes long"

    def rule(value: str) -> str | None:
        size = len(value) if value.isascii() else len(value.encode())
        return None if least <= size <= most else sentence

    return Meta(extra={"rule": rule}, extra_json_schema={"minLength": least, "maxLength": most})


def _without(barred: str, sentence: str) -> Any:
    """Return the ``Meta`` of a string that has none of these characters, as a regular expression writes them."""
    pattern = f"^[^{barred}]*$"
    matches = re.compile(pattern).fullmatch

    def rule(value: str) -> str | None:
        return None if matches(value) else sentence

    return Meta(extra={"rule": rule}, extra_json_schema={"pattern": pattern})


def printable(most: int, least: int = 1) -> Any:
    """Return the ``Meta`` of ``least`` to ``most`` bytes of printable ASCII, 0x20-0x7e."""

    def rule(value: str) -> str | None:
        if not least <= len(value) <= most:
            return f"must be {least} to {most} bytes long; the length must be less than {most + 1}"
        return None if value.isascii() and value.isprintable() else "must be printable ASCII, 0x20 to 0x7e"

    return Meta(extra={"rule": rule}, extra_json_schema={"minLength": least, "maxLength": most, "pattern": "^[ -~]*$"})


def _account_rule(value: str) -> str | None:
    return accounts.fault(value)


ONE_LINE: Final = _without("\\x00-\\x1f\\x7f-\\x9f", "must not contain control characters")
LINES: Final = _without(
    "\\x00-\\x08\\x0b\\x0c\\x0e-\\x1f\\x7f-\\x9f", "must not contain control characters but line breaks and tabs"
)
# What members write has no control characters: nobody wants them, and JSON escapes them six times as long.
Line = Annotated[str, ONE_LINE]
Prose = Annotated[str, LINES]
Remark = Annotated[str, text(1000), ONE_LINE]
RoomId = Annotated[str, printable(48)]
Password = Annotated[str, printable(32, least=0)]  # an empty one says that there is none [R11]
RoomName = Annotated[str, text(100)]
RoomCustomInfo = Annotated[str, text(500)]
NameCard = Annotated[str, text(32)]
MemberCustomInfo = Annotated[str, text(60)]
Reason = Annotated[str, text(1000)]
Mark = Annotated[int, Meta(ge=1000, le=INT64_MAX)]
Account = Annotated[
    str,
    Meta(
        extra={"rule": _account_rule},
        extra_json_schema={"minLength": 1, "maxLength": 32, "pattern": "^[^\\x00-\\x1f\\x7f-\\x9f]+$"},
    ),
]
Second = Annotated[int, Meta(ge=0, le=LATEST_SECOND)]
Int64 = Annotated[int, Meta(ge=-INT64_MAX - 1, le=INT64_MAX)]
Positive = Annotated[int, Meta(ge=1, le=INT64_MAX)]
Natural = Annotated[int, Meta(ge=0, le=INT64_MAX)]
