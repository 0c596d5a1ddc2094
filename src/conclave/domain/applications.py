"""Applications: who may call, and with which keys; within which limits stands in ``application_settings``."""

import hmac

import msgspec

from conclave.domain.application_settings import ApplicationSettings


class ApplicationKey(msgspec.Struct, frozen=True):
    """A secret that signs UserSigs; ``valid_until`` (ms) is set when a rotation has replaced it, 0 until then."""

    secret: str
    valid_until: int

    def __repr__(self) -> str:
        return f"ApplicationKey(secret='…', valid_until={self.valid_until})"


class Application(msgspec.Struct, frozen=True):
    """An application as the house sees it: identity, settings, keys."""

    sdkappid: int
    settings: ApplicationSettings
    keys: tuple[ApplicationKey, ...]
    administrators: frozenset[str]

    def is_administrator(self, account: str) -> bool:
        """Tell whether ``account`` may call the REST API."""
        return account in self.administrators

    def signed_by_a_key(self, text: bytes, signature: bytes, now_ms: int) -> bool:
        """Tell whether a key in force signed ``text`` (HMAC-SHA256), looking at every key in constant time."""
        found = False
        for key in self.keys:
            expected = hmac.digest(key.secret.encode(), text, "sha256")
            in_force = not key.valid_until or now_ms <= key.valid_until
            found |= hmac.compare_digest(expected, signature) and in_force
        return found
