"""Operations that wait to be begun: bounded in number, and whoever has given up makes room."""

import math
from collections import deque
from typing import Final

from conclave.store.batch import Waiting
from conclave.store.failures import QueueFull

LOOK_SECONDS: Final = 0.05


class WaitingLine(deque[Waiting]):
    """A queue of operations, the one that waits longest first."""

    def __init__(self, limit: int) -> None:
        super().__init__()
        self._limit = limit
        self._look_at = -math.inf

    def join(self, waiting: Waiting, now: float) -> None:
        """Let an operation wait; raises ``QueueFull``. ``now`` is the loop's time.

        Whoever was told that his time is up is let go of, though his turn has not come. As that takes a walk along the
        line, it is not done for each one who comes while it is full: refusing must stay cheap.
        """
        if len(self) >= self._limit and now >= self._look_at:
            self._look_at = now + LOOK_SECONDS
            wanted = [each for each in self if not each.answer.done()]
            self.clear()
            self.extend(wanted)
        if len(self) >= self._limit:
            raise QueueFull("too much is waiting to be written")
        self.append(waiting)
