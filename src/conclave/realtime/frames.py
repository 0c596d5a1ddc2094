"""Frames: a request comes in, an answer or an event goes out. Text, one JSON object each.

``{"id": 1, "method": "enterRoom", "params": {…}}`` is answered by ``{"id": 1, "result": {…}}`` or by
``{"id": 1, "error": {"code": …, "message": "…"}}``. An event is ``{"event": …, "roomId": …, "seq": …, "data": {…}}``;
one that concerns no room has neither ``roomId`` nor ``seq``.
"""

from typing import Any, Final

import msgspec

from conclave import errors
from conclave.api.decode import refuse_bytes
from conclave.errors import Refusal
from conclave.realtime.field_names import NAMES

MAX_FRAME: Final = 64 * 1024
MAX_ID: Final = 64
NOT_JSON: Final = 1007
TOO_BIG: Final = 1009
LARGEST: Final = f"a frame is at most {MAX_FRAME} bytes long"

RequestId = int | str | None
_object: Final = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_any: Final = msgspec.json.Decoder().decode
_encode: Final = msgspec.json.Encoder().encode


class Hostile(Exception):  # noqa: N818 - the peer's fault, not ours
    """A frame that ends the connection, with the WebSocket's close code and the reason [M10]."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(code, reason)
        self.code = code
        self.reason = reason


class Malformed(Exception):  # noqa: N818 - the peer's fault, not ours
    """An object that is no request; it is answered under the id that could be read, else under null."""

    def __init__(self, request_id: RequestId, refusal: Refusal) -> None:
        super().__init__(request_id, refusal)
        self.request_id = request_id
        self.refusal = refusal


class Request(msgspec.Struct, frozen=True):
    """A request; ``params`` is an object, still encoded."""

    id: int | str
    method: str
    params: bytes


class Failure(msgspec.Struct, frozen=True):
    """Why a request was refused."""

    code: int
    message: str


class _Answer(msgspec.Struct, frozen=True):
    id: RequestId
    result: Any


class _Refused(msgspec.Struct, frozen=True):
    id: RequestId
    error: Failure


class _Event(msgspec.Struct, frozen=True):
    event: str
    roomId: str
    seq: int
    data: Any


class _PersonalEvent(msgspec.Struct, frozen=True):
    event: str
    data: Any


def read(frame: str | bytes) -> Request:
    """Return the request in a frame; raises ``Hostile`` or ``Malformed``."""
    if len(frame) > MAX_FRAME:
        raise Hostile(TOO_BIG, LARGEST)
    if isinstance(frame, bytes):
        raise Hostile(NOT_JSON, "a frame is a text frame that holds one JSON object")
    body = frame.encode()
    if len(body) > MAX_FRAME:
        raise Hostile(TOO_BIG, LARGEST)
    try:
        refuse_bytes(body)
        content = _object(body)
    except (Refusal, msgspec.DecodeError):
        raise Hostile(NOT_JSON, "a frame is a text frame that holds one JSON object") from None
    request_id = _id(content.get("id"))
    if request_id is None:
        raise _malformed(None, f"id must be an integer, or a string of 1 to {MAX_ID} characters")
    method = _value(content.get("method"))
    if not isinstance(method, str):
        raise _malformed(request_id, "method must be a string")
    params = bytes(content.get("params") or b"{}")
    if params == b"null":
        params = b"{}"
    if not params.startswith(b"{"):
        raise _malformed(request_id, "params must be an object")
    return Request(request_id, method, params)


def _malformed(request_id: RequestId, sentence: str) -> Malformed:
    return Malformed(request_id, Refusal(errors.REQUEST_INVALID, sentence))


def _value(raw: msgspec.Raw | None) -> Any:
    try:
        return None if raw is None else _any(raw)
    except msgspec.DecodeError:
        return None


def _id(raw: msgspec.Raw | None) -> int | str | None:
    value = _value(raw)
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value if -(2**63) <= value < 2**63 else None
    return value if isinstance(value, str) and 1 <= len(value) <= MAX_ID else None


def answer(request_id: RequestId, result: msgspec.Struct | None) -> str:
    """Return the frame that answers a request; no result is ``{}``."""
    return _encode(_Answer(request_id, {} if result is None else result)).decode()


def refusal(request_id: RequestId, refused: Refusal) -> str:
    """Return the frame that refuses a request."""
    return _encode(_Refused(request_id, Failure(refused.code.number, refused.told(NAMES)))).decode()


def event(name: str, room_id: str, seq: int, data: msgspec.Struct) -> str:
    """Return the frame of something that happened in a room."""
    return _encode(_Event(name, room_id, seq, data)).decode()


def personal_event(name: str, data: msgspec.Struct) -> str:
    """Return the frame of something that concerns the receiver and no room."""
    return _encode(_PersonalEvent(name, data)).decode()
