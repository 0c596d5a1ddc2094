"""Members on several nodes: whoever is on one sees what happens through another, and is one person on all of them."""

import itertools
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from conclave.realtime.events.base import BY_SERVER
from tests import invariants, tokens
from tests.house import ROOMS, Caller
from tests.member import Member, until
from tests.nodes import Node, Pair, pair

pytestmark = pytest.mark.postgresql
APPLICATIONS = 40
TIMES = 3
WITHIN_S = 1.0
OTHER_ROOM = 999_999
_next = itertools.count(1_400_000_001)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Pair]:
    with pair(tmp_path_factory.mktemp("pair"), applications=APPLICATIONS) as two:
        yield two
        invariants.check(two.database)


class World:
    """An application of a test's own on two nodes, with a room."""

    def __init__(self, two: Pair) -> None:
        self.two = two
        self.sdkappid = next(_next)
        self.a, self.b = (node.caller(self.sdkappid) for node in (two.a, two.b))
        self.a.create_room(IsSeatEnabled=True, MaxSeatCount=4)

    def on_a(self, user: str, **params: object) -> Member:
        return self.two.member(self.two.a, user, self.sdkappid, **params)

    def on_b(self, user: str, **params: object) -> Member:
        return self.two.member(self.two.b, user, self.sdkappid, **params)


@pytest.fixture
def world(two: Pair) -> World:
    return World(two)


class Promised:
    """What is in force within one second: as a rule, which one of several may break on a machine that others use."""

    def __init__(self) -> None:
        self._seconds: list[float] = []

    def __enter__(self) -> None:
        self._began = time.monotonic()

    def __exit__(self, kind: object, *_: object) -> None:
        self._seconds.append(time.monotonic() - self._began)

    def is_kept(self) -> bool:
        return len(self._seconds) == TIMES and statistics.median(self._seconds) < WITHIN_S


def make_admin(caller: Caller, account: str) -> None:
    info = {"Member_Account": account, "Role": "Admin", "NameCard": "A."}
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})


def test_a_member_on_one_node_sees_what_happens_through_the_other(world: World) -> None:
    ann, bob = world.on_a("ann"), world.on_b("bob")
    ann.enter()
    bob.enter()
    assert ann.next_event("onRemoteUserEnterRoom")["data"]["userInfo"]["userId"] == "bob"
    bob.call("sendTextMessage", textContent="hello")
    ann.next_event("onReceiveTextMessage")
    bob.told()
    ann.call("takeSeat", seatIndex=1)
    bob.next_event("onSeatListChanged")
    world.b.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": "new"}})
    for each in (ann, bob):
        assert each.next_event("onRoomNameChanged")["data"]["roomName"] == "new"
    world.b.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    ann.next_event("onRoomDismissed")


def test_a_ban_on_one_node_puts_out_on_the_other_within_a_second(world: World) -> None:
    promised = Promised()
    for number in range(TIMES):
        ann = world.on_a(f"ann{number}")
        ann.enter()
        ban = {"RoomId": "room-1", "MemberList_Account": [ann.user], "Duration": 600, "Reason": ""}
        with promised:
            world.b.ok(f"{ROOMS}/ban_room_member", ban)
            assert ann.next_event("onKickedOutOfRoom")["data"]["reason"] == BY_SERVER
        ann.refused(100016, "enterRoom", roomId="room-1")
    assert promised.is_kept()


def test_who_is_put_out_through_one_node_hears_so_on_the_other_within_a_second(world: World) -> None:
    promised, watcher = Promised(), world.on_b("watcher")
    watcher.enter()
    for number in range(TIMES):
        ann = world.on_a(f"ann{number}")
        ann.enter()
        kick = {"RoomId": "room-1", "MemberList_Account": [ann.user], "Reason": "enough"}
        with promised:
            world.b.ok(f"{ROOMS}/kick_user_out", kick)
            told = ann.next_event("onKickedOutOfRoom")["data"]
        assert (told["reason"], told["message"]) == (BY_SERVER, "enough")
        ann.refused(-2101, "exitRoom")
        left = watcher.next_event("onRemoteUserLeaveRoom")["data"]
        assert (left["userInfo"]["userId"], left["reason"]) == (ann.user, "Kicked")
        assert world.a.members().keys() == {"watcher"}
    ann.enter()  # it is no ban
    assert promised.is_kept()


