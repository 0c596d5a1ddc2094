"""What one process remembers of its rows, so that a room that is asked for, or changed, again need not be read again.

Sound because one process owns an SQLite folder (ARCHITECTURE.md) and all of this happens on its loop: what an operation
changed is *unsettled* until its batch is committed, is read from the database in the meantime, and takes its place
here after the commit, before anybody is answered. A batch that is lost leaves no trace.
"""

from collections import OrderedDict
from typing import Any, Final

MOST: Final = 10_000
Key = tuple[int, str]


class Memory:
    """Values by key; the oldest goes when there are too many."""

    def __init__(self) -> None:
        self._values: OrderedDict[Key, Any] = OrderedDict()
        self.unsettled: set[Key] = set()

    def recall(self, key: Key) -> Any:
        """Return what the last commit left of ``key``, or ``None`` when that is not known."""
        return self._values.get(key)

    def keep(self, key: Key, value: Any) -> None:
        """Take a committed value; ``None`` says that there is none any more."""
        if value is None:
            self._values.pop(key, None)
            return
        self._values[key] = value
        if len(self._values) > MOST:
            self._values.popitem(last=False)

    def settle(self) -> None:
        """The batch is over, one way or the other."""
        self.unsettled.clear()
