"""``conclave call``: sign a request, send it, print the answer."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from conclave.cli.failure import NOT_DONE, WRONG_USE, CommandError, told
from conclave.cli.options import ConfigFile, Data, Sdkappid, folder_of, read
from conclave.cli.usersig import sign

if TYPE_CHECKING:
    import ssl

    from conclave.folder import DataFolder

TOKEN_S = 3600
TIMEOUT_S = 15.0


def call(
    command: Annotated[str, typer.Argument(help="SERVICE/COMMAND, as in room_engine_http_srv/get_room_info.")],
    body: Annotated[str, typer.Argument(help="The body, JSON; - reads it from standard input.")] = "{}",
    sdkappid: Sdkappid = None,
    identifier: Annotated[
        str, typer.Option("--as", help="Who calls; by default the first administrator.", show_default=False)
    ] = "",
    expire: Annotated[int, typer.Option(help="Seconds for which the signature is valid.", min=1, max=2**40)] = TOKEN_S,
    url: Annotated[
        str, typer.Option(help="The server; by default the one that serves the data folder.", show_default=False)
    ] = "",
    cacert: Annotated[
        Path | None, typer.Option(help="CA certificate to trust; by default the folder's.", show_default=False)
    ] = None,
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Sign a request with the data folder's key, send it, and print the answer.

    The exit code is 1 when the answer is FAIL.
    """
    with told():
        from conclave import administration
        from conclave.api import naming

        if command not in naming.callable_names():
            raise CommandError(naming.unknown(command), WRONG_USE)
        folder = folder_of(config_file, data)
        application = read(folder, lambda tx: administration.find(tx, sdkappid))
        caller = identifier or application.settings.administrators[0]
        parameters = {
            "sdkappid": str(application.sdkappid),
            "identifier": caller,
            "usersig": sign(application, caller, expire),
            "random": "99999999",
            "contenttype": "json",
        }
        text = typer.get_text_stream("stdin").read() if body == "-" else body
        answer = _post(f"{url or address_of(folder)}/v4/{command}", parameters, text, trust(folder, cacert))
    _print(answer)


def address_of(folder: "DataFolder") -> str:
    """Return where the server of a folder listens; raises ``CommandError`` when none does."""
    owner = folder.owner()
    if owner is None or not owner.url:
        raise CommandError(f"no server serves {folder.path}; start `conclave serve`, or give --url")
    return owner.url


def trust(folder: "DataFolder", cacert: Path | None) -> "ssl.SSLContext":
    """Return a TLS context that trusts what the machine trusts, and ``cacert`` or the folder's CA."""
    import ssl

    from conclave.transport.tls import authority_file

    context = ssl.create_default_context()
    file = cacert or authority_file(folder.certificates)
    if cacert or file.exists():
        try:
            context.load_verify_locations(file)
        except ssl.SSLError as error:
            raise CommandError(f"{file} is no CA certificate (PEM)") from error
    return context


def way_out(error: Exception) -> str:
    """Return what to do where a certificate is not trusted, to be said after the error, or nothing."""
    if "CERTIFICATE_VERIFY_FAILED" not in str(error):
        return ""
    return "; give the CA that signed the server's certificate with --cacert, and a name that it is for with --url"


def _post(url: str, parameters: dict[str, str], body: str, context: "ssl.SSLContext") -> bytes:
    import httpx

    try:
        with httpx.Client(verify=context, timeout=TIMEOUT_S, trust_env=False) as client:
            answer = client.post(url, params=parameters, content=body.encode())
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise CommandError(f"{url} does not answer: {error}{way_out(error)}") from error
    if answer.status_code != 200:
        raise CommandError(f"{url} answered HTTP {answer.status_code}: is that Conclave?")
    return answer.content


def _print(answer: bytes) -> None:
    import msgspec

    try:
        content: dict[str, Any] = msgspec.json.decode(answer, type=dict[str, Any])
    except msgspec.MsgspecError as error:
        raise CommandError("the answer is no JSON object: is that Conclave?") from error
    typer.echo(msgspec.json.format(msgspec.json.encode(content), indent=2).decode())
    if content.get("ActionStatus") != "OK":
        raise typer.Exit(NOT_DONE)
