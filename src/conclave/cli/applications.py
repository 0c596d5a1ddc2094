"""``conclave app``: applications, on the data folder's database, whether a server runs or not [G22]."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from conclave.cli.callback_settings import callbacks
from conclave.cli.failure import WRONG_USE, CommandError, told
from conclave.cli.options import ConfigFile, Data, folder_of, read, run

if TYPE_CHECKING:
    from collections.abc import Mapping

    from conclave.domain.applications import Application
    from conclave.store.statements import Transaction

cli = typer.Typer(
    help="Create and change applications; a running server sees it within a second.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
cli.command()(callbacks)
Id = Annotated[int, typer.Argument(metavar="SDKAPPID", help="The application's id.")]
KEY_LENGTHS = range(16, 257)


@cli.command()
def create(
    sdkappid: Annotated[
        int | None,
        typer.Argument(metavar="SDKAPPID", help="The new id; by default the next free one.", min=1, max=2**53 - 1),
    ] = None,
    name: Annotated[str, typer.Option(help="A name for people.")] = "",
    key: Annotated[str, typer.Option(help="The key, 16 to 256 characters; by default a new one.")] = "",
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Create an application and print its id and key."""
    with told():
        from conclave import administration
        from conclave.clock import SystemClock
        from conclave.store.opening import run_alone

        folder = folder_of(config_file, data)
        secret = _key(key)
        folder.make()
        # The one command that needs no database yet: it makes one.
        number = run_alone(folder, SystemClock(), lambda tx: administration.create(tx, sdkappid, name, secret))
        typer.echo(f"SDKAppID  {number}\nkey       {secret}")


@cli.command(name="list")
def list_all(config_file: ConfigFile = None, data: Data = None) -> None:
    """List the applications."""
    with told():
        from conclave.domain import directory
        from conclave.store.failures import StoreError

        for sdkappid, found in read(folder_of(config_file, data), directory.every).items():
            if isinstance(found, StoreError):
                typer.echo(f"{sdkappid}  unknown   {found}")
                continue
            state = "enabled" if found.settings.enabled else "disabled"
            typer.echo(f"{sdkappid}  {state:<8}  {found.settings.name}".rstrip())


@cli.command()
def show(
    sdkappid: Id,
    with_key: Annotated[bool, typer.Option("--with-key", help="Print the keys too, and other secrets.")] = False,
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Show an application: its settings, who owns them, and its keys."""
    with told():
        from conclave import administration

        async def found(tx: "Transaction") -> "tuple[Application, list[str]]":
            return await administration.find(tx, sdkappid), await administration.owned_fields(tx, sdkappid)

        application, owned = read(folder_of(config_file, data), found)
        _print_settings(application, owned, with_key)
        for key in application.keys:
            until = f"valid until {_moment(key.valid_until)}" if key.valid_until else "in force"
            typer.echo(f"key {key.secret if with_key else '(shown by --with-key)'}: {until}")


@cli.command()
def disable(sdkappid: Id, config_file: ConfigFile = None, data: Data = None) -> None:
    """Answer every call of an application with 60016."""
    _change(config_file, data, sdkappid, {"enabled": False})
    typer.echo(f"application {sdkappid} is disabled")


@cli.command()
def enable(sdkappid: Id, config_file: ConfigFile = None, data: Data = None) -> None:
    """Let an application call again."""
    _change(config_file, data, sdkappid, {"enabled": True})
    typer.echo(f"application {sdkappid} is enabled")


@cli.command(name="rotate-key")
def rotate_key(
    sdkappid: Id,
    overlap: Annotated[
        int | None,
        typer.Option(
            help="Seconds for which the key before stays valid; by default the application's key_overlap (86400).",
            min=0,
            max=365 * 86_400,
            show_default=False,
        ),
    ] = None,
    key: Annotated[str, typer.Option(help="The new key, 16 to 256 characters; by default a new one.")] = "",
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Put a new key in force; the one before stays valid for an overlap."""
    with told():
        from conclave import administration

        secret = _key(key)
        seconds = run(folder_of(config_file, data), lambda tx: administration.rotate_key(tx, sdkappid, secret, overlap))
        typer.echo(f"key       {secret}\nthe key before stays valid for {seconds} s")


@cli.command()
def limits(
    sdkappid: Id,
    assignments: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="FIELD=VALUE",
            help="max_member_count=500, rates.default=100, networks=10.0.0.0/8,192.168.0.0/16; "
            "rates.NAME= takes a rate back.",
        ),
    ] = None,
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Change any setting of an application, or show them all."""
    with told():
        from conclave import administration

        async def work(tx: "Transaction") -> "tuple[Application, list[str]]":
            application = await administration.find(tx, sdkappid)
            if assignments:
                await administration.change(tx, sdkappid, _parse(assignments, application))
            return await administration.find(tx, sdkappid), await administration.owned_fields(tx, sdkappid)

        use = run if assignments else read
        _print_settings(*use(folder_of(config_file, data), work), with_secrets=False)


def _change(config_file: ConfigFile, data: Data, sdkappid: int, changes: "Mapping[str, Any]") -> None:
    with told():
        from conclave import administration

        run(folder_of(config_file, data), lambda tx: administration.change(tx, sdkappid, changes))


def _parse(assignments: list[str], application: "Application") -> dict[str, Any]:
    """Return the fields that ``FIELD=VALUE`` texts set; ``FIELD.NAME=VALUE`` sets one entry of a table."""
    from typing import get_type_hints

    from conclave.config import parse_text
    from conclave.domain.application_settings import ApplicationSettings

    hints = get_type_hints(ApplicationSettings)
    changes: dict[str, Any] = {}
    for assignment in assignments:
        path, equals, text = assignment.partition("=")
        field, dot, entry = path.partition(".")
        if not equals or field not in hints:
            raise CommandError(f"{assignment!r} is not FIELD=VALUE with a field of {', '.join(hints)}", WRONG_USE)
        if not dot:
            changes[field] = parse_text(field, hints[field], text)
            continue
        table = changes.setdefault(field, getattr(application.settings, field))
        if not isinstance(table, dict):
            raise CommandError(f"{field} has no entries: give {field}=VALUE", WRONG_USE)
        changes[field] = {name: value for name, value in table.items() if name != entry}
        if text:
            changes[field][entry] = parse_text(path, int, text)
    return changes


def _print_settings(application: "Application", owned: list[str], with_secrets: bool) -> None:
    import msgspec

    from conclave.domain import callbacks
    from conclave.domain.application_settings import SECRETS

    typer.echo(f"application {application.sdkappid}")
    for field, value in msgspec.structs.asdict(application.settings).items():
        if field == "callback_url" and not with_secrets:
            value = callbacks.masked(value)
        note = "  (the settings file's)" if field in owned else ""
        is_hidden = field in SECRETS and value and not with_secrets
        shown = "(shown by `conclave app show --with-key`)" if is_hidden else msgspec.json.encode(value).decode()
        typer.echo(f"{field} = {shown}{note}")


def _key(given: str) -> str:
    from conclave import administration

    if given and len(given) not in KEY_LENGTHS:
        raise CommandError("a key has 16 to 256 characters", WRONG_USE)
    return given or administration.new_key()


def _moment(milliseconds: int) -> str:
    import datetime as dt

    return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
