"""create_room beside what its statements alone cost: PostgreSQL's own generator, with what our server sent to it."""

import os
import re
import resource
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import msgspec

from bench import statements, wrk
from bench.calls import play
from bench.cluster import Cluster, name_of
from bench.house import CREATES, INFO, House, creation, is_envelope
from bench.measure import Comparison, Sample, sample
from bench.processes import Failed
from bench.report import Line, compared
from bench.servers import conclave_server, database_of
from bench.statements import Sent
from conclave.settings import ServerSettings
from conclave.store.postgres.address import SETTINGS
from conclave.store.postgres.engine import PoolLimits

TARGET: Final = 0.5
FAR: Final = 10**15
"""Where keys begin when a call is recorded: a value like it is the key, and nothing else."""
ROOM: Final = "room_id"
KEY: Final = "group_key"
_TPS: Final = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
_FAILED: Final = re.compile(r"^number of failed transactions: (\d+)", re.MULTILINE)
_PLACE: Final = re.compile(r"\$(\d+)")


class Script(msgspec.Struct, frozen=True):
    """What pgbench is told to do again and again, and what its variables hold."""

    text: str
    constants: dict[str, str]
    round_trips: int


def of(transaction: list[Sent], room_id: str, key: str) -> Script:
    """Return a transaction that created a room as a script that creates one after the other.

    The id is drawn by lot; the key is what the statement that makes it returns; everything else stays as it was.
    """
    constants: dict[str, str] = {}
    lines = [f"\\set {ROOM} random(10000000000000, 99999999999999)"]
    for statement in transaction:

        def value(found: re.Match[str], statement: Sent = statement) -> str:
            text = statement.values[int(found[1]) - 1]
            if text is None:
                return "NULL"
            if not text:
                return "''"  # pgbench takes no empty variable
            names = {room_id: ROOM, key: KEY}
            if text not in names:
                constants[name := f"c{len(constants)}"] = text
                return f":{name}"
            return f":{names[text]}"

        sql = _PLACE.sub(value, statement.sql)
        lines.append(sql + (" \\gset" if sql.endswith(f"RETURNING {KEY}") else ";"))
    return Script("\n".join(lines) + "\n", constants, len(transaction))


def recorded(house: House, cluster: Cluster) -> Script:
    """Let a server create a room, and return what it sent as a script."""
    folder = house.new_folder("recorded")
    statements.log_all(cluster, database_of(folder))
    with conclave_server(folder) as server:
        server.start(INFO.target, INFO.body, is_envelope)
        database = name_of(database_of(folder))
        cluster.execute(f"SELECT setval('group_keys', {FAR})", database)
        call = creation().numbered()
        room_id = str(msgspec.json.decode(call.body)["RoomInfo"]["RoomId"])
        transaction, *_ = statements.sent(cluster, lambda: play(server, [call]), room_id)
        key = cluster.execute(f"SELECT group_key FROM groups WHERE group_id = '{room_id}'", database)
    if transaction[0].sql != "BEGIN" or transaction[-1].sql != "COMMIT" or int(key) <= FAR:
        raise Failed(f"the room was not created in one transaction: {transaction}")
    return of(transaction, room_id, key)


class Pgbench:
    """Runs a script on a database."""

    def __init__(self, cluster: Cluster, database: str, script: Script, folder: Path, connections: int) -> None:
        self._folder = folder
        file = folder / "create_room.pgbench"
        file.write_text(script.text)
        constants = [part for name, text in script.constants.items() for part in ("-D", f"{name}={text}")]
        self._command = [
            *(cluster.program("pgbench"), "-n", "-M", "prepared", "-c", str(connections), "-j", "1", "-l"),
            *("-f", str(file), *constants, *cluster.where(database)[:-2]),
        ]
        self._database = database

    def sample(self, seconds: int) -> Sample:
        """Run it for a while; the processor time is pgbench's own. Raises ``Failed``."""
        options = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        before = _children_seconds()
        done = subprocess.run(
            [*self._command, "-T", str(seconds), self._database],
            capture_output=True,
            text=True,
            cwd=self._folder,
            env={**os.environ, "PGOPTIONS": options},
            check=False,
        )
        used = _children_seconds() - before
        found, failed = _TPS.search(done.stdout), _FAILED.search(done.stdout)
        if done.returncode or found is None:
            raise Failed(f"pgbench failed: {done.stderr.strip()[-300:]}")
        taken = self._milliseconds()
        refused = int(failed[1]) if failed else 0
        return Sample(
            float(found[1]), taken[len(taken) // 2], taken[len(taken) * 99 // 100], used * 1e6 / len(taken), 0, refused
        )

    def _milliseconds(self) -> list[float]:
        """Return how long each transaction took, from the logs of the run, and delete them."""
        taken = []
        for file in self._folder.glob("pgbench_log.*"):
            taken += [int(line.split()[2]) / 1000 for line in file.read_text().splitlines()]
            file.unlink()
        return sorted(taken)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def beside(house: House) -> Iterator[Line]:
    """Measure create_room beside pgbench with the same statements, on as many connections as the server writes on."""
    assert house.cluster is not None
    cluster = house.cluster
    script = recorded(house, cluster)
    connections = PoolLimits(ServerSettings().database_connections).writing
    load = wrk.write_script(CREATES, house.folder / "creates.lua")
    samples: dict[bool, list[Sample]] = {False: [], True: []}
    database_cpu: dict[bool, list[float]] = {False: [], True: []}
    with conclave_server(house.new_folder("beside")) as server:
        server.start(INFO.target, INFO.body, is_envelope)
        pgbench = Pgbench(cluster, name_of(database_of(house.folder / "beside")), script, house.folder, connections)
        for _ in range(house.plan.rounds):
            for is_ours in (False, True):
                before = cluster.cpu_seconds()
                found = sample(server, [load], house.plan.seconds) if is_ours else pgbench.sample(house.plan.seconds)
                samples[is_ours].append(found)
                calls = found.per_second * house.plan.seconds
                database_cpu[is_ours].append((cluster.cpu_seconds() - before) * 1e6 / calls)
    yield compared(
        f"create_room, pgbench with its {script.round_trips} statements on {connections} connections in the place of "
        "bare",
        Comparison(samples[False], samples[True]),
        TARGET,
        f"PostgreSQL's own CPU {_median(database_cpu[True]):.0f} / {_median(database_cpu[False]):.0f} µs",
    )


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]
