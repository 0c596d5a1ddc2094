"""Pages for operators: is it alive, is it ready, what does it count. They use HTTP's own status codes [G6]."""

from collections.abc import Awaitable, Callable

from conclave.api.gate import Network, contains, parse_networks
from conclave.metrics import Meters
from conclave.transport.pages import TEXT, Answer, Page, Visit

LOOPBACK = parse_networks(("127.0.0.0/8", "::1/128"))


def pages(
    meters: Meters,
    is_ready: Callable[[], bool],
    metrics_networks: tuple[Network, ...],
    count: Callable[[], Awaitable[None]],
) -> dict[str, Page]:
    """Return the pages by path; ``count`` brings up to date, before the metrics are read, what is not counted live."""

    async def healthz(_visit: Visit) -> Answer:
        return Answer(200, TEXT, b"ok\n")

    async def readyz(_visit: Visit) -> Answer:
        return Answer(200, TEXT, b"ready\n") if is_ready() else Answer(503, TEXT, b"not ready\n")

    async def metrics(visit: Visit) -> Answer:
        if not contains((*LOOPBACK, *metrics_networks), visit.client):
            return Answer(403, TEXT, b"metrics are for loopback; see the setting metrics_networks\n")
        await count()
        return Answer(200, "text/plain; version=0.0.4; charset=utf-8", meters.exposition())

    async def members(_visit: Visit) -> Answer:
        return Answer(426, TEXT, b"this is the address of the member protocol: connect with a WebSocket\n")

    return {
        "/v1/members": Page(members),
        "/healthz": Page(healthz),
        "/readyz": Page(readyz),
        "/metrics": Page(metrics),
    }
