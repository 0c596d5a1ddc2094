"""``conclave member``: enter a room from the terminal, and watch it."""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from conclave.cli import happenings
from conclave.cli.call import address_of, trust
from conclave.cli.failure import CommandError, told
from conclave.cli.options import ConfigFile, Data, Sdkappid, folder_of, read
from conclave.cli.stopping import stop_event
from conclave.cli.usersig import sign

if TYPE_CHECKING:
    import ssl

    from websockets.asyncio.client import ClientConnection

TOKEN_S = 3600
PING_S = 15.0
ANSWER_S = 15.0
Frame = dict[str, Any]


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

    Whoever leaves this way leaves the room; whoever is put out, or sees it end, is done too.
    """
    with told():
        from conclave import administration

        folder = folder_of(config_file, data)
        application = read(folder, lambda tx: administration.find(tx, sdkappid))
        address = (url or address_of(folder)).replace("http", "ws", 1) + "/v1/members"
        login = {"sdkAppId": application.sdkappid, "userId": user, "userSig": sign(application, user, TOKEN_S)}
        visit = _Visit(login, room, password, take_seat)
        context = trust(folder, cacert) if address.startswith("wss") else None
        asyncio.run(visit.run(address, context, seconds))


class _Visit:
    """One stay in a room."""

    def __init__(self, login: Frame, room: str, password: str, seat: int | None) -> None:
        self._login = login
        self._enter = {"roomId": room, "password": password}
        self._seat = seat
        self._inside = False
        self._last_id = 0

    async def run(self, address: str, context: "ssl.SSLContext | None", seconds: float | None) -> None:
        from websockets.asyncio.client import connect
        from websockets.exceptions import ConnectionClosed, WebSocketException

        stop = stop_event(seconds)
        try:
            async with connect(address, ssl=context, max_size=None, proxy=None) as socket:
                self._socket = socket
                await self._stay(stop)
        except ConnectionClosed as error:
            raise CommandError("the server closed the connection") from error
        except (OSError, WebSocketException, TimeoutError) as error:
            raise CommandError(f"{address} does not answer: {error}") from error

    async def _stay(self, stop: asyncio.Event) -> None:
        await self._call("login", self._login)
        snapshot = await self._call("enterRoom", self._enter)
        self._inside = True
        for line in happenings.entrance(snapshot):
            typer.echo(line)
        if self._seat is not None:
            await self._call("takeSeat", {"seatIndex": self._seat})
        stopped = asyncio.ensure_future(stop.wait())
        while self._inside and not stopped.done():
            await self._hear(stopped)
        stopped.cancel()
        if self._inside:
            await self._call("exitRoom", {})
            typer.echo("left the room")

    async def _hear(self, stopped: "asyncio.Future[Any]") -> None:
        """Print one event, or show a sign of life when there is none."""
        frame = asyncio.ensure_future(self._receive())
        await asyncio.wait({frame, stopped}, timeout=PING_S, return_when=asyncio.FIRST_COMPLETED)
        if frame.done():
            frame.result()
            return
        frame.cancel()
        await asyncio.wait({frame})
        if not stopped.done():
            await self._call("ping", {})

    async def _call(self, method: str, params: Frame) -> Frame:
        import msgspec

        self._last_id += 1
        await self._socket.send(msgspec.json.encode({"id": self._last_id, "method": method, "params": params}).decode())
        async with asyncio.timeout(ANSWER_S):
            while (frame := await self._receive()).get("id") != self._last_id:
                pass
        if "error" in frame:
            raise CommandError(f"{method} was refused: {frame['error']['message']} ({frame['error']['code']})")
        result: Frame = frame["result"]
        return result

    async def _receive(self) -> Frame:
        """Return the next frame; an event is printed."""
        import msgspec

        frame: Frame = msgspec.json.decode(await self._socket.recv())
        if "event" in frame:
            typer.echo(happenings.line(frame))
            if frame["event"] in happenings.ENDINGS:
                self._inside = False
        return frame

    _socket: "ClientConnection"
