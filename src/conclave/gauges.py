"""What the metrics say of the parts of a running server; some of it is read from the database when somebody asks."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Final

import structlog

from conclave.callbacks.service import Callbacks
from conclave.clock import Clock
from conclave.metrics import (
    CALLBACK_LAG,
    CALLBACK_OLDEST,
    CALLBACKS_DEAD,
    CALLBACKS_WAITING,
    COMMIT_SECONDS,
    COMMITS,
    DUTY,
    LOST,
    MEMBERS,
    NODES,
    POOL,
    READER_QUEUE,
    REDIS_USABLE,
    REPEATED,
    ROOMS,
    USABLE,
    WRITER_QUEUE,
    Meter,
    Meters,
    Samples,
)
from conclave.realtime.server import MemberServer
from conclave.store import due
from conclave.store.duties import DUTIES
from conclave.store.engine import Engine
from conclave.store.failures import UNAVAILABLE

if TYPE_CHECKING:
    from conclave.shared.service import Shared

COUNTED: Final = (ROOMS, MEMBERS, CALLBACKS_WAITING, CALLBACKS_DEAD, CALLBACK_OLDEST, CALLBACK_LAG)
"""What is read from the database whenever somebody reads the metrics."""
log = structlog.get_logger()


class Gauges:
    """The sources of the meters that nobody counts up."""

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        meters: Meters,
        shared: "Shared | None",
        callbacks: Callbacks,
        members: MemberServer,
    ) -> None:
        self._engine = engine
        self._clock = clock
        self._callbacks = callbacks
        self._counted: Mapping[Meter, Samples] = {}
        statistics = engine.statistics
        meters.source(WRITER_QUEUE, lambda: {(): engine.depth})
        meters.source(READER_QUEUE, lambda: {(): pool.waiting_to_read} if (pool := engine.pool) else {})
        meters.source(POOL, lambda: pool.connections if (pool := engine.pool) else {})
        meters.source(COMMITS, lambda: {(): statistics.commits})
        meters.source(COMMIT_SECONDS, lambda: {(): statistics.commit_nanoseconds / 1e9})
        meters.source(LOST, lambda: {(): statistics.lost})
        meters.source(REPEATED, lambda: {(): statistics.repeated})
        meters.source(USABLE, lambda: {(): engine.is_usable})
        meters.source(REDIS_USABLE, lambda: {} if shared is None else {(): shared.is_usable})
        meters.source(DUTY, lambda: {(duty,): duty in engine.duties for duty in DUTIES})
        meters.source(NODES, lambda: {(): members.nodes_alive})
        for meter in COUNTED:
            meters.source(meter, lambda meter=meter: self._counted.get(meter, {}))  # type: ignore[misc]

    async def count(self) -> None:
        """Read the counters of all applications, for whoever reads the metrics now."""
        try:
            rows = await self._engine.read_many(due.counters)
            last, endpoints, oldest = await self._engine.read_many(due.callback_gauges)
        except UNAVAILABLE as error:
            log.error("metrics", trouble=str(error))
            return
        counted: dict[str, dict[tuple[str, ...], float]] = {"rooms": {}, "members": {}}
        for sdkappid, name, value in rows:
            counted[name][str(sdkappid),] = value
        now, has_read = self._clock.now_ms(), self._callbacks.has_read
        self._counted = {
            ROOMS: counted["rooms"],
            MEMBERS: counted["members"],
            CALLBACK_LAG: {} if has_read is None else {(): max(0, last - has_read)},
            CALLBACKS_WAITING: {(str(sdkappid),): waiting for sdkappid, waiting, _ in endpoints},
            CALLBACKS_DEAD: {(str(sdkappid),): dead for sdkappid, _, dead in endpoints},
            CALLBACK_OLDEST: {(str(sdkappid),): max(0, now - since) / 1000 for sdkappid, since in oldest.items()},
        }
