"""``--sizes``: what rooms, members, events and callbacks take on PostgreSQL, and what making them costs.

Rooms are created over REST and members come over WebSockets, as in earnest, and a backend is told of both. Then
PostgreSQL is asked: as the tables are, with what changes have left in them, and packed by VACUUM FULL.
"""

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench import commands
from bench.callbacks import drain, listening
from bench.calls import Call, play
from bench.cluster import Cluster, name_of
from bench.crowd import Scene
from bench.guest import Guest, Room
from bench.house import INFO, House, is_envelope
from bench.processes import Server
from bench.servers import conclave_server, database_of, receiver
from conclave.clock import SystemClock
from conclave.realtime.feed import Feed
from conclave.store import events as log_rows
from conclave.store.events import EventRow
from conclave.store.postgres.engine import PoolLimits, PostgresEngine

MEMBERS: Final = 50
CALLERS: Final = 8
PINGING, PINGS = 50, 200
ENTERED: Final = "Room.CallbackAfterMemberEnter"
SERVER: Final = "max_member_connections = 6000\nmember_rate = 0\n"
FOLDER: Final = "sizes"
HEADINGS: Final = ("table or index", "rows", "bytes a row, as they are", "bytes a row, packed")
_RELATIONS: Final = (
    "SELECT t.relname, CASE WHEN x.indexrelid IS NULL THEN '' ELSE c.relname END, "
    "pg_relation_size(c.oid) + COALESCE(pg_relation_size(NULLIF(c.reltoastrelid, 0)), 0) "
    "FROM pg_class c LEFT JOIN pg_index x ON x.indexrelid = c.oid "
    "JOIN pg_class t ON t.oid = COALESCE(x.indrelid, c.oid) "
    "WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'i') "
    "ORDER BY t.relname, 2"
)
Sizes = dict[tuple[str, str], int]


class Deed(msgspec.Struct, frozen=True):
    """What something cost, each time: microseconds of processors, bytes of the log of writes, and transactions."""

    what: str
    times: int
    seconds: float
    node_cpu: float
    database_cpu: float
    written: float
    transactions: float

    def __str__(self) -> str:
        return (
            f"{self.what}, {self.times:,} times in {self.seconds:.1f} s, each: {self.node_cpu:.0f} µs of the node's "
            f"processor, {self.database_cpu:.0f} µs of PostgreSQL's, {self.written:,.0f} bytes of its log of writes, "
            f"{self.transactions:.1f} transactions, those that read included"
        )


class Scales:
    """Weighs what is done on a server and its database."""

    def __init__(self, server: Server, cluster: Cluster, database: str) -> None:
        self.deeds: list[Deed] = []
        self._server = server
        self._cluster = cluster
        self._database = database

    @contextmanager
    def weigh(self, what: str, times: int) -> Iterator[None]:
        """Weigh the block, to the end of the callbacks that follow from it."""
        before, began = self._read(), time.monotonic()
        yield
        drain(self._server)
        seconds = time.monotonic() - began
        node, database, written, transactions = (
            (now - then) / times for now, then in zip(self._read(), before, strict=True)
        )
        self.deeds.append(Deed(what, times, seconds, node * 1e6, database * 1e6, written, transactions))

    def _read(self) -> tuple[float, ...]:
        text = self._cluster.execute(
            "SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn, "
            "(SELECT xact_commit FROM pg_stat_database WHERE datname = current_database())",
            self._database,
        )
        return self._server.cpu_seconds(), self._cluster.cpu_seconds(), *map(float, text.split("|"))


def measure(house: House) -> list[str]:
    """Fill a database, and return the page's lines in Markdown."""
    assert house.cluster is not None
    folder = house.new_folder(FOLDER)
    database = name_of(database_of(folder))
    with receiver(house.folder) as other:
        other.start("/warm", "{}")
        told = listening(other.port, "/sizes", ENTERED)
        with conclave_server(folder, more=told, server=SERVER) as server:
            server.start(INFO.target, INFO.body, is_envelope)
            scales = Scales(server, house.cluster, database)
            _fill(house, server, scales)
            with scales.weigh("a member's ping", PINGING * PINGS):
                asyncio.run(_ping(server.port))
        scales.deeds.append(asyncio.run(_read_log(database_of(folder), house.cluster)))
    now = _sizes(house.cluster, database)
    house.cluster.execute("VACUUM FULL", database)
    packed = _sizes(house.cluster, database)
    rows = {table: int(house.cluster.execute(f"SELECT COUNT(*) FROM {table}", database)) for table, _ in now}
    return [*_table(rows, now, packed), "", *(f"- {deed}" for deed in scales.deeds)]


