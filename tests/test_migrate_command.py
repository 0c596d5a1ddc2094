"""``conclave migrate`` says which database it was, and makes no embedded one by accident."""

import asyncio
import uuid
from pathlib import Path

import asyncpg
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


@pytest.mark.postgresql
@pytest.mark.parametrize("words", [("app", "list"), ("app", "create", "8")])
def test_a_user_without_rights_is_told_so_in_a_sentence(tmp_path: Path, words: tuple[str, ...]) -> None:
    url = cluster().new_database()
    terminal = Terminal(tmp_path)
    terminal.ok("app", "create", "7", CONCLAVE_DATABASE=url)

    async def allow_a_stranger_nothing() -> str:
        connection = await asyncpg.connect(url)
        name = f"stranger_{uuid.uuid4().hex}"
        await connection.execute(f"CREATE ROLE {name} LOGIN")
        await connection.close()
        return url.replace("postgres@", f"{name}@")

    strangers = asyncio.run(allow_a_stranger_nothing())
    assert "permission denied" in terminal.refused(1, *words, CONCLAVE_DATABASE=strangers)
