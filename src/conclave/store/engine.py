"""The interface between the rules and a database.

Domain functions are ``async def`` over a ``Transaction``. The SQLite transaction never suspends, so that ``drive``
can run the same coroutine to its end on the spot; the PostgreSQL one awaits its driver.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any, Protocol, TypeVar

import msgspec

from conclave.store.statements import Transaction

T = TypeVar("T")
Operation = Callable[[Transaction], Coroutine[Any, Any, T]]


class Statistics(msgspec.Struct):
    """What the metrics, and whoever steps back for others, read of an engine.

    ``rounds`` counts how often operations were begun together: COMMITs where many share one, otherwise each operation
    for its part of those that run at the same time. So ``operations / rounds`` tells how many come at once.
    """

    commits: int = 0
    operations: int = 0
    rounds: float = 0
    commit_nanoseconds: int = 0
    lost: int = 0
    repeated: int = 0


class Wire(Protocol):
    """A way to the other nodes that is faster than the database, and may fail at any time."""

    def on(self, topic: str, handler: Callable[[str], None]) -> None:
        """Call ``handler`` with the payload of whatever other nodes tell of ``topic``."""
        ...

    def tell(self, topic: str, payload: str = "") -> bool:
        """Tell the other nodes, at most 8000 bytes; ``False`` when it cannot be, and must be told in another way."""
        ...


class Tenure(Protocol):
    """A duty that this process has (``store.duties``), from when it was taken until it is lost."""

    engine: "Engine"
    """By which whoever does the duty reads and writes: it refuses to write once another one has it."""

    @property
    def is_held(self) -> bool:
        """Tell whether the duty is this process's, as far as it knows without asking."""
        ...

    async def lost(self) -> None:
        """Return when the duty is lost."""
        ...


class Pool(msgspec.Struct, frozen=True):
    """What the connections to a database do at this moment."""

    waiting_to_read: int
    connections: dict[tuple[str, ...], int]
    """How many ``("read" or "write", "busy" or "idle")``."""


class Engine(Protocol):
    """A database that runs operations."""

    statistics: Statistics
    node: str
    """This process among those that serve the database: another name at every start."""
    may_lose_answers: bool = False
    """Whether a COMMIT may happen whose answer this process, which goes on, never gets (``OutcomeUnknown``)."""

    @property
    def depth(self) -> int:
        """The number of operations that wait to be begun."""
        ...

    @property
    def parts(self) -> tuple[asyncio.Task[None], ...]:
        """What runs for as long as the engine is open; once one of them has ended, it does not work any more."""
        ...

    @property
    def pool(self) -> Pool | None:
        """What its connections do; ``None`` where there is nothing to wait for."""
        return None

    @property
    def is_usable(self) -> bool:
        """Tell whether the database answers, as far as is known."""
        ...

    async def write(self, operation: Operation[T], timeout: float | None = None) -> T:
        """Run ``operation`` and return its result once it is durable; it may be run several times until then.

        Raises whatever the operation raised (its changes are undone), ``QueueFull``, ``DeadlinePassed`` after
        ``timeout`` seconds, or ``StoreError`` when the transaction was lost.
        """
        ...

    async def point(self, operation: Operation[T], timeout: float | None = None) -> T:
        """Run ``operation``, which runs few statements beside what it recalls, and can live with two moments in them.

        Raises ``DeadlinePassed`` after ``timeout`` seconds, where it has to wait at all.
        """
        ...

    async def read(self, operation: Operation[T], timeout: float | None = None) -> T:
        """Run ``operation``, which changes nothing and seldom reads more than 100 rows, in one snapshot.

        One that reads many more is begun anew as ``read_many``: it must do nothing but read.
        """
        ...

    async def read_many(self, operation: Operation[T], timeout: float | None = None) -> T:
        """Run ``operation``, which changes nothing and may read thousands of rows, in one snapshot.

        Raises ``DeadlinePassed`` after ``timeout`` seconds.
        """
        ...

    def subscribe(self, wake: Callable[[], None]) -> None:
        """Call ``wake`` whenever there may be news in the log, and after each commit and its callbacks."""
        ...

    async def quiet(self) -> None:
        """Wait until the commits that are under way in this process have run their callbacks.

        Whoever reads how far the log goes, and then waits for this, tells nothing of a commit before its callbacks.
        """
        ...

    async def take(self, duty: str) -> Tenure:
        """Wait until a duty is this process's."""
        ...

    @property
    def duties(self) -> frozenset[str]:
        """The duties that this process has."""
        ...

    def tell_nodes(self, message: str) -> None:
        """Tell the other processes something of one line, soon; it may be lost, so no fact may hang on it."""
        ...

    def hear_nodes(self, hear: Callable[[str], None]) -> None:
        """Call ``hear`` with whatever other processes tell."""
        ...

    async def check(self) -> None:
        """Look for damage, for as long as that takes, while the engine serves; what is found is logged."""
        ...

    async def leave(self) -> None:
        """Hand over the duties, and answer for no member any more: this process is about to close."""
        ...

    async def close(self) -> None:
        """Finish what was begun, as far as the database answers, then let go of it."""
        ...


def drive(coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never suspends to its end, and return its result.

    Raises ``RuntimeError`` when it suspends: a domain function awaited something that is not its transaction.
    """
    try:
        coroutine.send(None)
    except StopIteration as finished:
        result: T = finished.value
        return result
    coroutine.close()
    raise RuntimeError(f"{coroutine!r} suspended inside a transaction that never suspends")
