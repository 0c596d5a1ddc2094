"""The open-loop generator: calls at a given rate, whatever the server does.

``python -m bench.steady FILE`` reads a ``Schedule`` and prints a ``Result``, both as JSON. Each call has a moment at
which it is due; its latency counts from that moment, not from when a connection was free to send it, so that a stall
of the server is felt by every call that fell due meanwhile (no coordinated omission). Calls are sent at the ticks of a
millisecond: up to one millisecond of each latency is the generator's own, and the bare server's line shows it.
"""

import asyncio
import gc
import re
import sys
import time
from collections import Counter, deque
from collections.abc import Sequence
from pathlib import Path
from typing import Final, cast

import msgspec
import uvloop

from bench.calls import succeeded

TICK_SECONDS: Final = 0.001
SETTLE_SECONDS: Final = 0.1
PATIENCE_SECONDS: Final = 5.0
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)


class Schedule(msgspec.Struct):
    """What to send: turns of whole requests, a turn's calls spread evenly over its time; then again from the start."""

    port: int
    connections: int
    turns_per_second: float
    seconds: float
    turns: list[list[str]]


class Result(msgspec.Struct, frozen=True):
    """What came of it; latencies in milliseconds. ``unanswered`` were due but had no answer when patience ended.

    ``seconds`` are the p99 of each second's calls, by the moment at which they were due.
    """

    offered_per_second: float
    answered: int
    unanswered: int
    refused: int
    p50: float
    p99: float
    longest: float
    seconds: tuple[float, ...]


class Connection(asyncio.Protocol):
    """One keep-alive connection with at most one call under way."""

    def __init__(self, generator: "Generator") -> None:
        self._generator = generator
        self._received = b""
        self._due = 0.0
        self._end = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but its class
        self._generator.free.append(self)

    def send(self, due: float, request: bytes) -> None:
        """Send the call that was due at ``due``."""
        self._due, self._received, self._end = due, b"", 0
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._received += data
        if not self._end:
            head = self._received.find(b"\r\n\r\n")
            length = _LENGTH.search(self._received, 0, head) if head > 0 else None
            if length is None:
                return
            self._end = head + 4 + int(length[1])
        if len(self._received) >= self._end:
            self._generator.answered(self, self._due, self._received)


class Generator:
    """Sends the schedule's calls over its connections."""

    def __init__(self, schedule: Schedule) -> None:
        self.free: deque[Connection] = deque()
        self._schedule = schedule
        self._waiting: deque[tuple[float, bytes]] = deque()
        self._answers: list[tuple[float, float]] = []
        """When each was due, and its latency."""
        self._refused = 0

    def answered(self, connection: Connection, due: float, answer: bytes) -> None:
        """Note an answer; the connection takes the call that waits longest."""
        self._answers.append((due, time.perf_counter() - due))
        self._refused += not succeeded(answer)
        if self._waiting:
            connection.send(*self._waiting.popleft())
        else:
            self.free.append(connection)

    def _plan(self, begin: float) -> deque[tuple[float, bytes]]:
        turns = [[request.encode() for request in turn] for turn in self._schedule.turns]
        rate = self._schedule.turns_per_second
        plan: deque[tuple[float, bytes]] = deque()
        for index in range(int(self._schedule.seconds * rate)):
            turn = turns[index % len(turns)]
            plan.extend((begin + (index + place / len(turn)) / rate, request) for place, request in enumerate(turn))
        return plan

    async def run(self) -> Result:
        """Send everything when it is due and wait for the answers."""
        loop = asyncio.get_running_loop()
        for _ in range(self._schedule.connections):
            await loop.create_connection(lambda: Connection(self), "127.0.0.1", self._schedule.port)
        await asyncio.sleep(SETTLE_SECONDS)
        gc.disable()  # its pauses would count as the server's
        begin = time.perf_counter() + SETTLE_SECONDS
        plan = self._plan(begin)
        offered = [int(due - begin) for due, _ in plan]
        give_up = plan[-1][0] + PATIENCE_SECONDS
        while (plan or len(self._answers) < len(offered)) and time.perf_counter() < give_up:
            now = time.perf_counter()
            while plan and plan[0][0] <= now:
                due, request = plan.popleft()
                if self.free and not self._waiting:
                    self.free.popleft().send(due, request)
                else:
                    self._waiting.append((due, request))
            await asyncio.sleep(TICK_SECONDS)
        return self._result(begin, offered)

    def _result(self, begin: float, offered: Sequence[int]) -> Result:
        """Sum up; ``offered`` holds the second in which each call was due."""
        found: dict[int, list[float]] = {second: [] for second in offered}
        for due, latency in self._answers:
            found[int(due - begin)].append(latency)
        # Whoever was never answered waited at least this long; leaving him out would flatter the server.
        for second, count in Counter(offered).items():
            found[second].extend([PATIENCE_SECONDS] * (count - len(found[second])))
        latencies = [latency for second in found.values() for latency in second]
        return Result(
            offered_per_second=len(offered) / self._schedule.seconds,
            answered=len(self._answers),
            unanswered=len(offered) - len(self._answers),
            refused=self._refused,
            p50=_milliseconds(latencies, 50),
            p99=_milliseconds(latencies, 99),
            longest=_milliseconds(latencies, 100),
            seconds=tuple(_milliseconds(second, 99) for second in found.values()),
        )


def _milliseconds(seconds: Sequence[float], percent: int) -> float:
    return sorted(seconds)[min(len(seconds) * percent // 100, len(seconds) - 1)] * 1000


def main(file: Path) -> None:
    """Run the schedule in a file."""
    result = uvloop.run(Generator(msgspec.json.decode(file.read_bytes(), type=Schedule)).run())
    print(msgspec.json.encode(result).decode())


if __name__ == "__main__":
    main(Path(sys.argv[1]))
