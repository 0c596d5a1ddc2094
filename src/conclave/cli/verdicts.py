"""What a receiver says of a callback: whether it is ours, and whether it is the one that was to come [C2] [C11]."""

import hmac
from collections.abc import Iterable, Mapping
from typing import Final, TypeVar

from conclave.callbacks import signing

SIGN_TOLERANCE_S: Final = 60
SIGNATURE_TOLERANCE_S: Final = 300
OK: Final = "ok"
MISSING: Final = "MISSING"
WRONG: Final = "WRONG"
UNCHECKED: Final = "not checked"
MOST_REMEMBERED: Final = 100_000
K = TypeVar("K")
V = TypeVar("V")


def sign(query: Mapping[str, str], token: str, now_s: int) -> str:
    """Judge the pair of parameters ``Sign`` and ``RequestTime``; without a token nothing can be told."""
    if "Sign" not in query:
        return MISSING if token else ""
    if not token:
        return UNCHECKED
    moment = query.get("RequestTime", "")
    if not (moment.isascii() and moment.isdigit() and len(moment) < 16):
        return WRONG
    if not _is_in(query["Sign"], [signing.sign(token, int(moment))]):
        return WRONG
    return OK if abs(now_s - int(moment)) <= SIGN_TOLERANCE_S else "TOO OLD"


def signature(headers: Mapping[str, str], body: bytes, secrets: list[bytes], now_s: int) -> str:
    """Judge the headers of Standard Webhooks: one of the signatures must be made with one of the secrets."""
    identifier, moment = headers.get("webhook-id", ""), headers.get("webhook-timestamp", "")
    given = headers.get("webhook-signature", "").split(" ")
    if not (identifier and moment and given[0]):
        return MISSING
    if not secrets:
        return UNCHECKED
    if not (moment.isascii() and moment.isdigit() and len(moment) < 16):
        return WRONG
    made = signing.headers(secrets, identifier, int(moment), body)["webhook-signature"].split(" ")
    if not any(_is_in(each, made) for each in given):
        return WRONG
    return OK if abs(now_s - int(moment)) <= SIGNATURE_TOLERANCE_S else "TOO OLD"


def _is_in(given: str, expected: Iterable[str]) -> bool:
    return any(hmac.compare_digest(given.encode(), each.encode()) for each in expected)


class _Recent(dict[K, V]):
    """Holds what was set last, at most so many."""

    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def __setitem__(self, key: K, value: V) -> None:
        self.pop(key, None)
        super().__setitem__(key, value)
        if len(self) > self._most:
            del self[next(iter(self))]


class Order:
    """Remembers, for each room id of each application, the latest delivery number, and which ids came already.

    Of each at most ``most``, the latest: what comes is a stranger's, and there is no end to it.
    """

    def __init__(self, most: int = MOST_REMEMBERED) -> None:
        self._latest: _Recent[tuple[str, str], int] = _Recent(most)
        self._seen: _Recent[str, None] = _Recent(most)

    def judge(self, sdkappid: str, room_id: str, identifier: str) -> tuple[int, str]:
        """Return the number that an id carries (0: none) and what is to be said of it, nothing where all is well."""
        text = identifier.rpartition("_")[2]
        if not (text.isascii() and text.isdigit() and len(text) < 19):
            return 0, "NO NUMBER"
        number = int(text)
        if identifier in self._seen:
            self._seen[identifier] = None
            return number, "repeat"
        self._seen[identifier] = None
        latest = self._latest.get((sdkappid, room_id))
        if latest is not None and 1 < number <= latest:
            return number, f"AFTER {latest}"
        self._latest[sdkappid, room_id] = number
        if latest is None or number in (1, latest + 1):  # a room id of which nothing was left begins at 1 again
            return number, ""
        return number, f"GAP after {latest}"
