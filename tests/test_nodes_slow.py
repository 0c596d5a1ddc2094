"""A database that is slow, or says nothing: calls are told so in time, the queue stays bounded, readiness is true."""

from collections import Counter
from collections.abc import Callable

import httpx
import pytest

from tests import invariants
from tests.database import PostgresDatabase
from tests.house import ROOMS, Caller, Server
from tests.load import names_told
from tests.member import until
from tests.postgres import Cluster
from tests.test_gateway_busy import at_once
from tests.test_postgres import own_cluster

pytestmark = pytest.mark.postgresql
NewServer = Callable[..., Server]
RENAME = f"{ROOMS}/update_room_info"
QUEUE = 4
CONNECTIONS = 8
WRITING = 4
"""How many of the connections write."""
CALLS = 40
TIMEOUT_S = 1.0  # below the two seconds after which a silent database is given up
__all__ = ["own_cluster"]


def renaming(room_id: str, count: int = CALLS) -> list[bytes]:
    return [b'{"RoomInfo":{"RoomId":"%s","RoomName":"%d"}}' % (room_id.encode(), number) for number in range(count)]


def ready(server: Server) -> int:
    return httpx.get(f"{server.url}/readyz").status_code


def check_bounded(codes: list[int]) -> None:
    """Expect that it took too long for those that were begun or could wait, and that there were too many others."""
    counted = Counter(codes)
    assert counted.keys() == {60008, 60018}
    assert QUEUE <= counted[60008] <= QUEUE + WRITING


@pytest.fixture
def server(new_server: NewServer) -> Server:
    server = new_server(timeout=3, queue=QUEUE, database_connections=CONNECTIONS)
    return server.start()


def test_a_room_that_another_session_holds_keeps_the_queue_bounded(server: Server) -> None:
    """All sessions that write wait for its row. Reading goes on, the server is ready, and nothing is begun late."""
    caller = Caller(server.url)
    caller.create_room("held", RoomName="before")
    caller.create_room("free")
    assert isinstance(server.database, PostgresDatabase)
    with server.database.holding("SELECT 1 FROM rooms FOR UPDATE"):
        check_bounded(at_once(caller, renaming("held"), RENAME))
        assert server.gauge("conclave_writer_queue") <= QUEUE
        assert ready(server) == 200
        assert caller.room("held")["RoomName"] == "before"
    until(lambda: caller.call(RENAME, renaming("free", 1)[0])["ErrorCode"] == 0)
    until(lambda: caller.call(RENAME, b'{"RoomInfo":{"RoomId":"held","RoomName":"after"}}')["ErrorCode"] == 0)
    assert names_told(server.database, "held") == ["before", "after"]
    until(lambda: server.gauge("conclave_writer_queue") == 0)
    invariants.check(server.database)


def test_a_database_that_says_nothing_is_told_of_in_time(own_cluster: Cluster, new_server: NewServer) -> None:
    """Calls are answered 60008 or 60018, /readyz 503; when it goes on, so does the server; nothing is there twice."""
    database = PostgresDatabase(own_cluster)
    server = new_server(database=database.url, timeout=TIMEOUT_S, queue=QUEUE, database_connections=CONNECTIONS)
    caller = Caller(server.start().url)
    caller.create_room("room", RoomName="before")
    assert ready(server) == 200
    with own_cluster.hung():
        check_bounded(at_once(caller, renaming("room"), RENAME))
        assert caller.call(f"{ROOMS}/get_room_info", {"RoomId": "room"})["ErrorCode"] in (60008, 60018)
        until(lambda: ready(server) == 503)
    until(lambda: ready(server) == 200)
    until(lambda: caller.call(RENAME, b'{"RoomInfo":{"RoomId":"room","RoomName":"after"}}')["ErrorCode"] == 0)
    names = names_told(database, "room")
    assert (names[0], names[-1]) == ("before", "after")
    assert len(names) == len(set(names))
    invariants.check(database)