def test_an_account_that_is_kicked_on_one_node_is_logged_out_on_the_other_within_a_second(world: World) -> None:
    promised = Promised()
    for number in range(TIMES):
        ann = world.on_a(f"ann{number}")
        with promised:
            world.b.ok("im_open_login_svc/kick", {"UserID": ann.user})
            assert ann.next_event("onKickedOffLine")
        ann.until_closed()
    assert promised.is_kept()


class Operator:
    """Whoever runs ``conclave app`` beside node B."""

    def __init__(self, node: Node) -> None:
        self.node = node

    def app(self, *words: str) -> None:
        command = [sys.executable, "-m", "conclave", "app", *words, "--config", str(self.node.config)]
        done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=60)
        assert done.returncode == 0, done


def test_a_rotated_key_and_a_disabled_application_are_in_force_on_every_node_within_a_second(two: Pair) -> None:
    operator, created, rotated, disabled = Operator(two.b), Promised(), Promised(), Promised()
    old, new = "o" * 32, "n" * 32
    for sdkappid in range(1_500_000_000, 1_500_000_000 + TIMES):
        a = two.a.caller(sdkappid)

        def code(key: str, a: Caller = a) -> int:
            a._token = tokens.make(a.sdkappid, "administrator", key)
            return int(a.call("conclave/list_rooms", {})["ErrorCode"])

        operator.app("create", str(sdkappid), "--key", old)
        with created:
            until(lambda: code(old) == 0)
        ann = two.member(two.a, "ann", sdkappid, userSig=tokens.make(sdkappid, "ann", old))
        operator.app("rotate-key", str(sdkappid), "--key", new, "--overlap", "0")
        with rotated:
            until(lambda: code(old) != 0)
        assert code(new) == 0
        operator.app("disable", str(sdkappid))
        with disabled:
            until(lambda: code(new) == 60016)
        ann.refused(60016, "getRoomSnapshot", roomId="room-1")
    assert created.is_kept()
    assert rotated.is_kept()
    assert disabled.is_kept()


def test_who_enters_through_another_node_takes_over_from_the_device_that_was_inside(world: World) -> None:
    phone, laptop = world.on_a("ann", deviceId="phone"), world.on_b("ann", deviceId="laptop")
    watcher = world.on_a("watcher")
    watcher.enter()
    phone.enter()
    phone.call("takeSeat", seatIndex=2)
    make_admin(world.a, "ann")
    watcher.told()
    phone.told()
    snapshot = laptop.enter()
    assert (snapshot["role"], snapshot["seats"][2]["userId"]) == (1, "ann")
    kicked = phone.next_event("onKickedOutOfRoom")
    assert (kicked["roomId"], kicked["data"]["reason"]) == ("room-1", 1)
    phone.refused(-2101, "exitRoom")
    watcher.told()
    phone.enter()
    assert laptop.next_event("onKickedOutOfRoom")["data"]["reason"] == 1
    assert watcher.names_told() == []
    assert world.b.seats()[2] == "ann"


@pytest.mark.parametrize("deed", ["exitRoom", "logout", "enterRoom"])
def test_a_device_does_not_end_the_membership_that_another_one_has_taken_over(world: World, deed: str) -> None:
    """Its node has not heard of it yet: the log is held still."""
    world.a.create_room("room-2")
    phone, laptop = world.on_a("ann", deviceId="phone"), world.on_b("ann", deviceId="laptop")
    phone.enter()
    phone.call("takeSeat", seatIndex=2)
    make_admin(world.a, "ann")
    with world.two.database.holding("SELECT next_position()"):
        laptop.enter()
        if deed == "exitRoom":
            phone.refused(100005, deed)
        elif deed == "logout":
            phone.call(deed)
        else:
            phone.enter("room-2")
        member = world.b.members()["ann"]
        assert (member["Role"], member["NameCard"], world.b.seats()[2]) == ("Admin", "A.", "ann")
    if deed != "logout":
        kicked = phone.next_event("onKickedOutOfRoom")
        assert (kicked["roomId"], kicked["data"]["reason"]) == ("room-1", 1)
    laptop.call("leaveSeat")
    laptop.call("exitRoom")
    assert world.a.members() == {}


