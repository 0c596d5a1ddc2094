"""What callbacks cost, and how fast they are: from the commit to a receiver in a process of its own."""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import msgspec

from bench import report, wrk
from bench.calls import Load
from bench.house import CREATES, INFO, House, creation, is_envelope
from bench.measure import Comparison, sample, steady
from bench.processes import Server, get
from bench.receiver import Received
from bench.report import Line, compared
from bench.servers import KEY, SDKAPPID, conclave_server, receiver
from bench.steady import Schedule

COMMAND: Final = "Room.CallbackAfterCreateRoom"
EVENTS_PER_SECOND: Final = 200
P99_TARGET: Final = 100.0
RATE_TARGET: Final = 1000.0
KEPT_TARGET: Final = 0.8
BESIDE_DEAD_TARGET: Final = 0.95
ENDPOINTS: Final = 10
PARALLEL: Final = 64
DRAIN_SECONDS: Final = 120.0
POLL_SECONDS: Final = 0.05
Lines = Iterator[Line]


def listening(port: int, path: str, *more: str) -> str:
    """Return the settings of an application that is told of creations, and of what is named beside."""
    commands = ", ".join(f'"{command}"' for command in (COMMAND, *more))
    return (
        f'callback_url = "http://127.0.0.1:{port}{path}"\n'
        f"callback_commands = [{commands}]\ncallback_parallel = {PARALLEL}\n"
    )


def received(of: Server) -> Received:
    """Ask the receiver what arrived since it was asked last."""
    return msgspec.json.decode(get(of.port, "/"), type=Received)


def waiting(server: Server, without: str = "of none") -> float:
    """Return how many callbacks wait, and how many events were not looked at yet, together.

    ``without`` is the label of an application that does not count.
    """
    text = get(server.port, "/metrics").decode()
    names = ("conclave_callbacks_waiting{", "conclave_callback_lag ")
    counted = (line for line in text.splitlines() if line.startswith(names) and without not in line)
    return sum(float(line.rpartition(" ")[2]) for line in counted)


@contextmanager
def _told(house: House) -> Iterator[tuple[Server, Server]]:
    """Run a receiver, and a server whose creations of rooms it is told of."""
    with receiver(house.folder) as other:
        other.start("/warm", "{}")
        received(other)
        with conclave_server(house.new_folder("told"), more=listening(other.port, "/all")) as server:
            yield server.start(INFO.target, INFO.body, is_envelope), other


