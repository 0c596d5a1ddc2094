"""What came of an attempt: delivered, refused, or a failure of the endpoint [C7] [C12]."""

from typing import Any, Final

import msgspec

from conclave.domain.callback_queue import What

ENDPOINT_STATUSES: Final = frozenset({410, 429})
GONE: Final = 410
LONGEST_WAIT_S: Final = 86_400


class Outcome(msgspec.Struct, frozen=True):
    """The end of one attempt.

    ``refused`` counts against the callback, ``failed`` against the endpoint. ``detail`` is our own sentence: nothing
    that the endpoint said stands in it. ``status`` is 0 where there was no answer; ``wait_s`` is what Retry-After
    asked for.
    """

    kind: What
    status: int
    detail: str
    milliseconds: int
    wait_s: int = 0

    @property
    def is_gone(self) -> bool:
        """The endpoint says that it will not come back."""
        return self.status == GONE


def judge(status: int, body: bytes, is_whole: bool) -> tuple[What, str]:
    """Return what an answer means: success is HTTP 200 and a JSON object; the values in it are ignored [C7]."""
    if status in ENDPOINT_STATUSES or status >= 500:
        return "failed", f"HTTP {status}"
    if 300 <= status < 400:
        return "refused", f"HTTP {status}: redirects are not followed"
    if status != 200:
        return "refused", f"HTTP {status}"
    if not is_whole:
        return "refused", "HTTP 200 with an answer that is too long"
    return ("delivered", "") if _is_object(body) else ("refused", "HTTP 200 without a JSON object")


def _is_object(body: bytes) -> bool:
    try:
        msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False
    return True