def test_a_login_of_the_same_device_on_another_node_replaces_the_first(world: World) -> None:
    first = world.on_a("ann", deviceId="phone")
    seq = first.enter()["seq"]
    first.call("takeSeat", seatIndex=3)
    second = world.on_b("ann", deviceId="phone")
    closed = first.until_closed()
    assert closed.frames[-1]["event"] == "onKickedOffLine"
    resumed = second.call("resume", roomId="room-1", seq=seq)
    assert resumed["resumed"] is False
    assert resumed["snapshot"]["seats"][3]["userId"] == "ann"
    third = world.on_a("ann", deviceId="phone")
    assert second.until_closed().frames[-1]["event"] == "onKickedOffLine"
    assert third.enter()["seats"][3]["userId"] == "ann"
    assert world.a.members().keys() == {"ann"}


def test_news_of_a_login_that_comes_late_ends_no_newer_one(world: World) -> None:
    ann = world.on_a("ann", deviceId="phone")

    def tell(moment: int, device: str = "phone") -> None:
        message = f'another node\n[{world.sdkappid},"ann","{device}",{moment},0]'
        world.two.database.query("SELECT pg_notify('conclave_nodes', ?)", message)

    tell(1)
    tell(time.time_ns(), "tablet")
    world.two.database.query("SELECT pg_notify('conclave_nodes', ?)", "another node\nof a later version")
    bob = world.on_a("bob", deviceId="phone")
    world.on_b("bob", deviceId="phone")
    bob.until_closed()  # what was told before that has been heard
    ann.call("ping")
    assert ann.names_told() == []
    tell(time.time_ns())
    assert ann.until_closed().frames[-1]["event"] == "onKickedOffLine"


def test_news_of_a_room_that_comes_late_takes_no_device_out_of_its_newer_one(world: World) -> None:
    there = world.two.a.gauge("conclave_connections")
    ann, bob = (world.on_a(user, deviceId="phone") for user in ("ann", "bob"))
    seq = [each.enter()["seq"] for each in (ann, bob)][-1]
    ann.drop()
    bob.drop()
    until(lambda: world.two.a.gauge("conclave_connections") <= there)

    def tell(user: str, moment: int) -> None:
        message = f'another node\n[{world.sdkappid},"{user}","phone",{moment},{OTHER_ROOM}]'
        world.two.database.query("SELECT pg_notify('conclave_nodes', ?)", message)

    tell("ann", 1)
    tell("bob", time.time_ns())  # what was told before that has been heard when it is done
    until(lambda: "bob" not in world.a.members())
    again = world.on_a("ann", deviceId="phone")
    assert again.call("resume", roomId="room-1", seq=seq)["resumed"] is True
    assert again.names_told() == ["onRemoteUserLeaveRoom", "onRoomUserCountChanged"]
    assert world.a.members().keys() == {"ann"}


def test_a_login_of_another_device_replaces_nothing(world: World) -> None:
    first, second = world.on_a("ann"), world.on_b("ann")
    named = world.on_b("ann", deviceId="phone")
    for each in (first, second, named):
        each.call("ping")
    assert first.names_told() == second.names_told() == []


def test_a_device_that_enters_another_room_on_another_node_leaves_the_first(world: World) -> None:
    world.a.create_room("room-2")
    first = world.on_a("ann", deviceId="phone")
    first.enter()
    second = world.on_b("ann", deviceId="phone")
    second.enter("room-2")
    until(lambda: world.a.members("room-1") == {})
    assert world.a.members("room-2").keys() == {"ann"}


def test_a_place_that_was_taken_up_elsewhere_ends_without_a_word(world: World) -> None:
    """The old node forgets it; nobody is put out when its grace would have ended."""
    first = world.on_a("ann", deviceId="phone")
    first.enter()
    first.drop()
    second = world.on_b("ann", deviceId="phone")
    second.enter()
    moved = "SELECT COUNT(*) FROM events WHERE kind = 'MemberMoved' AND sdkappid = ?"
    assert world.two.database.query(moved, world.sdkappid) == [(1,)]
    for _ in range(5):
        world.a.advance(25)
        second.call("ping")
    assert world.a.members().keys() == {"ann"}
    assert "onKickedOutOfRoom" not in second.names_told()
