"""``conclave callbacks listen``: a receiver for development, which verifies, prints, and fails where it is told to."""

import signal
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Final, Literal

import typer

from conclave.cli.failure import WRONG_USE, CommandError, told
from conclave.cli.options import ConfigFile, Data, folder_of, read

if TYPE_CHECKING:
    from conclave.cli.receiver import Proof, Receiver
    from conclave.domain.applications import Application
    from conclave.folder import DataFolder

SECOND_NS: Final = 10**9
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


def _proofs(folder: "DataFolder", token: str, secrets: list[str]) -> "Callable[[int, bool], Proof]":
    """Return what tells the proofs that an application's callbacks must carry: what was given, else the folder's.

    Where it is asked for news, it reads the folder again, but not more often than once a second.
    """
    from conclave.cli.receiver import Proof
    from conclave.clock import SystemClock
    from conclave.domain import callback_secrets

    try:
        given = [callback_secrets.read(each) for each in secrets]
    except ValueError:
        raise CommandError("--secret must be whsec_ and base64, as get_callback_secrets tells it", WRONG_USE) from None
    known = _Known(folder)

    def proof(sdkappid: int, is_news_wanted: bool) -> "Proof":
        application = None if token and given else known.find(sdkappid, is_news_wanted)
        if application is None:
            return Proof(token, given)
        settings = application.settings
        return Proof(
            token or (settings.callback_token if settings.callback_token_enabled else ""),
            given or callback_secrets.secrets_of(application, SystemClock().now_ms()),
        )

    return proof


class _Known:
    """The folder's applications, as they were when they were read last."""

    def __init__(self, folder: "DataFolder") -> None:
        self._folder = folder
        self._applications: dict[int, Application] = {}
        self._read_ns: int | None = None

    def find(self, sdkappid: int, is_news_wanted: bool) -> "Application | None":
        if sdkappid not in self._applications or is_news_wanted:
            self._refresh()
        return self._applications.get(sdkappid)

    def _refresh(self) -> None:
        from conclave.clock import stopwatch_ns
        from conclave.domain import directory
        from conclave.store.failures import StoreError

        now_ns = stopwatch_ns()
        if self._read_ns is not None and now_ns - self._read_ns < SECOND_NS:
            return
        self._read_ns = now_ns
        if self._folder.has_database:
            found = read(self._folder, directory.every).values()
            self._applications = {each.sdkappid: each for each in found if not isinstance(each, StoreError)}
