"""``conclave app callbacks``: where an application's callbacks go, which are sent, and what signs them [G22]."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from conclave.cli.failure import WRONG_USE, CommandError, told
from conclave.cli.options import ConfigFile, Data, folder_of, read, run

if TYPE_CHECKING:
    from conclave.domain.application_settings import ApplicationSettings
    from conclave.domain.applications import Application
    from conclave.store.statements import Transaction


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
    no_commands: Annotated[bool, typer.Option("--no-commands", help="List none, and keep the URL.")] = False,
    token: Annotated[
        str, typer.Option(help="Sign URLs with this token, unless --token-disabled says not yet.", show_default=False)
    ] = "",
    token_enabled: Annotated[
        bool | None,
        typer.Option(
            "--token-enabled/--token-disabled", help="Whether the token signs; it is kept.", show_default=False
        ),
    ] = None,
    no_token: Annotated[bool, typer.Option("--no-token", help="Forget the token, and sign no URLs.")] = False,
    remove: Annotated[bool, typer.Option("--remove", help="Send nothing any more; what waits is dropped.")] = False,
    with_secret: Annotated[
        bool,
        typer.Option(
            "--with-secret", help="Print token, secrets and the whole URL: whoever has them can forge callbacks."
        ),
    ] = False,
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Change where an application's callbacks go, and show it; a running server sees it within a second."""
    with told():
        from conclave import administration
        from conclave.domain import callback_settings

        if remove and (url or command or no_commands):
            raise CommandError("--remove goes without --url, --command and --no-commands", WRONG_USE)
        if command and no_commands:
            raise CommandError("give --command or --no-commands", WRONG_USE)
        if no_token and (token or token_enabled is not None):
            raise CommandError("--no-token goes without the other words about the token", WRONG_USE)
        listed = () if no_commands else tuple(command) if command else None

        async def work(tx: "Transaction") -> "Application":
            application = await administration.find(tx, sdkappid)
            settings, owned = application.settings, await administration.owned_fields(tx, sdkappid)
            changes = callback_settings.removal(owned) if remove else _target(settings, url, listed)
            changes |= _token(settings, "" if no_token else token or None, token_enabled)
            if changes:
                await administration.change(tx, sdkappid, changes)
            return await administration.find(tx, sdkappid)

        is_change = remove or url or listed is not None or token or no_token or token_enabled is not None
        use = run if is_change else read
        _print(use(folder_of(config_file, data), work), with_secret)


def _target(settings: "ApplicationSettings", url: str, listed: tuple[str, ...] | None) -> dict[str, Any]:
    """Return what changes of URL and list."""
    from conclave.domain.callbacks import ORIGINAL

    if listed is None and url and not settings.callback_commands:
        listed = ORIGINAL
    return ({"callback_url": url} if url else {}) | ({} if listed is None else {"callback_commands": listed})


def _token(settings: "ApplicationSettings", token: str | None, is_enabled: bool | None) -> dict[str, Any]:
    """Return what changes of the token; a new one signs unless it is said not to."""
    if token is not None:
        return {"callback_token": token, "callback_token_enabled": bool(token) and is_enabled is not False}
    if is_enabled is None:
        return {}
    if not settings.callback_token:
        raise CommandError("there is no token that could be switched on or off; give --token")
    return {"callback_token_enabled": is_enabled}


def _print(application: "Application", with_secret: bool) -> None:
    from conclave.clock import SystemClock
    from conclave.domain import callback_secrets
    from conclave.domain import callbacks as rules

    settings = application.settings
    hidden = "(shown by --with-secret)"
    signed_with = "none"
    if settings.callback_token:
        signed_with = settings.callback_token if with_secret else hidden
        signed_with += "" if settings.callback_token_enabled else ", which signs nothing"
    secrets = [
        callback_secrets.shown(each) for each in callback_secrets.secrets_of(application, SystemClock().now_ms())
    ]
    url = settings.callback_url if with_secret else rules.masked(settings.callback_url)
    typer.echo(f"url      {url or 'none: nothing is sent'}")
    for name in settings.callback_commands or ("none: nothing is sent",):
        typer.echo(f"command  {name}")
    typer.echo(f"token    {signed_with}")
    for secret in secrets:
        typer.echo(f"secret   {secret if with_secret else hidden}")
