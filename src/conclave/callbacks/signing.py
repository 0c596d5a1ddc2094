"""How a receiver knows that a callback is ours: the original's query pair, and Standard Webhooks' headers.

``Sign`` covers a token and a time, and nothing of the body [C2]; ``webhook-signature`` covers id, time and body. The
secret behind the latter is derived from the application's key, one way: who verifies callbacks cannot make UserSigs.
While a key that was replaced is still valid, its signature is sent beside the new one, so that a receiver may change
over at any moment of the overlap.
"""

import base64
import hashlib
import hmac
from typing import Final

from conclave.domain.applications import Application

PREFIX: Final = "whsec_"
_PURPOSE: Final = b"conclave callbacks, standard webhooks"


def query(token: str, now_s: int) -> str:
    """Return ``Sign`` and ``RequestTime`` as they stand at the end of the URL."""
    sign = hashlib.sha256(f"{token}{now_s}".encode()).hexdigest()
    return f"Sign={sign}&RequestTime={now_s}"


def secrets_of(application: Application, now_ms: int) -> list[bytes]:
    """Return the signing secrets in force, the newest key's first."""
    keys = [key for key in application.keys if not key.valid_until or now_ms <= key.valid_until]
    keys.sort(key=lambda key: key.valid_until != 0)
    return [hmac.digest(key.secret.encode(), _PURPOSE, "sha256") for key in keys]


def shown(secret: bytes) -> str:
    """Return a secret as libraries of Standard Webhooks take it."""
    return PREFIX + base64.b64encode(secret).decode()


def headers(secrets: list[bytes], identifier: str, now_s: int, body: bytes) -> dict[str, str]:
    """Return the three headers of Standard Webhooks, with a signature for each secret."""
    content = f"{identifier}.{now_s}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(secret, content, "sha256")).decode() for secret in secrets]
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(now_s),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
