"""A COMMIT whose answer is lost: the change may have happened, and whoever asked for it is told that nobody knows."""

from collections.abc import Callable, Iterator

import pytest

from conclave.client import Conclave, OutcomeUnknown
from tests.house import ROOMS, Caller, Server
from tests.member import Member, Refused, until
from tests.postgres import cluster
from tests.proxy import Proxy
from tests.test_client import joined, run

pytestmark = pytest.mark.postgresql


class Cut:
    """A server, and the cables to its database."""

    def __init__(self, server: Server, cables: Proxy) -> None:
        self.caller = Caller(server.url)
        self._cables = cables

    def cut_next_commit(self) -> None:
        """Cut the cable that next carries the answer to a COMMIT: a reader's, perhaps, who does not mind."""
        self._cables.cut_before(b"COMMIT")


@pytest.fixture
def cut(new_server: Callable[..., Server]) -> Iterator[Cut]:
    url = cluster().new_database()
    with (
        Proxy(cluster().port) as cables,
        new_server(database=url.replace(f":{cluster().port}", f":{cables.port}")) as server,
    ):
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
