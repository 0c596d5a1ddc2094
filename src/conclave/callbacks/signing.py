"""How a receiver knows that a callback is ours: the original's query pair, and Standard Webhooks' headers.

``Sign`` covers a token and a time, and nothing of the body [C2]; ``webhook-signature`` covers id, time and body, with a
signature for each secret of ``domain.callback_secrets`` that is in force.
"""

import base64
import hashlib
import hmac


def sign(token: str, now_s: int) -> str:
    """Return ``Sign``: the lower-case hexadecimal SHA-256 of the token and the time, one behind the other."""
    return hashlib.sha256(f"{token}{now_s}".encode()).hexdigest()


def query(token: str, now_s: int) -> str:
    """Return ``Sign`` and ``RequestTime`` as they stand at the end of the URL."""
    return f"Sign={sign(token, now_s)}&RequestTime={now_s}"


def headers(secrets: list[bytes], identifier: str, now_s: int, body: bytes) -> dict[str, str]:
    """Return the three headers of Standard Webhooks, with a signature for each secret."""
    content = f"{identifier}.{now_s}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(secret, content, "sha256")).decode() for secret in secrets]
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(now_s),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }
