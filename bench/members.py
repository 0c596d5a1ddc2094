"""Lines on the member protocol: how soon a change reaches all, how many come at once, what being there costs."""

import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import msgspec

from bench import commands, report
from bench.calls import Call, play
from bench.crowd import Outcome, Scene
from bench.house import INFO, House, is_envelope
from bench.processes import Failed, Server, get
from bench.report import Line
from bench.servers import Certificate, conclave_server

LARGE_ROOM: Final = 300
P99_TARGET: Final = 50.0
ROOMS, MEMBERS, CHANGES = 100, 50, 5
STORM_SECONDS: Final = 1.0
STORM_TARGET: Final = 3.0
IDLE_TARGET: Final = 40.0
DEAF, DEAF_SECONDS, NOTICE_SECONDS = 3, 15.0, 2.0
MESSAGES, LETTERS = 150, 4000
SETTINGS: Final = "max_member_connections = 20000\nmember_rate = 0\n"
Lines = Iterator[Line]
AT_MEMBER_PORT: Final = {False: "", True: ", at member_port"}


@contextmanager
def _server(house: House, name: str, rooms: int, certificate: Certificate | None = None) -> Iterator[Server]:
    """Run a server with rooms that wait for the crowd."""
    infos = [{"RoomId": f"room-{place}", "RoomType": "Conference", "IsSeatEnabled": False} for place in range(rooms)]
    with conclave_server(house.new_folder(name), certificate, server=SETTINGS) as server:
        server.start(INFO.target, INFO.body, is_envelope)
        play(server, [Call.of(f"{commands.ROOM}/create_room", {"RoomInfo": info}) for info in infos])
        yield server


@contextmanager
def _crowd(server: Server, house: House, scene: Scene, *, apart: bool) -> Iterator[Outcome]:
    """Let the crowd play a scene, and stay as long as the block; ``apart``: at the members' own port.

    Raises ``Failed``.
    """
    file = house.folder / "scene.json"
    port = server.member_port if apart else server.port
    file.write_bytes(msgspec.json.encode(msgspec.structs.replace(scene, port=port, tls=server.tls)))
    command = [sys.executable, "-m", "bench.crowd", str(file)]
    root = Path(__file__).parents[1]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=root) as crowd:
        assert crowd.stdout is not None
        said = crowd.stdout.readline()
        if not said:
            raise Failed("the crowd failed; what it said stands above")
        yield msgspec.json.decode(said, type=Outcome)
        crowd.communicate()


def at_both_ports(measure: Callable[[House, bool], Line], house: House) -> Lines:
    """Measure a line with its members at the main port, and with them at their own."""
    for apart, where in AT_MEMBER_PORT.items():
        line = measure(house, apart)
        yield msgspec.structs.replace(line, what=line.what + where)


def fan_out(house: House, apart: bool) -> Line:
    """Measure how soon a change in a large room has reached each of its members."""
    scene = Scene(0, 1, LARGE_ROOM, changes_per_second=CHANGES, seconds=house.plan.steady_seconds)
    with _server(house, "fan_out", 1) as server, _crowd(server, house, scene, apart=apart) as outcome:
        return _reach(f"a change in a room of {LARGE_ROOM} members reaches each, {CHANGES} changes/s", outcome)


def many_rooms(house: House, apart: bool) -> Line:
    """Measure many rooms with changes at the same time."""
    scene = Scene(0, ROOMS, MEMBERS, changes_per_second=CHANGES, seconds=house.plan.steady_seconds)
    with _server(house, "many_rooms", ROOMS) as server:
        before = server.cpu_seconds()
        with _crowd(server, house, scene, apart=apart) as outcome:
            line = _reach(f"{ROOMS} rooms of {MEMBERS} members, {CHANGES} changes/s in each", outcome)
            used = (server.cpu_seconds() - before) * 1e6 / max(outcome.delivered, 1)
    return msgspec.structs.replace(
        line, cpu=f"{used:.0f}", verdict=f"{line.verdict}; CPU for each frame, arrival included"
    )


