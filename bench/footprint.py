"""Lines on what a server costs by being there: time to start, memory, disk."""

import statistics
import time
from collections.abc import Iterator
from typing import Final

from bench.house import INFO, House, is_envelope
from bench.processes import Server
from bench.report import Line, at_most
from bench.servers import bare_server, conclave_server

START_TARGET: Final = 1.0
IDLE_TARGET: Final = 100.0
SETTLE_SECONDS: Final = 1.0


def _seconds(server: Server, target: str, body: str) -> float:
    with server:
        return server.start(target, body).seconds_to_answer


def _start_line(what: str, ours: list[float], bare: list[float] | None = None) -> Line:
    seconds = statistics.median(ours)
    return Line(
        what,
        f"{seconds:.2f} s",
        f"{statistics.median(bare):.2f} s" if bare else "",
        target=f"≤ {START_TARGET:.0f} s",
        verdict=at_most(seconds, START_TARGET),
    )


def start(house: House) -> Iterator[Line]:
    """Measure the time from the command to the first answer: on an empty folder, and on the same one again."""
    bare, first, again = [], [], []
    for number in range(house.plan.starts):
        folder = house.new_folder(f"start-{number}")
        bare.append(_seconds(bare_server(house.folder, 0), "/", "{}"))
        first.append(_seconds(conclave_server(folder), INFO.target, INFO.body))
        again.append(_seconds(conclave_server(folder), INFO.target, INFO.body))
    yield _start_line("start to first answer, first start on an empty folder", first, bare)
    yield _start_line("start to first answer, the same folder again", again, bare)


def idle(house: House) -> Iterator[Line]:
    """Measure the memory of a server that has answered one call."""
    with house.bare(0) as bare, conclave_server(house.new_folder("idle")) as ours:
        ours.start(INFO.target, INFO.body, is_envelope)
        time.sleep(SETTLE_SECONDS)  # what a start leaves to be done later is done by then
        memory, beside = ours.mebibytes(), bare.mebibytes()
    yield Line(
        "memory of all processes, idle",
        f"{memory:.0f} MiB",
        f"{beside:.0f} MiB",
        target=f"≤ {IDLE_TARGET:.0f} MiB",
        verdict=at_most(memory, IDLE_TARGET),
    )


def loaded(house: House) -> Iterator[Line]:
    """Measure the memory of the server that answered the loads above, and its disk."""
    yield Line("memory of all processes, after the loads above", f"{house.small.mebibytes():.0f} MiB")
    yield Line("database after the loads above, and its write-ahead log", house.disk("small"))


def large(house: House) -> Iterator[Line]:
    """Measure a server on the large folder: its start, its memory, its disk."""
    server = house.large
    rows = f"{house.plan.rooms:,} rooms and {house.plan.members:,} members"
    yield _start_line(f"start to first answer with {rows}", [server.seconds_to_answer])
    yield Line(f"memory of all processes with {rows}", f"{server.mebibytes():.0f} MiB")
    yield Line(f"database of {rows}, and its write-ahead log", house.disk("large"))
