"""The secrets that sign callbacks: a receiver gets them from here, the sender signs with them.

A secret is derived from the application's key, one way: who verifies callbacks cannot make UserSigs. While a key that
was replaced is still valid, so is its secret, so that a receiver may change over at any moment of the overlap.
"""

import base64
import hmac
from typing import Final

from conclave.domain.applications import Application

PREFIX: Final = "whsec_"
_PURPOSE: Final = b"conclave callbacks, standard webhooks"


def secrets_of(application: Application, now_ms: int) -> list[bytes]:
    """Return the signing secrets in force, the newest key's first."""
    keys = [key for key in application.keys if not key.valid_until or now_ms <= key.valid_until]
    keys.sort(key=lambda key: key.valid_until != 0)
    return [hmac.digest(key.secret.encode(), _PURPOSE, "sha256") for key in keys]


def shown(secret: bytes) -> str:
    """Return a secret as libraries of Standard Webhooks take it."""
    return PREFIX + base64.b64encode(secret).decode()


def read(text: str) -> bytes:
    """Return the secret that ``shown`` wrote, with or without its prefix; raises ``ValueError`` for anything else."""
    return base64.b64decode(text.strip().removeprefix(PREFIX), validate=True)
