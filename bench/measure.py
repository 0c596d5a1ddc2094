"""Rounds that alternate: the twin, ours, the twin, ours; and what came of them."""

import re
import statistics
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

from bench import wrk
from bench.calls import Load, play
from bench.processes import Failed, Server, get
from bench.steady import Result as SteadyResult
from bench.steady import Schedule

_REQUESTS: Final = re.compile(rb"^conclave_requests_total\{([^}]*)\} ([0-9.e+]+)$", re.MULTILINE)
SUCCESS: Final = b'code="0"'


class Sample(msgspec.Struct, frozen=True):
    """One server in one round; latencies in milliseconds, ``cpu`` in microseconds of processor time a call."""

    per_second: float
    p50: float
    p99: float
    cpu: float
    failed: int
    refused: int = 0


class Comparison(msgspec.Struct, frozen=True):
    """Rounds of a twin and of ours, in pairs that were measured next to each other."""

    twin: list[Sample]
    ours: list[Sample]

    @property
    def ratios(self) -> list[float]:
        """Ours to the twin's, for each pair."""
        return [ours.per_second / twin.per_second for twin, ours in zip(self.twin, self.ours, strict=True)]

    @property
    def refused(self) -> int:
        """Calls to ours that were not answered with a success."""
        return sum(sample.refused + sample.failed for sample in self.ours)


def median(samples: list[Sample]) -> Sample:
    """Return the median of each number."""
    return Sample(
        **{name: statistics.median(getattr(sample, name) for sample in samples) for name in Sample.__struct_fields__}
    )


def refusals(server: Server) -> int:
    """Return how many calls the server has refused since its start, by its own metrics; 0 for one without."""
    content = get(server.port, "/metrics", tls=server.tls)
    return sum(int(float(count)) for labels, count in _REQUESTS.findall(content) if SUCCESS not in labels)


def sample(server: Server, scripts: list[Path], seconds: int) -> Sample:
    """Load a server with all scripts at the same time, and return what came of the first one.

    With more than one script, the processor time is that of all their calls together.
    """
    refused, cpu = refusals(server), server.cpu_seconds()
    results = [round_.result() for round_ in [wrk.Round(script, server, seconds) for script in scripts]]
    calls = sum(result.requests for result in results)
    cpu = (server.cpu_seconds() - cpu) * 1e6 / calls
    first = results[0]
    return Sample(first.per_second, first.p50 / 1000, first.p99 / 1000, cpu, first.failed, refusals(server) - refused)


class Contest(msgspec.Struct, frozen=True):
    """A server and the loads that it gets: the measured one first, then those that only keep it busy."""

    server: Server
    loads: list[Load]


def compare(twin: Contest, ours: Contest, folder: Path, rounds: int, seconds: int) -> Comparison:
    """Measure both in turns."""
    samples: dict[bool, list[Sample]] = {False: [], True: []}
    scripts = {
        is_ours: [
            wrk.write_script(load, folder / f"{'ours' if is_ours else 'twin'}-{number}.lua")
            for number, load in enumerate(contest.loads)
        ]
        for is_ours, contest in ((False, twin), (True, ours))
    }
    for _ in range(rounds):
        for is_ours, contest in ((False, twin), (True, ours)):
            if is_ours:
                for load in contest.loads:
                    play(contest.server, load.reset)
            samples[is_ours].append(sample(contest.server, scripts[is_ours], seconds))
    return Comparison(samples[False], samples[True])


def steady(server: Server, schedule: Schedule, folder: Path) -> SteadyResult:
    """Run the open-loop generator in a process of its own; raises ``Failed``."""
    file = folder / "schedule.json"
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(schedule, port=server.port)))
    command = [sys.executable, "-m", "bench.steady", str(file)]
    done = subprocess.run(command, capture_output=True, text=True, cwd=Path(__file__).parents[1], check=False)
    if done.returncode:
        raise Failed(f"the open-loop generator failed: {done.stderr.strip()[-300:]}")
    return msgspec.json.decode(done.stdout, type=SteadyResult)
