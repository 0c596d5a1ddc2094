"""The command line."""

import asyncio
import signal
import sys
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from conclave import config, log
from conclave.app import Conclave
from conclave.clock import AdjustableClock, SystemClock
from conclave.folder import DataFolder
from conclave.transport.server import Listener

cli = typer.Typer(no_args_is_help=True, add_completion=False)


@cli.callback()
def root() -> None:
    """A self-hosted conference-room backend."""


@cli.command()
def serve(
    config_file: Annotated[Path | None, typer.Option("--config")] = None,
    host: str | None = None,
    port: int | None = None,
    data: str | None = None,
    tls: str | None = None,
) -> None:
    """Run the server."""
    settings = config.load(config_file, {"host": host, "port": port, "data": data, "tls": tls})
    uvloop.run(run(settings))


async def run(settings: config.Settings) -> None:
    server = settings.server
    clock = AdjustableClock() if server.insecure_test_clock else SystemClock()
    sink = log.configure(clock, server.log_level)
    folder = DataFolder(settings.data)
    folder.hold(f"http://{server.host}:{server.port}")
    house = Conclave(settings, folder, clock, sink)
    first = await house.open()
    if first:
        print(first.sdkappid, first.key, flush=True)
    house.serve(Listener(server.host, server.port, None, None, server.max_connections))
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    await house.close()


def main() -> None:
    """Run the command line."""
    sys.exit(cli())
