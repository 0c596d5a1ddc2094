"""Two versions next to each other on one schema: migrations only add, and a server takes what it does not know."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from conclave.store import migrations
from conclave.store.migrations import INCOMPATIBLE, Migration
from tests import invariants
from tests.database import PostgresDatabase
from tests.house import FIRST_SDKAPPID, ROOMS
from tests.member import until
from tests.nodes import Pair
from tests.terminal import Terminal

FIRST = 5
TABLE = re.compile(r"CREATE TABLE (\w+) \(", re.IGNORECASE)
INDEX = re.compile(r"CREATE (UNIQUE )?INDEX \w+\s+ON (\w+) ", re.IGNORECASE)
COLUMN = re.compile(r"ALTER TABLE \w+ ADD COLUMN \w+ \w+((?: NOT NULL| NULL| DEFAULT (?:\d+|'[^']*'))*)", re.IGNORECASE)


def what_breaks(migration: Migration) -> list[str]:
    """Return the statements that an older server could not live with, unless the migration is marked."""
    if migration.name.endswith(INCOMPATIBLE):
        return []
    made: set[str] = set()
    found = []
    for statement in migration.statements():
        bare = re.sub(r"--[^\n]*", "", statement).strip().removesuffix(";")
        table, index, column = TABLE.match(bare), INDEX.match(bare), COLUMN.fullmatch(bare)
        if table:
            made.add(table[1])
        # A unique index might refuse what an older server writes, and a column without a value all that it writes.
        elif not (
            (index and (not index[1] or index[2] in made))
            or (column and ("NOT NULL" not in column[1].upper() or "DEFAULT" in column[1].upper()))
        ):
            found.append(bare)
    return found


def test_migrations_only_add() -> None:
    for migration in migrations.known():
        if migration.version >= FIRST:
            assert what_breaks(migration) == [], migration.name


@pytest.mark.parametrize(
    "statement",
    [
        "DROP TABLE rooms",
        "ALTER TABLE rooms DROP COLUMN seq",
        "ALTER TABLE rooms RENAME COLUMN seq TO number",
        "ALTER TABLE rooms ADD COLUMN colour TEXT NOT NULL",
        "ALTER TABLE rooms ADD COLUMN colour TEXT UNIQUE",
        "ALTER TABLE rooms ADD COLUMN colour TEXT NOT NULL DEFAULT '' CHECK (colour <> 'red')",
        "CREATE UNIQUE INDEX rooms_by_colour ON rooms (sdkappid, colour)",
        "UPDATE rooms SET seq = 0",
        "DELETE FROM rooms",
        "INSERT INTO consumers (name, position) VALUES ('x', 0)",
        "CREATE TRIGGER t AFTER INSERT ON rooms BEGIN SELECT 1; END",
    ],
)
def test_what_does_more_is_found(statement: str) -> None:
    text = f"CREATE TABLE colours (name TEXT NOT NULL);\n{statement};\n"
    assert what_breaks(Migration(9, "colours", text, "")) == [statement]
    assert what_breaks(Migration(9, f"colours{INCOMPATIBLE}", text, "")) == []


LATER = (
    "CREATE TABLE colours (name TEXT NOT NULL PRIMARY KEY)",
    "ALTER TABLE rooms ADD COLUMN colour TEXT NOT NULL DEFAULT 'red'",
    "ALTER TABLE members ADD COLUMN mood TEXT",
    "ALTER TABLE events ADD COLUMN hue BIGINT NOT NULL DEFAULT 0",
    "CREATE INDEX rooms_by_colour ON rooms (sdkappid, colour)",
)


@pytest.mark.postgresql
def test_a_server_works_beside_a_newer_one_on_its_schema(tmp_path: Path) -> None:
    """The schema changes while one serves; another one starts on it."""
    assert what_breaks(Migration(9, "later", ";\n".join(LATER), "")) == []
    two = Pair(tmp_path)
    try:
        two.a.start()
        a, b = two.a.caller(), two.b.caller()
        a.create_room(IsSeatEnabled=True, MaxSeatCount=2)
        ann = two.member(two.a, "ann")
        ann.enter()
        for statement in LATER:
            two.database.change(statement)
        two.database.change("INSERT INTO schema_migrations VALUES (9998, 'later', 'x', 0)")
        two.b.start()
        bob = two.member(two.b, "bob")
        bob.enter()
        bob.call("takeSeat", seatIndex=1)
        assert ann.next_event("onRemoteUserEnterRoom")
        for caller, room in ((a, "of-a"), (b, "of-b")):
            caller.create_room(room)
        assert a.room("of-b")["RoomId"] == "of-b"
        assert b.room("of-a")["RoomId"] == "of-a"
        assert b.seats() == ["", "bob"]
        assert two.database.query("SELECT COUNT(*) FROM rooms WHERE colour = 'red'") == [(3,)]
        Terminal(two.b.folder).ok("app", "list", CONCLAVE_DATABASE=two.database.url)
        invariants.check(two.database)
    finally:
        two.__exit__()


@pytest.mark.postgresql
def test_a_server_works_beside_a_newer_one_that_knows_more_settings(tmp_path: Path) -> None:
    """What it does not know it passes over, and leaves as it is when it changes what it knows."""
    later = {"colour": "red", "shapes": {"square": [1, 2]}}

    def stored(database: PostgresDatabase) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(database.query("SELECT settings FROM applications")[0][0])
        return found

    two = Pair(tmp_path)
    try:
        two.a.start()
        two.a.caller().create_room("before")
        settings = json.dumps({**stored(two.database), **later})
        two.database.change("UPDATE applications SET settings = ?", [(settings,)])
        two.database.change("UPDATE application_changes SET version = version + 1")
        two.b.start()
        terminal = Terminal(two.b.folder)
        sdkappid, environment = str(FIRST_SDKAPPID), {"CONCLAVE_DATABASE": two.database.url}
        terminal.ok("app", "limits", sdkappid, "allow_rooms=false", **environment)
        assert {"allow_rooms": False, **later}.items() <= stored(two.database).items()
        a, numbers = two.a.caller(), itertools.count()

        def code() -> int:
            room = {"RoomInfo": {"RoomId": f"after-{next(numbers)}", "RoomType": "Conference"}}
            return int(a.call(f"{ROOMS}/create_room", room)["ErrorCode"])

        until(lambda: code() == 100007)
        assert "colour" in terminal.refused(2, "app", "limits", sdkappid, "colour=blue", **environment)
    finally:
        two.__exit__()


@pytest.mark.postgresql
def test_a_server_refuses_a_schema_that_it_could_not_live_with(tmp_path: Path) -> None:
    database = PostgresDatabase()
    terminal = Terminal(tmp_path)
    terminal.ok("migrate", CONCLAVE_DATABASE=database.url)
    database.change(f"INSERT INTO schema_migrations VALUES (9998, 'later{INCOMPATIBLE}', 'x', 0)")
    refusal = terminal.refused(1, "serve", "--port", "0", CONCLAVE_DATABASE=database.url)
    assert "newer Conclave (migration 9998 'later (incompatible)' is unknown here)" in refusal
