"""``conclave ca``, ``conclave migrate`` and ``conclave backup``: what belongs to the data folder."""

from pathlib import Path
from typing import Annotated

import typer

from conclave.cli.failure import CommandError, told
from conclave.cli.options import ConfigFile, Data, folder_of


def ca(config_file: ConfigFile = None, data: Data = None) -> None:
    """Print the certificate of the local CA (PEM), for clients to trust."""
    with told():
        from conclave.transport.tls import authority_file

        file = authority_file(folder_of(config_file, data).certificates)
        if not file.exists():
            raise CommandError(f"there is no CA in {file.parent}; `conclave serve` with tls = auto makes one")
        typer.echo(file.read_text(encoding="ascii"), nl=False)


def migrate(config_file: ConfigFile = None, data: Data = None) -> None:
    """Bring the database up to this version, as the start of the server would.

    A database in the data folder is made only where --data names the folder: who forgot to set `database` is told.
    """
    with told():
        import asyncio

        from conclave.clock import SystemClock
        from conclave.store import opening

        folder = folder_of(config_file, data)
        if data is None and not folder.has_database:
            raise CommandError(
                f"no database is set, and there is none in {folder.path}; set server.database (CONCLAVE_DATABASE), or "
                "name the folder with --data to make an embedded one"
            )
        if not folder.url:
            folder.hold()  # a server that runs has migrated it, and nobody else may
        applied = asyncio.run(opening.migrate(folder, SystemClock()))
        name = opening.shown(folder)
        typer.echo(f"{name}: {applied} migrations applied" if applied else f"{name} is up to date")


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; must not exist.")],
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Write a consistent copy of the database to FILE while the server works on."""
    with told():
        from conclave.store.sqlite_file import backup as copy

        folder = folder_of(config_file, data)
        if folder.url:
            raise CommandError("the database is on a PostgreSQL server; back it up with pg_dump, or as that server is")
        if not folder.database.exists():
            raise CommandError(f"there is no database in {folder.path}")
        copy(folder.database, file)
        typer.echo(f"{file} holds the whole database; it contains keys: keep it as safe as the data folder")
