"""Bodies that are announced on the streams of HTTP/2 and never come: thousands of them, over a few connections."""

import socket
from collections.abc import Callable
from urllib.parse import urlsplit

from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.events import DataReceived

from conclave.transport.bodies import MOST_UNDER_WAY
from tests import raw
from tests.house import ROOMS, Caller, Server

STREAMS = 100
QUESTION = f"{ROOMS}/get_room_info"


class Silent:
    """A connection that begins a call on each of its streams, and sends none of their bodies."""

    def __init__(self, url: str, path: str) -> None:
        address = urlsplit(url)
        assert address.port is not None
        self.socket = socket.create_connection(("127.0.0.1", address.port), timeout=20)
        self.http = H2Connection(H2Configuration(client_side=True))
        self.http.initiate_connection()
        for number in range(STREAMS):
            self.http.send_headers(
                2 * number + 1,
                [(":method", "POST"), (":scheme", "http"), (":authority", "localhost"), (":path", path)],
            )
        self.socket.sendall(self.http.data_to_send())

    def answer(self) -> bytes:
        """Wait for the first bytes of an answer to any of the calls."""
        while True:
            for event in self.http.receive_data(self.socket.recv(65_536)):
                if isinstance(event, DataReceived):
                    return event.data


def test_thousands_of_bodies_that_never_come_keep_nobody_out(new_server: Callable[..., Server]) -> None:
    server = new_server(body_timeout=600).start()
    caller = Caller(server.url)
    path = raw.target(caller, QUESTION)
    silent = [Silent(server.url, path) for _ in range(MOST_UNDER_WAY // STREAMS + 2)]
    assert b'"ErrorCode":60008' in silent[0].answer()  # long before its time: others have come since
    for _ in range(20):
        caller.refused(100004, QUESTION, {"RoomId": "nowhere"})
    for each in silent:
        each.socket.close()
