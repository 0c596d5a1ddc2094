"""Duties: what one process at a time does for all of them, and how its writes are refused once it is another's.

Who has a duty may learn late that he has it no more: he was cut off, or stood still. So each of his writes checks, in
its own transaction, that his term is still the present one. Whoever takes a duty begins a new term; that waits for the
writes of the last one that are under way, and refuses the later ones. What an owner that was cut off does meanwhile
beside the database, like sending a callback, another may do again; nothing that he writes about it counts.
"""

import asyncio
from collections.abc import Callable
from typing import Final, TypeVar

from conclave.store import nodes
from conclave.store.engine import Engine, Operation, Pool, Tenure
from conclave.store.failures import DutyLost
from conclave.store.statements import Transaction

T = TypeVar("T")
CALLBACKS: Final = "callbacks"
CLOCK: Final = "clock"
DUTIES: Final = (CALLBACKS, CLOCK)


class Forever(Tenure):
    """The tenure of the only process that there is: it ends with the process, and nothing is checked."""

    is_held = True

    def __init__(self, engine: Engine) -> None:
        self.engine = engine

    async def lost(self) -> None:
        await asyncio.get_running_loop().create_future()


class Fenced(Engine):
    """An engine as whoever has a duty uses it: its writes are refused when the duty has gone over to another."""

    def __init__(self, engine: Engine, duty: str, term: int, refused: Callable[[], None]) -> None:
        self.statistics = engine.statistics
        self.node = engine.node
        self.may_lose_answers = engine.may_lose_answers
        self._engine = engine
        self._duty = duty
        self._term = term
        self._refused = refused

    async def write(self, operation: Operation[T], timeout: float | None = None) -> T:
        async def checked(tx: Transaction) -> T:
            if not await nodes.is_term(tx, self._duty, self._term):
                raise DutyLost(f"the duty {self._duty!r} is another node's meanwhile")
            return await operation(tx)

        try:
            return await self._engine.write(checked, timeout)
        except DutyLost:
            self._refused()
            raise

    @property
    def depth(self) -> int:
        return self._engine.depth

    @property
    def parts(self) -> tuple[asyncio.Task[None], ...]:
        return self._engine.parts

    @property
    def pool(self) -> Pool | None:
        return self._engine.pool

    @property
    def is_usable(self) -> bool:
        return self._engine.is_usable

    async def point(self, operation: Operation[T], timeout: float | None = None) -> T:
        return await self._engine.point(operation, timeout)

    async def read(self, operation: Operation[T], timeout: float | None = None) -> T:
        return await self._engine.read(operation, timeout)

    async def read_many(self, operation: Operation[T], timeout: float | None = None) -> T:
        return await self._engine.read_many(operation, timeout)

    def subscribe(self, wake: Callable[[], None]) -> None:
        self._engine.subscribe(wake)

    async def quiet(self) -> None:
        await self._engine.quiet()

    async def take(self, duty: str) -> Tenure:
        return await self._engine.take(duty)

    @property
    def duties(self) -> frozenset[str]:
        return self._engine.duties

    def tell_nodes(self, message: str) -> None:
        self._engine.tell_nodes(message)

    def hear_nodes(self, hear: Callable[[str], None]) -> None:
        self._engine.hear_nodes(hear)

    async def check(self) -> None:
        await self._engine.check()

    async def leave(self) -> None:
        """The engine is left by whoever opened it."""

    async def close(self) -> None:
        """The engine is closed by whoever opened it."""