def _fill(house: House, server: Server, scales: Scales) -> None:
    count, entered = house.plan.sized_rooms, house.plan.entered
    infos = [
        {"RoomId": f"room-{number}", "RoomName": "weekly sync", "RoomType": "Conference"} for number in range(count)
    ]
    calls = [Call.of(f"{commands.ROOM}/create_room", {"RoomInfo": info}) for info in infos]
    with scales.weigh("create_room, and its callback delivered", count), ThreadPoolExecutor(CALLERS) as threads:
        list(threads.map(lambda part: play(server, calls[part::CALLERS]), range(CALLERS)))
    with scales.weigh("login and enterRoom, told to those inside, and its callback delivered", entered * MEMBERS):
        _enter(house.folder, Scene(server.port, entered, MEMBERS))


def _enter(folder: Path, scene: Scene) -> None:
    """Let members come into the first rooms; their connections end, and their places stay."""
    file = folder / "scene.json"
    file.write_bytes(msgspec.json.encode(scene))
    command = [sys.executable, "-m", "bench.crowd", str(file)]
    root = Path(__file__).parents[1]
    subprocess.run(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=root, check=True)


async def _ping(port: int) -> None:
    """Let members who are in no room show that they are alive, each again and again."""
    guests = [Guest(f"idle-{number}", "", Room(), []) for number in range(PINGING)]
    await asyncio.gather(*(guest.come(port) for guest in guests))

    async def ping(guest: Guest) -> None:
        for _ in range(PINGS):
            await guest.ask("ping", {})

    await asyncio.gather(*map(ping, guests))


async def _read_log(url: str, cluster: Cluster) -> Deed:
    """Read the whole log as every node does, with nobody to be told: what an event costs a node that it is not for."""
    clock = SystemClock()
    engine = PostgresEngine(url, clock, PoolLimits())
    await engine.open()
    last = await engine.point(log_rows.last_position)
    rows: list[int] = []
    is_over = asyncio.Event()

    def tell(row: EventRow) -> int:
        rows.append(row.position)
        if row.position == last:
            is_over.set()
        return 0

    feed = Feed(engine, lambda: True, tell, lambda: None)
    feed.listen_from(0)
    began, own, database = time.monotonic(), time.process_time(), cluster.cpu_seconds()
    reading = asyncio.ensure_future(feed.run())
    await is_over.wait()
    seconds, count = time.monotonic() - began, len(rows)
    own, database = time.process_time() - own, cluster.cpu_seconds() - database
    reading.cancel()
    await engine.close()
    return Deed(
        "an event of the log read by a node that it is not for",
        count,
        seconds,
        own * 1e6 / count,
        database * 1e6 / count,
        0,
        0,
    )


def _sizes(cluster: Cluster, database: str) -> Sizes:
    """Return the bytes of each table (its index is '') and each index."""
    cells = (line.split("|") for line in cluster.execute(_RELATIONS, database).splitlines())
    return {(table, index): int(size) for table, index, size in cells}


def _table(rows: dict[str, int], now: Sizes, packed: Sizes) -> list[str]:
    """Return the table of all that has rows, and below each table what it takes with its indexes."""
    lines = [f"| {' | '.join(HEADINGS)} |", f"| {' | '.join('---' for _ in HEADINGS)} |"]
    for table in (table for table, count in rows.items() if count >= MEMBERS):
        for kind, sizes in ((index, (now, packed)) for of, index in now if of == table):
            each = (f"{by[table, kind] / rows[table]:.0f}" for by in sizes)
            lines.append(f"| {kind or f'**{table}**'} | {'' if kind else f'{rows[table]:,}'} | {' | '.join(each)} |")
        sums = (sum(size for (of, _), size in by.items() if of == table) / rows[table] for by in (now, packed))
        lines.append(f"| {table}, all | | {' | '.join(f'**{each:.0f}**' for each in sums)} |")
    return lines
