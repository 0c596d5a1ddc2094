"""What ``/metrics`` tells, declared once; ``docs/reference/metrics.md`` is generated from ``METRICS``.

Counting is on the hot path, so it is two dictionary updates; Prometheus' own types are built when somebody asks.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Final

import msgspec
from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, HistogramMetricFamily, Metric
from prometheus_client.exposition import generate_latest
from prometheus_client.registry import Collector

BUCKETS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)
Samples = Mapping[tuple[str, ...], float]


class Meter(msgspec.Struct, frozen=True):
    """A declared metric."""

    name: str
    kind: str
    help: str
    labels: tuple[str, ...] = ()


METRICS: Final[dict[str, Meter]] = {}


def _declare(name: str, kind: str, description: str, *labels: str) -> Meter:
    meter = METRICS[name] = Meter(name, kind, description, labels)
    return meter


REQUESTS = _declare("conclave_requests", "counter", "Calls answered, by command and code.", "command", "code")
LATENCY = _declare("conclave_request_seconds", "histogram", "Time from a call's body to its answer.", "command")
ROOMS = _declare("conclave_rooms", "gauge", "Living rooms, by application.", "application")
MEMBERS = _declare("conclave_members", "gauge", "Members inside rooms, robots included.", "application")
CONNECTIONS = _declare("conclave_connections", "gauge", "Members' WebSockets that are open.")
WRITER_QUEUE = _declare("conclave_writer_queue", "gauge", "Operations that wait to be written.")
READER_QUEUE = _declare(
    "conclave_reader_queue", "gauge", "Operations that wait for a connection to read; with PostgreSQL only."
)
POOL = _declare(
    "conclave_database_connections",
    "gauge",
    "Connections to PostgreSQL that read or write, at work (busy) or not (idle), opened yet or not.",
    "kind",
    "state",
)
COMMITS = _declare("conclave_commits", "counter", "Transactions committed.")
COMMIT_SECONDS = _declare("conclave_commit_seconds", "counter", "Time spent in COMMIT, the fsync included.")
CALLBACKS_WAITING = _declare("conclave_callbacks_waiting", "gauge", "Callbacks that wait.", "application")
CALLBACKS_DEAD = _declare("conclave_callbacks_dead", "gauge", "Callbacks that were given up.", "application")
CALLBACK_OLDEST = _declare(
    "conclave_callback_oldest_seconds", "gauge", "Age of the oldest callback that waits.", "application"
)
CALLBACK_LAG = _declare(
    "conclave_callback_lag", "gauge", "Events not yet looked at for callbacks; told by the node that looks."
)
CALLBACK_ATTEMPTS = _declare(
    "conclave_callback_attempts",
    "counter",
    "Attempts at callbacks: delivered, refused (counts against the callback), failed (against the endpoint).",
    "application",
    "outcome",
)
CALLBACK_LATENCY = _declare(
    "conclave_callback_seconds", "histogram", "Time from an event to its delivery.", "application"
)
LOST = _declare("conclave_lost_transactions", "counter", "Transactions that failed as a whole.")

REPEATED = _declare(
    "conclave_repeated_operations", "counter", "Operations begun anew because another one stood in their way."
)
DUTY = _declare("conclave_duty", "gauge", "1 where this node does what one node does for all.", "name")
NODES = _declare("conclave_nodes", "gauge", "Nodes that serve the database, as this one saw it within a second.")
USABLE = _declare("conclave_database_usable", "gauge", "1 while the database answers.")
REDIS_USABLE = _declare("conclave_redis_usable", "gauge", "1 while Redis answers; nothing where none is set.")


class Meters(Collector):
    """The counters of one process, and the sources of its gauges."""

    def __init__(self) -> None:
        self._requests: dict[tuple[str, int], int] = {}
        self._histograms: dict[Meter, dict[str, tuple[list[int], list[int]]]] = {LATENCY: {}, CALLBACK_LATENCY: {}}
        self._sources: dict[Meter, Callable[[], Samples]] = {}
        self._registry = CollectorRegistry()
        self._registry.register(self)

    def count(self, command: str, code: int, nanoseconds: int) -> None:
        """Count one answered call."""
        key = (command, code)
        self._requests[key] = self._requests.get(key, 0) + 1
        self.observe(LATENCY, command, nanoseconds)

    def observe(self, meter: Meter, label: str, nanoseconds: int) -> None:
        """Add a duration to a histogram, under the value of its one label."""
        histograms = self._histograms[meter]
        known = histograms.get(label)
        if known is None:
            known = histograms[label] = ([0] * (len(BUCKETS) + 1), [0])
        known[0][bisect_left(BUCKETS, nanoseconds / 1e9)] += 1
        known[1][0] += nanoseconds

    def source(self, meter: Meter, read: Callable[[], Samples]) -> None:
        """Ask ``read`` for a metric's samples (by its label values) when somebody asks us."""
        self._sources[meter] = read

    def exposition(self) -> bytes:
        """Return everything in Prometheus' text format."""
        return generate_latest(self._registry)

    def collect(self) -> Iterator[Metric]:
        requests = CounterMetricFamily(REQUESTS.name, REQUESTS.help, labels=REQUESTS.labels)
        for (command, code), value in self._requests.items():
            requests.add_metric((command, str(code)), value)
        yield requests
        for meter, histograms in self._histograms.items():
            durations = HistogramMetricFamily(meter.name, meter.help, labels=meter.labels)
            for label, (counts, total) in histograms.items():
                durations.add_metric((label,), list(_cumulative(counts)), total[0] / 1e9)
            yield durations
        for meter, read in self._sources.items():
            family = (CounterMetricFamily if meter.kind == "counter" else GaugeMetricFamily)(
                meter.name, meter.help, labels=meter.labels
            )
            for labels, sample in read().items():
                family.add_metric(labels, sample)
            yield family


def _cumulative(counts: Iterable[int]) -> Iterator[tuple[str, float]]:
    total = 0
    for bound, count in zip((*BUCKETS, "+Inf"), counts, strict=True):
        total += count
        yield str(bound), total
