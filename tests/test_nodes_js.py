"""``conclave.js`` on several nodes: the page goes on at another one when its own is gone."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.browser import People
from tests.eventlog import EventLog
from tests.house import ROOMS, Caller
from tests.member import Member
from tests.nodes import Pair, pair
from tests.proxy import Proxy
from tests.scripted import call, connected, told

pytestmark = pytest.mark.postgresql
ADMINISTRATOR = 1
MOVES = "told.filter(({ event }) => event === 'onSeatListChanged').length"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Pair]:
    with pair(tmp_path) as two:
        yield two


@pytest.fixture
def caller(two: Pair) -> Caller:
    """Of the node that stays."""
    return two.b.caller()


def test_a_page_whose_node_died_goes_on_at_another_with_seat_and_role_and_sees_every_event_once(
    two: Pair, caller: Caller, visitors: People
) -> None:
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=4)
    bob = two.member(two.b, "bob")
    with Proxy(two.a.port) as switch:
        page = connected(visitors, caller, switch.url, "ann")
        call(page, "enterRoom", roomId="room-1")
        call(page, "takeSeat", seatIndex=3)
        change = {"Member_Account": "ann", "Role": "Admin"}
        caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": change})
        bob.enter()
        to_and_fro(bob)
        page.wait_for_function(f"{MOVES} === 3")
        switch.take_down()
        two.a.kill()
        to_and_fro(bob)
        switch.target = two.b.port
        switch.put_up()
        page.wait_for_function("states.at(-1) === 'connected'")
        to_and_fro(bob)
        page.wait_for_function(f"{MOVES} === 5")
        (snapshot,) = page.evaluate("told.filter(({ event }) => event === 'onRoomSnapshot')")
        heard = told(page)
        call(page, "moveToSeat", targetSeatIndex=2)
        page.wait_for_function(f"{MOVES} === 6")
        assert page.evaluate("states") == ["reconnecting", "connected"]
    moves = [event.seq for event in EventLog(two.b, caller).all() if event.kind == "SeatsChanged"]
    before, missed, after = moves[:3], moves[3:5], moves[5:7]
    assert [each for each in heard if each[1] in ("onSeatListChanged", "onRoomSnapshot")] == [
        *([seq, "onSeatListChanged"] for seq in before),
        [snapshot["seq"], "onRoomSnapshot"],
        *([seq, "onSeatListChanged"] for seq in after),
    ]
    assert missed[-1] <= snapshot["seq"] < after[0]
    assert (snapshot["data"]["role"], snapshot["data"]["seats"][3]["userId"]) == (ADMINISTRATOR, "ann")
    assert (caller.members()["ann"]["Role"], caller.seats()) == ("Admin", ["", "", "ann", ""])


def to_and_fro(member: Member) -> None:
    """Let him sit down and get up."""
    member.call("takeSeat", seatIndex=0)
    member.call("leaveSeat")