def latency(house: House) -> Lines:
    """Measure the way from an event to the receiver's first byte, at a steady rate."""
    schedule = Schedule(
        port=0,
        connections=8,
        turns_per_second=EVENTS_PER_SECOND,
        seconds=house.plan.steady_seconds,
        # A turn is sent again and again: each room needs a name of its own.
        turns=[
            [call.numbered().on_wire()] for call in CREATES.calls * round(EVENTS_PER_SECOND * house.plan.steady_seconds)
        ],
    )
    with _told(house) as (server, other):
        steady(server, schedule, house.folder)
        drain(server)
        found = sorted(received(other).latencies)
    p50, p99 = found[len(found) // 2], found[len(found) * 99 // 100]
    yield Line(
        f"from an event to the receiver's first byte, {EVENTS_PER_SECOND} events/s",
        f"{len(found):,} callbacks",
        p50=f"{p50:.1f}",
        p99=f"{p99:.1f}",
        target=f"p99 ≤ {P99_TARGET:.0f} ms",
        verdict=f"{report.at_most(p99, P99_TARGET)}; longest {found[-1]:.0f} ms, the COMMIT included",
    )


def cost(house: House) -> Lines:
    """Measure create_room with callbacks beside create_room without, and how fast what piled up is delivered.

    What piled up in a round is delivered before the next one: it would slow down the server beside it.
    """
    script = wrk.write_script(CREATES, house.folder / "told.lua")
    without, told, late, speeds = [], [], [], []
    with conclave_server(house.new_folder("untold")) as untold, _told(house) as (server, other):
        untold.start(INFO.target, INFO.body, is_envelope)
        for _ in range(house.plan.rounds):
            without.append(sample(untold, [script], house.plan.seconds))
            told.append(sample(server, [script], house.plan.seconds))
            late.append(waiting(server))
            received(other)
            began = time.time()
            drain(server)
            delivered = received(other)
            speeds.append(sum(delivered.counts.values()) / max(delivered.last - began, 0.001))
    yield compared(
        "create_room with callbacks, create_room without in the place of bare",
        Comparison(without, told),
        KEPT_TARGET,
        f"{statistics.median(late):,.0f} callbacks were late at the end of a round",
    )
    per_second = statistics.median(speeds)
    yield Line(
        "callbacks delivered to one fast receiver, from the queue",
        f"{per_second:,.0f}/s",
        target=f"≥ {RATE_TARGET:,.0f}/s",
        verdict=f"{'met' if per_second >= RATE_TARGET else 'missed'}; rounds {min(speeds):,.0f} to {max(speeds):,.0f}",
    )


def drain(server: Server, without: str = "of none") -> None:
    """Wait until nothing waits any more."""
    give_up = time.monotonic() + DRAIN_SECONDS
    while waiting(server, without) and time.monotonic() < give_up:
        time.sleep(POLL_SECONDS)


def _more(port: int, tenth: str) -> str:
    """Return the settings of the first application's callbacks, and those of all other applications."""
    text = listening(port, "/0")
    for place in range(1, ENDPOINTS):
        text += f'\n[[applications]]\nsdkappid = {SDKAPPID + place}\nkey = "{KEY}"\nrates = {{default = 0}}\n'
        if place < ENDPOINTS - 1 or tenth:
            text += listening(port, tenth if place == ENDPOINTS - 1 else f"/{place}")
    return text


def _nine(house: House, tenth: str) -> tuple[float, float]:
    """Let callbacks pile up for all applications; return how many of the nine are delivered a second then.

    The second number is the server's processor time for each of them in microseconds.
    """
    scripts = [
        wrk.write_script(Load((creation(SDKAPPID + place),)), house.folder / f"ten-{place}.lua")
        for place in range(ENDPOINTS)
    ]
    with receiver(house.folder) as other:
        other.start("/warm", "{}")
        with conclave_server(house.new_folder("ten"), more=_more(other.port, tenth)) as server:
            server.start(INFO.target, INFO.body, is_envelope)
            for round_ in [wrk.Round(script, server, house.plan.seconds) for script in scripts]:
                round_.result()
            received(other)
            began, cpu = time.time(), server.cpu_seconds()
            drain(server, f'application="{SDKAPPID + ENDPOINTS - 1}"')
            found = received(other)
            cpu = server.cpu_seconds() - cpu
    delivered = sum(found.counts.values())
    return delivered / max(found.last - began, 0.001), cpu * 1e6 / delivered


def beside_dead(house: House) -> Lines:
    """Measure how fast nine endpoints are served while the tenth is silent, beside nine without a tenth."""
    pairs = [(_nine(house, ""), _nine(house, "/silent")) for _ in range(house.plan.starts)]
    ratio = statistics.median(beside[0] / alone[0] for alone, beside in pairs)
    (alone, alone_cpu), (beside, beside_cpu) = (
        tuple(statistics.median(numbers) for numbers in zip(*each, strict=True)) for each in zip(*pairs, strict=True)
    )
    yield Line(
        f"callbacks to {ENDPOINTS - 1} endpoints while one more is dead, without that one in the place of bare",
        f"{beside:,.0f}/s",
        f"{alone:,.0f}/s",
        f"{ratio:.2f}",
        cpu=f"{beside_cpu:.0f}{report.PAIR}{alone_cpu:.0f}",
        target=f"ratio ≥ {BESIDE_DEAD_TARGET}",
        verdict="met" if ratio >= BESIDE_DEAD_TARGET else "missed",
    )
