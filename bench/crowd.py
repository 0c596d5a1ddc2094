"""The crowd: members over WebSockets, in a process of its own.

``python -m bench.crowd FILE`` reads a ``Scene``, plays it, prints an ``Outcome``, both as JSON, and stays until its
standard input ends. A change has a moment at which it is due; how late it reaches a member counts from that moment to
the arrival of its frame.
"""

import asyncio
import gc
import resource
import socket
import sys
import time
from pathlib import Path
from typing import Final

import msgspec
import uvloop

from bench.guest import Guest, Room
from bench.processes import trusting

SETTLE_SECONDS: Final = 0.5
PATIENCE_SECONDS: Final = 20.0
AT_ONCE: Final = 50
MORE_FILES: Final = 65_536
SMALL_BUFFER: Final = 4096


class Scene(msgspec.Struct):
    """Who comes, and what happens then.

    ``rooms`` rooms ``room-0``, … with ``members`` each; 0 rooms: they log in and enter none. They come within
    ``arrival_seconds`` (0: some at a time). Then, ``changes_per_second`` times in each room and evenly, the room's
    first member opens or closes his microphone, or says ``letters`` letters, for ``seconds``. The first ``deaf`` of the
    others in each room do not read what they are sent. With ``tls`` they come over TLS.
    """

    port: int
    rooms: int
    members: int
    arrival_seconds: float = 0.0
    changes_per_second: float = 0.0
    seconds: float = 0.0
    letters: int = 0
    deaf: int = 0
    tls: bool = False


class Outcome(msgspec.Struct, frozen=True):
    """What came of it; times in milliseconds. ``missing`` frames never came; ``dropped`` members were disconnected."""

    arrival_ms: float
    inside: int
    delivered: int = 0
    missing: int = 0
    dropped: int = 0
    p50: float = 0.0
    p99: float = 0.0
    longest: float = 0.0


class Crowd:
    """Plays one scene."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._latencies: list[float] = []
        self._rooms = [Room() for _ in range(max(scene.rooms, 1))]
        self._guests = [
            Guest(f"guest-{place}-{number}", f"room-{place}" if scene.rooms else "", room, self._latencies)
            for place, room in enumerate(self._rooms)
            for number in range(scene.members)
        ]

    async def play(self) -> Outcome:
        """Let them come, let things happen, and tell what came of it."""
        began = time.perf_counter()
        await self._arrive()
        arrival_ms = (time.perf_counter() - began) * 1000
        await asyncio.sleep(SETTLE_SECONDS)
        deaf = self._deafen()
        expected = await self._change(deaf)
        found = sorted(self._latencies) or [0.0]
        return Outcome(
            arrival_ms=arrival_ms,
            inside=len(self._guests),
            delivered=len(self._latencies),
            missing=expected - len(self._latencies),
            dropped=sum(guest.socket.is_closed for guest in self._guests if guest.name not in deaf),
            p50=found[len(found) // 2] * 1000,
            p99=found[len(found) * 99 // 100] * 1000,
            longest=found[-1] * 1000,
        )

    async def _arrive(self) -> None:
        begin, total = time.perf_counter(), len(self._guests)
        context = trusting() if self._scene.tls else None
        door = asyncio.Semaphore(AT_ONCE if not self._scene.arrival_seconds else total)

        async def come(place: int, guest: Guest) -> None:
            if self._scene.arrival_seconds:
                due = begin + self._scene.arrival_seconds * place / total
                await asyncio.sleep(max(due - time.perf_counter(), 0))
            async with door:
                await guest.come(self._scene.port, context)

        await asyncio.gather(*(come(place, guest) for place, guest in enumerate(self._guests)))

    def _deafen(self) -> set[str]:
        deaf = [
            guest
            for start in range(0, len(self._guests), self._scene.members)
            for guest in self._guests[start + 1 : start + 1 + self._scene.deaf]
        ]
        for guest in deaf:
            guest.socket.transport.pause_reading()
            small = guest.socket.transport.get_extra_info("socket")
            small.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, SMALL_BUFFER)  # a deaf one soon holds up the server
        return {guest.name for guest in deaf}

    async def _change(self, deaf: set[str]) -> int:
        """Make the changes when they are due, and wait for their frames; return how many frames there should be."""
        per_room = int(self._scene.seconds * self._scene.changes_per_second)
        if not per_room:
            return 0
        gc.disable()  # its pauses would count as the server's
        begin, interval = time.perf_counter() + SETTLE_SECONDS, 1 / self._scene.changes_per_second
        plan = sorted(
            (begin + (number + place / len(self._rooms)) * interval, number, place)
            for place in range(len(self._rooms))
            for number in range(per_room)
        )
        for due, number, place in plan:
            await asyncio.sleep(max(due - time.perf_counter(), 0))
            self._rooms[place].due.append(due)
            self._guests[place * self._scene.members].send(*self._deed(number))
        listening = [guest for guest in self._guests if guest.name not in deaf]
        heard = asyncio.gather(*(guest.has_heard(per_room) for guest in listening))
        await asyncio.wait([heard], timeout=PATIENCE_SECONDS)
        return per_room * len(listening)

    def _deed(self, number: int) -> tuple[str, dict[str, object]]:
        if self._scene.letters:
            return "sendTextMessage", {"textContent": "x" * self._scene.letters}
        return "closeLocalMicrophone" if number % 2 else "openLocalMicrophone", {}


async def main(file: Path) -> None:
    """Play the scene in a file, and stay until the standard input ends."""
    crowd = Crowd(msgspec.json.decode(file.read_bytes(), type=Scene))  # noqa: ASYNC240 - nothing else runs yet
    print(msgspec.json.encode(await crowd.play()).decode(), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(MORE_FILES, most), most))
    uvloop.run(main(Path(sys.argv[1])))
