"""A page of a list whose entries are not all wanted: it looks at a bounded number of them, wherever the wanted are."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeVar

P = TypeVar("P")
R = TypeVar("R")
T = TypeVar("T")
MAX_LOOKED_AT: Final = 1000


async def look_through(
    read: Callable[[P, int], Awaitable[list[R]]],
    place_of: Callable[[R], P],
    wanted: Callable[[R], T | None],
    *,
    after: P,
    end: P,
    limit: int,
) -> tuple[list[T], P]:
    """Return at most ``limit`` of what ``wanted`` makes of the rows behind ``after``, and the place to go on after.

    ``read`` returns so many rows behind a place; ``wanted`` returns ``None`` for those that are left out. The place is
    ``end`` where the list has ended; elsewhere a page may hold fewer than ``limit``, or nothing, and still go on.
    """
    found: list[T] = []
    looked_at = 0
    while looked_at < MAX_LOOKED_AT:
        batch = await read(after, limit + 1)
        for row in batch:
            if len(found) == limit:
                return found, after
            after = place_of(row)
            shown = wanted(row)
            if shown is not None:
                found.append(shown)
        if len(batch) <= limit:
            return found, end
        looked_at += len(batch)
    return found, after
