"""Who shows a sign of life, and what becomes of those who do not [M9].

One watch looks at everything that has a moment: logins that do not come, UserSigs that expire, members whose grace
ends, connections that have been silent for too long. Grace begins at the disconnect, or after a silence, whichever is
earlier. Whose node has died is looked after in ``orphans``. Who came in by a COMMIT that was not answered has no place
in the books: where the engine may lose answers, such strays are looked for in the database now and then.
"""

import asyncio
from collections.abc import Hashable
from functools import partial
from typing import Final

from conclave.clock import Clock
from conclave.domain import departures
from conclave.domain.operation import Operation
from conclave.errands import Errand, Errands
from conclave.errors import Refusal
from conclave.realtime.call import House
from conclave.realtime.connection import POLICY, Connection
from conclave.realtime.events.session import UserSigExpired
from conclave.realtime.hub import Place, RoomKey
from conclave.realtime.patience import SECOND_NS
from conclave.realtime.watch import watch
from conclave.store import nodes
from conclave.store.statements import Transaction

LOGIN_SECONDS: Final = 10.0
PAGE: Final = 100
STRAYS_SECONDS: Final = 10.0
NOWHERE: Final = "127.0.0.1"  # what is told of an address that nobody knows


class Presence:
    """The watch of one node."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._patience = house.patience
        self._clock: Clock = house.clock
        self._errands = Errands("presence")
        self._strays: dict[tuple[int, int, str], tuple[str, int]] = {}
        """Room id, and since when (ns), by room and account."""
        self._strays_at = 0.0

    def lost_since(self, connection: Connection) -> int:
        """Return the moment from which a connection that ends now is missed."""
        return min(self._clock.monotonic_ns(), connection.heard_ns + self._patience.silence)

    async def run(self) -> None:
        """Look for ever."""
        try:
            await watch(self._clock, self._look, "presence")
        finally:
            await self._errands.close()

    async def _look(self) -> None:
        now_ns = self._clock.monotonic_ns()
        for connection in list(self._house.hub.connections):
            self._look_at(connection, now_ns)
        overdue = [place for place in self._house.hub.places() if self._is_overdue(place, now_ns)]
        for start in range(0, len(overdue), PAGE):
            page = overdue[start : start + PAGE]
            await self._errands.run({(*place.room, place.account): partial(self._expire, place) for place in page})

        await self._put_out_strays(now_ns)

    async def _put_out_strays(self, now_ns: int) -> None:
        """Put out those who are inside for this node, but have had no place for as long as the grace lasts."""
        now = asyncio.get_running_loop().time()
        if not self._house.engine.may_lose_answers or now < self._strays_at:
            return
        self._strays_at = now + STRAYS_SECONDS
        found = await self._without_place()
        self._strays = {key: self._strays.get(key, (room_id, now_ns)) for key, room_id in found.items()}
        late: dict[Hashable, Errand] = {
            (sdkappid, key, account): partial(self._put_out_stray, (sdkappid, key), room_id, account)
            for (sdkappid, key, account), (room_id, since_ns) in self._strays.items()
            if now_ns - since_ns >= self._patience.grace
        }
        await self._errands.run(late)

    async def _without_place(self) -> dict[tuple[int, int, str], str]:
        hub, engine = self._house.hub, self._house.engine
        found: dict[tuple[int, int, str], str] = {}
        after = (0, 0, "")
        while True:
            cursor = after
            page = await engine.read(lambda tx: nodes.people(tx, engine.node, cursor, PAGE))  # noqa: B023 - awaited
            for sdkappid, key, room_id, account in page:
                is_here = hub.place((sdkappid, key), account) or hub.is_arriving(sdkappid, room_id, account)
                if not is_here:
                    found[sdkappid, key, account] = room_id
            if len(page) < PAGE:
                return found
            after = (page[-1][0], page[-1][1], page[-1][3])

    async def _put_out_stray(self, room: RoomKey, room_id: str, account: str) -> bool:
        await self._put_out(room, room_id, account, NOWHERE)
        return True

    def _look_at(self, connection: Connection, now_ns: int) -> None:
        connection.check_reader()
        identity = connection.identity
        if identity is None:
            if now_ns - connection.opened_ns >= LOGIN_SECONDS * SECOND_NS:
                connection.close(POLICY, f"no login within {LOGIN_SECONDS:.0f} seconds")
        elif now_ns - connection.heard_ns >= self._patience.longest_silence:
            connection.close(POLICY, "the connection has been silent for too long")
        elif not connection.knows_expiry and self._clock.now_ms() // 1000 > identity.valid_until:
            connection.knows_expiry = True
            connection.tell(UserSigExpired())

    def _is_overdue(self, place: Place, now_ns: int) -> bool:
        """Tell whether a member's grace has ended."""
        connection = place.connection
        lost_ns = place.lost_ns if connection is None else connection.heard_ns + self._patience.silence
        return now_ns - lost_ns >= self._patience.grace

    async def _expire(self, place: Place) -> bool:
        """Put out whoever held a place, and take the place out of the books if the log will not."""
        is_over = await self._put_out(place.room, place.room_id, place.account, place.client_ip)
        is_ghost = is_over is None  # nobody was inside any more for this node: the log has nothing to tell it of him
        is_unheard = bool(is_over) and place.connection is None
        if (is_ghost or is_unheard) and self._house.hub.place(place.room, place.account) is place:
            self._house.hub.vacate(place)
        return True

    async def _put_out(self, room: RoomKey, room_id: str, account: str, client_ip: str) -> bool | None:
        """Put out a member, unless somebody shows a sign of life for him meanwhile.

        Return whether he was put out, ``None`` when he was not inside any more, or is there through another node.

        Operator is the member himself, the platform unknown, the address the last one known [C9].
        """
        sdkappid, room_key = room
        try:
            application = self._house.gate(sdkappid).application
        except Refusal:
            return None  # the application is gone, and its rooms with it

        def is_missed() -> bool:
            hub = self._house.hub
            place = hub.place(room, account)
            is_held = place is not None and not self._is_overdue(place, self._clock.monotonic_ns())
            return not is_held and not hub.is_arriving(sdkappid, room_id, account)

        async def operation(tx: Transaction) -> bool | None:
            op = Operation(tx, application, account, client_ip=client_ip, node=self._house.engine.node)
            return await departures.expire(op, room_id, room_key, is_missed)

        return await self._house.engine.write(operation)
