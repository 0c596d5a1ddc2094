"""Staying connected: log in, watch the connection, connect again, and go on in the room where the last one ended."""

import asyncio
import math
import ssl as tls
from collections.abc import Awaitable, Callable
from typing import Any, Final, Literal

from conclave.client.backoff import pause_before
from conclave.client.errors import ClientError, Ended, NotConnected, OutcomeUnknown, Refused
from conclave.client.link import Answered, Event, Link
from conclave.client.progress import KICKED_OUT, Progress
from conclave.clock import pause, stopwatch_ns

State = Literal["connected", "reconnecting", "closed"]
CALL_S: Final = 15.0
SECOND_NS: Final = 1_000_000_000
MEMBERSHIP_ENDED: Final = 4
OVER: Final = (100004, 100005)
# The server's trouble, not the login's: it may be gone at the next attempt.
PASSING: Final = (-2, 60018, 70050, 100001)

SNAPSHOT: Final = "onRoomSnapshot"
STATE_CHANGED: Final = "onConnectionStateChanged"
KICKED_OFF_LINE: Final = "onKickedOffLine"


class Session:
    """A login that outlives its connections.

    ``credentials`` makes the parameters of each ``login``; ``on_event`` is called with every event, in order, and with
    two of the client's own: ``onConnectionStateChanged`` and, where what was missed is not known any more,
    ``onRoomSnapshot``. After ``give_up`` seconds without a connection the session ends.
    """

    def __init__(
        self,
        url: str,
        context: tls.SSLContext | None,
        credentials: Callable[[], Awaitable[dict[str, Any]]],
        on_event: Callable[[Event], None],
        give_up: float = math.inf,
    ) -> None:
        self.state: State = "reconnecting"
        self.progress = Progress()
        self.rules: dict[str, Any] = {}
        self.ended: Ended | None = None
        self._url = url
        self._context = context
        self._credentials = credentials
        self._on_event = on_event
        self._give_up = give_up
        self._link: Link | None = None
        self._changed = asyncio.Event()
        self._watch: asyncio.Future[None] | None = None

    @property
    def is_closed(self) -> bool:
        """Tell whether it has ended for good."""
        return self.state == "closed"

    async def start(self) -> None:
        """Connect and log in for the first time, with one attempt; raises as ``Link.call``."""
        await self._connect()
        self._watch = asyncio.ensure_future(self._run())

    async def call(
        self, method: str, params: dict[str, Any], seconds: float, on_answer: Answered | None = None
    ) -> dict[str, Any]:
        """Send a call, once, as soon as there is a connection; raises as ``Link.call``, or ``Ended``."""
        started = stopwatch_ns()
        try:
            async with asyncio.timeout(seconds):
                while (link := self._link) is None:
                    if self.is_closed:
                        raise self.ended or Ended("the client was closed")
                    await self._changed.wait()
        except TimeoutError:
            raise NotConnected(f"{method} was not sent: no connection for {seconds:g} s") from None
        return await link.call(method, params, max(0.001, seconds - _seconds_since(started)), on_answer)

    async def close(self) -> None:
        """End the connection; the membership goes on into its grace. Leave the room before to end it, too."""
        link = self._link
        self._end(None)
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait({self._watch})
        if link is not None:
            await link.close()

    def fail(self, why: str) -> None:
        """End for good, with a reason."""
        link = self._link
        self._end(Ended(why))
        if link is not None:
            link.cut()

    def _end(self, why: Ended | None) -> None:
        if not self.is_closed:
            self.ended = why
            self._become("closed", None)

    def _become(self, state: State, link: Link | None) -> None:
        self._link = link
        if state == self.state:
            return
        self.state = state
        self._changed.set()
        self._changed = asyncio.Event()
        self._on_event(Event(STATE_CHANGED, {"state": state, "message": str(self.ended or "")}))

    async def _run(self) -> None:
        while (link := self._link) is not None:
            await link.broken()
            if not self.is_closed:
                self._become("reconnecting", None)
                await self._connect_again()

    async def _connect_again(self) -> None:
        lost, attempt = stopwatch_ns(), 0
        while not self.is_closed and self._link is None:
            await pause(pause_before(attempt))
            attempt += 1
            try:
                await self._connect()
            except Refused as refused:
                if refused.code not in PASSING:
                    self.fail(f"the login is not accepted any more: {refused.info} ({refused.code})")
            except ClientError as error:
                if _seconds_since(lost) > self._give_up:
                    self.fail(f"no connection for {self._give_up:g} s: {error}")
            except Exception as error:  # noqa: BLE001 - whatever makes UserSigs may fail in its own ways
                self.fail(f"no UserSig could be made: {error}")

    async def _connect(self) -> None:
        credentials = await self._credentials()
        link = await Link.open(self._url, self._context, self._take)
        try:
            self.rules = await link.call("login", credentials, CALL_S)
            await self._resume(link)
        except BaseException:
            link.cut()
            raise
        link.keep_alive(float(self.rules["pingInterval"]))
        if self.is_closed:
            link.cut()
        else:
            self._become("connected", link)

    async def _resume(self, link: Link) -> None:
        """Go on in the room that one was in; what was missed comes as events, or as a snapshot."""
        if not self.progress.room:
            return
        try:
            await link.call("resume", self.progress.resume(), CALL_S, lambda result: self._resumed(link, result))
        except Refused as refused:
            if refused.code not in OVER:
                raise OutcomeUnknown(str(refused)) from refused
            room = self.progress.room
            self.progress.end()
            data = {"roomId": room, "reason": MEMBERSHIP_ENDED, "message": refused.info}
            self._on_event(Event(KICKED_OUT, data, room))

    def _resumed(self, link: Link, result: dict[str, Any]) -> None:
        if not self.is_closed:
            self._become("connected", link)  # before what was missed, whatever comes first
        snapshot = result.get("snapshot")
        if snapshot is not None:
            self.progress.begin(self.progress.room, snapshot["seq"])
            self._on_event(Event(SNAPSHOT, snapshot, self.progress.room, snapshot["seq"]))

    def _take(self, event: Event) -> None:
        self.progress.take(event.name, event.room, event.seq)
        self._on_event(event)
        if event.name == KICKED_OFF_LINE:
            self.fail(str(event.data.get("message", "")) or "the account logged in elsewhere")


def _seconds_since(moment_ns: int) -> float:
    return (stopwatch_ns() - moment_ns) / SECOND_NS
