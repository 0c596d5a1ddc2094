"""``conclave usersig``: make a UserSig, or explain one."""

import datetime as dt
from typing import TYPE_CHECKING, Annotated

import typer

from conclave.cli.failure import NOT_DONE, CommandError, told
from conclave.cli.options import ConfigFile, Data, Sdkappid, folder_of, read
from conclave.cli.plain import plain_line

if TYPE_CHECKING:
    from conclave.api.usersig import UserSig
    from conclave.domain.applications import Application
    from conclave.store.statements import Transaction

CHECK = "check"


def usersig(
    identifier: Annotated[str, typer.Argument(metavar="IDENTIFIER", help="The user id to sign; or the word check.")],
    token: Annotated[
        str, typer.Argument(metavar="TOKEN", help="After check: the UserSig to explain.", show_default=False)
    ] = "",
    sdkappid: Sdkappid = None,
    expire: Annotated[int, typer.Option(help="Seconds for which it is valid.", min=1, max=2**40)] = 86_400,
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Make a UserSig, or explain one with `conclave usersig check TOKEN`."""
    with told():
        if not token:
            typer.echo(make(identifier, sdkappid, expire, config_file, data))
        elif identifier == CHECK:
            _check(token, sdkappid, config_file, data)
        else:
            raise CommandError("give one user id, or `check` and a UserSig")


def make(identifier: str, sdkappid: int | None, expire: int, config_file: ConfigFile, data: Data) -> str:
    """Return a UserSig made with the key in force; raises ``CommandError`` and ``AdministrationError``."""
    from conclave import administration

    application = read(folder_of(config_file, data), lambda tx: administration.find(tx, sdkappid))
    return sign(application, identifier, expire)


def sign(application: "Application", identifier: str, expire: int) -> str:
    """Return a UserSig made with an application's key in force."""
    from conclave.api import usersig
    from conclave.clock import SystemClock

    key = next((key for key in application.keys if not key.valid_until), None)
    if key is None:
        raise CommandError(f"application {application.sdkappid} has no key in force")
    return usersig.make(application.sdkappid, key.secret, identifier, now=SystemClock().now_ms() // 1000, expire=expire)


def _check(given: str, sdkappid: int | None, config_file: ConfigFile, data: Data) -> None:
    from urllib.parse import unquote

    from conclave.api import usersig
    from conclave.errors import Refusal

    token = unquote(given)  # it may be copied from a URL; no UserSig contains a %
    try:
        said = usersig.read(token)
    except Refusal as refusal:
        raise CommandError(f"not valid, {refusal}") from refusal
    _print(said)
    application, kicked_at_s = read(
        folder_of(config_file, data), lambda tx: _known(tx, sdkappid or said.sdkappid, said.identifier)
    )
    if application is None:
        raise CommandError(f"this folder has no application {sdkappid or said.sdkappid}, so nobody can tell")
    _verify(token, said, application, kicked_at_s)


async def _known(tx: "Transaction", sdkappid: int, identifier: str) -> "tuple[Application | None, int]":
    from conclave.domain import accounts, directory
    from conclave.store import accounts as rows

    application = await directory.find_application(tx, sdkappid)
    can_be = accounts.fault(identifier) is None  # else no database need be asked, nor may be able to look for it
    account = await rows.find(tx, sdkappid, identifier) if can_be else None
    return application, account.kicked_at_s if account else 0


def _verify(token: str, said: "UserSig", application: "Application", kicked_at_s: int) -> None:
    from conclave import errors
    from conclave.api import usersig
    from conclave.clock import SystemClock
    from conclave.errors import Refusal

    try:
        usersig.verify(token, application, said.identifier, SystemClock().now_ms())
    except Refusal as refusal:
        typer.echo(f"not valid, {refusal}")
        raise typer.Exit(NOT_DONE) from refusal
    if said.time <= kicked_at_s:
        typer.echo(f"not valid for members, {errors.USERSIG_REVOKED.number}: {errors.USERSIG_REVOKED.meaning}")
        raise typer.Exit(NOT_DONE)
    is_administrator = application.is_administrator(said.identifier)
    typer.echo("valid" if is_administrator else "valid for members; REST answers 60010: not an administrator")


def _print(said: "UserSig") -> None:
    rows = {
        "identifier": said.identifier,
        "sdkappid": str(said.sdkappid),
        "made": _moment(said.time),
        "valid until": f"{_moment(said.valid_until)} ({said.expire} s)",
        "userbuf": "none" if said.userbuf is None else said.userbuf,
    }
    for name, value in rows.items():
        typer.echo(f"{name:<12}{plain_line(value)}")


def _moment(seconds: int) -> str:
    try:
        return dt.datetime.fromtimestamp(seconds, dt.UTC).strftime("%Y-%m-%d %H:%M:%S UTC")
    except (ValueError, OverflowError, OSError):
        return f"second {seconds}"
