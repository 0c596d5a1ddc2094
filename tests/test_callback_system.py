"""Callbacks of what the server does by itself: rooms that end or begin by the clock, members who are lost."""

import pytest

from tests import backend as to
from tests.backend import Backend
from tests.clockwork import Clockwork, Life, Lives
from tests.house import ROOMS, Caller, Server
from tests.member import Join, until
from tests.receiver import Receiver, Told

SYSTEM = "@TIM#SYSTEM"


def by_nobody(told: Told, client_ip: str = "127.0.0.1") -> None:
    """Expect what the contract says of events that no call raised."""
    parameters = dict(told.parameters)
    assert (parameters["ClientIP"], parameters["OptPlatform"]) == (client_ip, "Unknown")


class Listening:
    """Makes applications that live by given rules, and listen."""

    def __init__(self, lives: Lives, server: Server, receiver: Receiver) -> None:
        self._lives, self._server, self._receiver = lives, server, receiver

    def __call__(self, rules: str, *commands: str) -> tuple[Life, Backend]:
        life = self._lives(rules)
        backend = Backend(self._server, life.caller, self._receiver)
        backend.listen(*commands)
        return life, backend


@pytest.fixture
def listening(lives: Lives, clockwork: Clockwork, receiver: Receiver) -> Listening:
    """Applications on the server whose clock stands still."""
    return Listening(lives, clockwork.server, receiver)


def test_an_empty_room_is_ended_by_the_system(listening: Listening) -> None:
    life, backend = listening("brisk")
    life.caller.create_room()
    life.caller.advance(life.caller.room()["ScheduleEndTime"] - life.now + 61)
    _, told = backend.told(to.CREATE, to.DESTROY)
    by_nobody(told)
    assert list(told.body) == ["CallbackCommand", "Operator_Account", "RoomId", "EventType", "EventTime"]
    assert told.body["Operator_Account"] == SYSTEM
    assert told.body["EventType"] == "DestroyBySystem"
    assert told.body["EventTime"] == life.last("RoomDestroyed").at


def test_a_booked_room_is_told_when_it_is_booked_and_only_those_who_ask_hear_of_its_start(listening: Listening) -> None:
    life, backend = listening("plain")
    asking, other = listening("plain", to.CREATE, to.UPDATE, "Room.CallbackAfterRoomStarted")
    for each in (life, asking):
        each.book(after=100)
    life.caller.advance(101)
    for each in (life, asking):
        each.last("RoomStarted")
        each.caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": "later"}})
    created, _ = backend.told(to.CREATE, to.UPDATE)
    assert created.body["RoomInfo"]["RoomStatus"] == "NotStarted"
    _, started, _ = other.told(to.CREATE, "Room.CallbackAfterRoomStarted", to.UPDATE)
    assert started.body["RoomInfo"]["RoomStatus"] == "Running"
    assert list(started.body["RoomInfo"]) == list(created.body["RoomInfo"])
    assert started.body["Operator_Account"] == SYSTEM
    by_nobody(started)


def test_an_owner_who_leaves_may_hand_the_room_on_or_end_it(listening: Listening) -> None:
    life, backend = listening("transfer")
    life.caller.create_room(Owner_Account="user1")
    life.people.enter("user1", "user2")
    life.people["user1"].call("exitRoom")
    *_, handed, left = backend.told(to.CREATE, to.ENTER, to.ENTER, to.UPDATE, to.LEAVE)
    assert handed.body["RoomInfo"]["Owner_Account"] == "user2"
    assert left.body["MemberList_Account"] == ["user1"]
    life, backend = listening("dismiss")
    life.caller.create_room(Owner_Account="user1")
    life.people.enter("user1", "user2")
    life.people["user1"].call("exitRoom")
    *_, ended = backend.told(to.CREATE, to.ENTER, to.ENTER, to.DESTROY)
    assert ended.body["EventType"] == "DestroyByUser"
    assert ended.body["Operator_Account"] == "user1"


def test_a_lost_member_is_told_as_expired_from_his_last_address(
    clocked_house: Server, clocked: Caller, receiver: Receiver, member: Join
) -> None:
    backend = Backend(clocked_house, clocked, receiver)
    backend.listen()
    clocked.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    watcher = member("watcher", of=clocked, platform="Web")
    watcher.enter()
    lost = member("lost", of=clocked, platform="iOS", address="127.0.0.2")
    lost.enter()
    lost.call("takeSeat", seatIndex=1)
    backend.told(to.CREATE, to.ENTER, to.ENTER, to.SEATS_CHANGED)
    lost.drop()
    for _ in range(8):
        clocked.advance(20)
        watcher.call("ping")
    until(lambda: list(clocked.members()) == ["watcher"])
    found = {each.command: each for each in backend.got(6)[4:]}
    assert found.keys() == {to.LEAVE, to.SEATS_CHANGED}
    left = found[to.LEAVE].body
    assert left.pop("EventTime") > 0
    assert left == {
        "CallbackCommand": to.LEAVE,
        "Operator_Account": "lost",  # [C9]
        "RoomId": "room-1",
        "MemberCount": 1,
        "Type": "Expired",
        "MemberList_Account": ["lost"],
        "Reason": "",
    }
    for told in found.values():
        by_nobody(told, "127.0.0.2")
    assert "Member_Account" not in found[to.SEATS_CHANGED].body["SeatList"][0]


def test_an_account_that_is_deleted_leaves_its_rooms(backend: Backend, member: Join) -> None:
    backend.listen()
    backend.caller.create_room()
    member("ann", platform="Web").enter()
    backend.caller.ok("im_open_login_svc/account_delete", {"DeleteItem": [{"UserID": "ann"}]})
    *_, left = backend.told(to.CREATE, to.ENTER, to.LEAVE)
    assert left.body["MemberList_Account"] == ["ann"]
    assert left.body["MemberCount"] == 0
