"""What the metrics tell of the connections to PostgreSQL."""

import threading
from collections.abc import Callable

import pytest

from tests.house import Caller, Server
from tests.member import until

CONNECTIONS = 8  # two read, two stand, four write


def gauges(server: Server) -> dict[str, float]:
    return {
        f"{kind} {state}": server.gauge(f'conclave_database_connections{{kind="{kind}",state="{state}"}}')
        for kind in ("read", "write")
        for state in ("busy", "idle")
    }


@pytest.mark.postgresql
def test_connections_at_work_and_idle_are_told(new_server: Callable[..., Server]) -> None:
    with new_server(database_connections=CONNECTIONS, timeout=20) as server:
        caller = Caller(server.url)
        caller.create_room()
        until(lambda: gauges(server) == {"read busy": 0, "read idle": 2, "write busy": 0, "write idle": 4})
        assert server.gauge("conclave_reader_queue") == 0
        makers = [threading.Thread(target=Caller(server.url).create_room, args=(f"room-{n}x",)) for n in range(6)]
        with server.database.writers_held_up():
            for maker in makers:
                maker.start()
            until(lambda: server.gauge("conclave_writer_queue") >= 2)
            until(lambda: gauges(server) == {"read busy": 0, "read idle": 2, "write busy": 4, "write idle": 0})
        for maker in makers:
            maker.join()
        until(lambda: gauges(server)["write idle"] == 4)


@pytest.mark.sqlite
def test_the_embedded_database_has_no_connections_to_tell_of(new_server: Callable[..., Server]) -> None:
    with new_server() as server:
        text = Caller(server.url).http.get("/metrics").text
        assert "conclave_database_connections{" not in text
        assert "\nconclave_reader_queue " not in text
