"""A COMMIT whose answer is lost: the change may have happened, and whoever asked for it is told that nobody knows."""

from collections.abc import Callable, Iterator

import pytest

from conclave.client import Conclave, OutcomeUnknown
from tests import backend as to
from tests.backend import Backend
from tests.database import PostgresDatabase
from tests.house import ROOMS, Caller, Server
from tests.member import Member, Refused, until
from tests.postgres import cluster
from tests.proxy import Proxy
from tests.receiver import Receiver
from tests.test_client import joined, run

pytestmark = pytest.mark.postgresql


class Cut:
    """A server, and the cables to its database."""

    def __init__(self, server: Server, cables: Proxy) -> None:
        self.server = server
        self.caller = Caller(server.url)
        self._cables = cables

    def cut_next_commit(self) -> None:
        """Cut the cable that next carries the answer to a COMMIT: a reader's, perhaps, who does not mind."""
        self._cables.cut_before(b"COMMIT")


@pytest.fixture
def cut(new_server: Callable[..., Server]) -> Iterator[Cut]:
    database = PostgresDatabase()
    with Proxy(cluster().port) as cables:
        through = database.url.replace(f":{cluster().port}", f":{cables.port}")
        with new_server(database=through, callback_pause_after=1000) as server:
            server.database = database
            cut = Cut(server, cables)
            cut.caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
            yield cut


def test_a_member_whose_commit_is_not_answered_is_told_that_nobody_knows(cut: Cut) -> None:
    with Member(cut.caller, "ann") as ann:
        ann.enter()
        refused: list[Refused] = []

        def is_lost() -> bool:
            cut.cut_next_commit()
            try:
                ann.call("setSelfInfo", userName="Ann")
            except Refused as error:
                refused.append(error)
            return bool(refused)

        until(is_lost)
        assert refused[0].code == 60008
        assert "nothing was changed" not in refused[0].message


def test_the_client_says_of_60008_that_the_outcome_is_unknown(cut: Cut) -> None:
    async def member() -> None:
        async with joined(cut.caller, "ann") as ann:
            await ann.enterRoom("room-1")
            for _ in range(100):
                cut.cut_next_commit()
                await ann.setSelfInfo(userName="Ann")

    async def backend() -> None:
        async with Conclave(cut.caller.url, cut.caller.sdkappid, key=cut.caller.key) as rest:
            for number in range(100):
                cut.cut_next_commit()
                await rest.call(
                    f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": f"{number}"}}
                )

    for story in (member, backend):
        with pytest.raises(OutcomeUnknown, match=r"60008"):
            run(story())


def test_a_failure_of_an_endpoint_counts_once_though_its_commit_was_not_answered(cut: Cut, receiver: Receiver) -> None:
    cut.caller.ok("conclave/set_clock", {"Freeze": True})  # nothing is tried again
    backend = Backend(cut.server, cut.caller, receiver)
    backend.listen(to.CREATE)
    backend.rule("slow", seconds=0.2, status=503)

    def fail(times: int) -> None:
        info = {"RoomId": f"failed-{times}", "RoomType": "Conference"}
        cut.caller.call(f"{ROOMS}/create_room", {"RoomInfo": info})  # it may be this COMMIT whose answer is lost
        backend.got(times)
        if not is_lost():
            cut.cut_next_commit()
        until(lambda: sum(row["attempts"] != "[]" for row in backend.rows()) == times)

    def is_lost() -> bool:
        lines = cut.server.log.read_text().splitlines()
        return any("callbacks" in line and "while it committed" in line for line in lines)

    times = 0
    while not is_lost():
        times += 1
        assert times < 100
        fail(times)
    fail(times + 1)  # and what was lost has been written again before it
    assert backend.endpoint()["failures"] == times + 1
