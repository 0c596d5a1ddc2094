"""Lines on several nodes, and on PostgreSQL itself; they need a house with a PostgreSQL server."""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Final

from bench import pgbench, slices, wrk
from bench.calls import Load
from bench.house import CREATES, INFO, House, is_envelope
from bench.lines import READS, Measured
from bench.measure import Comparison, Sample, refusals
from bench.processes import Server
from bench.report import Line, compared, skipped
from bench.servers import DATABASE, conclave_server
from bench.wrk import CONNECTIONS

SECOND: Final = "second"
SHARE: Final = 0.25
"""Of a core, for a node where neither the database nor the generator is to be the limit."""


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


def _beside_one(load: Load, house: House, share: float = 0.0) -> Comparison:
    """Compare two nodes with one of them; with a ``share``, each has so much of a core."""
    first, script = house.small, wrk.write_script(load, house.folder / "two.lua")
    with ExitStack() as stack:
        second = stack.enter_context(_second(house))
        two = [first, second.start(INFO.target, INFO.body, is_envelope)]
        if share:
            for node in two:
                stack.enter_context(slices.of_a_core(share, node))
        twin, ours = [], []
        for _ in range(house.plan.rounds):
            twin.append(_sample(two[:1], script, house.plan.seconds))
            ours.append(_sample(two, script, house.plan.seconds))
    return Comparison(twin, ours)


def _two(what: str, load: Load, house: House) -> Iterator[Line]:
    note = f"{os.cpu_count()} cores for the nodes, PostgreSQL and the generator together"
    yield compared(f"{what} on two nodes, one node in the place of bare", _beside_one(load, house), note=note)


def _sliced(what: str, load: Load, house: House) -> Iterator[Line]:
    what = f"{what} on two nodes with {SHARE} of a core each, one of them in the place of bare"
    if not slices.can_be():
        yield skipped(what, "this process may make no control groups")
        return
    yield compared(what, _beside_one(load, house, SHARE), target=1.0)


NODE_LINES: Final[dict[str, Measured]] = {
    "pgbench": pgbench.beside,
    "two_read": partial(_two, "get_room_info", READS),
    "two_create": partial(_two, "create_room", CREATES),
    "sliced_read": partial(_sliced, "get_room_info", READS),
    "sliced_create": partial(_sliced, "create_room", CREATES),
}
"""What is measured beside ``LINES`` when there is a PostgreSQL server."""
