"""Putting it together: one object that opens the store, serves, keeps the clock's appointments, and closes."""

import asyncio
import gc
import socket
from collections.abc import Callable, Coroutine
from typing import TYPE_CHECKING, Any, Final

import structlog

from conclave import administration, appointments, duties
from conclave.api.gate import parse_networks
from conclave.api.gateway import Gateway
from conclave.callbacks.service import Callbacks
from conclave.clock import AdjustableClock, Clock
from conclave.config import Settings
from conclave.domain.directory import Directory
from conclave.folder import DataFolder
from conclave.gauges import Gauges
from conclave.log import Sink
from conclave.metrics import Meters
from conclave.realtime.server import MemberServer
from conclave.settings import ApplicationEntry
from conclave.store.duties import CALLBACKS, CLOCK
from conclave.store.engine import Tenure
from conclave.store.opening import open_engine
from conclave.transport import meet, operations
from conclave.transport.allocation import keep_large_blocks_apart
from conclave.transport.bodies import BodyReader
from conclave.transport.connections import close_silent
from conclave.transport.http import HttpHandler
from conclave.transport.member_port import MemberPort, most_connections
from conclave.transport.pages import Pages
from conclave.transport.server import Application, HttpServer, Listener
from conclave.transport.tls import Certificate, server_context
from conclave.transport.websocket import WebSocketHandler

if TYPE_CHECKING:
    from conclave.shared.service import Shared

SHUTDOWN_SECONDS: Final = 6.0
COLLECT_AFTER: Final = (20_000, 20, 50)

log = structlog.get_logger()


