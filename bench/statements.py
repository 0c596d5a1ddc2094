"""What a server really sends to PostgreSQL, read from PostgreSQL's own log."""

import re
import time
from collections.abc import Callable
from typing import Final

import msgspec

from bench.cluster import LOG, Cluster, name_of
from bench.processes import Failed

PATIENCE_SECONDS: Final = 5.0
POLL_SECONDS: Final = 0.02
_ENTRY: Final = re.compile(r"^\S+ \S+ \S+ \[(\d+)\] (\w+):  (.*)$")
_STATEMENT: Final = re.compile(r"^(?:statement|execute [^:]+): (.*)$", re.DOTALL)
_VALUE: Final = re.compile(r"\$\d+ = (?:'((?:[^']|'')*)'|NULL)(?:, |$)")
_ENDS: Final = ("COMMIT", "ROLLBACK")


class Sent(msgspec.Struct):
    """One statement, for which the server waits once: a round trip. ``values`` are as text, ``None`` for NULL."""

    sql: str
    values: list[str | None] = msgspec.field(default_factory=list)


def log_all(cluster: Cluster, url: str) -> None:
    """Let a database write every statement into the cluster's log, for whoever connects from now on."""
    cluster.execute(f"ALTER DATABASE {name_of(url)} SET log_statement = 'all'")


def sent(cluster: Cluster, deed: Callable[[], object], *naming: str) -> list[list[Sent]]:
    """Return what is sent while ``deed`` is done: the transactions, and the single statements, with one of the values.

    The database is one of ``log_all``'s. Others may be at work in it, with other values. Raises ``Failed``.
    """
    log, found = Log(cluster), list[list[Sent]]()
    deed()
    give_up = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < give_up:
        found += (unit for unit in log.read() if any(set(naming) & set(statement.values) for statement in unit))
        if found:
            return found
        time.sleep(POLL_SECONDS)
    raise Failed(f"PostgreSQL's log tells of no statement about {naming}")


class Log:
    """A cluster's log, from where it ends now."""

    def __init__(self, cluster: Cluster) -> None:
        self._file = cluster.folder / LOG
        self._place = self._file.stat().st_size
        self._begun: dict[str, list[Sent]] = {}
        self._latest: dict[str, Sent] = {}

    def read(self) -> list[list[Sent]]:
        """Return the transactions that have ended since the last call, and single statements one each by itself."""
        with self._file.open("rb") as file:
            file.seek(self._place)
            text = file.read()
        whole = text[: text.rfind(b"\n") + 1]
        self._place += len(whole)
        units: list[list[Sent]] = []
        for process, kind, message in _entries(whole.decode(errors="replace")):
            if kind == "DETAIL" and process in self._latest and message.startswith("parameters: "):
                self._latest[process].values = _values(message)
            elif kind == "LOG" and (found := _STATEMENT.match(message)):
                statement = self._latest[process] = Sent(found[1])
                if statement.sql.startswith("BEGIN"):
                    self._begun[process] = []
                if process not in self._begun:
                    units.append([statement])
                    continue
                self._begun[process].append(statement)
                if statement.sql.startswith(_ENDS):
                    units.append(self._begun.pop(process))
        return units


def _values(message: str) -> list[str | None]:
    values = _VALUE.finditer(message.removeprefix("parameters: "))
    return [None if value[1] is None else value[1].replace("''", "'") for value in values]


def _entries(text: str) -> list[tuple[str, str, str]]:
    """Return ``(process, kind, message)`` of each entry; the lines of one with several begin with a tabulator."""
    entries: list[tuple[str, str, str]] = []
    for line in text.splitlines():
        if line.startswith("\t") and entries:
            process, kind, message = entries[-1]
            entries[-1] = (process, kind, f"{message}\n{line[1:]}")
        elif found := _ENTRY.match(line):
            entries.append((found[1], found[2], found[3]))
    return entries
