"""``conclave callbacks``: the queue of callbacks, on the data folder's database, whether a server runs or not."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeVar

import typer

from conclave.cli import callback_lines as lines
from conclave.cli.failure import WRONG_USE, CommandError, told
from conclave.cli.listen import listen
from conclave.cli.options import ConfigFile, Data, Sdkappid, folder_of, read, run
from conclave.cli.plain import plain

if TYPE_CHECKING:
    from conclave.domain.callback_queue import Place
    from conclave.domain.operation import Operation
    from conclave.store.callback_endpoints import Endpoint
    from conclave.store.callbacks import CallbackRow
    from conclave.store.statements import Transaction

    Rule = Callable[[Operation], Awaitable["T"]]

T = TypeVar("T")
DISCARDED = 100  # in one piece
cli = typer.Typer(
    help="What became of callbacks; send one again or discard it, pause and resume, and a receiver to try with.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
cli.command()(listen)
WebhookId = Annotated[str, typer.Argument(metavar="WEBHOOK_ID", help="What the header webhook-id said.")]
Room = Annotated[str | None, typer.Option("--room", help="Only those of this room id.", show_default=False)]


def _run(config_file: ConfigFile, data: Data, sdkappid: int | None, rule: "Rule[T]") -> T:
    """Run a rule over an application's queue; what it refuses is told in its sentence."""
    return _use(run, config_file, data, sdkappid, rule)


def _read(config_file: ConfigFile, data: Data, sdkappid: int | None, rule: "Rule[T]") -> T:
    """Run a rule that only looks, beside whoever writes; what it refuses is told in its sentence."""
    return _use(read, config_file, data, sdkappid, rule)


def _use(use: Any, config_file: ConfigFile, data: Data, sdkappid: int | None, rule: "Rule[T]") -> T:
    from conclave import administration
    from conclave.domain.operation import SYSTEM, Operation
    from conclave.errors import Refusal

    async def work(tx: "Transaction") -> T:
        return await rule(Operation(tx, await administration.find(tx, sdkappid), SYSTEM))

    try:
        found: T = use(folder_of(config_file, data), work)
    except Refusal as refusal:
        raise CommandError(refusal.info) from refusal
    return found


