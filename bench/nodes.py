"""Lines on several nodes, and on PostgreSQL itself; they need a house with a PostgreSQL server."""

import os
import shutil
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from bench import pgbench, wrk
from bench.calls import Load
from bench.house import CREATES, INFO, House, is_envelope
from bench.lines import READS, Measured
from bench.measure import Comparison, Sample, refusals
from bench.processes import Server
from bench.report import Line, compared
from bench.servers import DATABASE, conclave_server
from bench.wrk import CONNECTIONS

SECOND: Final = "second"


def _second(house: House) -> Server:
    """Return another node on the database of the small folder, with a data folder of its own."""
    folder = house.folder / SECOND
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    shutil.copy(house.folder / "small" / DATABASE, folder)
    return conclave_server(folder)


def _sample(nodes: Sequence[Server], script: Path, seconds: int) -> Sample:
    """Load all nodes at the same time, over as many connections together as one gets alone."""
    refused, cpu = sum(map(refusals, nodes)), sum(node.cpu_seconds() for node in nodes)
    rounds = [wrk.Round(script, node, seconds, CONNECTIONS // len(nodes)) for node in nodes]
    results = [round_.result() for round_ in rounds]
    cpu = (sum(node.cpu_seconds() for node in nodes) - cpu) * 1e6 / sum(result.requests for result in results)
    return Sample(
        sum(result.per_second for result in results),
        max(result.p50 for result in results) / 1000,
        max(result.p99 for result in results) / 1000,
        cpu,
        sum(result.failed for result in results),
        sum(map(refusals, nodes)) - refused,
    )


def _two(what: str, load: Load, house: House) -> Iterator[Line]:
    one = [house.small]
    script = wrk.write_script(load, house.folder / "two.lua")
    with _second(house) as second:
        two = [*one, second.start(INFO.target, INFO.body, is_envelope)]
        twin, ours = [], []
        for _ in range(house.plan.rounds):
            twin.append(_sample(one, script, house.plan.seconds))
            ours.append(_sample(two, script, house.plan.seconds))
    yield compared(
        f"{what} on two nodes, one node in the place of bare",
        Comparison(twin, ours),
        note=f"{os.cpu_count()} cores for the nodes, PostgreSQL and the generator together",
    )


NODE_LINES: Final[dict[str, Measured]] = {
    "pgbench": pgbench.beside,
    "two_read": partial(_two, "get_room_info", READS),
    "two_create": partial(_two, "create_room", CREATES),
}
"""What is measured beside ``LINES`` when there is a PostgreSQL server."""
