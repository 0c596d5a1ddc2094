"""Statements that stay prepared on their connection, at hand by one look.

asyncpg remembers statements too, but looks for them through several coroutines, by text and codecs: under load that
took a tenth of what this process spends on a change.
"""

from typing import Any, Final, TypeAlias

import asyncpg

STATEMENTS: Final = 1000  # prepared on each connection; the house has fewer
Prepared: TypeAlias = Any  # asyncpg comes without types


class PreparingConnection(asyncpg.Connection):  # type: ignore[misc]  # asyncpg comes without types
    """A connection that prepares each statement once."""

    __slots__ = ("_prepared",)

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._prepared: dict[str, Prepared] = {}

    def prepared(self, text: str) -> Prepared | None:
        """Return a statement that was prepared before."""
        return self._prepared.get(text)

    async def prepare_to_stay(self, text: str) -> Prepared:
        """Prepare a statement, for one round trip, and return it; raises what asyncpg does."""
        if len(self._prepared) >= STATEMENTS:
            self._prepared.clear()
        statement = self._prepared[text] = await self.prepare(text)
        return statement

    def prepare_anew(self) -> None:
        """Forget what was prepared: the tables are other ones since."""
        self._prepared.clear()
