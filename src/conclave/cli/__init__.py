"""The command line: one module for each group of commands; ``main`` puts them together.

What an operator did wrong is told in one sentence on standard error, with exit code 2 for what was typed or set and 1
for what could not be done. A traceback is a mistake of ours.

Modules here import what is heavy inside their functions: ``--help`` and a command that fails early stay fast.
"""

import os
import sys

import typer

from conclave.cli.applications import cli as applications
from conclave.cli.call import call
from conclave.cli.callbacks import cli as callbacks
from conclave.cli.copying import copy
from conclave.cli.failure import CommandError
from conclave.cli.member import member
from conclave.cli.serve import serve
from conclave.cli.store import backup, ca, migrate
from conclave.cli.usersig import usersig

cli = typer.Typer(
    name="conclave",
    help="A self-hosted conference-room backend.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
)
cli.command()(serve)
cli.add_typer(applications, name="app")
cli.add_typer(callbacks, name="callbacks")
cli.command()(usersig)
cli.command()(call)
cli.command()(member)
cli.command()(ca)
cli.command()(backup)
cli.command()(migrate)
cli.command()(copy)


def main() -> None:
    """Run the command line."""
    os.umask(0o077)  # whatever is written here holds keys
    try:
        cli()
    except CommandError as error:
        typer.echo(f"conclave: {error}", err=True)
        sys.exit(error.exit_code)
