"""A member: a plain WebSocket client of ``/v1/members``, for tests that need somebody inside."""

import re
import time
from collections import deque
from collections.abc import Callable
from types import TracebackType
from typing import Any, Protocol, Self

import msgspec
import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from conclave.realtime import declared
from tests import asyncapi, database
from tests.house import Caller

Frame = dict[str, Any]
PATIENCE = 20.0
UNSETTLED = 3.0
METHODS = declared.load()


def until(holds: Callable[[], bool]) -> None:
    """Wait until something is so."""
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def connections(caller: Caller) -> float:
    """The number of WebSockets that the server counts."""
    found = re.search(r"^conclave_connections (\S+)$", caller.http.get("/metrics").text, re.MULTILINE)
    assert found
    return float(found[1])


class Join(Protocol):
    """Makes a logged-in member, of the test's application or another; parameters of ``login`` may be replaced."""

    def __call__(self, user: str, of: Caller = ..., **params: Any) -> "Member": ...


class Refused(Exception):  # noqa: N818 - a state, not a fault
    """An answer that is an error."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message


class Closed(Exception):  # noqa: N818 - a state, not a fault
    """The server closed the connection; ``frames`` is what came before and was not asked for yet."""

    def __init__(self, code: int | None, frames: list[Frame]) -> None:
        super().__init__(code, frames)
        self.code = code
        self.frames = frames


class Member:
    """One connection of one user, from an address of this machine; logged in unless told otherwise."""

    def __init__(
        self, caller: Caller, user: str, *, login: bool = True, address: str = "127.0.0.1", **params: Any
    ) -> None:
        self.caller = caller
        self.user = user
        self.events: deque[Frame] = deque()
        self.socket: ClientConnection = connect(
            caller.members_at.replace("http", "ws", 1) + "/v1/members",
            max_size=None,
            max_queue=None,  # events that no test reads must not keep the closing handshake from being read
            compression=None,
            ping_interval=None,
            legacy=True,
            source_address=(address, 0),
        )
        self._last_id = 0
        self._asked: dict[int | str | None, str] = {}
        if login:
            self.login(**params)

    def login(self, **params: Any) -> Frame:
        """Log in; ``params`` replace what is right."""
        right = {"sdkAppId": self.caller.sdkappid, "userId": self.user}
        if "userSig" not in params:
            right["userSig"] = self.caller.token(self.user)
        return self.call("login", **right | params)

    def send(self, method: str, **params: Any) -> int:
        """Send a request without waiting; return its id."""
        self._last_id += 1
        self._asked[self._last_id] = method
        self.send_raw(msgspec.json.encode({"id": self._last_id, "method": method, "params": params}).decode())
        return self._last_id

    def send_raw(self, frame: str | bytes) -> None:
        self.socket.send(frame)

    def call(self, method: str, **params: Any) -> Frame:
        """Send a request and return its result; raises ``Refused`` or ``Closed``."""
        return self.answer(self.send(method, **params))

    def answer(self, request_id: int | str | None) -> Frame:
        """Return the result of a request that was sent; events that come before it wait in ``events``."""
        while True:
            frame = self.receive()
            if "event" in frame:
                self.events.append(frame)
                continue
            assert frame["id"] == request_id, frame
            if "error" in frame:
                assert frame.keys() == {"id", "error"}
                assert frame["error"].keys() == {"code", "message"}
                raise Refused(frame["error"]["code"], frame["error"]["message"])
            assert frame.keys() == {"id", "result"}
            result: Frame = frame["result"]
            return result

    def refused(self, code: int, method: str, **params: Any) -> str:
        """Send a request and expect a refusal; return its sentence."""
        with pytest.raises(Refused) as refused:
            self.call(method, **params)
        assert refused.value.code == code, refused.value
        return refused.value.message

    def receive(self, patience: float = PATIENCE) -> Frame:
        """Return the next frame as it comes; raises ``Closed`` or ``TimeoutError``."""
        try:
            text = self.socket.recv(patience)
        except ConnectionClosed as closed:
            code = closed.rcvd.code if closed.rcvd else None
            raise Closed(code, list(self.events)) from None
        assert isinstance(text, str)
        frame: Frame = msgspec.json.decode(text)
        if "event" in frame:
            asyncapi.check_event(frame)
        elif (method := self._asked.pop(frame["id"], "")) in METHODS:
            asyncapi.check_answer(method, frame)
        return frame

    def next_event(self, name: str | None = None) -> Frame:
        """Return the next event, or the next of that name, dropping those before it."""
        deadline = time.monotonic() + PATIENCE
        while True:
            frame = self.events.popleft() if self.events else self.receive(max(deadline - time.monotonic(), 0.001))
            assert "event" in frame, frame
            if name in (None, frame["event"]):
                return frame

    def expect(self, *names: str) -> list[Frame]:
        """Return the next events, which must be exactly these."""
        frames = [self.next_event() for _ in names]
        assert tuple(frame["event"] for frame in frames) == names, frames
        return frames

    def told(self) -> list[Frame]:
        """Return what has been told up to now: everything that comes before the answer to a ping.

        On PostgreSQL, another change under way may keep it back for a moment; or for long, where a test wants so.
        """
        deadline = time.monotonic() + UNSETTLED
        while not database.is_settled() and time.monotonic() < deadline:
            time.sleep(0.005)
        self.call("ping")
        frames = list(self.events)
        self.events.clear()
        return frames

    def names_told(self) -> list[str]:
        """Return the names of what has been told up to now."""
        return [frame["event"] for frame in self.told()]

    def enter(self, room_id: str = "room-1", **params: Any) -> Frame:
        """Enter a room and return its snapshot."""
        return self.call("enterRoom", roomId=room_id, **params)

    def until_closed(self) -> Closed:
        """Return how the server closed the connection, with the events before it."""
        try:
            while True:
                frame = self.receive()
                self.events.append(frame)
        except Closed as closed:
            return closed

    def drop(self) -> None:
        """Vanish without a close: the cable is cut."""
        self.socket.socket.close()

    def close(self) -> None:
        self.socket.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()
