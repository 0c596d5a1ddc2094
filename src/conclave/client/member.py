"""A person in meetings: the methods of the member protocol by their names, and its events."""

import inspect
import math
import ssl as tls
from collections.abc import AsyncIterator, Awaitable, Callable
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import structlog

from conclave.client import address
from conclave.client.link import Answered, Event
from conclave.client.session import CALL_S, Session, State
from conclave.client.waiting import Waiting

Result = dict[str, Any]
UserSig = str | Callable[[], str] | Callable[[], Awaitable[str]]
Handler = Callable[[Event], None]
ENTERING: Final = ("enterRoom", "createAndJoinRoom", "joinRoom")
LEAVING: Final = ("exitRoom", "leaveRoom", "logout")

log = structlog.get_logger()


class Member:
    """A member's connection, kept up until ``close``; make one with ``connect``.

    Every method of the protocol is a method of this object: ``await me.takeSeat(seatIndex=2)``; parameters and results
    are those of docs/reference/members.md. A call raises ``Refused``, ``NotConnected`` (not sent), ``OutcomeUnknown``
    (sent, and nobody knows what became of it) or ``Ended``. While the connection is being restored calls wait for it.
    """

    def __init__(self, session: Session, user: str, events: Waiting) -> None:
        self.user = user
        self._session = session
        self._events = events
        self._handlers: dict[str, list[Handler]] = {}

    @classmethod
    async def connect(
        cls,
        url: str,
        sdkappid: int,
        user: str,
        usersig: UserSig,
        *,
        device: str = "",
        platform: str = "Unknown",
        ssl: tls.SSLContext | None = None,
        give_up: float = math.inf,
    ) -> "Member":
        """Connect and log in; raises ``NotConnected`` or ``Refused``.

        ``url`` is the server's address. ``usersig`` is a UserSig, or a function that makes a fresh one for each login.
        ``device`` names this device, by default a name of its own; the same one elsewhere replaces this one. After
        ``give_up`` seconds without a connection the client ends.
        """
        device = device or uuid4().hex

        async def credentials() -> Result:
            made = usersig() if callable(usersig) else usersig
            token = made if isinstance(made, str) else await made
            who = {"sdkAppId": sdkappid, "userId": user, "userSig": token}
            return {**who, "deviceId": device, "platform": platform, "version": 1}

        events = Waiting()
        session = Session(address.members(url), ssl, credentials, lambda event: me._take(event), give_up)
        me = cls(session, user, events)
        await session.start()
        return me

    @property
    def state(self) -> State:
        """``connected``, ``reconnecting``, or ``closed`` for good."""
        return self._session.state

    @property
    def room(self) -> str:
        """The room that one is in, ``""`` for none."""
        return self._session.progress.room

    @property
    def rules(self) -> Result:
        """What the last ``login`` answered: ``pingInterval``, ``grace``, ``maxFrame`` and the like."""
        return self._session.rules

    async def call(self, method: str, params: Result | None = None, *, timeout: float = CALL_S) -> Result:
        """Call any method by its name; ``timeout`` is in seconds."""
        params = params or {}
        on_answer: Answered | None = None
        if method in ENTERING:
            on_answer = self._entered
        elif method in LEAVING:
            on_answer = self._left
        return await self._session.call(method, params, timeout, on_answer)

    async def enterRoom(self, roomId: str, password: str = "") -> Result:
        """Enter a room; the answer is its snapshot."""
        return await self.call(
            "enterRoom", {"roomId": roomId, "password": password} if password else {"roomId": roomId}
        )

    async def logout(self) -> None:
        """Leave the room, log out, and close."""
        await self.call("logout")
        await self.close()

    def __getattr__(self, name: str) -> Callable[..., Awaitable[Result]]:
        if name.startswith("_"):
            raise AttributeError(name)

        def method(*, timeout_s: float = CALL_S, **params: Any) -> Awaitable[Result]:
            return self.call(name, params, timeout=timeout_s)

        return method

    def on(self, event: str, handler: Handler) -> Callable[[], None]:
        """Call ``handler`` with every event of that name, ``"*"`` for all, as it comes; return what undoes it.

        Handlers are plain functions and called in order; whoever has to wait for something iterates over ``events``.
        """
        if inspect.iscoroutinefunction(handler):
            raise TypeError("a handler is a plain function; use events() for what has to wait")
        handlers = self._handlers.setdefault(event, [])
        handlers.append(handler)
        return lambda: handlers.remove(handler)

    def events(self) -> AsyncIterator[Event]:
        """Iterate over the events, each once, until the client is closed; raises ``Ended`` when it ends otherwise.

        From the first call on none is dropped; a program that lets 10,000 wait is ended. Several iterators share them.
        """
        self._events.begin_reading()
        return self._iterate()

    async def _iterate(self) -> AsyncIterator[Event]:
        while (event := await self._events.get()) is not None:
            yield event

    async def close(self) -> None:
        """End the connection; the place in the room is kept for the grace time, unless ``exitRoom`` came before."""
        await self._session.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    def _entered(self, snapshot: Result) -> None:
        self._session.progress.begin(snapshot["roomInfo"]["roomId"], snapshot["seq"])

    def _left(self, _: Result) -> None:
        self._session.progress.end()

    def _take(self, event: Event) -> None:
        for handler in (*self._handlers.get(event.name, ()), *self._handlers.get("*", ())):
            try:
                handler(event)
            except Exception as failure:
                log.error("handler of an event failed", handled=event.name, exc_info=failure)
        if not self._events.put(event):
            self._session.fail("more than 10,000 events wait to be read")
        if self.state == "closed":
            self._events.end(self._session.ended)