@cli.command(name="list")
def list_all(
    state: Annotated[
        Literal["waiting", "delivered", "dead"] | None, typer.Option(help="Only those.", show_default=False)
    ] = None,
    room: Room = None,
    count: Annotated[int, typer.Option(help="How many.", min=1, max=10_000)] = 20,
    sdkappid: Sdkappid = None,
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Show how the endpoint is, and the latest callbacks, the latest first."""
    with told():
        endpoint, url, found = _read(config_file, data, sdkappid, lambda op: _overview(op, state, room, count))
        typer.echo(lines.endpoint(endpoint, url))
        for row in found:
            typer.echo(_line(row))


async def _overview(
    op: "Operation", state: str | None, room: str | None, count: int
) -> "tuple[Endpoint, str, list[CallbackRow]]":
    from conclave.domain import callback_queue as queue

    found: list[CallbackRow] = []
    place = queue.START
    while len(found) < count:
        page, place = await queue.page(op, state, room, place, count - len(found))
        found += page
        if place == queue.START:
            break
    return await queue.endpoint(op), op.application.settings.callback_url, found


def _line(row: "CallbackRow") -> str:
    from conclave.domain import callback_queue as queue

    return lines.callback(row, queue.identifier(row), queue.attempts_of(row))


@cli.command()
def show(webhook_id: WebhookId, sdkappid: Sdkappid = None, config_file: ConfigFile = None, data: Data = None) -> None:
    """Show one callback: its state, each attempt, and its body."""
    with told():
        from conclave.domain import callback_queue as queue

        row = _read(config_file, data, sdkappid or _owner(webhook_id), lambda op: queue.find(op, webhook_id))
        typer.echo(lines.whole(row, queue.identifier(row), queue.attempts_of(row)))


@cli.command()
def resend(webhook_id: WebhookId, sdkappid: Sdkappid = None, config_file: ConfigFile = None, data: Data = None) -> None:
    """Send a callback again that is delivered or dead; it goes before whatever waits of its room."""
    with told():
        from conclave.domain import callback_queue as queue

        async def rule(op: "Operation") -> None:
            await queue.send_again(op, await queue.find(op, webhook_id))

        _run(config_file, data, sdkappid or _owner(webhook_id), rule)
        typer.echo(f"{plain(webhook_id)} waits to be sent again")


@cli.command()
def discard(
    webhook_id: Annotated[
        str | None, typer.Argument(metavar="WEBHOOK_ID", help="What the header webhook-id said.", show_default=False)
    ] = None,
    dead: Annotated[bool, typer.Option("--dead", help="Discard all dead ones of the application.")] = False,
    sdkappid: Sdkappid = None,
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Forget a dead callback for good, or all of them: they are kept until somebody sends them again, or does this."""
    with told():
        from conclave.domain import callback_queue as queue

        if (webhook_id is None) != dead:
            raise CommandError("give the WEBHOOK_ID of a dead callback, or --dead for all of them", WRONG_USE)
        if webhook_id is None:
            count = _discard_all(config_file, data, sdkappid)
            typer.echo(f"{count} dead callback{' was' if count == 1 else 's were'} discarded")
            return

        async def rule(op: "Operation") -> None:
            await queue.discard(op, await queue.find(op, webhook_id))

        _run(config_file, data, sdkappid or _owner(webhook_id), rule)
        typer.echo(f"{plain(webhook_id)} was discarded")


def _discard_all(config_file: ConfigFile, data: Data, sdkappid: int | None) -> int:
    """Look for dead ones beside whoever writes, and discard them in pieces that hold no writer up."""
    from conclave.domain import callback_queue as queue

    place, count = queue.START, 0
    while True:
        found, place = _read(config_file, data, sdkappid, partial(_dead, after=place))
        if found:
            count += _run(config_file, data, sdkappid, partial(queue.discard_all, found=found))
        if place == queue.START:
            return count


async def _dead(op: "Operation", after: "Place") -> "tuple[list[CallbackRow], Place]":
    from conclave.domain import callback_queue as queue

    return await queue.page(op, "dead", None, after, DISCARDED)


def _owner(webhook_id: str) -> int | None:
    """Return the application that an id names, if it names one: then nobody needs to say it twice."""
    parts = webhook_id.split("_")
    return int(parts[1]) if len(parts) == 5 and parts[1].isascii() and parts[1].isdigit() else None


@cli.command()
def pause(sdkappid: Sdkappid = None, config_file: ConfigFile = None, data: Data = None) -> None:
    """Send nothing until `conclave callbacks resume`; what happens meanwhile waits, at most for `callback_keep`."""
    with told():
        from conclave.domain import callback_queue as queue

        found = _run(config_file, data, sdkappid, queue.pause)
        typer.echo(f"application {found.sdkappid} is sent nothing; {found.waiting} callbacks wait")


@cli.command()
def resume(sdkappid: Sdkappid = None, config_file: ConfigFile = None, data: Data = None) -> None:
    """Send what waits, now, whoever paused the endpoint."""
    with told():
        from conclave.domain import callback_queue as queue

        found = _run(config_file, data, sdkappid, queue.resume)
        typer.echo(f"application {found.sdkappid} is sent its callbacks; {found.waiting} wait")


@cli.command()
def tail(
    room: Room = None,
    seconds: Annotated[
        float | None, typer.Option("--for", help="End after so many seconds.", show_default=False)
    ] = None,
    sdkappid: Sdkappid = None,
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Print each callback when it is queued, and again after each attempt, until Ctrl-C."""
    with told():
        from conclave.cli.follow import Follower

        follower = Follower(room)
        asyncio.run(
            follower.run(seconds, lambda: [_line(row) for row in _read(config_file, data, sdkappid, follower.news)])
        )
