"""A migration beside somebody who holds a table: calls go on, and it ends, one way or the other."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

import conclave
from conclave.store.failures import StoreError
from conclave.store.postgres import schema
from conclave.store.postgres.schema import Patience
from tests.database import Database, PostgresDatabase
from tests.house import Caller, Server
from tests.member import until

pytestmark = pytest.mark.postgresql
PATIENCE_S = 60
LATER = "ALTER TABLE rooms ADD COLUMN colour TEXT NOT NULL DEFAULT 'red';\n"
UNDONE = (
    "ALTER TABLE members DROP COLUMN node",
    "DROP TABLE nodes",
    "DROP TABLE duties",
    "DELETE FROM schema_migrations WHERE version = 5",
)
WAITING = "SELECT COUNT(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND NOT granted"


@contextmanager
def newer_version(folder: Path, database: PostgresDatabase) -> Iterator[subprocess.Popen[str]]:
    """``conclave migrate`` of a version that has one migration more."""
    package = folder / "newer" / "conclave"
    shutil.copytree(Path(conclave.__file__).parent, package, ignore=shutil.ignore_patterns("__pycache__"))
    (package / "store" / "migrations" / "0099_later.sql").write_text(LATER)
    environment = {**os.environ, "PYTHONPATH": str(package.parent), "CONCLAVE_DATABASE": database.url}
    with subprocess.Popen(
        [sys.executable, "-m", "conclave", "migrate"], cwd=folder, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def waits(database: Database) -> bool:
    return database.query(WAITING) != [(0,)]


def test_calls_go_on_while_a_migration_waits_for_a_lock(new_server: Callable[..., Server], tmp_path: Path) -> None:
    database = PostgresDatabase()
    with new_server(database=database.url, timeout=10) as server:
        caller = Caller(server.url)
        caller.create_room("before")
        with database.read_by_another("rooms") as let_go, newer_version(tmp_path, database) as migrating:
            until(lambda: waits(database))
            for room in ("behind-it", "beside-it"):
                caller.create_room(room)
                assert caller.room(room)["RoomId"] == room
            assert migrating.poll() is None
            let_go()
            assert migrating.wait(PATIENCE_S) == 0
            assert migrating.stdout is not None
            assert "1 migration" in migrating.stdout.read()
        caller.create_room("after")
        assert database.query("SELECT COUNT(*) FROM rooms WHERE colour = 'red'") == [(4,)]


def test_a_migration_that_never_gets_a_lock_ends_with_a_sentence() -> None:
    database = PostgresDatabase()
    asyncio.run(schema.migrate(database.url, 0))
    for statement in UNDONE:
        database.change(statement)
    with database.read_by_another("members"), pytest.raises(StoreError, match=r"others held its tables at 2 attempts"):
        asyncio.run(schema.migrate(database.url, 0, Patience(attempts=2, pause_seconds=0)))
    assert database.query("SELECT MAX(version) FROM schema_migrations") == [(4,)]
    assert asyncio.run(schema.migrate(database.url, 0)) == 1