def _reach(what: str, outcome: Outcome, target: float = P99_TARGET) -> Line:
    verdict = report.at_most(outcome.p99, target)
    if outcome.missing or outcome.dropped:
        verdict = f"missed: {outcome.missing} frames never came, {outcome.dropped} members were dropped"
    return Line(
        what,
        f"{outcome.delivered:,} frames",
        p50=f"{outcome.p50:.1f}",
        p99=f"{outcome.p99:.1f}",
        target=f"p99 ≤ {target:.0f} ms",
        verdict=f"{verdict}; longest {outcome.longest:.0f} ms",
    )


def storm(house: House, apart: bool) -> Line:
    """Measure how soon a room full of people is inside when all come within a second."""
    arrivals = []
    for number in range(house.plan.starts):
        scene = Scene(0, 1, LARGE_ROOM, arrival_seconds=STORM_SECONDS)
        with _server(house, f"storm-{number}", 1) as server, _crowd(server, house, scene, apart=apart) as outcome:
            arrivals.append(outcome.arrival_ms / 1000)
    seconds = statistics.median(arrivals)
    return Line(
        f"{LARGE_ROOM} members come within {STORM_SECONDS:.0f} s, until the last is inside",
        f"{seconds:.2f} s",
        target=f"≤ {STORM_TARGET:.0f} s",
        verdict=f"{report.at_most(seconds, STORM_TARGET)}; rounds {min(arrivals):.2f} to {max(arrivals):.2f} s",
    )


def idle(house: House) -> Lines:
    """Measure the memory of members who are logged in and do nothing, plain and over TLS, beside bare."""
    for certificate, how in ((None, ""), (house.certificate, ", over TLS")):
        with house.bare(0, certificate) as bare:
            beside = {False: f"{_kibibytes_each(house, bare, apart=False):.1f} KiB", True: ""}
        for apart, where in AT_MEMBER_PORT.items():
            with _server(house, "idle_members", 0, certificate) as server:
                each = _kibibytes_each(house, server, apart=apart)
            yield Line(
                f"memory of each of {house.plan.idle:,} idle connections{where}{how}",
                f"{each:.1f} KiB",
                beside[apart],
                target=f"≤ {IDLE_TARGET:.0f} KiB",
                verdict=report.at_most(each, IDLE_TARGET),
            )


def _kibibytes_each(house: House, server: Server, *, apart: bool) -> float:
    count, before = house.plan.idle, server.mebibytes()
    with _crowd(server, house, Scene(0, 0, count), apart=apart):
        return (server.mebibytes() - before) * 1024 / count


def deaf(house: House, apart: bool) -> Line:
    """Measure a room in which some do not read: they are dropped, and the others hear as soon as without them."""
    outcomes = []
    for number in (0, DEAF):
        scene = Scene(0, 1, MEMBERS, changes_per_second=MESSAGES, seconds=DEAF_SECONDS, letters=LETTERS, deaf=number)
        with _server(house, f"deaf-{number}", 1) as server, _crowd(server, house, scene, apart=apart) as outcome:
            time.sleep(NOTICE_SECONDS)
            outcomes.append((outcome, MEMBERS - connections(server)))
    (without, _), (beside, dropped) = outcomes
    line = _reach(
        f"{MESSAGES} messages/s of {LETTERS // 1000} kB to {MEMBERS} members, {DEAF} of whom do not read", beside
    )
    return msgspec.structs.replace(
        line,
        twin=f"p99 {without.p99:.1f} ms if all read",
        verdict=f"{line.verdict}; {dropped} of the {DEAF} were dropped",
    )


def connections(server: Server) -> int:
    """Return how many members are connected, by the server's own count."""
    text = get(server.port, "/metrics").decode()
    return next(int(float(line.split()[1])) for line in text.splitlines() if line.startswith("conclave_connections "))
