"""The envelope of every answer: ActionStatus, ErrorCode, ErrorInfo, RequestId, and the payload [G11] [G17]."""

import itertools
import random
from typing import Final

import msgspec

from conclave.api.field_names import NAMES
from conclave.errors import Refusal

_sequence = itertools.count(1)
_random = random.Random(random.SystemRandom().getrandbits(128))  # noqa: S311 - an identifier, not a secret
_encode: Final = msgspec.json.Encoder().encode

HEADERS: Final = [
    ("content-type", "application/json"),
    ("access-control-allow-origin", "*"),
    ("access-control-allow-headers", "X-Requested-With"),
    ("access-control-allow-methods", "POST"),
]


def new_request_id() -> str:
    """Return ``Id-<32 hex>-O-Seq-<n>``; an identifier, not a secret."""
    return f"Id-{_random.getrandbits(128):032x}-O-Seq-{next(_sequence)}"


def success(request_id: str, payload: msgspec.Struct | None, *, under_response: bool) -> bytes:
    """Return the body of a success; Chat payloads lie beside the envelope's fields, Conference ones under Response."""
    head = f'{{"ActionStatus":"OK","ErrorCode":0,"ErrorInfo":"","RequestId":"{request_id}"'.encode()
    if payload is None:
        return head + b"}"
    content = _encode(payload)
    if under_response:
        return b'%b,"Response":%b}' % (head, content)
    return head + (b"," + content[1:] if len(content) > 2 else b"}")


def failure(request_id: str, refusal: Refusal) -> bytes:
    """Return the body of a failure: the code, and one sentence."""
    return _encode(
        {
            "ActionStatus": "FAIL",
            "ErrorCode": refusal.code.number,
            "ErrorInfo": refusal.told(NAMES),
            "RequestId": request_id,
        }
    )
