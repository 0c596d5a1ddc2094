"""What a call costs the network on PostgreSQL: docs/postgresql.md says a number, and PostgreSQL's log counts."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
from bench import statements

from tests.house import ROOMS, SEATS, Caller, Server
from tests.member import Member
from tests.postgres import cluster

pytestmark = pytest.mark.postgresql
PAGE: Final = Path(__file__).parents[1] / "docs" / "postgresql.md"
_CELLS: Final = re.compile(r"^\| (.+?) \| (\d+) \| (.+?) \| (\d+) \|$", re.MULTILINE)
ROOM: Final = "a-room"
MEETING: Final = "a-meeting"
KEY: Final = 10**15
"""What no other value is: the room's key is the next one."""
SDKAPPID: Final = 1_400_000_001


def stated() -> dict[str, int]:
    """Return the page's round trips by call, without what it says beside the name."""
    pairs = [pair for row in _CELLS.findall(PAGE.read_text()) for pair in (row[:2], row[2:])]
    return {name.partition(",")[0]: int(number) for name, number in pairs}


class Count:
    """Counts the statements of calls on a server with one room."""

    def __init__(self, server: Server) -> None:
        self.caller = Caller(server.url)
        self.counted: dict[str, int] = {}

    def call(self, command: str, *naming: str, **body: Any) -> None:
        """Count a command."""
        self.deed(command.rpartition("/")[2], lambda: self.caller.ok(command, body), *naming)

    def of_room(self, command: str, **body: Any) -> None:
        """Count a command on the room."""
        self.call(command, RoomId=ROOM, **body)

    def by_member(self, member: Member, method: str, **params: Any) -> None:
        """Count what a member does in the meeting."""
        self.deed(method, lambda: member.call(method, **params), MEETING, str(KEY + 2))

    def deed(self, name: str, deed: Callable[[], object], *naming: str) -> None:
        """Count whatever else; of several transactions the first is the deed, the others follow from it."""
        found = statements.sent(cluster(), deed, *(naming or (ROOM, str(KEY + 1))))
        is_change = found[0][0].sql == "BEGIN"
        self.counted[name] = len(found[0]) if is_change else sum(map(len, found))


@pytest.fixture
def counting(new_server: Callable[..., Server]) -> Iterator[Count]:
    """Counts on a server whose statements are logged."""
    server = new_server()
    statements.log_all(cluster(), server.database.settings["database"])
    with server:
        server.database.query(f"SELECT setval('group_keys', {KEY})")
        yield Count(server)


def of_members(counting: Count) -> None:
    """Count what members change in a room of which one is the owner."""
    counting.caller.import_accounts("olga", "peer")
    counting.caller.create_room(MEETING, IsSeatEnabled=True, MaxSeatCount=3, Owner_Account="olga")
    olga, peer = (Member(counting.caller, name) for name in ("olga", "peer"))
    for each in (olga, peer):
        each.enter(MEETING)
    counting.by_member(peer, "takeSeat", seatIndex=1)
    counting.by_member(peer, "moveToSeat", targetSeatIndex=0)
    counting.by_member(peer, "openLocalMicrophone")
    counting.by_member(peer, "closeLocalMicrophone")
    counting.by_member(peer, "sendTextMessage", textContent="hello")
    counting.by_member(peer, "leaveSeat")
    counting.by_member(olga, "lockSeatByAdmin", seatIndex=1, lockAudio=True)
    counting.by_member(olga, "disableSendingMessageByAdmin", userId="peer", isDisable=True)
    counting.by_member(olga, "setRoomMetadataByAdmin", metadata={"topic": "budget"})
    counting.by_member(olga, "changeUserRole", userId="peer", userRole=1)
    counting.by_member(olga, "kickRemoteUserOutOfRoom", userId="peer")
    peer.enter(MEETING)
    counting.by_member(peer, "exitRoom")
    for each in (olga, peer):
        each.close()


def test_the_page_says_how_many_round_trips_a_call_makes(counting: Count) -> None:
    counting.caller.import_accounts("ann", "bob")
    info = {"RoomId": ROOM, "RoomType": "Conference", "IsSeatEnabled": True, "MaxSeatCount": 2}
    counting.call(f"{ROOMS}/create_room", ROOM, RoomInfo=info)
    ann, bob = (Member(counting.caller, name) for name in ("ann", "bob"))
    counting.deed("enterRoom", lambda: ann.call("enterRoom", roomId=ROOM), ROOM)
    bob.call("enterRoom", roomId=ROOM)
    counting.of_room(f"{ROOMS}/get_room_info")
    counting.of_room(f"{ROOMS}/get_room_member_list", Count=50)
    counting.of_room(f"{SEATS}/get_seat_list")
    counting.call("conclave/list_rooms", str(SDKAPPID))
    counting.call(f"{ROOMS}/update_room_info", ROOM, RoomInfo={"RoomId": ROOM, "RoomName": "new"})
    counting.of_room(f"{ROOMS}/update_room_member_info", MemberInfo={"Member_Account": "ann", "NameCard": "A"})
    counting.of_room(f"{SEATS}/pick_user_on_seat", Index=0, Member_Account="ann")
    counting.of_room(f"{ROOMS}/ban_room_member", MemberList_Account=["ann"], Reason="spam", Duration=60)
    counting.call("im_open_login_svc/account_import", "carl", UserID="carl")
    counting.of_room(f"{ROOMS}/destroy_room")
    for each in (ann, bob):
        each.close()
    of_members(counting)
    assert counting.counted == stated()
