"""How long a connection may be silent, and how long its member is kept after that."""

from typing import Final

import msgspec

SECOND_NS: Final = 1_000_000_000
PING_SECONDS: Final = 15


class Patience(msgspec.Struct, frozen=True):
    """The times of decision [M9], in nanoseconds."""

    silence: int
    grace: int

    @classmethod
    def of(cls, silence_seconds: float, grace_seconds: float) -> "Patience":
        """Return the patience that the settings ask for."""
        return cls(int(silence_seconds * SECOND_NS), int(grace_seconds * SECOND_NS))

    @property
    def longest_absence(self) -> int:
        """The longest that a member stays inside without a frame."""
        return self.silence + self.grace

    @property
    def longest_silence(self) -> int:
        """After it even a connection in no room is closed: nobody is there any more."""
        return 2 * self.longest_absence
