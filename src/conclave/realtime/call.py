"""One request on its way: what a method may ask for, and how it answers."""

from collections.abc import Awaitable, Callable
from typing import TypeVar

import msgspec

from conclave import errors
from conclave.api.gate import Gate
from conclave.clock import Clock
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.realtime import frames
from conclave.realtime.connection import Connection, Identity
from conclave.realtime.feed import Feed
from conclave.realtime.frames import RequestId
from conclave.realtime.hub import Hub, Place
from conclave.realtime.patience import Patience
from conclave.store.engine import Engine
from conclave.store.statements import Transaction

R = TypeVar("R", bound=msgspec.Struct | None)
Work = Callable[[Operation], Awaitable[R]]


class House(msgspec.Struct, frozen=True):
    """What all calls of a server share.

    ``gate`` refuses an application that does not exist; ``rate`` is how many frames a connection may send per second,
    0 as many as it likes; ``devices`` is how many of them one account may be logged in on.
    """

    engine: Engine
    clock: Clock
    hub: Hub
    feed: Feed
    gate: Callable[[int], Gate]
    patience: Patience
    rate: int
    devices: int


class Call:
    """A request of a connection."""

    def __init__(self, house: House, connection: Connection, request_id: RequestId) -> None:
        self.house = house
        self.connection = connection
        self.is_answered = False
        self._request_id = request_id

    @property
    def identity(self) -> Identity:
        """As whom the connection is logged in; refuses with -1002."""
        identity = self.connection.identity
        if identity is None:
            raise Refusal(errors.NOT_LOGGED_IN, "log in first")
        return identity

    @property
    def place(self) -> Place:
        """The connection's place in a room; refuses with -2101."""
        place = self.house.hub.held_by(self.connection)
        if place is None:
            raise Refusal(errors.NOT_IN_ROOM, "enter a room first")
        return place

    def place_in(self, room_id: str | None) -> Place:
        """The connection's place, in the room of that id if one is given; refuses with -2101."""
        place = self.place
        if room_id not in (None, place.room_id):
            raise Refusal(errors.NOT_IN_ROOM, f"the connection is not in room {room_id!r}")
        return place

    def check_open(self) -> None:
        """Refuse with 60016 or 60020, or with -1000 when the application is gone."""
        self.house.gate(self.identity.sdkappid).check_open(self.house.clock.now_ms())

    async def read(self, work: Work[R]) -> R:
        """Return what ``work`` reads, in one snapshot; news that comes meanwhile is told behind the answer."""
        self.connection.hold()

        async def operation(tx: Transaction) -> R:
            return await work(self._operation(tx))

        return await self.house.engine.read(operation)

    async def write(self, work: Work[R]) -> R:
        """Do ``work`` in a transaction, and answer with what it returns, in its commit: before the news of it.

        There is no time limit: whoever waits has one request under way, and hears what really became of it.
        """

        async def operation(tx: Transaction) -> R:
            result = await work(self._operation(tx))
            self.answer_at_commit(tx, result)
            return result

        return await self.house.engine.write(operation)

    def answer(self, result: msgspec.Struct | None) -> None:
        """Answer at once, before what the method still has to send."""
        self._send(frames.answer(self._request_id, result))

    def answer_at_commit(self, tx: Transaction, result: msgspec.Struct | None) -> None:
        """Answer once the transaction is durable."""
        text = frames.answer(self._request_id, result)
        tx.on_commit(lambda: self._send(text))

    def _send(self, text: str) -> None:
        self.is_answered = True
        self.connection.answer(text)

    def _operation(self, tx: Transaction) -> Operation:
        identity = self.identity
        application = self.house.gate(identity.sdkappid).application
        return Operation(
            tx,
            application,
            identity.account,
            identity.platform,
            self.connection.client_ip,
            identity.device,
            self.house.engine.node,
        )
