"""The benchmark on PostgreSQL: a short run, and a script for pgbench that does what the server does."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from bench import pgbench
from bench.cluster import name_of
from bench.house import PLANS, House
from bench.pgbench import Pgbench, Script
from bench.servers import database_of
from bench.statements import Sent

from tests.postgres import cluster
from tests.requirements import program
from tests.test_bench import run

pytestmark = pytest.mark.postgresql
COUNTS = (
    "SELECT COUNT(*), (SELECT COUNT(*) FROM rooms), (SELECT COUNT(*) FROM events), "
    "(SELECT SUM(value) FROM counters WHERE name LIKE 'rooms%'), (SELECT COUNT(DISTINCT group_key) FROM groups) "
    "FROM groups"
)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty folder, not below pytest's own: PostgreSQL does not run as root, and must get through."""
    with tempfile.TemporaryDirectory() as name:
        made = Path(name)
        made.chmod(0o755)
        yield made


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """A house whose databases are on the tests' PostgreSQL server."""
    with House(tmp_path, PLANS["smoke"], cluster()) as made:
        yield made


def test_a_short_run_measures_on_postgresql(folder: Path) -> None:
    program("wrk")
    lines = [argument for name in ("get_room_info", "pgbench", "large") for argument in ("--only", name)]
    done = run("--nodes", "--plan", "smoke", "--folder", str(folder), "--markdown", *lines)
    assert done.returncode == 0, done.stderr
    assert "pgbench with its 6 statements on 9 connections" in done.stdout
    assert "not measured" not in done.stdout
    assert "refused" not in done.stdout
    assert "fsync = on, synchronous_commit = on" in done.stdout
    assert list(folder.iterdir()) == []


def test_lines_of_postgresql_need_a_postgresql_server() -> None:
    program("wrk")
    done = run("--only", "pgbench")
    assert done.returncode != 0
    assert "there is no line 'pgbench'" in done.stderr


def test_what_the_server_sent_creates_rooms_when_pgbench_sends_it(house: House) -> None:
    script = pgbench.recorded(house, cluster())
    database = name_of(database_of(house.folder / "recorded"))
    assert cluster().execute(COUNTS, database) == "1|1|1|1|1"
    sample = Pgbench(cluster(), database, script, house.folder, 4).sample(1)
    rooms, *others = (int(count) for count in cluster().execute(COUNTS, database).split("|"))
    assert rooms > 1
    assert set(others) == {rooms}
    assert sample.refused == 0
    assert sample.p50 <= sample.p99
    assert list(house.folder.glob("pgbench_log*")) == []


def test_a_script_varies_the_room_and_leaves_everything_else() -> None:
    transaction = [
        Sent("BEGIN"),
        Sent("INSERT INTO groups VALUES ($1, $2::text, '') RETURNING group_key", ["7", "new-1"]),
        Sent("INSERT INTO rooms VALUES ($1, $2, $3)", ["12345", "it's", None]),
        Sent("UPDATE rooms SET name = $1", [""]),
        Sent("COMMIT"),
    ]
    assert pgbench.of(transaction, "new-1", "12345") == Script(
        "\\set room_id random(10000000000000, 99999999999999)\n"
        "BEGIN;\n"
        "INSERT INTO groups VALUES (:c0, :room_id::text, '') RETURNING group_key \\gset\n"
        "INSERT INTO rooms VALUES (:group_key, :c1, NULL);\n"
        "UPDATE rooms SET name = '';\n"
        "COMMIT;\n",
        {"c0": "7", "c1": "it's"},
        5,
    )


def test_sizes_are_told_of_every_table_that_has_rows(folder: Path) -> None:
    program("wrk")
    done = run("--sizes", "--plan", "smoke", "--folder", str(folder))
    assert done.returncode == 0, done.stderr
    for table, rows in {"rooms": 100, "groups": 100, "members": 100, "callbacks": 200}.items():
        assert f"| **{table}** | {rows} |" in done.stdout
        assert f"| {table}, all | | **" in done.stdout
    assert "login and enterRoom, told to those inside, and its callback delivered, 100 times" in done.stdout
    assert "an event of the log read by a node that it is not for, 201 times" in done.stdout
    assert list(folder.iterdir()) == []
