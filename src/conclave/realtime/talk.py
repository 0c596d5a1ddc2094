"""How fast people talk: the messages that one account sends to one room.

The same rule as for the rate of commands [G13]: a burst of one second. It belongs to the account in the room, not to a
connection or a stay, so that nobody begins anew by entering again.
"""

from conclave.realtime.backlog import Backlog
from conclave.realtime.patience import SECOND_NS

Talker = tuple[int, int, str]
"""An account in one life of a room."""


class Talk:
    """Who talked lately, on this node."""

    def __init__(self) -> None:
        self._backlog = Backlog[Talker]()

    def admit(self, talker: Talker, rate: int, now_ns: int) -> bool:
        """Count a message, unless ``talker`` sends more than ``rate`` a second; 0 admits all."""
        if not rate:
            return True
        interval = SECOND_NS // rate
        if self._backlog.of(talker, now_ns) > SECOND_NS - interval:
            return False
        self._backlog.add(talker, interval, now_ns)
        return True