class Conclave:
    """A server in this process."""

    def __init__(self, settings: Settings, folder: DataFolder, clock: Clock, sink: Sink) -> None:
        self.settings = settings
        self.folder = folder
        self.clock = clock
        self.sink = sink
        self.meters = Meters()
        self.ready = False
        self.member_port: MemberPort | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self.shared = _shared(settings.server.redis)

    async def open(self) -> ApplicationEntry | None:
        """Open the store and bring the applications up to date; return the application made at a first start.

        Raises ``StoreError`` or ``SettingsError``.
        """
        server = self.settings.server
        wire = self.shared.topics if self.shared is not None else None
        self.engine = await open_engine(self.folder, self.clock, server.queue, server.database_connections, wire)
        self.directory = Directory(self.engine)
        first = await self.engine.write(lambda tx: administration.apply(tx, self.settings))
        await self.directory.refresh()
        return first

    def serve(self, listener: Listener, for_members: socket.socket | None = None) -> None:
        """Begin to answer, and to keep the clock's appointments.

        ``for_members`` listens at the members' own port, if they have one.
        """
        server = self.settings.server
        is_adjustable = isinstance(self.clock, AdjustableClock)
        gateway = Gateway(
            self.engine,
            self.directory,
            self.clock,
            self.meters,
            self.sink,
            timeout=server.timeout,
            switched_off=frozenset() if is_adjustable else frozenset({"conclave/set_clock"}),
            # A clock that this server alone moves is none by which several could count.
            tally=self.shared.rates if self.shared is not None and not is_adjustable else None,
        )
        # Before anything is served: a file of authorities that cannot be read ends the start.
        self.callbacks = Callbacks(self.engine, self.clock, self.meters, server)
        self.members = MemberServer(self.engine, gateway, self.clock, self.meters, self.sink, server)
        gauges = Gauges(self.engine, self.clock, self.meters, self.shared, self.callbacks, self.members)
        http = HttpHandler(
            gateway,
            BodyReader(server.body_limit, server.body_timeout, max(server.body_memory, server.body_limit)),
            parse_networks(server.trusted_proxies),
            self._pages(gauges),
        )
        websocket = WebSocketHandler(self.members, parse_networks(server.trusted_proxies))
        self.server = HttpServer(listener, Application(http, websocket))
        self.server.start()
        if for_members is not None:
            self.member_port = self._open_member_port(for_members, listener)
        for work in [*self.members.work(), *(self.shared.work() if self.shared is not None else ())]:
            self._keep(work)
        self._keep(duties.keep(self.engine, CALLBACKS, self.callbacks.serve))
        self._keep(duties.keep(self.engine, CLOCK, self._keep_clock))
        silence = max(server.idle_timeout, server.body_timeout, server.heartbeat_silence)
        self._keep(close_silent(listener.port, silence))
        self._keep(appointments.refresh_applications(self.directory))
        self._check = asyncio.get_running_loop().create_task(self.engine.check())
        _calm_collector()
        self.ready = True

    def _open_member_port(self, bound: socket.socket, listener: Listener) -> MemberPort:
        secret = None
        if listener.certificate is not None and listener.key is not None:
            secret = server_context(listener.certificate, listener.key)
            keep_large_blocks_apart()
        most = most_connections(self.settings.server.max_member_connections)
        return MemberPort(bound, secret, most, self.members, parse_networks(self.settings.server.trusted_proxies))

    async def _keep_clock(self, tenure: Tenure) -> None:
        schedule = appointments.keep_schedule(tenure.engine, self.directory, self.clock)
        await duties.together(schedule, self.members.put_out_orphans(tenure))

    def _pages(self, gauges: Gauges) -> Pages:
        server = self.settings.server
        operators = operations.pages(self.meters, self._is_ready, parse_networks(server.metrics_networks), gauges.count)
        if server.insecure_sign_in:
            log.warning("insecure_sign_in is on: whoever reaches /meet/ may sign in as anybody")
        return Pages(
            {**operators, **meet.pages(self.directory.all, self.clock, server.insecure_sign_in)}, [meet.FOLDER]
        )

    def _keep(self, work: Coroutine[Any, Any, None]) -> None:
        """Run ``work`` for as long as the server lives; if it ends, the server ends."""
        self._tasks.append(asyncio.get_running_loop().create_task(work))

    def keep_certificate(self, first: Certificate, current: Callable[[], Certificate]) -> None:
        """Serve with what ``current`` returns once it is another certificate than ``first``."""

        async def take_up(found: Certificate) -> None:
            context = server_context(found.certificate, found.key)  # fails before anything is changed
            if self.member_port is not None:
                self.member_port.take_up(context)
            await self.members.make_way()
            await self.server.restart(found.certificate, found.key, SHUTDOWN_SECONDS)

        self._keep(appointments.renew_certificate(self.clock, first, current, take_up))

    def _is_ready(self) -> bool:
        return self.ready and self.engine.is_usable

    async def ended(self) -> None:
        """Wait until serving, an appointment or the engine ends by itself, and raise why: none ever should."""
        serving = [self.server.failed, *([self.member_port.serving] if self.member_port else [])]
        watched = [*self._tasks, *serving, *self.engine.parts]
        done, _ = await asyncio.wait(watched, return_when=asyncio.FIRST_COMPLETED)
        for each in done:
            each.result()
        raise RuntimeError("a part of the server ended by itself")

    async def _hand_over(self) -> None:
        """Let other nodes do what this one did, without waiting for members and calls that are under way here."""
        await self.callbacks.finish()
        await self.engine.leave()

    async def _stop_serving(self) -> None:
        await self.members.close()
        ending = [self.server.stop(SHUTDOWN_SECONDS)]
        if self.member_port is not None:
            ending.append(self.member_port.stop())
        await asyncio.gather(*ending)

    async def close(self) -> None:
        """Stop taking work, finish what was begun, let go of everything: within ten seconds."""
        self.ready = False
        await asyncio.gather(self._hand_over(), self._stop_serving())
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.callbacks.close()
        await self.engine.close()
        await asyncio.gather(self._check, return_exceptions=True)  # what it found is in the log
        self.sink.flush()
        self.folder.release()


def _shared(url: str) -> "Shared | None":
    if not url:
        return None
    from conclave.shared.service import Shared

    return Shared(url)


def _calm_collector() -> None:
    """Leave what lives as long as the server out of garbage collection, and collect seldom: calls make few cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
