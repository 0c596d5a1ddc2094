"""``conclave copy``: from the embedded engine to PostgreSQL and back, with everything in its place."""

import asyncio
import contextlib
import sqlite3
from collections.abc import Callable
from pathlib import Path

import asyncpg
import pytest

from conclave.store.postgres.news import SERVER_LOCK
from tests import invariants
from tests.backend import CREATE, UPDATE
from tests.house import ROOMS, Caller, Server
from tests.member import until
from tests.postgres import cluster
from tests.receiver import Receiver
from tests.terminal import Terminal

DELIVERIES = "conclave/list_callback_deliveries"
pytestmark = pytest.mark.postgresql


def furnish(server: Server, receiver: Receiver) -> Caller:
    caller = Caller(server.url)
    caller.import_accounts("ann", "bob")
    body = {"Url": receiver.url("/copied"), "CallbackCommandList": [CREATE, UPDATE]}
    caller.ok("room_config/set_callback", body)
    caller.create_room(RoomName="weekly 🙂", IsSeatEnabled=True, MaxSeatCount=3)
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "bob"})
    ban = {"RoomId": "room-1", "MemberList_Account": ["ann"], "Reason": "r", "Duration": 3600}
    caller.ok(f"{ROOMS}/ban_room_member", ban)
    caller.create_room("gone")
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "gone"})
    return caller


def seen(caller: Caller) -> list[object]:
    """What it answers, once all callbacks are delivered."""

    def is_told() -> bool:
        rows = caller.ok(DELIVERIES)["DeliveryList"]
        return "gone" in {row["RoomId"] for row in rows} and {row["State"] for row in rows} == {"Delivered"}

    until(is_told)
    return [
        caller.room(),
        caller.members(),
        caller.ok(f"{ROOMS}/get_banned_member_list", {"RoomId": "room-1"}),
        caller.ok("conclave/list_rooms", {}),
        caller.ok(DELIVERIES)["DeliveryList"],
        caller.ok("conclave/get_room_history", {"RoomId": "gone"}),
    ]


@pytest.fixture
def three(new_server: Callable[..., Server]) -> list[Server]:
    """The embedded engine, PostgreSQL, and the embedded engine again."""
    url = cluster().new_database()
    return [new_server(database=database) for database in ("", url, "")]


def test_everything_goes_there_and_back(three: list[Server], receiver: Receiver, tmp_path: Path) -> None:
    first, second, third = three
    terminal = Terminal(tmp_path)
    with first:
        before = seen(furnish(first, receiver))
        first.stop()
    url = str(second.settings["database"])
    assert "events" in terminal.ok("copy", str(first.data), url)
    with second:
        caller = Caller(second.url)
        assert seen(caller) == before
        caller.create_room("new")
        caller.create_room("newer")
        until(lambda: len(caller.ok(DELIVERIES)["DeliveryList"]) == 4)
        middle = seen(caller)
        assert second.stop() == 0
    assert "rooms" in terminal.ok("copy", url, str(third.data))
    with third:
        caller = Caller(third.url)
        assert seen(caller) == middle
        caller.create_room("newest")
        assert caller.ok("conclave/list_rooms", {})["TotalCount"] == 4
        third.stop()
    invariants.check(third.data / "conclave.db")


def test_nothing_is_overwritten_and_nobody_serves_meanwhile(three: list[Server], tmp_path: Path) -> None:
    first, second, third = three
    terminal = Terminal(tmp_path)
    url = str(second.settings["database"])
    with first, second:
        assert "is held by process" in terminal.refused(1, "copy", str(first.data), str(third.data))
        assert "serves PostgreSQL" in terminal.refused(1, "copy", url, str(third.data))
        assert first.stop() == 0
        assert second.stop() == 0
    assert "in use already" in terminal.refused(1, "copy", str(first.data), url)
    assert "never overwrites" in terminal.refused(1, "copy", url, str(first.data))
    assert "no database" in terminal.refused(1, "copy", str(tmp_path / "nowhere"), url)
    assert not (tmp_path / "nowhere").exists()


def give_a_room_a_name_that_postgresql_cannot_hold(server: Server, cannot: bool) -> None:
    with contextlib.closing(sqlite3.connect(server.data / "conclave.db")) as connection:
        connection.execute("UPDATE groups SET name = ?", ("a\0b" if cannot else "ab",))
        connection.commit()


def test_a_copy_that_failed_can_be_begun_again(three: list[Server], tmp_path: Path) -> None:
    first, second, third = three
    terminal = Terminal(tmp_path)
    with first:
        Caller(first.url).create_room()
        assert first.stop() == 0
    url = str(second.settings["database"])
    give_a_room_a_name_that_postgresql_cannot_hold(first, True)
    assert "cannot be copied" in terminal.refused(1, "copy", str(first.data), url)
    give_a_room_a_name_that_postgresql_cannot_hold(first, False)
    terminal.ok("copy", str(first.data), url)
    # What a copy to the embedded engine leaves that failed.
    terminal.ok("migrate", "--data", str(third.data), CONCLAVE_DATABASE="")
    terminal.ok("copy", url, str(third.data))
    with third:
        assert Caller(third.url).room()["RoomName"] == "ab"


def test_a_target_of_an_older_version_is_neither_migrated_nor_overwritten(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    url = cluster().new_database()
    terminal.ok("migrate", "--data", "source", CONCLAVE_DATABASE="")
    terminal.ok("app", "create", "8", CONCLAVE_DATABASE=url)

    async def main() -> None:
        target = await asyncpg.connect(url)
        await target.execute("DELETE FROM schema_migrations WHERE version = 5")
        assert "in use already" in await asyncio.to_thread(terminal.refused, 1, "copy", "source", url)
        assert await target.fetchval("SELECT MAX(version) FROM schema_migrations") == 4
        assert await target.fetchval("SELECT sdkappid FROM applications") == 8
        await target.close()

    asyncio.run(main())


def test_the_command_line_changes_nothing_that_is_being_copied(tmp_path: Path) -> None:
    url = cluster().new_database()
    terminal = Terminal(tmp_path)
    terminal.ok("app", "create", "7", CONCLAVE_DATABASE=url)

    async def main() -> None:
        copying = await asyncpg.connect(url)
        assert await copying.fetchval("SELECT pg_try_advisory_lock($1)", SERVER_LOCK)
        arguments = (1, "app", "create", "8")
        refusal = await asyncio.to_thread(terminal.refused, *arguments, CONCLAVE_DATABASE=url)
        assert "is being copied" in refusal
        await copying.close()

    asyncio.run(main())
    assert "8" not in terminal.ok("app", "list", CONCLAVE_DATABASE=url).split()
    terminal.ok("app", "create", "8", CONCLAVE_DATABASE=url)
