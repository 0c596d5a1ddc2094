"""Copying everything from one database into another, of whichever engine, and looking whether it has arrived.

Nobody serves either of them meanwhile: both are held as a server would hold them. The target must be new: it has no
rows but those that every new database has, so what is left of a copy that failed can be copied into again. It is
written in one transaction, which is committed only when both sides have the same rows, by number and by checksum.
"""

import hashlib
from collections.abc import AsyncIterator, Iterable
from typing import Final, Protocol

import msgspec

from conclave.store.failures import StoreError
from conclave.store.groups import added_up
from conclave.store.statements import Row

PAGE: Final = 1000
KEYS: Final = "keys"
COUNTERS: Final = "counters"
CONSUMERS: Final = "consumers"
OWN: Final = frozenset(("schema_migrations", "nodes", "duties"))
"""What each database has for itself."""
BEGUN: Final = OWN | {"application_changes", CONSUMERS}
"""Where a new database has rows: the migrations write them."""


class Position(msgspec.Struct, frozen=True):
    """How far a database has counted: the last key of a group, and the last position of the log."""

    key: int
    event: int


class Side(Protocol):
    """A database that is copied, or copied into; all within one transaction of it."""

    async def tables(self) -> dict[str, list[str]]:
        """Return the columns of every table, each list in an order of its own."""
        ...

    def rows(self, table: str, columns: list[str]) -> AsyncIterator[list[Row]]:
        """Yield all rows, some at a time."""
        ...

    async def clear(self, table: str) -> None:
        """Delete what a new database has in a table."""
        ...

    async def insert(self, table: str, columns: list[str], rows: list[Row]) -> None:
        """Write rows."""
        ...

    async def position(self) -> Position:
        """Return how far it has counted."""
        ...

    async def go_on_from(self, position: Position) -> None:
        """Count on from there."""
        ...

    async def commit(self) -> None:
        """Make it durable."""
        ...


class Sum:
    """A checksum of rows in any order."""

    def __init__(self) -> None:
        self.number = 0
        self._sum = 0

    def add(self, rows: Iterable[Row]) -> None:
        for row in rows:
            self.number += 1
            digest = hashlib.blake2b(repr(tuple(row)).encode(), digest_size=16).digest()
            self._sum = (self._sum + int.from_bytes(digest, "big")) % 2**128

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sum) and (self.number, self._sum) == (other.number, other._sum)

    __hash__ = None  # type: ignore[assignment]


async def require_new(target: Side) -> None:
    """Raise ``StoreError`` when somebody has used the database; it may be empty, or migrated by whichever version."""
    for table, columns in (await target.tables()).items():
        if table not in BEGUN:
            async for rows in target.rows(table, columns):
                if rows:
                    raise StoreError(f"the target is in use already: it has rows in {table}; copy never overwrites")


async def copy(source: Side, target: Side) -> dict[str, int]:
    """Copy every table and return how many rows each has.

    Raises ``StoreError`` when the target is not new, or has not the same at the end.
    """
    tables = await source.tables()
    if {name: set(columns) for name, columns in tables.items()} != {
        name: set(columns) for name, columns in (await target.tables()).items()
    }:
        raise StoreError("the two databases are not of the same version of Conclave; run `conclave migrate` on both")
    await require_new(target)
    position = await source.position()
    sums: dict[str, Sum] = {}
    for table in sorted(tables.keys() - OWN):
        columns = tables[table]
        await target.clear(table)
        sums[table] = Sum()
        async for rows in source.rows(table, columns):
            arriving = _as_they_arrive(table, columns, rows, position)
            sums[table].add(arriving)
            await target.insert(table, columns, arriving)
    await target.go_on_from(position)
    for table, expected in sums.items():
        found = Sum()
        async for rows in target.rows(table, tables[table]):
            found.add(rows)
        if found != expected:
            raise StoreError(f"{table} did not arrive: {expected.number} rows went, {found.number} came or others")
    await target.commit()
    return {table: found.number for table, found in sums.items()}


def _as_they_arrive(table: str, columns: list[str], rows: list[Row], position: Position) -> list[Row]:
    """Return rows as the other engine keeps them; what they mean stays the same.

    A counter that is spread over rows becomes one row again. Keys are counted for all applications together on
    PostgreSQL, so each goes on behind the last of all. A reader of the log may stand behind its last fact there.
    """
    if table == COUNTERS:
        of: dict[int, list[tuple[str, int]]] = {}
        for row in rows:
            known = dict(zip(columns, row, strict=True))
            of.setdefault(known["sdkappid"], []).append((known["name"], known["value"]))
        summed = [
            {"sdkappid": sdkappid, "name": name, "value": max(value, position.key) if name == KEYS else value}
            for sdkappid, values in of.items()
            for name, value in added_up(values).items()
        ]
        return [tuple(row[column] for column in columns) for row in summed]
    if table == CONSUMERS:
        place = columns.index("position")
        return [(*row[:place], min(row[place], position.event), *row[place + 1 :]) for row in rows]
    return rows
