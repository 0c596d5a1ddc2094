"""Reading the bodies of requests: within a size and a time, and all of them together within a number of bytes."""

import asyncio
from typing import Any, Final, Protocol

from conclave.api.gateway import BODIES_TOO_MANY, BODY_CUT_OFF, BODY_TOO_LARGE, BODY_TOO_SLOW, NoBody

SMALL: Final = 64 * 1024
MOST_UNDER_WAY: Final = 4096
DRAIN_FACTOR: Final = 8  # of a body that is too large, so much is read and dropped for the sake of a clean answer


Taken = tuple[bool, int]
"""Whether a body is counted among the large ones, and the bytes that have arrived of it."""
NOTHING: Final[Taken] = (False, 0)


class Incoming(Protocol):
    """What Granian gives us of a request's body."""

    def __aiter__(self) -> Any: ...
    async def __call__(self) -> bytes: ...


class BodyReader:
    """Reads bodies, and counts those that have arrived and are not answered yet.

    What is only announced does not count, as announcing costs nothing. A quarter of the bytes is kept for those that
    announce no more than ``SMALL``, as nearly all calls do: whoever sends large ones, or does not say how large, keeps
    nobody else out. Where ``MOST_UNDER_WAY`` are waited for, the one that takes the longest has to go.

    One timer watches all bodies that are under way, because a timer for each would cost more than most calls.
    """

    def __init__(self, limit: int, seconds: float, together: int) -> None:
        self._limit = limit
        self._free = [together // 4, max(together - together // 4, limit)]  # to small bodies, and to large ones
        self._seconds = seconds
        self._under_way: dict[asyncio.Task[Any], float] = {}
        self._watch: asyncio.TimerHandle | None = None

    async def read(self, scope: Any, incoming: Incoming) -> tuple[bytes | NoBody, Taken]:
        """Return the body, or why there is none, and what it takes until that is given back."""
        declared = scope.headers.get("content-length")
        length = int(declared) if declared is not None and declared.isdigit() else None
        is_large = length is None or length > min(SMALL, self._limit)
        body = await self._read(incoming, length, is_large)
        return body, (is_large, 0 if isinstance(body, NoBody) else len(body))

    def give_back(self, taken: Taken) -> None:
        """Let others have the bytes of a body that has been answered."""
        is_large, size = taken
        self._free[is_large] += size

    def _take(self, size: int, *, is_large: bool) -> bool:
        """Count so many bytes that have arrived; where there is no room for them, take nothing and tell so."""
        if size > self._free[is_large]:
            return False
        self._free[is_large] -= size
        return True

    async def _read(self, incoming: Incoming, length: int | None, is_large: bool) -> bytes | NoBody:
        loop = asyncio.get_running_loop()
        task = asyncio.current_task()
        assert task is not None
        self._under_way[task] = loop.time()
        if len(self._under_way) > MOST_UNDER_WAY:
            self._give_up(next(iter(self._under_way)))
        if self._watch is None:
            self._watch = loop.call_later(self._seconds, self._expire)
        try:
            if is_large:
                return await self._read_chunks(incoming, length)
            body = await incoming()
            return body if self._take(len(body), is_large=False) else BODIES_TOO_MANY
        except asyncio.CancelledError:
            if task in self._under_way:
                raise  # somebody else's wish
            task.uncancel()
            return BODY_TOO_SLOW if length is None or length <= self._limit else BODY_TOO_LARGE
        except RuntimeError:  # Granian's: the client closed its side before the body was whole
            return BODY_CUT_OFF
        finally:
            self._under_way.pop(task, None)

    async def _read_chunks(self, incoming: Incoming, declared: int | None) -> bytes | NoBody:
        if declared is not None and declared > self._limit * DRAIN_FACTOR:
            return BODY_TOO_LARGE
        chunks: list[bytes] = []
        size = taken = 0
        try:
            async for chunk in incoming:
                size += len(chunk)
                if size > self._limit * DRAIN_FACTOR:
                    break
                if size > self._limit:
                    chunks.clear()
                    self.give_back((True, taken))
                    taken = 0
                elif self._take(len(chunk), is_large=True):
                    taken = size
                    chunks.append(chunk)
                else:
                    return BODIES_TOO_MANY
            if max(size, declared or 0) > self._limit:
                return BODY_TOO_LARGE
            if size < (declared or 0):
                return BODY_CUT_OFF
            taken = 0  # whoever asked for the body gives it back
            return b"".join(chunks)
        finally:
            self.give_back((True, taken))

    def _expire(self) -> None:
        loop = asyncio.get_running_loop()
        overdue = loop.time() - self._seconds
        for task in [task for task, begun in self._under_way.items() if begun <= overdue]:
            self._give_up(task)
        self._watch = None
        if self._under_way:
            oldest = min(self._under_way.values())
            self._watch = loop.call_at(oldest + self._seconds, self._expire)

    def _give_up(self, task: asyncio.Task[Any]) -> None:
        del self._under_way[task]
        task.cancel()
