"""What a connection costs over TLS at the members' own port, after others have come and gone."""

import contextlib
import os
import platform
import socket
import ssl
from pathlib import Path

import pytest
from bench.ports import free_port

from tests.terminal import Serving, Terminal
from tests.test_member_port_tls import untrusting

BEFORE, CONNECTIONS = 60, 300
MOST_BYTES = 45 * 1024  # 36 KiB were measured, before login; without what ``allocation`` says 56 KiB
HANDSHAKE = (
    b"GET /v1/members HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
)


def come(port: int, context: ssl.SSLContext, count: int, inside: contextlib.ExitStack) -> None:
    """Open connections whose handshake is accepted; they end with the stack."""
    for _ in range(count):
        plain = socket.create_connection(("127.0.0.1", port), 10)
        secret = inside.enter_context(context.wrap_socket(plain))
        secret.sendall(HANDSHAKE)
        assert secret.recv(4096).startswith(b"HTTP/1.1 101")


def memory(serving: Serving) -> int:
    """Resident memory of the server in bytes."""
    pages = int(Path(f"/proc/{serving.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="how large blocks are kept is glibc's")
def test_a_connection_over_tls_costs_little_after_others_have_gone(tmp_path: Path) -> None:
    port, context = free_port(), untrusting()
    with Terminal(tmp_path).serve(CONCLAVE_MEMBER_PORT=str(port)) as serving:
        with contextlib.ExitStack() as gone:
            come(port, context, BEFORE, gone)
        before = memory(serving)
        with contextlib.ExitStack() as inside:
            come(port, context, CONNECTIONS, inside)
            each = (memory(serving) - before) / CONNECTIONS
        assert each < MOST_BYTES, f"{each / 1024:.1f} KiB each"
        assert serving.stop() == 0
