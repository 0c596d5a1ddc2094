"""How SQLite serves the statements: an index that leads to the rows, so that no page costs more in a larger table."""

import importlib
import pkgutil
import re
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from conclave import store
from conclave.store import listing, sqlite_file
from conclave.store.many import Many
from conclave.store.statements import Statement

pytestmark = pytest.mark.sqlite

# Statements over tables that stay small, or over as many rows as they ask for.
MAY_SCAN = {
    "applications._EVERY",
    "applications._KEYS",
    "callbacks._PRUNE",  # what was found: its oldest, by their index
    "applications._KEYS_OF",  # sorts the few keys of one application
    "due._COUNTERS",
    "due._ENDPOINTS",
    "due._NEXT",
    "due._OLDEST",  # of each endpoint; the rooms are found by their index
    "due._OWED",
    "due._PRUNE_EVENTS",
    "due._PRUNE_KEYS",
    "due._WATCHING",
    "events._LAST",
    "nodes._ALIVE",
    "nodes._DEAD",
    "nodes._FORGET_OTHERS",
    "nodes._MOMENT",
}
STATEMENTS = {
    f"{module.name}.{name}": statement.of_size(4) if isinstance(statement, Many) else statement
    for module in pkgutil.iter_modules(store.__path__)
    for name, statement in vars(importlib.import_module(f"{store.__name__}.{module.name}")).items()
    if isinstance(statement, Statement | Many)
}


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    path: Path = tmp_path_factory.mktemp("plans") / "conclave.db"
    first = sqlite_file.connect(path)
    sqlite_file.migrate(first, path, 0)
    first.close()
    connection = sqlite_file.connect(path)
    yield connection
    connection.close()


def plan(database: sqlite3.Connection, statement: Statement) -> list[str]:
    numbers = [int(number) for number in re.findall(r"\?(\d+)", statement.sqlite)]
    rows = database.execute(f"EXPLAIN QUERY PLAN {statement.sqlite}", [1] * max(numbers, default=0))
    return [row[3] for row in rows]


@pytest.mark.parametrize("name", sorted(STATEMENTS.keys() - MAY_SCAN))
def test_no_statement_reads_a_whole_table_or_sorts(database: sqlite3.Connection, name: str) -> None:
    steps = [step for step in plan(database, STATEMENTS[name]) if "CONSTANT ROW" not in step]  # what it brings along
    assert not [step for step in steps if "SCAN" in step or "TEMP B-TREE" in step], steps


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (listing._IDS_OF_TYPE, "groups_by_type (sdkappid=? AND type=? AND group_key>?)"),
        (listing._IDS_WITH_ROOMS, "PRIMARY KEY (sdkappid=? AND room_key>?)"),
        (STATEMENTS["members._PUBLISHING"], "COVERING INDEX members_by_devices (sdkappid=? AND group_key=?)"),
        (STATEMENTS["members._SHARER"], "members_sharing (sdkappid=? AND group_key=?)"),
        (STATEMENTS["invitations._PENDING"], "invitations_pending (sdkappid=? AND room_key=?)"),
        (STATEMENTS["invitations._OLDEST"], "invitations_pending (sdkappid=? AND room_key=?)"),
        (
            STATEMENTS["invitations._OLDEST_OF"],
            "invitations_by_inviter (sdkappid=? AND inviter=? AND room_key=?)",
        ),
        (STATEMENTS["groups._OWNED_ROOMS"], "groups_by_owner (sdkappid=? AND owner=?)"),
        (STATEMENTS["groups._NEWEST_ROOMS"], "members_by_account (sdkappid=? AND account=?)"),
        (
            STATEMENTS["invitations._ROOMS_OF_INVITEE"],
            "invitations_by_invitee (sdkappid=? AND invitee=? AND room_key>?)",
        ),
        (
            STATEMENTS["invitations._ROOMS_OF_INVITER"],
            "invitations_by_inviter (sdkappid=? AND inviter=? AND room_key>?)",
        ),
        (listing._OWNED, "groups_by_owner (sdkappid=? AND owner=? AND group_key>?)"),
        (listing._MEMBERS, "members_by_entry (sdkappid=? AND group_key=? AND entry>?)"),
        (listing._JOINED_PAGE, "members_by_account (sdkappid=? AND account=?)"),
        (STATEMENTS["groups._DISOWN"], "groups_by_owner (sdkappid=? AND owner=?)"),
        (STATEMENTS["callbacks._PRUNE"], "INDEX callbacks_delivered (sdkappid=?)"),
        (STATEMENTS["callbacks._AFTER"], "callbacks_waiting (sdkappid=? AND room_id=? AND number>?)"),
        (STATEMENTS["callbacks._DROP"], "callbacks_waiting (sdkappid=? AND room_id=? AND number>?)"),
        (STATEMENTS["due._OLDEST"], "callback_rooms_oldest (sdkappid=?)"),
        (STATEMENTS["due._TO_NOTICE"], "rooms_due_to_notice (notice_at>? AND notice_at<?)"),
        (STATEMENTS["callbacks._DUE"], "callback_rooms_due (sdkappid=? AND due_at<?)"),
        (STATEMENTS["callbacks._LIST_OF_ROOM"], "callbacks_by_room (sdkappid=? AND room_id=? AND number<?)"),
        (STATEMENTS["events._OF_ID"], "events_of_history (sdkappid=? AND room_id=? AND at>? AND at<?)"),
    ],
)
def test_a_list_is_served_by_its_index(database: sqlite3.Connection, statement: Statement, index: str) -> None:
    assert index in " ".join(plan(database, statement))
