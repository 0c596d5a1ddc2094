"""Connections are bounded in number and in silence.

Granian serves at most ``max_connections`` and lets others wait, but it waits without end for the first byte of a
connection (only that tells HTTP/1 from HTTP/2) and for the next request over HTTP/2. Whoever opened enough connections
and said nothing would keep everybody else out for ever. So the kernel is asked, now and then, how long each of our
connections has been silent, and those that were silent for too long are shut down; Granian then lets go of them.
Whoever waited for his turn was not silent: his time begins when he is first seen.
"""

import asyncio
import os
import resource
import socket
import stat
import struct
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import structlog

from conclave.clock import pause

DESCRIPTORS: Final = Path("/proc/self/fd")
SPARE_DESCRIPTORS: Final = 64  # the embedded database, Redis, the log, the standard streams, what a moment needs
ROUNDS: Final = 4  # looks within the time that a connection may be silent
AT_ONCE: Final = 100  # connections that are looked at before others may use the loop
# Linux, struct tcp_info: the milliseconds since data was last sent, and since it was last received.
_SILENCE: Final = struct.Struct("=44xI4xI")

log = structlog.get_logger()


def make_room(connections: int, besides: int = 0) -> int:
    """Raise this process's limit of open files so that ``connections`` fit, and return how many do.

    ``besides`` are those that Granian does not count: the members', the database's, callbacks'.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + besides + SPARE_DESCRIPTORS
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return connections
    allowed = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, hard))
    room = max(allowed - besides - SPARE_DESCRIPTORS, 1)
    if room < connections:
        log.warning("connections", trouble=f"the limit of open files leaves room for {room} connections only")
    return min(room, connections)


async def close_silent(port: int, seconds: float) -> None:
    """Close, for as long as the server lives, connections to ``port`` on which nothing moved for ``seconds``.

    Does nothing on systems that do not tell; there a proxy in front has to.
    """
    if not DESCRIPTORS.is_dir() or not hasattr(socket, "TCP_INFO"):
        await asyncio.get_running_loop().create_future()
    seen: dict[int, float] = {}  # by its inode, when each connection was first seen
    while True:
        await pause(seconds / ROUNDS)
        now, before, seen = asyncio.get_running_loop().time(), seen, {}
        for count, name in enumerate(os.listdir(DESCRIPTORS)):
            with suppress(OSError), _connection(int(name), port) as found:  # it may be gone meanwhile
                inode = os.fstat(found.fileno()).st_ino
                seen[inode] = before.get(inode, now)
                if min(now - seen[inode], _silent_seconds(found)) >= seconds:
                    found.shutdown(socket.SHUT_RDWR)
            if count % AT_ONCE == AT_ONCE - 1:
                await pause(0)


@contextmanager
def _connection(descriptor: int, port: int) -> Iterator[socket.socket]:
    """Yield what a descriptor is; raises ``OSError`` unless that is a connection to ``port``."""
    if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
        raise OSError("this is no connection to the port")
    # A duplicate stays this connection, even if Granian's threads close the original and its number is used again.
    with socket.socket(fileno=os.dup(descriptor)) as found:
        if found.family == socket.AF_UNIX or found.getsockname()[1] != port:
            raise OSError("this is no connection to the port")
        found.getpeername()  # the listening socket has none
        yield found


def _silent_seconds(connection: socket.socket) -> float:
    """Return for how long nothing moved, in either direction."""
    silences = _SILENCE.unpack(connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _SILENCE.size))
    return float(min(silences)) / 1000
