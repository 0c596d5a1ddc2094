"""How long to wait before the next attempt: longer each time up to a bound, and never all at the same moment."""

from secrets import SystemRandom
from typing import Final

FIRST_S: Final = 0.25
LONGEST_S: Final = 10.0
_random: Final = SystemRandom()


def pause_before(attempt: int) -> float:
    """Return the seconds to wait before an attempt, counted from 0; the first comes soon, each is between half and
    the whole of its bound.
    """
    bound = min(LONGEST_S, FIRST_S * 2 ** min(attempt, 10))
    return _random.uniform(bound / 2, bound)
