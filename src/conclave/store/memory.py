"""What one process remembers of its rows, so that what is asked for, or changed, again need not be read again.

Sound because one process owns an SQLite folder (ARCHITECTURE.md) and all of this happens on its loop. What a batch
changed is *unsettled* until its COMMIT: the batch's own operations see it, readers see what was before, and it takes
its place here after the commit, before anybody is answered. A batch that is lost leaves no trace.
"""

from collections import OrderedDict
from collections.abc import Hashable
from typing import Any, Final

MOST: Final = 20_000
Key = tuple[Hashable, ...]


class Memory:
    """Values by key; a page counts for itself and for each of its rows, and the oldest go when there are too many."""

    def __init__(self) -> None:
        self._values: OrderedDict[Key, Any] = OrderedDict()
        self._size = 0
        self.unsettled: dict[Key, Any] = {}

    def recall(self, key: Key) -> Any:
        """Return what the last commit left of ``key``, or ``None`` when that is not known."""
        return self._values.get(key)

    def keep(self, key: Key, value: Any) -> None:
        """Take a committed value; ``None`` says that there is none any more."""
        former = self._values.pop(key, None)
        if former is not None:
            self._size -= _size(former)
        if value is None:
            return
        self._values[key] = value
        self._size += _size(value)
        while self._size > MOST:
            self._size -= _size(self._values.popitem(last=False)[1])

    def settle(self) -> None:
        """Keep what the batch left, which is committed."""
        for key, value in self.unsettled.items():
            self.keep(key, value)
        self.unsettled.clear()

    def lose(self) -> None:
        """Forget what the batch would have left."""
        self.unsettled.clear()


def _size(value: Any) -> int:
    return 1 + len(value) if hasattr(value, "__len__") else 1
