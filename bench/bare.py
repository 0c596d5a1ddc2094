"""The bare server: our HTTP server with an application that reads the body and answers a constant.

A WebSocket is answered a constant for each frame.

``python -m bench.bare PORT SIZE [CERTIFICATE KEY]``: the same Granian with the same settings, interface and loop, the
same headers.
"""

import sys
from pathlib import Path
from typing import Any, Final

import uvloop
from granian.rsgi import WebsocketMessageType

from conclave.api.envelope import HEADERS
from conclave.settings import ServerSettings
from conclave.transport.server import Application, HttpServer, Listener

FRAME: Final = len('{"Constant":""}')
ANSWER: Final = '{"id":1,"result":{}}'
MOST_WEBSOCKETS: Final = 8_000  # what a limit of open files holds beside connections for calls


async def serve(listener: Listener, size: int) -> None:
    """Serve until the process is told to stop."""
    constant = b'{"Constant":"%b"}' % (b"." * max(size - FRAME, 0))

    async def answer(_scope: Any, protocol: Any) -> None:
        await protocol()
        protocol.response_bytes(200, HEADERS, constant)

    async def converse(_scope: Any, protocol: Any) -> None:
        transport = await protocol.accept()
        while (await transport.receive()).kind != WebsocketMessageType.close:
            await transport.send_str(ANSWER)

    server = HttpServer(listener, Application(answer, converse))
    server.start()
    await server.failed


def main(port: str, size: str, *certificate: str) -> None:
    """Run the bare server."""
    file, key = (Path(certificate[0]), Path(certificate[1])) if certificate else (None, None)
    listener = Listener(
        "127.0.0.1", int(port), file, key, ServerSettings().max_connections, more_connections=MOST_WEBSOCKETS
    )
    uvloop.run(serve(listener, int(size)))


if __name__ == "__main__":
    main(*sys.argv[1:])
