"""``docs/reference/metrics.md``: what ``/metrics`` tells."""

from conclave.metrics import BUCKETS, METRICS, Meter
from conclave.reference.markdown import page, table

INTRODUCTION = """
`GET /metrics` answers in Prometheus' text format, to loopback and to the networks of `metrics_networks`. `GET /healthz`
answers 200 as long as the process lives. `GET /readyz` answers 200 while it takes calls, and 503 while it starts or
stops, while the database is away, and from the end of the node's lease until it is renewed
([several nodes](../nodes.md)).
"""


def write() -> str:
    """Return the page."""
    rows = [
        [f"`{_exposed(meter)}`", meter.kind, ", ".join(f"`{label}`" for label in meter.labels) or "—", meter.help]
        for meter in METRICS.values()
    ]
    buckets = ", ".join(f"{bound:g}" for bound in BUCKETS)
    return page(
        "Metrics",
        INTRODUCTION,
        table(["name", "kind", "labels", "meaning"], rows),
        "A histogram is exposed as `…_bucket`, `…_sum` and `…_count`; the upper bounds of its buckets, in seconds, are "
        f"{buckets}.",
    )


def _exposed(meter: Meter) -> str:
    return f"{meter.name}_total" if meter.kind == "counter" else meter.name
