"""Several servers on one PostgreSQL database."""

import os
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, Self

from conclave.store.postgres.standing import LOCKS
from tests.database import PostgresDatabase
from tests.house import FIRST_SDKAPPID, Caller, Server
from tests.member import Member, until

LEASE_S: Final = 6.0
LATE_S: Final = 40.0
STEP_S: Final = 5.0
DUTIES: Final = ("callbacks", "clock")


class Node(Server):
    """One of them."""

    def __init__(self, folder: Path, shared: PostgresDatabase, **settings: Any) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder, **{"database": shared.url, **settings})
        self.database = shared

    def holds(self, duty: str) -> bool:
        """Tell whether it has a duty, as it says itself."""
        return self.gauge(f'conclave_duty{{name="{duty}"}}') == 1

    def signal(self, number: int) -> None:
        assert self.process is not None
        os.kill(self.process.pid, number)

    def caller(self, sdkappid: int = FIRST_SDKAPPID) -> Caller:
        return Caller(self.url, sdkappid)


class Pair:
    """Two of them; ``a`` was there first, and has the duties."""

    def __init__(self, folder: Path, database: PostgresDatabase | None = None, **settings: Any) -> None:
        self.database = database or PostgresDatabase()
        self.a, self.b = (Node(folder / name, self.database, **settings) for name in "ab")
        self.members: list[Member] = []

    def __enter__(self) -> Self:
        self.a.start()
        until(lambda: all(map(self.a.holds, DUTIES)))
        self.b.start()
        return self

    def __exit__(self, *_: object) -> None:
        for member in self.members:
            member.close()
        for node in (self.a, self.b):
            if node.process is not None and node.process.poll() is None:
                node.signal(signal.SIGCONT)
            node.__exit__()

    def member(self, node: Node, user: str, sdkappid: int = FIRST_SDKAPPID, **params: Any) -> Member:
        """Return a member who is logged in on a node."""
        self.members.append(Member(node.caller(sdkappid), user, **params))
        return self.members[-1]

    def alive(self) -> int:
        """How many nodes there are, by the database's own time."""
        now = "(EXTRACT(EPOCH FROM clock_timestamp()) * 1000)::bigint"
        return int(self.database.query(f"SELECT COUNT(*) FROM nodes WHERE alive_until > {now}")[0][0])


def end_duties(database: PostgresDatabase) -> None:
    """End the connections that duties hang on, of every node, as the database's operator may."""
    query = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'conclave duties' "
    database.query(query + "AND datname = current_database()")


def hand_over(two: Pair, duty: str, to: Node) -> None:
    """End the connection of whoever has a duty until the other one has it."""
    owners = "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 1 AND "
    query = f"SELECT pg_terminate_backend(pid) FROM ({owners} (classid::bigint << 32) + objid::bigint = ?) o"
    until_late(lambda: two.a.holds(duty) != two.b.holds(duty))
    while not to.holds(duty):
        two.database.query(query, LOCKS[duty])
        until_late(lambda: two.a.holds(duty) != two.b.holds(duty))


def until_late(holds: Callable[[], bool]) -> None:
    """Wait until something is so that takes a lease, or longer."""
    deadline = time.monotonic() + LATE_S
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def until_later(caller: Caller, holds: Callable[[], bool]) -> None:
    """Move a node's clock on until something is so: nothing tells when a grace has begun that ends by it."""

    def holds_now() -> bool:
        caller.advance(STEP_S)
        return holds()

    until(holds_now)


@contextmanager
def pair(folder: Path, **settings: Any) -> Iterator[Pair]:
    """Run two nodes."""
    with Pair(folder, **settings) as two:
        yield two
