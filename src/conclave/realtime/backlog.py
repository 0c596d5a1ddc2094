"""What somebody did of late, as the time that it takes to be forgotten: the arithmetic of rates, GCRA [G13]."""

from collections.abc import Hashable
from typing import Final, Generic, TypeVar

FEW: Final = 1000
K = TypeVar("K", bound=Hashable)


class Backlog(Generic[K]):
    """For each key how long what it did counts, on this node; what counts no more is dropped in time."""

    def __init__(self) -> None:
        self._until: dict[K, int] = {}
        self._most = FEW

    def of(self, key: K, now_ns: int) -> int:
        """Return for how many nanoseconds from now what the key did still counts."""
        return max(self._until.get(key, 0) - now_ns, 0)

    def add(self, key: K, cost_ns: int, now_ns: int) -> None:
        """Note that the key did something that counts for so long, after whatever counts already."""
        if len(self._until) >= self._most:
            self._until = {each: until for each, until in self._until.items() if until > now_ns}
            self._most = 2 * len(self._until) + FEW  # so that this happens seldom, however many there are
        self._until[key] = now_ns + self.of(key, now_ns) + cost_ns
