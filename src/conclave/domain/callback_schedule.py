"""When a callback that was not delivered is sent again: a list of pauses, each stretched or shortened a little.

The jitter is at most ten per cent [C13]: rooms whose callbacks failed together do not come back together.
"""

import random
from typing import Final

JITTER: Final = 0.1
NONE: Final = "none"
MOST_STEPS: Final = 50
LONGEST_S: Final = 30 * 86_400
_UNITS: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


def parse(text: str) -> tuple[int, ...]:
    """Return the seconds of ``"5s, 30s, 2m, 1h, 1d"``, nothing for ``"none"``; raises ``ValueError``."""
    if text.strip() == NONE:
        return ()
    steps = tuple(_seconds(step.strip()) for step in text.split(","))
    if len(steps) > MOST_STEPS:
        raise ValueError(f"at most {MOST_STEPS} steps are possible")
    return steps


def _seconds(step: str) -> int:
    number, unit = step[:-1], step[-1:]
    if unit not in _UNITS or not (number.isascii() and number.isdigit()):
        raise ValueError(
            f'{step!r} is not a number with s, m, h or d behind it, as in "5s, 30s, 2m"; "none" is no retry'
        )
    seconds = int(number) * _UNITS[unit]
    if not 1 <= seconds <= LONGEST_S:
        raise ValueError(f"{step!r} is not between 1 second and {LONGEST_S // 86_400} days")
    return seconds


def jittered_ms(seconds: int) -> int:
    """Return a pause in milliseconds, up to ten per cent longer or shorter."""
    return round(seconds * 1000 * random.uniform(1 - JITTER, 1 + JITTER))  # noqa: S311 - nobody's secret


def step_ms(schedule: tuple[int, ...], place: int) -> int:
    """Return the pause at a place of the schedule, in milliseconds; behind its end the last one repeats."""
    return jittered_ms(schedule[min(place, len(schedule) - 1)])
