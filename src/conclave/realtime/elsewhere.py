"""What nodes tell each other of devices: a login of one replaces the one before, wherever that was [M1].

What is told may be lost (``Engine.tell_nodes``). Then the older connection stays until it is silent or the log says
that its member has moved, and the room that a device has left for another one keeps him until the grace ends.
"""

import asyncio
from typing import Final

import msgspec
import structlog

from conclave.domain import departures
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.realtime.call import House
from conclave.realtime.connection import POLICY, Connection, Identity
from conclave.realtime.events.session import KickedOffLine
from conclave.realtime.hub import Place
from conclave.store.failures import UNAVAILABLE
from conclave.store.statements import Transaction

LONGEST_NAME: Final = 64
"""In characters; what is longer is a device of one connection, which no other login replaces."""

log = structlog.get_logger()


class DeviceSeen(msgspec.Struct, frozen=True, array_like=True):
    """A device logged in, at the database's time ``moment`` (us), or came into a room then (``room_key``, else 0)."""

    sdkappid: int
    account: str
    device: str
    moment: int
    room_key: int = 0


_encode: Final = msgspec.json.Encoder().encode
_decode: Final = msgspec.json.Decoder(DeviceSeen).decode


def replace(house: House, replaced: Connection) -> None:
    """End a connection whose device has logged in again; its place waits for the newer one."""
    house.hub.forget(replaced, house.clock.monotonic_ns())
    replaced.tell(KickedOffLine("the account logged in on this device again"))
    replaced.end(POLICY)


def tell_login(house: House, identity: Identity) -> None:
    """Tell the other nodes of a login."""
    _tell(house, identity, 0)


def tell_stood(house: House, identity: Identity, room_key: int) -> None:
    """Tell the other nodes that a device has come into a room."""
    _tell(house, identity, room_key)


def _tell(house: House, identity: Identity, room_key: int) -> None:
    if len(identity.device) <= LONGEST_NAME:
        seen = DeviceSeen(identity.sdkappid, identity.account, identity.device, identity.moment, room_key)
        house.engine.tell_nodes(_encode(seen).decode())


class Elsewhere:
    """Hears what other nodes tell."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._leaving: set[asyncio.Task[None]] = set()
        house.engine.hear_nodes(self._hear)

    def _hear(self, message: str) -> None:
        seen, hub = _decode(message), self._house.hub
        connection = hub.sessions.get((seen.sdkappid, seen.account), {}).get(seen.device)
        if connection is not None:
            identity = connection.identity
            if identity is None or identity.moment >= seen.moment:
                return  # it came back here meanwhile
            replace(self._house, connection)
        place = hub.on_device(seen.sdkappid, seen.account, seen.device)
        if place is None or place.connection is not None or place.moment >= seen.moment:
            return
        if seen.room_key not in (0, place.room[1]):
            task = asyncio.get_running_loop().create_task(self._leave(place))
            self._leaving.add(task)
            task.add_done_callback(self._leaving.discard)

    async def _leave(self, place: Place) -> None:
        """Leave the room that a device was in for the one that it is in now [M3]."""
        house = self._house

        async def work(tx: Transaction) -> None:
            application = house.gate(place.room[0]).application
            op = Operation(tx, application, place.account, client_ip=place.client_ip, node=house.engine.node)
            await departures.leave_behind(op, place.room_id, place.room[1], lambda: place.connection is None)

        try:
            await house.engine.write(work)
        except (Refusal, *UNAVAILABLE) as failure:
            log.warning("nodes", trouble=f"a room could not be left for another one: {failure}")
