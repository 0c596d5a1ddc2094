"""Members whose node is gone: they are put out after the grace time, unless they come back through another one [M9].

Every node looks who is gone, so that the grace goes on when the duty goes over; whoever has the duty of the clock puts
out. Grace begins when the end of a node is noticed, by this node's clock, and for nodes that were gone at its start
with the start. A server that has its database for itself does the same with those that its predecessor left.
"""

from functools import partial
from typing import Final

from conclave.clock import pause
from conclave.domain import departures
from conclave.domain.operation import Operation
from conclave.errands import Errands
from conclave.errors import Refusal
from conclave.realtime.call import House
from conclave.realtime.watch import watch
from conclave.store import nodes
from conclave.store.engine import Tenure
from conclave.store.statements import Transaction

PAGE: Final = 100


async def _seen(tx: Transaction) -> tuple[set[str], set[str]]:
    living = await nodes.alive(tx)
    return living, await nodes.dead(tx, living)


class Orphans:
    """Who is gone, as one node sees it."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._started_ns: int | None = house.clock.monotonic_ns()
        self._gone: dict[str, int] = {}
        """Since when (ns)."""
        self.alive = 0
        """How many nodes are alive, as this one saw it last."""

    async def run(self) -> None:
        """Look for ever who is gone."""
        await watch(self._house.clock, self._look, "nodes")

    async def serve(self, tenure: Tenure) -> None:
        """Put out for ever those whose grace has ended."""
        errands = Errands("nodes")

        async def put_out() -> None:
            await self._look()
            now_ns = self._house.clock.monotonic_ns()
            for node, since_ns in list(self._gone.items()):
                if now_ns - since_ns >= self._house.patience.grace:
                    await self._put_out_all(tenure, node, errands)

        try:
            await watch(self._house.clock, put_out, "nodes")
        finally:
            await errands.close()

    async def _look(self) -> None:
        living, dead = await self._house.engine.read(_seen)
        now_ns = self._house.clock.monotonic_ns()
        since_ns, self._started_ns = now_ns if self._started_ns is None else self._started_ns, None
        self._gone = {node: self._gone.get(node, since_ns) for node in dead}
        self.alive = len(living)

    async def _put_out_all(self, tenure: Tenure, node: str, errands: Errands) -> None:
        """Put out everybody for whom a node answered, and forget it.

        It is done again for as long as somebody remembers the node: an entry through it may come to light late.
        """
        after, are_settled = (0, 0, ""), True
        while True:
            cursor = after
            found = await tenure.engine.read(lambda tx: nodes.people(tx, node, cursor, PAGE))  # noqa: B023
            if node not in self._gone:
                return  # it is alive again
            are_settled &= await errands.run(
                {
                    (node, sdkappid, key, who): partial(self._put_out, tenure, node, (sdkappid, key), room, who)
                    for sdkappid, key, room, who in found
                }
            )
            await pause(0)
            if len(found) < PAGE:
                break
            after = (found[-1][0], found[-1][1], found[-1][3])
        if are_settled and await tenure.engine.point(lambda tx: nodes.is_known(tx, node)):
            await tenure.engine.write(lambda tx: nodes.forget(tx, node))

    async def _put_out(self, tenure: Tenure, node: str, room: tuple[int, int], room_id: str, account: str) -> bool:
        """Put out a member on behalf of his node; return whether he is settled.

        He is not while he is coming in this very moment: if he fails to, he is looked at again.
        """
        sdkappid, room_key = room
        try:
            application = self._house.gate(sdkappid).application
        except Refusal:
            return True  # the application is gone, and its rooms with it

        async def operation(tx: Transaction) -> bool:
            op = Operation(tx, application, account, node=node)
            hub = self._house.hub
            is_out = await departures.expire(
                op, room_id, room_key, lambda: not hub.is_arriving(sdkappid, room_id, account)
            )
            return is_out is not False

        return await tenure.engine.write(operation)
