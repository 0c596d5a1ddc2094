"""What a room was told lately, kept for those who come back: a connection that was lost goes on where it ended.

Bounded in time by the longest that a member is kept without a connection, and in frames and characters besides. Who
asks for more than is kept gets a fresh snapshot instead.
"""

from collections import deque
from typing import Final

import msgspec

MOST_FRAMES: Final = 512
MOST_CHARACTERS: Final = 256 * 1024


class Told(msgspec.Struct, frozen=True, gc=False):
    """A frame that a room was told; ``only`` names its receivers, ``without`` those left out of all."""

    seq: int
    at: int
    text: str
    only: tuple[str, ...] | None
    without: tuple[str, ...]

    def was_for(self, account: str) -> bool:
        """Tell whether the account was among the receivers."""
        return account not in self.without and (self.only is None or account in self.only)


class Recent:
    """The latest frames of one room; ``base`` is the last event of which a frame may be missing here."""

    def __init__(self, base: int, keep_ms: int) -> None:
        self.base = base
        self._keep_ms = keep_ms
        self._told: deque[Told] = deque()
        self._dropped: list[Told] = []  # frames of the event ``base``, without their texts
        self._characters = 0

    def keep(self, told: Told) -> None:
        """Take a frame, and let go of what is too old or too much."""
        self._told.append(told)
        self._characters += len(told.text)
        while self._is_too_much(told.at - self._keep_ms):
            oldest = self._told.popleft()
            self._characters -= len(oldest.text)
            if oldest.seq != self.base:
                self._dropped.clear()
            self._dropped.append(msgspec.structs.replace(oldest, text=""))
            self.base = oldest.seq

    def _is_too_much(self, since_ms: int) -> bool:
        is_large = len(self._told) > MOST_FRAMES or self._characters > MOST_CHARACTERS
        return bool(self._told) and (is_large or self._told[0].at < since_ms)

    def missed(self, account: str, seq: int, frames: int | None) -> list[str] | None:
        """Return what the account was to be told after the event ``seq``, or ``None`` when not all of it is kept.

        ``frames`` is how many frames of that event have come, ``None`` when all of them have.
        """
        known = self._known_of_base(account) if seq == self.base and frames is not None else 0
        if seq < self.base or known is None or known > (frames or 0):
            return None
        same = [told.text for told in self._told if told.seq == seq and told.was_for(account)]
        rest = [] if frames is None else same[frames - known :]
        return rest + [told.text for told in self._told if told.seq > seq and told.was_for(account)]

    def _known_of_base(self, account: str) -> int | None:
        """Return how many frames of the event ``base`` went to the account and are not kept, ``None`` if unknown.

        Whoever has these misses nothing: a room that was quiet for long has only such an event to go on from.
        """
        return sum(told.was_for(account) for told in self._dropped) if self._dropped else None
