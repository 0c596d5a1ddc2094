"""Calls as bytes on the wire, and loads: what a generator sends, over and over."""

import functools
import itertools
import time
from collections.abc import Sequence
from typing import Any, Final

import msgspec

from bench.processes import Server, connect, post
from bench.servers import KEY, SDKAPPID
from conclave.api import usersig

CALLER: Final = "administrator"
NUMBER: Final = "@@@@@@@@@@"
"""Stands in a body for ten digits that no other call of the run has."""
NUMBERS_OF_A_ROUND: Final = 1_000_000
_numbers: Final = itertools.count(1)


@functools.cache
def _query(sdkappid: int) -> str:
    signature = usersig.make(sdkappid, KEY, CALLER, now=int(time.time()), expire=86_400)
    return f"sdkappid={sdkappid}&identifier={CALLER}&usersig={signature}&random=99999999&contenttype=json"


class Call(msgspec.Struct, frozen=True):
    """One call: a target (path and query) and a body."""

    target: str
    body: str

    @classmethod
    def of(cls, command: str, body: Any, sdkappid: int = SDKAPPID) -> "Call":
        """Return the signed call of ``service/command``; all applications of the benchmark have the same key."""
        return cls(f"/v4/{command}?{_query(sdkappid)}", msgspec.json.encode(body).decode())

    def on_wire(self) -> str:
        """Return the whole HTTP/1.1 request."""
        return (
            f"POST {self.target} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(self.body.encode())}\r\n\r\n{self.body}"
        )

    def numbered(self) -> "Call":
        """Return the call with a new number in the place of ``NUMBER``, if it has one."""
        return Call(self.target, self.body.replace(NUMBER, f"{new_numbers():010d}")) if NUMBER in self.body else self


class Load(msgspec.Struct, frozen=True):
    """Calls that are sent in this order, again and again.

    ``reset`` is played before each round, its refusals ignored: it brings the server into the state from which the
    calls can be played to the end as often as one likes.
    """

    calls: tuple[Call, ...]
    reset: tuple[Call, ...] = ()


def new_numbers() -> int:
    """Return the first of the numbers that one round may use."""
    return next(_numbers) * NUMBERS_OF_A_ROUND


def play(server: Server, calls: Sequence[Call]) -> list[bytes]:
    """Send calls one after the other; return the bodies of the answers."""
    connection = connect(server.port, tls=server.tls)
    answers = [post(connection, call.target, call.numbered().body) for call in calls]
    connection.close()
    return answers


def succeeded(answer: bytes) -> bool:
    """Tell whether an answer is a success."""
    return b'"ErrorCode":0,' in answer
