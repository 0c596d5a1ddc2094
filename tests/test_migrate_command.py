"""``conclave migrate`` says which database it was, and makes no embedded one by accident."""

from pathlib import Path

import pytest

from tests.postgres import cluster
from tests.terminal import Terminal


@pytest.mark.sqlite
def test_no_embedded_database_is_made_by_accident(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    assert terminal.refused(1, "migrate").startswith(
        "no database is set, and there is none in data; set server.database"
    )
    assert not terminal.data.exists()
    made = terminal.ok("migrate", "--data", "data")
    assert made.startswith("data/conclave.db: ")
    assert "migrations applied" in made
    assert terminal.ok("migrate") == "data/conclave.db is up to date\n"


@pytest.mark.postgresql
def test_the_database_is_named_without_its_password(tmp_path: Path) -> None:
    url = cluster().new_database().replace("@", ":secret@")
    terminal = Terminal(tmp_path)
    for end in (": ", " is up to date"):
        said = terminal.ok("migrate", CONCLAVE_DATABASE=url)
        assert said.startswith(f"PostgreSQL {url.partition('@')[2].partition('?')[0]}{end}")
        assert "secret" not in said
