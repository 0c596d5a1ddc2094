"""What the lines of one run share: its plan, its folder, and the servers that several lines use."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import cached_property
from pathlib import Path
from statistics import mean
from typing import Final, Self

import msgspec

from bench import commands, prepare
from bench.calls import NUMBER, Call, Load, play
from bench.certificate import make_certificate
from bench.cluster import Cluster, name_of
from bench.measure import Comparison, Contest, compare
from bench.prepare import Step
from bench.processes import MIB, Server
from bench.servers import DATABASE, SDKAPPID, Certificate, bare_server, conclave_server, database_of
from conclave import folder as folders


def creation(sdkappid: int = SDKAPPID) -> Call:
    """Return a creation of a room whose id no other call has."""
    info = {"RoomId": f"new-{NUMBER}", "RoomName": "weekly sync", "RoomType": "Conference"}
    return Call.of(f"{commands.ROOM}/create_room", {"RoomInfo": info}, sdkappid)


CREATES: Final = Load((creation(),))
INFO: Final = Call.of(f"{commands.ROOM}/get_room_info", {"RoomId": prepare.MAIN_ROOM})


class Plan(msgspec.Struct, frozen=True):
    """How often and how long (rounds of wrk take whole seconds), and how many rows the large folder has.

    ``idle`` members say nothing. For ``--sizes``, ``sized_rooms`` are created, and members come into the first
    ``entered`` of them.
    """

    rounds: int = 5
    seconds: int = 1
    steady_seconds: float = 6.0
    rooms: int = 100_000
    members: int = 100_000
    starts: int = 3
    idle: int = 5000
    sized_rooms: int = 20_000
    entered: int = 100


PLANS: Final = {
    "full": Plan(),
    "quick": Plan(
        rounds=1, seconds=1, steady_seconds=2.0, rooms=5_000, members=5_000, starts=1, sized_rooms=4_000, entered=40
    ),
    "smoke": Plan(
        rounds=1,
        seconds=1,
        steady_seconds=0.5,
        rooms=1_200,
        members=1_200,
        starts=1,
        idle=100,
        sized_rooms=100,
        entered=2,
    ),
}


def is_envelope(answer: bytes) -> bool:
    """Tell whether an answer is one of ours, a refusal included."""
    return b'"ErrorCode":' in answer


class House:
    """The folder and the servers of one run; use it in a ``with``.

    With a ``cluster``, every folder's database is on that PostgreSQL server.
    """

    def __init__(self, folder: Path, plan: Plan, cluster: Cluster | None = None) -> None:
        self.folder = folder
        self.plan = plan
        self.cluster = cluster
        self._exit = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._exit.close()

    @cached_property
    def certificate(self) -> Certificate:
        """The certificate of the lines over TLS."""
        return make_certificate(self.folder)

    @cached_property
    def small(self) -> Server:
        """The server that most lines load: a room of 300, and the slots of the mix."""
        return self._prepared("small", prepare.small())

    @cached_property
    def secure(self) -> Server:
        """The same over TLS, on a folder of its own."""
        return self._prepared("secure", prepare.small(), self.certificate)

    @cached_property
    def large(self) -> Server:
        """The server with many rooms and a room of many members."""
        return self._prepared("large", prepare.large(self.plan.rooms, self.plan.members))

    def _prepared(self, name: str, steps: Sequence[Step], certificate: Certificate | None = None) -> Server:
        """Start ours on a folder of that name, after the steps; it is stopped at the end of the run."""
        folder = self.new_folder(name)
        prepare.fill(folder, steps)
        if self.cluster is not None:
            self.cluster.execute("ANALYZE", name_of(database_of(folder)))  # as autovacuum does within a minute
        server = self._exit.enter_context(conclave_server(folder, certificate))
        return server.start(INFO.target, INFO.body, is_envelope)

    @contextmanager
    def bare(self, size: int, certificate: Certificate | None = None) -> Iterator[Server]:
        """Run the bare server for a while."""
        with bare_server(self.folder, size, certificate) as server:
            yield server.start("/", "{}")

    def beside_bare(self, loads: Sequence[Load], ours: Server | None = None) -> Comparison:
        """Compare ours with the bare server, which answers with as many bytes as ours does to the first load."""
        ours = self.small if ours is None else ours
        size = self.answer_size(ours, loads[0])
        with self.bare(size, self.certificate if ours.tls else None) as bare:
            return self.compare(Contest(bare, list(loads)), Contest(ours, list(loads)))

    def compare(self, twin: Contest, ours: Contest) -> Comparison:
        """Compare two servers as often and as long as the plan says."""
        return compare(twin, ours, self.folder, self.plan.rounds, self.plan.seconds)

    def answer_size(self, server: Server, load: Load) -> int:
        """Return the mean size of the answers to a load's calls, in bytes."""
        play(server, load.reset)
        return round(mean(len(answer) for answer in play(server, load.calls)))

    def new_folder(self, name: str) -> Path:
        """Return an empty folder, with an empty database."""
        folder = self.folder / name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        if self.cluster is not None:
            (folder / DATABASE).write_text(self.cluster.new_database())
        return folder

    def disk(self, name: str) -> str:
        """Return how much disk the database of a folder takes, and its log of writes where that is its own."""
        if self.cluster is not None:
            database = name_of(database_of(self.folder / name))
            return f"{int(self.cluster.execute('SELECT pg_database_size(current_database())', database)) / MIB:.0f} MiB"
        file = self.folder / name / "data" / folders.DATABASE
        log = file.with_name(f"{folders.DATABASE}-wal")
        return f"{file.stat().st_size / MIB:.0f} MiB, and {log.stat().st_size / MIB:.0f} MiB of log"
