"""``conclave ca`` and ``conclave backup``: what lies in the data folder."""

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


def backup(
    file: Annotated[Path, typer.Argument(help="Where to write it; must not exist.")],
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Write a consistent copy of the database to FILE while the server works on."""
    with told():
        from conclave.store.sqlite import backup as copy

        folder = folder_of(config_file, data)
        if not folder.database.exists():
            raise CommandError(f"there is no database in {folder.path}")
        copy(folder.database, file)
        typer.echo(f"{file} holds the whole database; it contains keys: keep it as safe as the data folder")
