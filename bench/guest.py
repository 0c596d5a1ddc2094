"""One member of the crowd: comes, asks, and notes how late what happens reaches him."""

import asyncio
import ssl
import time
from typing import Final

import msgspec

from bench.servers import KEY, SDKAPPID
from bench.websocket import WebSocket
from conclave.api import usersig

CHANGES: Final = (b'{"event":"onUserAudioStateChanged"', b'{"event":"onReceiveTextMessage"')
VALID_SECONDS: Final = 86_400


class Room:
    """The moments at which its changes were due."""

    def __init__(self) -> None:
        self.due: list[float] = []


class Guest:
    """One member."""

    def __init__(self, name: str, room_id: str, room: Room, latencies: list[float]) -> None:
        self.name = name
        self._room_id = room_id
        self._room = room
        self._latencies = latencies
        self._heard = self._most = 0
        self._has_heard = asyncio.Event()
        self._answer: asyncio.Future[bytes] | None = None
        self.socket: WebSocket

    async def come(self, port: int, context: ssl.SSLContext | None = None) -> None:
        """Connect (with a context over TLS), log in and enter; raises ``RuntimeError`` when that is refused."""
        _, self.socket = await asyncio.get_running_loop().create_connection(
            lambda: WebSocket(self._hear), "127.0.0.1", port, ssl=context
        )
        await self.socket.opened
        token = usersig.make(SDKAPPID, KEY, self.name, now=int(time.time()), expire=VALID_SECONDS)
        await self.ask("login", {"sdkAppId": SDKAPPID, "userId": self.name, "userSig": token})
        if self._room_id:
            await self.ask("enterRoom", {"roomId": self._room_id})

    async def ask(self, method: str, params: dict[str, object]) -> None:
        """Send a request and wait for its answer; raises ``RuntimeError`` when that is a refusal."""
        self._answer = asyncio.get_running_loop().create_future()
        self.send(method, params)
        answer = await self._answer
        if b'"error":' in answer[:40]:
            raise RuntimeError(f"{method}: {answer[:300].decode()}")

    async def has_heard(self, changes: int) -> None:
        """Return when that many changes have reached him."""
        self._most = changes
        if self._heard < changes:
            await self._has_heard.wait()

    def send(self, method: str, params: dict[str, object]) -> None:
        """Send a request."""
        self.socket.send(msgspec.json.encode({"id": 1, "method": method, "params": params}))

    def _hear(self, frame: bytes) -> None:
        if frame.startswith(CHANGES):
            self._latencies.append(time.perf_counter() - self._room.due[self._heard])
            self._heard += 1
            if self._heard == self._most:
                self._has_heard.set()
        elif frame.startswith(b'{"id":') and self._answer is not None and not self._answer.done():
            self._answer.set_result(frame)
