"""``conclave serve``: from settings to a server that listens, and to its end."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conclave.cli.failure import NOT_DONE, WRONG_USE, CommandError, told
from conclave.cli.options import ConfigFile, Data

if TYPE_CHECKING:
    from conclave.app import Conclave
    from conclave.clock import Clock
    from conclave.config import Settings
    from conclave.folder import DataFolder
    from conclave.settings import ServerSettings
    from conclave.transport.tls import Certificate


def serve(
    config_file: ConfigFile = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default=False)] = None,
    port: Annotated[int | None, typer.Option(help="Port to listen on; 0 takes a free one.", show_default=False)] = None,
    data: Data = None,
    tls: Annotated[str | None, typer.Option(help="auto, off, or CERT:KEY (PEM files).", show_default=False)] = None,
    database: Annotated[
        str | None,
        typer.Option(help="PostgreSQL database (postgresql://…); by default an embedded one.", show_default=False),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(
            help="Only 1: a server is one process; for more processors start several nodes on PostgreSQL.",
            show_default=False,
        ),
    ] = None,
    insecure: Annotated[
        bool | None,
        typer.Option("--insecure", help="Allow --tls off on an address that is not loopback.", show_default=False),
    ] = None,
    insecure_sign_in: Annotated[
        bool | None,
        typer.Option(
            "--insecure-sign-in",
            help="Let anybody sign in to /meet/ by name alone; for development.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Run the server.

    The first start makes an application, a local CA and a certificate, and says how to create a room.
    """
    overrides = {
        "host": host,
        "port": port,
        "data": data,
        "database": database,
        "tls": tls,
        "workers": workers,
        "insecure": insecure,
        "insecure_sign_in": insecure_sign_in,
    }
    with told():
        import uvloop

        from conclave import config

        settings = config.load(config_file, overrides)
        _refuse_unsafe(settings.server)
        status = uvloop.run(_run(settings))
    if status:
        raise typer.Exit(status)


def _refuse_unsafe(server: "ServerSettings") -> None:
    from conclave.transport.address import is_loopback

    if server.workers > 1:
        raise CommandError(
            "server.workers: a server is one process; to use several processors, keep workers = 1 and start several "
            "nodes on one PostgreSQL database, each with its own port, member port and data folder, behind a balancer "
            "(docs/nodes.md; under systemd deploy/conclave@.service)",
            WRONG_USE,
        )
    if server.tls == "off" and not server.insecure and not is_loopback(server.host):
        raise CommandError(
            f"server.tls is off and {server.host} is not loopback: secrets would travel in the clear; "
            "use tls = auto, or --insecure behind a proxy that adds TLS",
            WRONG_USE,
        )


async def _run(settings: "Settings") -> int:
    """Serve until a signal (0) or a failure (1) ends it."""
    import asyncio
    import signal

    import structlog

    from conclave import log
    from conclave.app import Conclave
    from conclave.clock import AdjustableClock, SystemClock

    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    clock = AdjustableClock() if settings.server.insecure_test_clock else SystemClock()
    sink = log.configure(clock, settings.server.log_level)
    folder = settings.folder
    folder.hold()
    house = Conclave(settings, folder, clock, sink)
    await _start(house, settings.server, folder, clock)
    stopping = asyncio.ensure_future(stop.wait())
    ended = asyncio.ensure_future(house.ended())
    await asyncio.wait({stopping, ended}, return_when=asyncio.FIRST_COMPLETED)
    if ended.done():
        failure = ended.exception()
        structlog.get_logger().critical("the server ends", trouble=str(failure), exc_info=failure)
    ended.cancel()
    await house.close()
    return 0 if stop.is_set() else NOT_DONE


async def _start(house: "Conclave", server: "ServerSettings", folder: "DataFolder", clock: "Clock") -> None:
    from conclave.cli import greeting
    from conclave.transport import address
    from conclave.transport.server import Listener
    from conclave.transport.tls import authority_file
    from conclave.transport.websocket import MEMBERS_PATH

    certificate = _certificate(server, folder, clock)
    # Listening comes before the store: a port that is taken must not cost the first application's key its only print.
    bound = address.bind(server.host, server.port)
    for_members = address.bind(server.host, server.member_port) if server.member_port else None
    first = await house.open()
    port = bound.getsockname()[1]
    file, key = (certificate.certificate, certificate.key) if certificate else (None, None)
    house.serve(
        Listener(
            server.host,
            port,
            file,
            key,
            server.max_connections,
            bound,
            server.idle_timeout,
            _more_connections(server),
        ),
        for_members,
    )
    if certificate is not None:

        def current() -> "Certificate":
            found = _certificate(server, folder, clock)
            assert found is not None
            return found

        house.keep_certificate(certificate, current)
    url = address.origin("https" if certificate else "http", server.host, port)
    folder.announce(url)
    authority = authority_file(folder.certificates) if server.tls == "auto" else None
    member_url = ""
    if for_members:
        member_url = address.origin("wss" if certificate else "ws", server.host, server.member_port) + MEMBERS_PATH
    typer.echo(greeting.text(url, folder.path, authority, first, clock.now_ms() // 1000, member_url))


def _more_connections(server: "ServerSettings") -> int:
    """Return how many connections there may be beside those of calls."""
    from conclave.callbacks.dispatcher import MOST_CONNECTIONS
    from conclave.transport.member_port import most_connections

    members = server.max_member_connections
    members = most_connections(members) if server.member_port else members
    return members + (server.database_connections if server.database else 0) + MOST_CONNECTIONS


def _certificate(server: "ServerSettings", folder: "DataFolder", clock: "Clock") -> "Certificate | None":
    from conclave.transport import tls

    if server.tls == "off":
        return None
    if not isinstance(server.tls, str):
        return tls.own(Path(server.tls.certificate), Path(server.tls.key))
    names = tls.names_for(server.host, server.tls_names)
    return tls.automatic(folder.certificates, names, clock.now_ms() // 1000)
