"""A database that cannot be trusted is refused at start: one sentence, an exit code, and not a byte changed."""

import hashlib
import os
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from tests.crowd import database_of
from tests.house import Caller, Server

pytestmark = pytest.mark.sqlite

NewServer = Callable[..., Server]
PAGE = 4096


@pytest.fixture(scope="module")
def healthy(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """The database of a server that was used and stopped."""
    with Server(tmp_path_factory.mktemp("healthy")) as server:
        caller = Caller(server.url)
        for n in range(200):
            caller.create_room(f"room-{n}", CustomInfo="x" * 400, IsSeatEnabled=True)
        assert server.stop() == 0
        return database_of(server).read_bytes()


def garbage_header(path: Path, content: bytes) -> None:
    path.write_bytes(Random(1).randbytes(100) + content[100:])


def text(path: Path, content: bytes) -> None:
    path.write_text("this is a diary, not a database\n" * 500)


def flipped_pages(path: Path, content: bytes) -> None:
    spoiled = bytearray(content)
    for page in range(3, len(content) // PAGE, 2):
        spoiled[page * PAGE : page * PAGE + 64] = Random(page).randbytes(64)
    path.write_bytes(spoiled)


def cut_off(path: Path, content: bytes) -> None:
    path.write_bytes(content[: len(content) // PAGE // 2 * PAGE])


def schema_page(path: Path, content: bytes) -> None:
    path.write_bytes(content[:100] + bytes(PAGE - 100) + content[PAGE:])


def missing_index_entries(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    change(path, "PRAGMA writable_schema=ON", "DELETE FROM sqlite_schema WHERE name = 'rooms'")


def newer(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    change(path, "INSERT INTO schema_migrations VALUES (9999, 'from_the_future (incompatible)', 'x', 0)")


def edited(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    change(path, "UPDATE schema_migrations SET checksum = 'other' WHERE version = 1")


def folder(path: Path, content: bytes) -> None:
    path.mkdir()


def change(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    for statement in statements:
        connection.execute(statement)
    connection.close()


SPOILERS: dict[Callable[[Path, bytes], None], str] = {
    garbage_header: "damaged or is no database",
    text: "damaged or is no database",
    flipped_pages: "damaged",
    cut_off: "damaged",
    schema_page: "damaged",
    missing_index_entries: "damaged",
    newer: "newer Conclave (migration 9999 'from_the_future (incompatible)'",
    edited: "another text of migration 1",
    folder: "cannot be opened",
}


def content_of(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else str(os.listdir(path))


@pytest.mark.parametrize("spoil", SPOILERS, ids=lambda spoil: spoil.__name__)
def test_a_database_that_cannot_be_trusted_is_refused(
    new_server: NewServer, healthy: bytes, spoil: Callable[[Path, bytes], None]
) -> None:
    server = new_server()
    server.data.mkdir(mode=0o700)
    database = database_of(server)
    spoil(database, healthy)
    before = content_of(database)
    assert server.launch().wait(20) == 1
    told = server.log.read_text().strip()
    assert SPOILERS[spoil] in told
    assert str(database) in told
    assert "Traceback" not in told
    assert len(told.splitlines()) == 1, told
    assert content_of(database) == before


def test_the_healthy_database_starts(new_server: NewServer, healthy: bytes) -> None:
    server = new_server()
    server.data.mkdir(mode=0o700)
    database_of(server).write_bytes(healthy)
    with server:
        assert Caller(server.url).room("room-199")["CustomInfo"] == "x" * 400


def test_a_torn_end_of_the_log_is_what_was_never_acknowledged(new_server: NewServer) -> None:
    """Power may fail in the middle of a write: the incomplete tail of the log is not a reason to refuse."""
    with new_server() as server:
        Caller(server.url).create_room("kept")
        server.kill()
    log = database_of(server).with_name("conclave.db-wal")
    log.write_bytes(log.read_bytes() + Random(2).randbytes(5000))
    with server:
        assert Caller(server.url).room("kept")["RoomId"] == "kept"


@pytest.mark.parametrize("command", [["app", "list"], ["backup", "copy.db"]], ids=lambda command: command[0])
def test_other_commands_refuse_such_a_database_as_well(tmp_path: Path, command: list[str]) -> None:
    (tmp_path / "conclave.db").write_text("this is a diary, not a database\n" * 500)
    run = [sys.executable, "-m", "conclave", *command, "--data", str(tmp_path)]
    done = subprocess.run(run, capture_output=True, text=True, timeout=30, cwd=tmp_path)
    assert done.returncode == 1
    assert "damaged or is no database" in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "copy.db").exists()
