"""Putting it together: one object that opens the store, serves, keeps the clock's appointments, and closes."""

import asyncio
import gc
import secrets
from typing import Final

import msgspec
import structlog

from conclave.api.gate import parse_networks
from conclave.api.gateway import Gateway
from conclave.clock import AdjustableClock, Clock, pause
from conclave.config import ApplicationEntry, Settings, SettingsError
from conclave.domain import directory as applications
from conclave.domain import schedule
from conclave.domain.applications import ApplicationSettings
from conclave.domain.directory import Directory
from conclave.folder import DataFolder
from conclave.log import Sink
from conclave.metrics import (
    COMMIT_SECONDS,
    COMMITS,
    LOST,
    MEMBERS,
    ROOMS,
    WRITER_QUEUE,
    Meters,
    Samples,
)
from conclave.store import applications as application_rows
from conclave.store import due
from conclave.store.engine import StoreError, Transaction
from conclave.store.sqlite import SqliteEngine, connect, migrate
from conclave.store.writer import WriterLimits
from conclave.transport.http import BodyReader, HttpHandler
from conclave.transport.operations import pages
from conclave.transport.server import Application, HttpServer, Listener

FIRST_SDKAPPID: Final = 1_400_000_001
REFRESH_SECONDS: Final = 0.5
PRUNE_SECONDS: Final = 60.0
LONGEST_NAP: Final = 1.0
SHUTDOWN_SECONDS: Final = 8.0
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
        self._tasks: list[asyncio.Task[None]] = []

    async def open(self) -> ApplicationEntry | None:
        """Open the store and bring the applications up to date; return the application made at a first start.

        Raises ``StoreError`` or ``SettingsError``.
        """
        connection = connect(self.folder.database)
        try:
            migrate(connection, self.folder.database, self.clock.now_ms())
        finally:
            connection.close()
        server = self.settings.server
        self.engine = SqliteEngine(self.folder.database, self.clock, WriterLimits(queue=server.queue))
        self.directory = Directory(self.engine)
        first = await self.engine.write(self._apply_settings)
        await self.directory.refresh()
        return first

    async def _apply_settings(self, tx: Transaction) -> ApplicationEntry | None:
        """Let the settings file create what is missing and own the fields that it names [G22]."""
        entries = list(zip(self.settings.applications, self.settings.named, strict=True))
        first = None
        if not entries and not await applications.every(tx):
            first = ApplicationEntry(sdkappid=FIRST_SDKAPPID, key=secrets.token_hex(32), name="first")
            entries = [(first, frozenset())]
        named = {entry.sdkappid for entry, _ in entries}
        for application in await applications.every(tx):
            if application.sdkappid not in named:
                await applications.save(tx, application.sdkappid, application.settings, [])
        for entry, owned in entries:
            await _apply_entry(tx, entry, owned)
        return first

    def serve(self, listener: Listener) -> None:
        """Begin to answer, and to keep the clock's appointments."""
        server = self.settings.server
        gateway = Gateway(
            self.engine,
            self.directory,
            self.clock,
            self.meters,
            self.sink,
            timeout=server.timeout,
            switched_off=frozenset() if isinstance(self.clock, AdjustableClock) else frozenset({"conclave/set_clock"}),
        )
        http = HttpHandler(
            gateway,
            BodyReader(server.body_limit, server.body_timeout),
            parse_networks(server.trusted_proxies),
            pages(self.meters, lambda: self.ready, parse_networks(server.metrics_networks)),
        )
        self._measure()
        self.server = HttpServer(listener, Application(http, None))
        self.server.start()
        for work in (self._refresh, self._keep_schedule, self._prune):
            self._tasks.append(asyncio.get_running_loop().create_task(work()))
        _calm_collector()
        self.ready = True

    def _measure(self) -> None:
        statistics = self.engine.writer.statistics
        self.meters.source(WRITER_QUEUE, lambda: {(): self.engine.writer.depth})
        self.meters.source(COMMITS, lambda: {(): statistics.commits})
        self.meters.source(COMMIT_SECONDS, lambda: {(): statistics.commit_nanoseconds / 1e9})
        self.meters.source(LOST, lambda: {(): statistics.lost})
        self.meters.source(ROOMS, lambda: self._counted("rooms"))
        self.meters.source(MEMBERS, lambda: self._counted("members"))

    def _counted(self, name: str) -> Samples:
        return {}

    async def _refresh(self) -> None:
        while True:
            await pause(REFRESH_SECONDS)
            await self.directory.refresh()

    async def _keep_schedule(self) -> None:
        """Start and end rooms when their moment comes; late moments first, after a start that slept through them."""
        while True:
            try:
                while await self.engine.write(lambda tx: schedule.run_due(tx, self.directory.get)):
                    pass
                moment = await self.engine.read(due.next_moment)
            except StoreError as error:
                log.error("schedule", trouble=str(error))
                moment = None
            nap = LONGEST_NAP if moment is None else (moment - self.clock.now_ms()) / 1000
            await self.clock.sleep(min(max(nap, 0.001), LONGEST_NAP))

    async def _prune(self) -> None:
        while True:
            before = self.clock.now_ms() - self.settings.server.event_retention * 1000
            try:
                while await self.engine.write(lambda tx: due.prune(tx, before, 500)):  # noqa: B023
                    pass
            except StoreError as error:
                log.error("prune", trouble=str(error))
            await self.clock.sleep(PRUNE_SECONDS)

    async def close(self) -> None:
        """Stop taking work, finish what was begun, let go of everything."""
        self.ready = False
        await self.server.stop(SHUTDOWN_SECONDS)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.engine.close()
        self.sink.flush()
        self.folder.release()


def _calm_collector() -> None:
    """Leave what lives as long as the server out of garbage collection, and collect seldom: calls make few cycles."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


async def _apply_entry(tx: Transaction, entry: ApplicationEntry, named: frozenset[str]) -> None:
    stored = await applications.find(tx, entry.sdkappid)
    known = stored[0] if stored else ApplicationSettings()
    settings = msgspec.structs.replace(known, **{name: getattr(entry, name) for name in named})
    try:
        parse_networks(settings.networks)
    except ValueError as error:
        raise SettingsError(f"application {entry.sdkappid}: networks: {error}") from error
    await applications.save(tx, entry.sdkappid, settings, sorted({*named, "key"}))
    await application_rows.set_key(tx, entry.sdkappid, entry.key, 0)
