"""One WebSocket: frames in one at a time, frames out through a bounded queue, and an end with a reason.

A peer that does not read is never waited for: it is closed when one frame does not get through to it for too long, or
when more waits for it than may. Much that is told in one moment is no sign of that: within the larger bound, only a
frame that is stuck counts. What is kept back while an answer is read counts as well, but it is not the peer who is slow
then. A peer that does not answer a close is left after ``CLOSE_SECONDS``.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any, Final

import msgspec
import structlog

from conclave.clock import stopwatch_ns
from conclave.realtime import frames
from conclave.realtime.channel import Channel, ChannelEnded, FrameUnreadable
from conclave.realtime.events.session import Error
from conclave.realtime.frames import Hostile
from conclave.realtime.registry import NAMES

MANY_FRAMES, MOST_FRAMES = 4096, 16_384
MANY_CHARACTERS, MOST_CHARACTERS = 2 * 2**20, 8 * 2**20
STUCK_NS: Final = 5_000_000_000
DEAF_NS: Final = 30_000_000_000
CLOSE_SECONDS: Final = 1.0
GOING_AWAY: Final = 1001
POLICY: Final = 1008
MISTAKE: Final = 1011

log = structlog.get_logger()


class Identity(msgspec.Struct, frozen=True):
    """As whom a connection logged in.

    ``signed_at`` and ``valid_until`` (seconds) are the UserSig's; ``position`` is the place in the log at which the
    login happened: what the log says before that does not concern it. ``moment`` is the database's time of the login
    (us), by which the logins of one device on several nodes have an order; 0 where there is one node only.
    """

    sdkappid: int
    account: str
    device: str
    platform: str
    signed_at: int
    valid_until: int
    position: int
    moment: int


class Connection:
    """A member's WebSocket."""

    def __init__(self, channel: Channel, client_ip: str, now_ns: int) -> None:
        self.client_ip = client_ip
        self.opened_ns = now_ns
        self.heard_ns = now_ns
        self.next_frame_ns = 0
        self.identity: Identity | None = None
        self.knows_expiry = False
        self._channel = channel
        self._queue: deque[str] = deque()
        self._queued = 0
        self._sending_since = 0
        self._held: list[str] | None = None
        self._held_characters = 0
        self._more = asyncio.Event()
        self._closing: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    @property
    def is_closing(self) -> bool:
        """Tell whether the end has begun: nothing that is sent now arrives."""
        return self._closing.done()

    @property
    def ends_with_certificate(self) -> bool:
        """Tell whether it cannot live on when the server takes up another certificate."""
        return self._channel.ends_with_certificate

    def log_out(self, now_ns: int) -> None:
        """Be nobody again, with the same time to log in as in the beginning."""
        self.identity = None
        self.knows_expiry = False
        self.opened_ns = now_ns

    def hold(self) -> None:
        """Keep frames back until the answer: what is being read for it must not be older than what was told before."""
        self._held = self._held or []

    def answer(self, text: str) -> None:
        """Queue the answer to a request, and what was kept back behind it."""
        held, self._held = self._held, None
        self.send(text)
        self._held = held
        self._release()

    def send(self, text: str) -> None:
        """Queue a frame; too many of them close the connection."""
        if self.is_closing:
            return
        if self._held is not None:
            self._keep_back(self._held, text)
            return
        self._enqueue(text)
        if self._queued > MANY_CHARACTERS or len(self._queue) > MANY_FRAMES:
            self.check_reader()

    def _enqueue(self, text: str) -> None:
        self._queue.append(text)
        self._queued += len(text)
        self._more.set()

    def _keep_back(self, held: list[str], text: str) -> None:
        held.append(text)
        self._held_characters += len(text)
        if _is_most(len(self._queue) + len(held), self._queued + self._held_characters):
            held.clear()
            self.close(GOING_AWAY, "too much happened while an answer was read from the database; connect again")

    def check_reader(self) -> None:
        """Close the connection of a peer that does not read."""
        stuck_ns = stopwatch_ns() - self._sending_since if self._sending_since else 0
        is_much = self._queued > MANY_CHARACTERS or len(self._queue) > MANY_FRAMES
        if _is_most(len(self._queue), self._queued) or stuck_ns > (STUCK_NS if is_much else DEAF_NS):
            self._queue.clear()
            self._queued = 0
            self.close(POLICY, "the connection does not read what is sent to it")

    def tell(self, data: msgspec.Struct) -> None:
        """Queue an event that concerns the receiver and no room."""
        self.send(frames.personal_event(NAMES[type(data)], data))

    def tell_of(self, room_id: str, seq: int, data: msgspec.Struct) -> None:
        """Queue an event of a room."""
        self.send(frames.event(NAMES[type(data)], room_id, seq, data))

    def close(self, code: int, reason: str) -> None:
        """Begin the end: what is queued and the reason still go out, then the WebSocket closes."""
        self._release()
        if not self.is_closing:
            self.tell(Error(code, reason))
        self.end(code)

    def end(self, code: int) -> None:
        """Begin the end without another word."""
        self._release()
        if not self._closing.done():
            self._closing.set_result(code)
            self._more.set()

    def _release(self) -> None:
        """Queue what was kept back: the peer could not read it yet, so it is no sign of one that does not."""
        held, self._held = self._held or [], None
        self._held_characters = 0
        if not self.is_closing:
            for each in held:
                self._enqueue(each)

    async def run(self, handle: Callable[[str | bytes], Awaitable[None]]) -> None:
        """Read and write until the connection ends; ``handle`` is given one frame at a time.

        ``handle`` may raise ``Hostile``.
        """
        reader = asyncio.ensure_future(self._read(handle))
        writer = asyncio.ensure_future(self._write())
        tasks: set[asyncio.Future[Any]] = {reader, writer}
        try:
            await asyncio.wait({*tasks, self._closing}, return_when=asyncio.FIRST_COMPLETED)
            if self._closing.done():
                await asyncio.wait({writer}, timeout=CLOSE_SECONDS)
                self._channel.close(self._closing.result())
                await asyncio.wait({reader}, timeout=CLOSE_SECONDS)
        finally:
            self.end(GOING_AWAY)
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _read(self, handle: Callable[[str | bytes], Awaitable[None]]) -> None:
        while True:
            try:
                await handle(await self._channel.receive())
            except Hostile as hostile:
                self.close(hostile.code, hostile.reason)
                return
            except FrameUnreadable:
                self.close(frames.NOT_JSON, "a frame is UTF-8 text that holds one JSON object, and comes whole")
                return
            except ChannelEnded:
                return
            except Exception as failure:
                log.error("unexpected failure", exc_info=failure)
                self.close(MISTAKE, "internal error; the server's log tells more")
                return

    async def _write(self) -> None:
        while True:
            self._more.clear()
            while self._queue:
                text = self._queue.popleft()
                self._queued -= len(text)
                self._sending_since = stopwatch_ns()
                try:
                    await self._channel.send(text)
                except ChannelEnded:
                    return
                except Exception as failure:
                    log.error("unexpected failure", exc_info=failure)
                    self.end(MISTAKE)
                    return
                self._sending_since = 0
            if self.is_closing:
                return
            await self._more.wait()


def _is_most(count: int, characters: int) -> bool:
    """Tell whether more waits than may; a frame alone may be larger than all that may wait."""
    return count > 1 and (characters > MOST_CHARACTERS or count > MOST_FRAMES)
