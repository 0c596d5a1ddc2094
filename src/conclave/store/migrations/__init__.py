"""Numbered migrations, applied in order at start and checked against what was applied before.

A migration is a file ``NNNN_name.sql``; one that has landed is never edited, and the checksum kept in the database
notices if it was. Statements are separated by ``;`` at the end of a line. Placeholders such as ``{identity}`` stand for
what the engines spell differently (``store.dialects``).

Servers of two versions may serve one database while they are replaced one by one. So from ``0005`` on a migration only
adds: tables, indexes, and columns with a default or without a value; and a server takes a database that has such
migrations more than it knows. One that does anything else begins with the line ``-- incompatible``, which goes into the
database with its name: servers that do not know it refuse to serve.
"""

import hashlib
from collections.abc import Mapping
from importlib.resources import files
from typing import Final

import msgspec

from conclave.store.failures import StoreError

MARKER: Final = "-- incompatible"
INCOMPATIBLE: Final = " (incompatible)"


class Migration(msgspec.Struct, frozen=True):
    """One step of the schema: its number, its name, its text and the checksum of that text."""

    version: int
    name: str
    text: str
    checksum: str

    def statements(self) -> list[str]:
        """Return the statements; an engine's own spellings are still to be filled in."""
        lines = (line for line in self.text.splitlines() if not line.lstrip().startswith("--"))
        return [statement.strip() for statement in "\n".join(lines).split(";\n") if statement.strip("; \n")]


def known() -> list[Migration]:
    """Return every migration of this version of Conclave, in order."""
    found = []
    for entry in sorted(files(__package__).iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".sql"):
            number, _, name = entry.name.removesuffix(".sql").partition("_")
            text = entry.read_text(encoding="utf-8")
            name += INCOMPATIBLE if text.startswith(MARKER) else ""
            found.append(Migration(int(number), name, text, hashlib.sha256(text.encode()).hexdigest()))
    return found


def missing(database: str, applied: Mapping[int, tuple[str, str]]) -> list[Migration]:
    """Return the migrations that are to be applied to a database, by those that were: ``{version: (name, checksum)}``.

    Raises ``StoreError`` when the database is so much newer than this program that both cannot serve it, or was
    migrated by other texts.
    """
    every = {migration.version: migration for migration in known()}
    for version, (name, checksum) in sorted(applied.items()):
        if version not in every:
            if not name.endswith(INCOMPATIBLE):
                continue
            raise StoreError(
                f"{database} was written by a newer Conclave (migration {version} {name!r} is unknown here); "
                "run that version, or restore an older backup"
            )
        if every[version].checksum != checksum:
            raise StoreError(
                f"{database} was migrated by another text of migration {version} {name!r}; restore a backup"
            )
    return [migration for version, migration in every.items() if version not in applied]
