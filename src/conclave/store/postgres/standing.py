"""This node among the others that serve the database: its lease, its duties, and what the nodes tell each other.

All of it is on one connection, which asks the database all the time. The lease is a row of ``nodes``, renewed by the
database's own time. A duty is an advisory lock of the session, and a term (``store.duties``). The server ends the
session of a node that it hears nothing of, so that its duties go over within seconds; the node itself takes its duties
for lost before that, counted from when it asked the last question that was answered.
"""

import asyncio
import secrets
from typing import Any, Final

import asyncpg
import structlog

from conclave.clock import pause
from conclave.store import nodes
from conclave.store.duties import CALLBACKS, CLOCK
from conclave.store.engine import Engine, Tenure
from conclave.store.failures import StoreError
from conclave.store.postgres.address import Connection, Failure, connect, described, shown
from conclave.store.postgres.hearsay import CHANNEL, Hearsay
from conclave.store.postgres.tenure import PostgresTenure
from conclave.store.postgres.transaction import PostgresTransaction

LOCKS: Final = {CALLBACKS: 0x434E_0003, CLOCK: 0x434E_0004}
ASK_SECONDS: Final = 0.5
ANSWER_SECONDS: Final = 2.0
LEAVING_SECONDS: Final = 1.0
RENEW_SECONDS: Final = 2.0
LEASE_SECONDS: Final = 6.0
SURE_SECONDS: Final = 3.0
"""For which a duty is held after a question was asked that was answered; shorter than what the server waits
(``address.SETTINGS``, and ``SILENCE`` below)."""
SESSION: Final = {
    "application_name": "conclave duties",
    "lock_timeout": "1s",
    "statement_timeout": "2s",
}
SILENCE: Final = "SET idle_session_timeout = 5000"
KNOWS_SILENCE: Final = 14  # the first PostgreSQL that ends the session of a process that stands still

log = structlog.get_logger()


