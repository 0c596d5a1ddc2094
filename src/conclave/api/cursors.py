"""Opaque cursors of keyset-paged lists: the key of the list and the place after which to go on.

A cursor is no secret, only a place; one of another list is refused, so that a mix-up shows at once [R13].
"""

import hashlib
import re
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.errors import ErrorCode, Refusal

LONGEST_PAGE: Final = 100
_SHAPE: Final = re.compile(r"([0-9a-f]{1,16})((?:\.[0-9a-f]{1,15})+)")


def _shape_rule(value: str) -> str | None:
    fits = not value or (value.count(".") == 1 and _SHAPE.fullmatch(value))
    return None if fits else "is not a cursor of this list"


# Of a list whose places are one number: what no list gave is refused as a field, before the list is looked for [G1].
Cursor = Annotated[str, Meta(extra={"rule": _shape_rule})]


def of_group(sdkappid: int, group_key: int) -> int:
    """Return the key of the list of a group's members: the internal keys of two applications are alike."""
    return (sdkappid << 32) + group_key & 2**64 - 1


def of_filters(*filters: object) -> int:
    """Return the key of a filtered list: one of another filter, or of another application, is another list."""
    return int.from_bytes(hashlib.blake2b(msgspec.json.encode(filters), digest_size=8).digest())


def write(key: int, *place: int) -> str:
    """Return the cursor that goes on after ``place`` in the list ``key``; most places are one number."""
    return ".".join(f"{number:x}" for number in (key, *place))


def read(cursor: str, key: int, field: str, code: ErrorCode = errors.PARAMETER) -> int:
    """Return the place of a cursor, 0 for an empty one; refuses one that this list did not give."""
    return read_places(cursor, key, 1, field, code)[0]


def read_places(cursor: str, key: int, numbers: int, field: str, code: ErrorCode = errors.PARAMETER) -> tuple[int, ...]:
    """Return a place of several numbers, all 0 for an empty cursor; refuses one that this list did not give."""
    if not cursor:
        return (0,) * numbers
    shape = _SHAPE.fullmatch(cursor)
    if shape is None or int(shape[1], 16) != key or shape[2].count(".") != numbers:
        raise Refusal(code, f"{field} is not a cursor of this list")
    return tuple(int(number, 16) for number in shape[2][1:].split("."))
