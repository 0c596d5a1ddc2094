"""Janus, where it is installed: its VideoRoom's create over HTTP, beside our create_room.

Janus keeps a room in memory, ours is on the disk before it is answered: the comparison favours Janus.
"""

import shutil
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.calls import NUMBER, Call, Load
from bench.ports import free_port
from bench.processes import Server, connect, post

PROGRAM: Final = "janus"
CREATE: Final = b'{"janus":"create","transaction":"1"}'


def is_installed() -> bool:
    """Tell whether janus is on the path."""
    return shutil.which(PROGRAM) is not None


def _configure(folder: Path, port: int) -> None:
    """Write plain settings: plain HTTP on loopback, nothing that listens elsewhere, logs to a file as ours."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "janus.jcfg").write_text(
        f'general: {{ configs_folder = "{folder}"; debug_level = 4; debug_colors = false; session_timeout = 0; }}\n'
        'nat: { ice_enforce_list = "lo"; }\n'
        "media: { ipv6 = false; }\n"
        'transports: { disable = "libjanus_websockets.so,libjanus_pfunix.so,libjanus_rabbitmq.so,libjanus_mqtt.so,'
        'libjanus_nanomsg.so"; }\n'
    )
    (folder / "janus.transport.http.jcfg").write_text(
        f'general: {{ json = "compact"; base_path = "/janus"; http = true; port = {port}; ip = "127.0.0.1"; '
        "https = false; }\nadmin: { admin_http = false; admin_https = false; }\n"
    )
    (folder / "janus.plugin.videoroom.jcfg").write_text("general: { }\n")


def start(folder: Path) -> Server:
    """Start Janus on a free port; raises ``Failed``."""
    port = free_port()
    _configure(folder, port)
    command = [PROGRAM, "--configs-folder", str(folder), "--config", str(folder / "janus.jcfg")]
    server = Server("Janus", command, port, folder / "janus.log")
    return server.start("/janus", CREATE.decode(), lambda answer: b'"success"' in answer)


def create_load(server: Server) -> Load:
    """Open a session with a VideoRoom handle, and return the load that creates rooms through it."""
    session = _ask(server, "/janus", {"janus": "create", "transaction": "1"})["data"]["id"]
    path = f"/janus/{session}"
    attach = {"janus": "attach", "plugin": "janus.plugin.videoroom", "transaction": "2"}
    handle = _ask(server, path, attach)["data"]["id"]
    # The number of a room may not begin with a zero: JSON has no such numbers.
    body = f'{{"janus":"message","transaction":"3","body":{{"request":"create","room":1{NUMBER},"permanent":false}}}}'
    return Load((Call(f"{path}/{handle}", body),))


def _ask(server: Server, path: str, body: dict[str, Any]) -> dict[str, Any]:
    connection = connect(server.port, tls=False)
    answer: dict[str, Any] = msgspec.json.decode(post(connection, path, msgspec.json.encode(body).decode()))
    connection.close()
    return answer
