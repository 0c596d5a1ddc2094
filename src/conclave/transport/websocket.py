"""From an RSGI WebSocket to the member protocol.

What Granian does with WebSockets, as found by trying: it answers pings itself; it does not count an upgraded
connection against its own limit; it takes frames of up to 16 MiB; a peer that does not read holds ``send`` back; it
forgets WebSockets when it stops; it ends the TCP connection only when the last reference to the transport is gone, so
that none may be left to the garbage collector; and it closes an accepted one without a status code, whatever code it
is given, which is why the member protocol says the code in a frame of its own before it closes. It also keeps a read
buffer of 128 KiB for each. ``member_port`` is for who minds.
"""

from typing import Any, Final, Protocol

from granian.rsgi import ProtocolClosed, ProtocolError, WebsocketMessageType

from conclave.api.gate import Network
from conclave.realtime.channel import Channel, ChannelEnded, FrameUnreadable
from conclave.transport.http import client_ip

MEMBERS_PATH: Final = "/v1/members"


class Members(Protocol):
    """The member protocol, as the transport sees it."""

    @property
    def is_full(self) -> bool: ...
    async def serve(self, channel: Channel, client_ip: str) -> None: ...


class RsgiChannel:
    """An accepted RSGI WebSocket."""

    ends_with_certificate = True

    def __init__(self, protocol: Any, transport: Any) -> None:
        self._protocol = protocol
        self._transport = transport

    async def receive(self) -> str | bytes:
        try:
            message = await self._transport.receive()
        except (ProtocolClosed, ProtocolError) as error:
            raise FrameUnreadable from error
        if message.kind == WebsocketMessageType.close:
            raise ChannelEnded
        data: str | bytes = message.data
        return data

    async def send(self, text: str) -> None:
        try:
            await self._transport.send_str(text)
        except (ProtocolClosed, ProtocolError) as error:
            raise ChannelEnded from error

    def close(self, code: int) -> None:
        self._protocol.close(code)

    def let_go(self) -> None:
        """Drop the WebSocket, so that its TCP connection ends."""
        self._protocol = self._transport = None


class WebSocketHandler:
    """Accepts WebSockets at ``/v1/members``; refuses others with 404, and with 503 when there are too many."""

    def __init__(self, members: Members, proxies: tuple[Network, ...]) -> None:
        self._members = members
        self._proxies = proxies

    async def __call__(self, scope: Any, protocol: Any) -> None:
        if scope.path != MEMBERS_PATH:
            protocol.close(404)
        elif self._members.is_full:
            protocol.close(503)
        else:
            channel = RsgiChannel(protocol, await protocol.accept())
            try:
                await self._members.serve(channel, client_ip(scope, self._proxies))
            finally:
                channel.let_go()
