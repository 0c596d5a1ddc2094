"""``conclave member``: enter a room from the terminal, and watch it."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from conclave.cli import happenings
from conclave.cli.call import address_of, trust, way_out
from conclave.cli.failure import CommandError, told
from conclave.cli.options import ConfigFile, Data, Sdkappid, folder_of, read
from conclave.cli.stopping import stop_event
from conclave.cli.usersig import sign

if TYPE_CHECKING:
    from conclave.client import Event, Member

TOKEN_S = 3600
LEAVE_S = 2.0


def member(
    room: Annotated[str, typer.Argument(help="The room's id.")],
    user: Annotated[str, typer.Option("--as", help="Who enters; an account that is new is imported.")],
    password: Annotated[str, typer.Option(help="The room's password.", show_default=False)] = "",
    take_seat: Annotated[
        int | None, typer.Option(help="Sit down on this seat, -1 for any.", show_default=False)
    ] = None,
    seconds: Annotated[
        float | None, typer.Option("--for", help="Leave after so many seconds.", show_default=False)
    ] = None,
    sdkappid: Sdkappid = None,
    url: Annotated[
        str, typer.Option(help="The server; by default the one that serves the data folder.", show_default=False)
    ] = "",
    cacert: Annotated[
        Path | None, typer.Option(help="CA certificate to trust; by default the folder's.", show_default=False)
    ] = None,
    config_file: ConfigFile = None,
    data: Data = None,
) -> None:
    """Enter a room and print what happens in it, until Ctrl-C.

    Whoever leaves this way leaves the room; whoever is put out, or sees it end, is done too. A connection that breaks
    is restored, and what happened meanwhile is printed. A second Ctrl-C does not wait until the server knows.
    """
    with told():
        from conclave import administration
        from conclave.client import ClientError, Member

        folder = folder_of(config_file, data)
        application = read(folder, lambda tx: administration.find(tx, sdkappid))
        address = url or address_of(folder)
        context = trust(folder, cacert) if address.startswith("https") else None

        def fresh() -> str:
            return sign(application, user, TOKEN_S)

        async def visit() -> None:
            stop = stop_event(seconds)
            async with await Member.connect(address, application.sdkappid, user, fresh, ssl=context) as me:
                await _stay(me, room, password, take_seat, stop)

        try:
            asyncio.run(visit())
        except (ClientError, ValueError) as error:
            raise CommandError(f"{error}{way_out(error)}") from error


async def _stay(me: "Member", room: str, password: str, seat: int | None, stop: asyncio.Event) -> None:
    """Enter, and print what happens until it is over or somebody stops it."""
    for line in happenings.entrance(await me.enterRoom(room, password)):
        typer.echo(line)
    if seat is not None:
        await me.takeSeat(seatIndex=seat)
    watching = asyncio.ensure_future(_watch(me))
    stopped = asyncio.ensure_future(stop.wait())
    await asyncio.wait({watching, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if watching.done():
        stopped.cancel()
        watching.result()
        return
    watching.cancel()
    await _leave(me)


async def _leave(me: "Member") -> None:
    """Leave the room where the server can be told; where not, it puts the member out when the grace ends."""
    if me.state != "connected":
        typer.echo("stopped while the connection is lost; the server takes you out of the room after a while")
        return
    await me.exitRoom(timeout_s=LEAVE_S)
    typer.echo("left the room")


async def _watch(me: "Member") -> None:
    """Print events, up to one that ends the stay."""
    was_lost = False
    async for event in me.events():
        if event.name == "onConnectionStateChanged":
            is_lost = event.data["state"] == "reconnecting"
            if is_lost or was_lost:
                typer.echo("the connection is lost; connecting again" if is_lost else "connected again")
            was_lost = is_lost
        else:
            _print(event)
        if event.name in happenings.ENDINGS:
            return


def _print(event: "Event") -> None:
    if event.name == "onRoomSnapshot":
        for line in happenings.entrance(event.data):
            typer.echo(line)
        return
    number = {} if event.seq is None else {"seq": event.seq}
    typer.echo(happenings.line({"event": event.name, "data": event.data, **number}))
