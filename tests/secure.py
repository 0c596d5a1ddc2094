"""WebSockets over TLS, as tests speak them: the library's blocking client, and what it must be spared."""

import ssl
from typing import Any

from websockets.sync.client import ClientConnection
from websockets.sync.client import connect as connect_blocking


def connect(url: str, context: ssl.SSLContext, **options: Any) -> ClientConnection:
    """Connect by TLS 1.2.

    The client reads in one thread and writes in another, and OpenSSL takes one at a time. The tickets of TLS 1.3 come
    right behind the handshake, while the first request is written: one connection in two thousand then stood still.
    """
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    connection: ClientConnection = connect_blocking(url, ssl=context, **options)
    return connection
