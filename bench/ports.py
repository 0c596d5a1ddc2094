"""Ports for servers of the bench and of the tests.

They lie below those that the system gives to clients by itself: between the choice of a port and the moment at which
its server listens, no connection of anybody else can come to have it. Workers that test side by side have ports of
their own, so that none takes what another has chosen.
"""

import itertools
import os
import random
import socket
from pathlib import Path
from typing import Final

LOWEST: Final = 10_000
FIRST_OF_CLIENTS: Final = 32_768
CLIENTS: Final = Path("/proc/sys/net/ipv4/ip_local_port_range")


def _candidates() -> list[int]:
    end = int(CLIENTS.read_text().split()[0]) if CLIENTS.exists() else FIRST_OF_CLIENTS
    ports = list(range(LOWEST, max(end, LOWEST + 1000)))
    random.Random(os.getpid()).shuffle(ports)  # several runs on one machine begin at different places
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    workers = int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1"))
    return [port for port in ports if port % workers == worker]


_ports: Final = itertools.cycle(_candidates())


def free_port() -> int:
    """Return a port on which nobody listens, another one at each call."""
    for port in _ports:
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise AssertionError("an endless row of ports has ended")
