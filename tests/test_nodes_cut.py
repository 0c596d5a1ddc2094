"""A node whose packets to the database get lost: nobody tells either of them that the other is gone."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Self

import httpx
import pytest

from tests import invariants
from tests.database import PostgresDatabase
from tests.member import Member, until
from tests.nodes import DUTIES, Node, until_late, until_later
from tests.postgres import Cluster
from tests.test_nodes_duties import Creating, until_each_has_made_more
from tests.test_postgres import own_cluster
from tests.wires import Namespace, Wire

pytestmark = pytest.mark.postgresql
GRACE_S = 60
TAKEN_OVER_S = 25.0
__all__ = ["own_cluster"]


class FarNode(Node):
    """A node in a network of its own: one wire leads to its callers, another one to its database."""

    def __init__(
        self, folder: Path, database: PostgresDatabase, namespace: Namespace, callers: Wire, to_database: Wire
    ) -> None:
        self._address = callers.there
        self._wrapper = namespace.wrapper
        super().__init__(
            folder,
            database,
            host=callers.there,
            insecure=True,
            database=database.url.replace("127.0.0.1", to_database.here),
            metrics_networks=[callers.network],
            heartbeat_silence=3600,
            heartbeat_grace=GRACE_S,
        )

    @property
    def url(self) -> str:
        return f"http://{self._address}:{self.port}"

    def __enter__(self) -> Self:
        return self.start(*self._wrapper)


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    with Namespace() as namespace:
        yield namespace


def reachable(cluster: Cluster, wire: Wire) -> PostgresDatabase:
    """Return a database that is reached by a wire, too."""
    cluster.stop()
    with (cluster.data / "pg_hba.conf").open("a") as rules:
        rules.write(f"host all all {wire.network} trust\n")
    cluster.start(listen_addresses=f"127.0.0.1,{wire.here}")
    return PostgresDatabase(cluster)


def ready(node: Node) -> int:
    return httpx.get(f"{node.url}/readyz").status_code


def test_a_node_that_is_cut_off_from_its_database_loses_its_duties_and_does_no_harm(
    own_cluster: Cluster, namespace: Namespace, tmp_path: Path
) -> None:
    to_callers, to_database = namespace.wire(), namespace.wire()
    database = reachable(own_cluster, to_database)
    far = FarNode(tmp_path / "far", database, namespace, to_callers, to_database)
    near = Node(tmp_path / "near", database, heartbeat_silence=3600, heartbeat_grace=GRACE_S)
    with far:
        until(lambda: all(map(far.holds, DUTIES)))
        with near:
            near.caller().create_room()
            ann, bob = Member(far.caller(), "ann", address=to_callers.here), Member(near.caller(), "bob")
            bob.enter()
            ann.enter()
            threads = [Creating(node, name) for name, node in (("far", far), ("near", near))]
            for thread in threads:
                thread.start()
            until_each_has_made_more(threads)
            to_database.cut()
            began = time.monotonic()
            until_late(lambda: all(map(near.holds, DUTIES)))
            assert time.monotonic() - began < TAKEN_OVER_S
            until(lambda: ready(far) == 503)
            assert not any(map(far.holds, DUTIES))
            until_each_has_made_more(threads[1:])
            until(lambda: near.gauge("conclave_nodes") == 1)
            until_later(near.caller(), lambda: near.caller().members().keys() == {"bob"})
            to_database.mend()
            until_each_has_made_more(threads)
            for thread in threads:
                thread.stopping = True
            for thread in threads:
                thread.join()
            assert ann.next_event("onKickedOutOfRoom")["data"]["reason"] == 3
            until_late(lambda: ready(far) == 200 and far.gauge("conclave_nodes") == 2)
            assert not any(map(far.holds, DUTIES))
            there = {room for (room,) in database.query("SELECT group_id FROM groups WHERE is_room = 1")}
            assert {room for thread in threads for room in thread.made} <= there
            ann.enter()
            assert near.caller().members().keys() == {"ann", "bob"}
            invariants.check(database)