class Standing:
    """The connection that shows that this node is alive, and holds its duties."""

    def __init__(self, url: str, engine: Engine) -> None:
        self.node = secrets.token_hex(8)
        self._url = url
        self._engine = engine
        self._connection: Connection | None = None
        self._tenures: dict[str, PostgresTenure] = {}
        self._wanted: dict[str, asyncio.Future[Tenure]] = {}
        self._has_work = asyncio.Event()
        self.hearsay = Hearsay(self.node, self._has_work.set)
        self._answered = 0.0
        self._renewed = 0.0
        self._is_closing = False
        self.task: asyncio.Task[None] | None = None
        """Runs from the start on, and never ends by itself."""

    def _is_sure(self) -> bool:
        """Tell whether the database answered a question that was asked a moment ago."""
        return asyncio.get_running_loop().time() - self._answered < SURE_SECONDS

    @property
    def is_alive(self) -> bool:
        """Tell whether the lease has not ended."""
        return asyncio.get_running_loop().time() - self._renewed < LEASE_SECONDS

    @property
    def duties(self) -> frozenset[str]:
        """The duties that this node has."""
        return frozenset(duty for duty, tenure in self._tenures.items() if tenure.is_held)

    async def start(self) -> None:
        """Join the nodes; raises ``StoreError`` when the database is away."""
        try:
            await self._connect()
            await self._renew()
        except Failure as error:
            raise StoreError(f"{shown(self._url)} went away: {described(error)}") from error
        self.task = asyncio.get_running_loop().create_task(self._run())

    async def take(self, duty: str) -> Tenure:
        """Wait until a duty is this node's; one caller for each."""
        wanted: asyncio.Future[Tenure] = asyncio.get_running_loop().create_future()
        self._wanted[duty] = wanted
        self._has_work.set()
        try:
            return await wanted
        finally:
            del self._wanted[duty]

    def drop(self) -> None:
        """Give up the connection, and with it the duties: somebody else has one of them."""
        if self._connection is not None:
            self._connection.terminate()

    async def _run(self) -> None:
        while not self._is_closing:
            try:
                await self._serve()
            except (StoreError, *Failure) as error:
                for duty, tenure in self._tenures.items():
                    log.warning("duty", lost=duty, term=tenure.term, trouble=described(error))
                self._lose()
                await pause(ASK_SECONDS)

    async def _serve(self) -> None:
        if self._connection is None:
            await self._connect()
            await self._renew()
        while not self._is_closing:
            self._has_work.clear()
            async with asyncio.timeout(3 * ANSWER_SECONDS):
                await self._round()
            try:
                async with asyncio.timeout(ASK_SECONDS):
                    await self._has_work.wait()
            except TimeoutError:
                continue

    async def _connect(self) -> None:
        connection = await connect(self._url, **SESSION)
        try:
            if connection.get_server_version().major >= KNOWS_SILENCE:
                await connection.execute(SILENCE)
            await connection.add_listener(CHANNEL, self.hearsay.heard)
            connection.add_termination_listener(lambda _: self._has_work.set())
        except BaseException:
            connection.terminate()
            raise
        self._connection = connection

    def _lose(self) -> None:
        for tenure in self._tenures.values():
            tenure.lose()
        self._tenures.clear()
        self.drop()
        self._connection = None

    async def _round(self) -> None:
        asked = asyncio.get_running_loop().time()
        if asked - self._renewed >= RENEW_SECONDS:
            await self._renew()
        else:
            await self._ask("SELECT 1")
        self._answered = asked
        for duty, wanted in list(self._wanted.items()):
            if duty not in self._tenures and not wanted.done():
                await self._try(duty, wanted)
        if self.hearsay.is_waiting:
            await self._ask(f"SELECT pg_notify('{CHANNEL}', $1)", self.hearsay.next())
            self._has_work.set()

    async def _renew(self) -> None:
        assert self._connection is not None
        asked = asyncio.get_running_loop().time()
        async with asyncio.timeout(ANSWER_SECONDS):
            await nodes.renew(PostgresTransaction(self._connection, 0), self.node, int(LEASE_SECONDS * 1000))
        self._renewed = self._answered = asked

    async def _try(self, duty: str, wanted: asyncio.Future[Tenure]) -> None:
        """Take a duty if nobody has it; the last owner's writes come to their end before."""
        assert self._connection is not None
        if not await self._ask("SELECT pg_try_advisory_lock($1)", LOCKS[duty]):
            return
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                term = await nodes.take(PostgresTransaction(self._connection, 0), duty, self.node)
        except asyncpg.LockNotAvailableError:
            await self._ask("SELECT pg_advisory_unlock($1)", LOCKS[duty])
            return
        tenure = self._tenures[duty] = PostgresTenure(self._engine, duty, term, self._is_sure, self.drop)
        log.info("duty", taken=duty, term=term)
        if wanted.done():
            await self._ask("SELECT pg_advisory_unlock($1)", LOCKS[duty])  # nobody waits for it any more
            del self._tenures[duty]
        else:
            wanted.set_result(tenure)

    async def _ask(self, statement: str, *values: Any) -> Any:
        assert self._connection is not None
        return await self._connection.fetchval(statement, *values, timeout=ANSWER_SECONDS)

    async def close(self) -> None:
        """Leave: the duties go over at once, and the members of this node count as lost from now on.

        Where the database hangs they do when it ends the connection, and the lease.
        """
        self._is_closing = True
        self._has_work.set()
        if self.task is not None:
            await asyncio.wait((self.task,), timeout=LEAVING_SECONDS)  # for longer only while the database is away
            self.task.cancel()
            await asyncio.gather(self.task, return_exceptions=True)
        if self._connection is not None:
            try:
                async with asyncio.timeout(LEAVING_SECONDS):
                    await nodes.retire(PostgresTransaction(self._connection, 0), self.node)
            except Failure as error:
                log.warning("nodes", trouble=f"this node could not take its leave: {described(error)}")
        self._lose()
