"""Wrong passwords: so many in a row, and so many a minute, that one account may try at one room.

It belongs to the account and the room id, not to a connection, so that nobody begins anew by logging in again, nor a
room that is created again. A right password, or none, is not a guess and costs nothing.
"""

from typing import Final

from conclave.realtime.backlog import Backlog
from conclave.realtime.patience import SECOND_NS

IN_A_ROW: Final = 10
INTERVAL_NS: Final = 6 * SECOND_NS
"""After so many, one more each time this has passed: ten a minute."""
Guesser = tuple[int, str, str]
"""``(sdkappid, room_id, account)``."""


class Guesses:
    """Who guessed wrong lately, on this node."""

    def __init__(self) -> None:
        self._backlog = Backlog[Guesser]()

    def are_too_many(self, guesser: Guesser, now_ns: int) -> bool:
        """Tell whether somebody has to wait before he tries another password."""
        return self._backlog.of(guesser, now_ns) > (IN_A_ROW - 1) * INTERVAL_NS

    def count_wrong(self, guesser: Guesser, now_ns: int) -> None:
        """Note that a password was another one."""
        self._backlog.add(guesser, INTERVAL_NS, now_ns)
