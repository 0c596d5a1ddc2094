"""What a module of rows is written in: statements, and the transaction that runs them."""

from collections.abc import Callable, Hashable
from typing import Any, Final, Protocol

from conclave.store import dialects

LATEST: Final = 2**63 - 1  # later than every moment, and behind every position
Row = tuple[Any, ...]
Value = str | int | bytes | None


class Statement(str):
    """SQL text with ``$1`` parameters, compiled once for each engine when its module is imported."""

    __slots__ = ("postgres", "sqlite")
    sqlite: str
    postgres: str

    def __new__(cls, text: str) -> "Statement":
        statement = super().__new__(cls, text)
        statement.sqlite = dialects.sqlite(text)
        statement.postgres = dialects.postgres(text)
        return statement


class Transaction(Protocol):
    """One unit of work: it happens whole or not at all."""

    now: int
    """The clock's time in milliseconds when the operation began; all of its facts carry it [R29]."""

    async def one(self, statement: Statement, *values: Value) -> Row | None:
        """Return the first row, or ``None``."""
        ...

    def recall(self, key: tuple[Hashable, ...]) -> Any:
        """Return what ``remember`` was told of ``key``, where the engine is sure that it still holds, else ``None``.

        A key begins with the kind of what it names. The value is shared: copy it before changing it.
        """
        ...

    def remember(self, key: tuple[Hashable, ...], value: Any) -> None:
        """Say what there is now under ``key``, as read or as changed; it counts from the commit. ``None``: nothing."""
        ...

    async def all(self, statement: Statement, *values: Value) -> list[Row]:
        """Return every row; the caller bounds their number in the statement."""
        ...

    async def run(self, statement: Statement, *values: Value) -> int:
        """Run a statement for its effect, and return how many rows it changed."""
        ...

    def on_commit(self, callback: Callable[[], None]) -> None:
        """Call ``callback`` after the commit, before the operation is answered and the log's readers are woken.

        It is forgotten when the operation is refused. Caches, counters and subscriptions change here.
        """
        ...
