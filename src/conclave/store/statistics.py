"""What SQLite's planner is told about the tables: every key begins with sdkappid, and that column chooses little.

Without statistics the planner takes the first column of a primary key for selective, and then reads a whole
application where an index would lead to a few rows. ``ANALYZE`` on the tables themselves would say what they hold
today; these numbers say what they are made for, and are the same on the first day and on the last.
"""

import sqlite3
from typing import Final

ROWS: Final = 1_000_000
PER_APPLICATION: Final = 100_000
PER_PREFIX: Final = 50
PARTIAL: Final = 10  # one row in so many has a place in an index with a condition


def describe(connection: sqlite3.Connection) -> None:
    """Write the statistics of every index; connections that are opened later plan by them."""
    connection.execute("ANALYZE schema_migrations")  # makes the table of statistics
    connection.execute("DELETE FROM sqlite_stat1")
    tables = connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    for (table,) in tables.fetchall():
        for _, index, _, origin, is_partial in connection.execute(f"PRAGMA index_list({table})").fetchall():
            columns = len(connection.execute(f"PRAGMA index_info({index})").fetchall())
            name = table if origin == "pk" else index
            share = PARTIAL if is_partial else 1
            rows = [PER_APPLICATION // share, *[PER_PREFIX] * (columns - 2), 1] if columns > 1 else [1]
            text = " ".join(str(number) for number in (ROWS // share, *rows))
            connection.execute("INSERT INTO sqlite_stat1 VALUES (?, ?, ?)", (table, name, text))
