"""What the engines spell differently: the only place where one statement, or one migration, becomes two texts.

A statement holds a placeholder in braces where no SQL is understood by both. ``new_key`` must be something that two
transactions never both get: SQLite has one writer, and counts; PostgreSQL draws from a sequence, which nobody waits
for. ``spread`` keeps a counter that every call changes in several rows, as PostgreSQL's transactions would wait for
each other's COMMIT at a single one; the row goes by the number of the connection's process, and the numbers of those
that were started about the same time seldom agree in ``SPREAD``. ``settled`` is how far the log may be read: everything
up to there can be seen by whoever reads from then on (``store.postgres``). ``database_ms`` and ``database_us`` are the
time of a database that several machines share; one of our own has nothing to measure by it.
"""

import re
from typing import Final

SPREAD: Final = 64

SQLITE: Final = {
    "identity": "INTEGER PRIMARY KEY",
    "clustered": "WITHOUT ROWID",
    "new_key": "(SELECT COALESCE(MAX(value), 0) + 1 FROM counters WHERE sdkappid = $1 AND name = 'keys')",
    "spread": "",
    "settled": "(SELECT MAX(position) FROM events)",
    "database_ms": "0",
    "database_us": "0",
}
POSTGRES: Final = {
    "identity": "BIGINT PRIMARY KEY DEFAULT next_position()",
    "clustered": "",
    "new_key": "nextval('group_keys')",
    "spread": f"::text || '/' || pg_backend_pid() % {SPREAD}",
    "settled": "settled_position()",
    "database_ms": "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint",
    "database_us": "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000000)::bigint",
}
_TEXT: Final = re.compile(r"\bTEXT\b")


def fill(text: str, dialect: dict[str, str]) -> str:
    """Return ``text`` with an engine's own spellings in the place of the placeholders."""
    for placeholder, spelling in dialect.items():
        text = text.replace("{" + placeholder + "}", spelling)
    return text


def sqlite(text: str) -> str:
    """Return a statement as SQLite takes it.

    SQLite numbers ``$2, $1`` by first appearance, not by the digit; ``?2, ?1`` it takes at their word. It has one
    writer, and no row locks to ask for.
    """
    return fill(text, SQLITE).replace("$", "?").removesuffix(" FOR UPDATE").removesuffix(" FOR SHARE")


def postgres(text: str) -> str:
    """Return a statement as PostgreSQL takes it."""
    return fill(text, POSTGRES)


def postgres_schema(text: str) -> str:
    """Return a statement of a migration as PostgreSQL takes it: text sorts by bytes, whatever the database's locale."""
    return _TEXT.sub('TEXT COLLATE "C"', fill(text, POSTGRES))
