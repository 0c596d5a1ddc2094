"""The member protocol's server: takes accepted WebSockets, runs their calls, watches them, and ends them."""

import asyncio
from collections.abc import Coroutine
from typing import Any, Final

from conclave import errors
from conclave.api.failures import as_refusal
from conclave.api.gate import Gate
from conclave.api.gateway import Gateway
from conclave.clock import Clock, pause, stopwatch_ns
from conclave.errors import Refusal
from conclave.log import Sink
from conclave.metrics import CONNECTIONS, Meters
from conclave.realtime import declared, frames
from conclave.realtime.call import Call, House
from conclave.realtime.channel import Channel
from conclave.realtime.connection import GOING_AWAY, Connection
from conclave.realtime.delivery import deliver
from conclave.realtime.doorway import Doorway
from conclave.realtime.elsewhere import Elsewhere
from conclave.realtime.feed import Feed
from conclave.realtime.frames import Hostile, Malformed, Request
from conclave.realtime.hub import Hub
from conclave.realtime.orphans import Orphans
from conclave.realtime.outcome import UNKNOWN, Record
from conclave.realtime.patience import SECOND_NS, Patience
from conclave.realtime.presence import Presence
from conclave.realtime.registry import Result
from conclave.settings import ServerSettings
from conclave.store.engine import Engine, Tenure

CLOSING_SECONDS: Final = 2.0
BURST_SECONDS: Final = 2


class MemberServer:
    """Everything behind ``/v1/members`` on one node."""

    def __init__(
        self, engine: Engine, gateway: Gateway, clock: Clock, meters: Meters, sink: Sink, settings: ServerSettings
    ) -> None:
        self._hub = Hub()
        self._gateway = gateway
        self._clock = clock
        self._record = Record(meters, sink, clock)
        self._doorway = Doorway(settings.max_member_connections)
        self._interval_ns = SECOND_NS // settings.member_rate if settings.member_rate else 0
        self._feed = Feed(
            engine, lambda: self._hub.is_listening, lambda row: deliver(self._hub, row), self._start_afresh
        )
        patience = Patience.of(settings.heartbeat_silence, settings.heartbeat_grace)
        self._house = House(
            engine, clock, self._hub, self._feed, self._gate, patience, settings.member_rate, settings.member_devices
        )
        self._presence = Presence(self._house)
        self._orphans = Orphans(self._house)
        self._elsewhere = Elsewhere(self._house)
        self._methods = declared.load()
        self._is_closed = False
        meters.source(CONNECTIONS, lambda: {(): len(self._hub.connections)})

    def work(self) -> tuple[Coroutine[Any, Any, None], ...]:
        """Return what must run for as long as the server lives: reading the log, and watching."""
        return self._feed.run(), self._presence.run(), self._orphans.run()

    @property
    def nodes_alive(self) -> int:
        """How many nodes serve the database, as this one saw it last; it looks once a second."""
        return self._orphans.alive

    async def put_out_orphans(self, tenure: Tenure) -> None:
        """Put out for ever those whose node is gone for too long, as whoever has the duty of the clock."""
        await self._orphans.serve(tenure)

    @property
    def is_full(self) -> bool:
        """Tell whether a WebSocket should be refused before it is accepted."""
        return self._is_closed or self._doorway.is_full

    async def serve(self, channel: Channel, client_ip: str) -> None:
        """Serve one accepted WebSocket to its end."""
        connection = Connection(channel, client_ip, self._clock.monotonic_ns())
        task = asyncio.current_task()
        assert task is not None
        self._doorway.enter(connection, task)
        self._hub.connections.add(connection)
        if self._is_closed:
            connection.close(GOING_AWAY, "the server is shutting down")
        try:
            await connection.run(lambda frame: self._handle(connection, frame))
        finally:
            self._hub.forget(connection, self._presence.lost_since(connection))
            self._doorway.leave(connection)

    async def make_way(self) -> None:
        """End the connections that cannot live on when the server takes up another certificate."""
        ending = [connection for connection in self._doorway.inside if connection.ends_with_certificate]
        await self._end(ending, "the server takes up another certificate; connect again")

    async def close(self) -> None:
        """Take no connections any more, and end those that there are."""
        self._is_closed = True
        await self._end(list(self._doorway.inside), "the server is shutting down")

    async def _end(self, connections: list[Connection], reason: str) -> None:
        """End connections with a reason, and wait until they have, for two seconds at most."""
        for connection in connections:
            connection.close(GOING_AWAY, reason)
        if connections:
            await asyncio.wait([self._doorway.inside[each] for each in connections], timeout=CLOSING_SECONDS)

    def _start_afresh(self) -> None:
        """End all connections, as events were missed: they come back, and get snapshots."""
        self._hub.lose_track()
        for connection in self._doorway.inside:
            connection.close(GOING_AWAY, "the server has missed what happened; connect again")

    def _gate(self, sdkappid: int) -> Gate:
        try:
            return self._gateway.gate(str(sdkappid))
        except Refusal as refusal:
            raise Refusal(errors.APPLICATION_NOT_FOUND, "sdkAppId names no application") from refusal

    async def _handle(self, connection: Connection, frame: str | bytes) -> None:
        if connection.is_closing:
            return
        connection.heard_ns = self._clock.monotonic_ns()
        over_rate = self._over_rate(connection)
        if over_rate is not None:
            await pause(self._interval_ns / SECOND_NS)  # so much for a flood: it is not even read faster than its rate
        try:
            request = frames.read(frame)
        except Malformed as malformed:
            connection.send(frames.refusal(malformed.request_id, over_rate or malformed.refusal))
            return
        started = stopwatch_ns()
        call = Call(self._house, connection, request.id)
        code = 0
        try:
            if over_rate is not None:
                raise over_rate
            result = await self._run(call, request)
            if not call.is_answered:
                connection.answer(frames.answer(request.id, result))
        except Hostile:
            raise
        except Exception as failure:  # noqa: BLE001 - whatever happened inside, the request gets an answer
            refusal = as_refusal(failure, errors.INTERNAL, "method", request.method)
            code = refusal.code.number
            if not call.is_answered:
                connection.answer(frames.refusal(request.id, refusal))
        name = request.method if request.method in self._methods else UNKNOWN
        self._record.keep(name, connection, code, stopwatch_ns() - started)

    async def _run(self, call: Call, request: Request) -> Result:
        method = self._methods.get(request.method)
        if method is None:
            raise Refusal(errors.REQUEST_INVALID, f"there is no method {request.method[:40]!r}")
        if method.needs != "nothing":
            call.check_open()
        try:
            params = method.decode.checked(request.params)
        except Refusal as refusal:
            if refusal.code is errors.BAD_JSON:  # what the frame's own check has looked past
                raise Hostile(frames.NOT_JSON, "a frame is a text frame that holds one JSON object") from None
            raise
        if method.needs == "room":
            _ = call.place
        return await method.handler(call, params)

    def _over_rate(self, connection: Connection) -> Refusal | None:
        """Count a frame; return the refusal, -2, of one above the connection's rate."""
        now_ns = connection.heard_ns
        expected = max(connection.next_frame_ns, now_ns)
        if self._interval_ns and expected - now_ns > BURST_SECONDS * SECOND_NS - self._interval_ns:
            return Refusal(errors.TOO_MANY_FRAMES, "the connection sends more frames than its rate allows")
        connection.next_frame_ns = expected + self._interval_ns
        return None
