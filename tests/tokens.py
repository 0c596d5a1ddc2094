"""UserSigs of every make, good and bad, put together without the code under test."""

import base64
import hashlib
import hmac
import json
import time as clock
import zlib
from typing import Any

from tests import raw
from tests.house import ROOMS, Caller

QUESTION = f"{ROOMS}/get_room_info"
ACCEPTED = 100004  # the UserSig was good: now the room is looked for
FOREVER = 3_000_000_000


def signature(key: str, identifier: str, sdkappid: int, time: int, expire: int, userbuf: str | None = None) -> str:
    """The base64 of HMAC-SHA256 over the lines of text."""
    text = f"TLS.identifier:{identifier}\nTLS.sdkappid:{sdkappid}\nTLS.time:{time}\nTLS.expire:{expire}\n"
    if userbuf is not None:
        text += f"TLS.userbuf:{userbuf}\n"
    return base64.b64encode(hmac.new(key.encode(), text.encode(), hashlib.sha256).digest()).decode()


def content(
    sdkappid: int,
    identifier: str,
    key: str,
    *,
    now: int | None = None,
    expire: int = FOREVER,
    userbuf: str | None = None,
) -> dict[str, Any]:
    """What a genuine UserSig says."""
    time = int(clock.time()) if now is None else now
    said: dict[str, Any] = {
        "TLS.ver": "2.0",
        "TLS.identifier": identifier,
        "TLS.sdkappid": sdkappid,
        "TLS.time": time,
        "TLS.expire": expire,
        "TLS.sig": signature(key, identifier, sdkappid, time, expire, userbuf),
    }
    if userbuf is not None:
        said["TLS.userbuf"] = userbuf
    return said


def wrap(packed: bytes) -> str:
    """Base64 with the three characters replaced."""
    return base64.b64encode(packed).decode().replace("+", "*").replace("/", "-").replace("=", "_")


def unwrap(token: str) -> bytes:
    """The reverse of ``wrap``."""
    return base64.b64decode(token.replace("*", "+").replace("-", "/").replace("_", "="), validate=True)


def pack(text: str | bytes, level: int = 6) -> str:
    """A token with any text inside; level 0 makes stored blocks, as the Go library does."""
    return wrap(zlib.compress(text.encode() if isinstance(text, str) else text, level))


def make(sdkappid: int, identifier: str, key: str, **other: Any) -> str:
    """A genuine UserSig; valid far beyond any clock a test may set, unless told otherwise."""
    return pack(json.dumps(content(sdkappid, identifier, key, **other)))


def code(caller: Caller, token: str, identifier: str | None = None) -> int:
    """What the server answers to a call that carries ``token`` as it is."""
    url = raw.target(caller, QUESTION, usersig=token, identifier=identifier or caller.identifier)
    return raw.ask(caller.url, raw.request(url, b'{"RoomId":"nowhere"}')).code
