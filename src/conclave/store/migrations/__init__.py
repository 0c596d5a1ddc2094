"""Numbered migrations, applied in order at start and checked against what was applied before.

A migration is a file ``NNNN_name.sql``; one that has landed is never edited, and the checksum kept in the database
notices if it was. Statements are separated by ``;`` at the end of a line. ``{identity}`` and ``{clustered}`` stand for
what the engines spell differently.
"""

import hashlib
from importlib.resources import files

import msgspec


class Migration(msgspec.Struct, frozen=True):
    """One step of the schema: its number, its name, its text and the checksum of that text."""

    version: int
    name: str
    text: str
    checksum: str

    def statements(self, dialect: dict[str, str]) -> list[str]:
        """Return the statements with the engine's own spellings filled in."""
        text = self.text
        for placeholder, spelling in dialect.items():
            text = text.replace("{" + placeholder + "}", spelling)
        lines = (line for line in text.splitlines() if not line.lstrip().startswith("--"))
        return [statement.strip() for statement in "\n".join(lines).split(";\n") if statement.strip("; \n")]


def known() -> list[Migration]:
    """Return every migration of this version of Conclave, in order."""
    found = []
    for entry in sorted(files(__package__).iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".sql"):
            number, _, name = entry.name.removesuffix(".sql").partition("_")
            text = entry.read_text(encoding="utf-8")
            found.append(Migration(int(number), name, text, hashlib.sha256(text.encode()).hexdigest()))
    return found
