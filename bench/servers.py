"""The two servers that are compared: the bare one, and ``conclave serve`` with its settings."""

import json
import sys
from pathlib import Path
from typing import Final

from bench.ports import free_port
from bench.processes import Server

SDKAPPID: Final = 1_400_000_001
KEY: Final = f"{SDKAPPID:064x}"
Certificate = tuple[Path, Path]
DATABASE: Final = "database"
"""A file of this name in a server's folder holds the address of its database, where that is on PostgreSQL."""


def database_of(folder: Path) -> str:
    """Return where the database is of the server with that folder; empty: in the folder itself."""
    file = folder / DATABASE
    return file.read_text() if file.exists() else ""


def bare_server(folder: Path, size: int, certificate: Certificate | None = None) -> Server:
    """Return the server that answers every call with a constant of ``size`` bytes."""
    port = free_port()
    command = [sys.executable, "-m", "bench.bare", str(port), str(size), *map(str, certificate or ())]
    return Server("the bare server", command, port, folder / "bare.log", tls=certificate is not None)


def receiver(folder: Path) -> Server:
    """Return the receiver of callbacks."""
    port = free_port()
    return Server("the receiver", [sys.executable, "-m", "bench.receiver", str(port)], port, folder / "receiver.log")


def conclave_server(folder: Path, certificate: Certificate | None = None, more: str = "", server: str = "") -> Server:
    """Return ``conclave serve`` on ``folder/data`` and the folder's database; its log goes to a file.

    ``server`` stands behind the settings of the server, ``more`` behind those of the application.
    """
    port, member_port = free_port(), free_port()
    folder.mkdir(parents=True, exist_ok=True)
    config = folder / "conclave.toml"
    if url := database_of(folder):
        server = f"database = {json.dumps(url)}\n{server}"
    config.write_text(_settings(port, member_port, folder / "data", certificate, server) + more)
    command = [sys.executable, "-m", "conclave", "serve", "--config", str(config)]
    log = folder / "conclave.log"
    return Server("conclave", command, port, log, tls=certificate is not None, member_port=member_port)


def _settings(port: int, member_port: int, data: Path, certificate: Certificate | None, server: str) -> str:
    """Return the settings file: the defaults, with rates and ceilings lifted, and a port for members."""
    tls = '"off"'
    if certificate is not None:
        tls = f"{{certificate = {json.dumps(str(certificate[0]))}, key = {json.dumps(str(certificate[1]))}}}"
    return f"""\
[server]
port = {port}
member_port = {member_port}
tls = {tls}
data = {json.dumps(str(data))}
heartbeat_grace = 86400  # the members of a prepared folder have no connection to beat through
{server}
[[applications]]
sdkappid = {SDKAPPID}
key = "{KEY}"
rates = {{default = 0}}
message_rate = 0
max_member_count = 1000000
max_robot_count = 10
"""
