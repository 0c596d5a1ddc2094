"""``conclave app callbacks``: where an application's callbacks go, which are sent, and what signs them [G22]."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from conclave.cli.failure import WRONG_USE, CommandError, told
from conclave.cli.options import ConfigFile, Data, folder_of, run

if TYPE_CHECKING:
    from conclave.domain.applications import Application
    from conclave.store.engine import Transaction


def callbacks(
    sdkappid: Annotated[int, typer.Argument(metavar="SDKAPPID", help="The application's id.")],
    url: Annotated[
        str,
        typer.Option(
            help="Send them here; where none are listed yet, the six of the original API.", show_default=False
        ),
    ] = "",
    command: Annotated[
        list[str] | None,
        typer.Option(help="Send this one, as in Room.CallbackAfterCreateRoom; once for each, and no others."),
    ] = None,
    token: Annotated[str, typer.Option(help="Sign URLs with this token.", show_default=False)] = "",
    no_token: Annotated[bool, typer.Option("--no-token", help="Forget the token, and sign no URLs.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Send nothing any more; what waits is dropped.")] = False,
    with_secret: Annotated[
        bool, typer.Option("--with-secret", help="Print token and secrets: whoever has them can forge callbacks.")
    ] = False,
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Change where an application's callbacks go, and show it; a running server sees it within a second."""
    with told():
        from conclave import administration

        if (remove and (url or command)) or (token and no_token):
            raise CommandError("--remove goes without --url and --command, --no-token without --token", WRONG_USE)

        async def work(tx: "Transaction") -> "Application":
            application = await administration.find(tx, sdkappid)
            changes = _changes(application, url, command or [], token, no_token, remove)
            if changes:
                await administration.change(tx, sdkappid, changes)
            return await administration.find(tx, sdkappid)

        _print(run(folder_of(config_file, data), work), with_secret)


def _changes(
    application: "Application", url: str, commands: list[str], token: str, no_token: bool, remove: bool
) -> dict[str, Any]:
    from conclave.domain.callbacks import ORIGINAL

    changes: dict[str, Any] = {}
    if remove:
        changes |= {"callback_url": "", "callback_commands": ()}
    if url:
        changes["callback_url"] = url
        if not application.settings.callback_commands:
            changes["callback_commands"] = ORIGINAL
    if commands:
        changes["callback_commands"] = tuple(commands)
    if token or no_token:
        changes |= {"callback_token": token, "callback_token_enabled": bool(token)}
    return changes


def _print(application: "Application", with_secret: bool) -> None:
    from conclave.clock import SystemClock
    from conclave.domain import callback_secrets

    settings = application.settings
    hidden = "(shown by --with-secret)"
    signed_with = "none"
    if settings.callback_token:
        signed_with = settings.callback_token if with_secret else hidden
        signed_with += "" if settings.callback_token_enabled else ", which signs nothing"
    secrets = [
        callback_secrets.shown(each) for each in callback_secrets.secrets_of(application, SystemClock().now_ms())
    ]
    typer.echo(f"url      {settings.callback_url or 'none: nothing is sent'}")
    for name in settings.callback_commands or ("none: nothing is sent",):
        typer.echo(f"command  {name}")
    typer.echo(f"token    {signed_with}")
    for secret in secrets:
        typer.echo(f"secret   {secret if with_secret else hidden}")
