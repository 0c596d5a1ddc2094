"""UserSig, version 2.0: make one, read one, verify one (34385, decision G2, docs/contract/usersig.md).

A token is base64 with three characters replaced, of zlib, of JSON; its signature is HMAC-SHA256 over lines of text.
The official libraries differ in key order, separators and escapes, so tokens are never compared, only read.
"""

import base64
import binascii
import hmac
import json
import zlib
from typing import Any, Final

import msgspec

from conclave import errors
from conclave.domain.applications import Application
from conclave.errors import Refusal

MAX_TOKEN: Final = 8 * 1024
MAX_JSON: Final = 16 * 1024
_TO_WIRE: Final = str.maketrans("+/=", "*-_")
_FROM_WIRE: Final = str.maketrans("*-_", "+/=")


class UserSig(msgspec.Struct, frozen=True):
    """What a token says; ``time`` and ``expire`` in seconds, ``expire`` counted from ``time``."""

    identifier: str
    sdkappid: int
    time: int
    expire: int
    signature: bytes
    userbuf: str | None = None

    @property
    def valid_until(self) -> int:
        """The last second at which it is valid."""
        return self.time + self.expire

    @property
    def text(self) -> bytes:
        """The text that was signed."""
        return _text(self.identifier, self.sdkappid, self.time, self.expire, self.userbuf)


def _text(identifier: str, sdkappid: int, time: int, expire: int, userbuf: str | None) -> bytes:
    lines = f"TLS.identifier:{identifier}\nTLS.sdkappid:{sdkappid}\nTLS.time:{time}\nTLS.expire:{expire}\n" + (
        "" if userbuf is None else f"TLS.userbuf:{userbuf}\n"
    )
    return lines.encode()


def make(sdkappid: int, key: str, identifier: str, *, now: int, expire: int) -> str:
    """Return a token for ``identifier``, valid for ``expire`` seconds from ``now`` (Unix seconds)."""
    signature = hmac.digest(key.encode(), _text(identifier, sdkappid, now, expire, None), "sha256")
    content = {
        "TLS.ver": "2.0",
        "TLS.identifier": identifier,
        "TLS.sdkappid": sdkappid,
        "TLS.time": now,
        "TLS.expire": expire,
        "TLS.sig": base64.b64encode(signature).decode(),
    }
    return base64.b64encode(zlib.compress(json.dumps(content).encode())).decode().translate(_TO_WIRE)


def read(token: str) -> UserSig:
    """Return what a token says, unverified; refuses with 70003 whatever cannot be decoded."""
    try:
        if len(token) > MAX_TOKEN or not token.isascii():
            raise ValueError("the token is too long, or not ASCII")
        packed = base64.b64decode(token.translate(_FROM_WIRE), validate=True)
        content = json.loads(_inflate(packed).decode(), object_pairs_hook=_unique)
        return _from_json(content)
    except (ValueError, KeyError, TypeError, RecursionError, binascii.Error, zlib.error) as error:
        raise Refusal(
            errors.USERSIG_MALFORMED, "The UserSig in use is illegal: it cannot be decoded. Make a new one"
        ) from error


def _inflate(packed: bytes) -> bytes:
    inflater = zlib.decompressobj()
    content = inflater.decompress(packed, MAX_JSON)
    if not inflater.eof or inflater.unused_data:
        raise ValueError("the content is too large, cut off, or followed by something")
    return content


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) != len(pairs):
        raise ValueError("a key stands twice")
    return content


def _from_json(content: Any) -> UserSig:
    if content["TLS.ver"] != "2.0":
        raise ValueError("not version 2.0")
    identifier, userbuf = content["TLS.identifier"], content.get("TLS.userbuf")
    if not isinstance(identifier, str) or not isinstance(userbuf, str | None):
        raise TypeError("identifier and userbuf are strings")
    identifier.encode()  # a lone surrogate is no text
    return UserSig(
        identifier=identifier,
        sdkappid=_number(content["TLS.sdkappid"]),
        time=_number(content["TLS.time"]),
        expire=_number(content["TLS.expire"]),
        signature=base64.b64decode(content["TLS.sig"], validate=True),
        userbuf=userbuf,
    )


def _number(value: Any) -> int:
    """Return an integer that came as a number or as a string of digits."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError("not a number")
    if isinstance(value, str) and not (value.isascii() and value.isdigit() and len(value) <= 19):
        raise ValueError("not a number")
    return int(value)


def verify(token: str, application: Application, identifier: str, now_ms: int) -> UserSig:
    """Return a token's content once it is proved genuine for ``identifier`` and in force at ``now_ms``.

    Refuses with 70003, 70014, 70013, 70009 or 70001, in this order: a forged one never learns that it is also
    expired [G2]. One that carries a userbuf is refused with 70003 [G14a].
    """
    usersig = read(token)
    if usersig.userbuf is not None:
        raise Refusal(
            errors.USERSIG_MALFORMED, "The UserSig carries a userbuf (PrivateMapKey); use one without it here"
        )
    if usersig.sdkappid != application.sdkappid:
        raise Refusal(errors.USERSIG_OTHER_APPLICATION, "the UserSig was made for another SDKAppID")
    if usersig.identifier != identifier:
        raise Refusal(errors.USERSIG_OTHER_IDENTIFIER, "the UserSig was made for another identifier")
    if not application.signed_by_a_key(usersig.text, usersig.signature, now_ms):
        raise Refusal(
            errors.USERSIG_FORGED,
            "UserSig verification failed: it was not made with the secret key of this SDKAppID",
        )
    if now_ms // 1000 > usersig.valid_until:
        raise Refusal(errors.USERSIG_EXPIRED, "the UserSig has expired")
    return usersig
