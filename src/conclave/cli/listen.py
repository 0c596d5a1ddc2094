"""``conclave callbacks listen``: a receiver for development, which verifies, prints, and fails where it is told to."""

import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from conclave.cli.failure import WRONG_USE, CommandError, told
from conclave.cli.options import ConfigFile, Data, folder_of, run

if TYPE_CHECKING:
    from conclave.cli.receiver import Proof, Receiver
    from conclave.domain.applications import Application
    from conclave.folder import DataFolder

Failure = Literal["400", "410", "429", "500", "503", "301", "html", "close", "slow"]


def listen(
    port: Annotated[int, typer.Option(help="Port to listen on; 0 takes a free one.", min=0, max=65_535)] = 9000,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    token: Annotated[
        str, typer.Option(help="Token that Sign is verified with; by default the folder's.", show_default=False)
    ] = "",
    secret: Annotated[
        list[str] | None,
        typer.Option(
            help="Secret (whsec_…) that signatures are verified with, once or more; by default the folder's.",
            show_default=False,
        ),
    ] = None,
    fail: Annotated[
        Failure | None,
        typer.Option(
            help="Answer so instead of well: a status, html (200 without JSON), close (no answer), slow (too late).",
            show_default=False,
        ),
    ] = None,
    first: Annotated[
        int | None, typer.Option(help="Fail the first so many requests only.", min=1, show_default=False)
    ] = None,
    every: Annotated[int, typer.Option(help="Fail one request of so many.", min=1)] = 1,
    seconds: Annotated[
        float | None, typer.Option("--for", help="End after so many seconds.", show_default=False)
    ] = None,
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Receive callbacks and print each in a line, until Ctrl-C: what it says, and whether it is genuine.

    Repeats, and gaps of the delivery number, are told.
    """
    with told():
        from conclave.cli.receiver import Receiver

        def failure(request: int) -> str:
            is_told = (first is None or request <= first) and request % every == 0
            return fail if fail and is_told else ""

        receiver = Receiver((host, port), _proofs(folder_of(config_file, data), token, secret or []), failure)
        typer.echo(f"listening on http://{host}:{receiver.server_port}/")
        _serve(receiver, seconds)
        typer.echo(receiver.summary())


def _serve(receiver: "Receiver", seconds: float | None) -> None:
    """Serve until a signal, or for some seconds."""

    def stop(*_: object) -> None:
        threading.Thread(target=receiver.shutdown).start()  # it waits for the loop that it ends

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    if seconds is not None:
        timer = threading.Timer(seconds, receiver.shutdown)
        timer.daemon = True
        timer.start()
    with receiver:
        receiver.serve_forever(poll_interval=0.1)


def _proofs(folder: "DataFolder", token: str, secrets: list[str]) -> "Callable[[int], Proof]":
    """Return what tells the proofs that an application's callbacks must carry: what was given, else the folder's."""
    from conclave.cli.receiver import Proof
    from conclave.clock import SystemClock
    from conclave.domain import callback_secrets, directory

    try:
        given = [callback_secrets.read(each) for each in secrets]
    except ValueError:
        raise CommandError("--secret must be whsec_ and base64, as get_callback_secrets tells it", WRONG_USE) from None

    def stored(sdkappid: int) -> "Application | None":
        if (token and given) or not folder.database.exists():
            return None
        return next((each for each in run(folder, directory.every) if each.sdkappid == sdkappid), None)

    def proof(sdkappid: int) -> "Proof":
        application = stored(sdkappid)
        if application is None:
            return Proof(token, given)
        settings = application.settings
        return Proof(
            token or (settings.callback_token if settings.callback_token_enabled else ""),
            given or callback_secrets.secrets_of(application, SystemClock().now_ms()),
        )

    return proof
