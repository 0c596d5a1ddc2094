"""Statements about many values at once: few round trips, in a handful of texts that stay prepared.

The engines have no array in common, so the values stand in the text as places, ``$3, $4`` and so on. To keep the texts
few, there are as many places as a power of two: those that are left say the last value again, or, where that must not
be, the values are parted into such powers.
"""

import functools
from collections.abc import Iterator, Sequence
from typing import Final

from conclave.store.statements import Statement, Value

MOST: Final = 64
"""Values of one statement; more take several."""


class Many:
    """A statement with ``[each]`` where the values stand; ``?`` in ``each`` are the places of one of them.

    ``first`` is the number of the first of these places. ``may_repeat`` says that a value may be said twice.
    """

    def __init__(self, text: str, each: str = "?", *, first: int, may_repeat: bool = True) -> None:
        self._text = text
        self._each = each
        self._first = first
        self._may_repeat = may_repeat
        self.of_size = functools.cache(self._made)
        """The statement with places for so many values."""

    def _made(self, size: int) -> Statement:
        begin, *rest = ", ".join([self._each] * size).split("?")
        listed = begin + "".join(f"${place}{text}" for place, text in enumerate(rest, self._first))
        return Statement(self._text.replace("[each]", listed))

    def over(self, values: Sequence[tuple[Value, ...]]) -> Iterator[tuple[Statement, list[Value]]]:
        """Yield the statements that are to be run, each with its part of the values."""
        done = 0
        while left := min(len(values) - done, MOST):
            size = 1 << ((left - 1).bit_length() if self._may_repeat else left.bit_length() - 1)
            part = values[done : done + size]
            said = [*part, *[part[-1]] * (size - len(part))]
            yield self.of_size(size), [value for each in said for value in each]
            done += len(part)


def alone(values: Sequence[Value]) -> list[tuple[Value]]:
    """Return values that have one place each."""
    return [(value,) for value in values]
