"""Nodes that die, stand still or leave: what becomes of their members."""

import asyncio
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from conclave.realtime.connection import GOING_AWAY
from tests import invariants
from tests.house import ROOMS
from tests.member import connections, until
from tests.nodes import DUTIES, LEASE_S, STEP_S, Pair, until_late, until_later
from tests.proxy import Proxy
from tests.test_client import joined
from tests.test_client import until as until_so

pytestmark = pytest.mark.postgresql
GRACE_S = 60
HELD = "SELECT pg_sleep(5) FROM (SELECT 1 FROM groups WHERE group_id = 'room-1' FOR UPDATE) AS held"
HOLDS = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event = 'PgSleep' AND datname = current_database()"
WAITS = "SELECT COUNT(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def two(tmp_path: Path) -> Iterator[Pair]:
    """Two nodes whose members keep their places for a minute."""
    with Pair(tmp_path, heartbeat_silence=3600, heartbeat_grace=GRACE_S) as two:
        yield two


def expired(two: Pair) -> list[str]:
    """Return the facts of those who were put out because no sign of life came."""
    query = "SELECT data FROM events WHERE kind = 'MemberLeft' ORDER BY position"
    return [str(data) for (data,) in two.database.query(query) if '"Expired"' in data]


def check(two: Pair) -> None:
    invariants.check(two.database, int((time.time() + 2 * GRACE_S) * 1000))


def settle(two: Pair) -> None:
    """Wait until node B has noticed that the other one is gone, and does what that one did."""
    until_late(lambda: two.b.gauge("conclave_nodes") == 1 and all(map(two.b.holds, DUTIES)))


def test_members_of_a_node_that_is_killed_come_back_on_another_or_are_put_out_after_the_grace(two: Pair) -> None:
    a, b = two.a.caller(), two.b.caller()
    a.create_room(IsSeatEnabled=True, MaxSeatCount=4)
    ann, bob = two.member(two.a, "ann", deviceId="phone"), two.member(two.a, "bob")
    watcher = two.member(two.b, "watcher")
    watcher.enter()
    seq = ann.enter()["seq"]
    ann.call("takeSeat", seatIndex=2)
    info = {"Member_Account": "ann", "Role": "Admin", "NameCard": "A."}
    a.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})
    bob.enter()
    two.a.kill()
    again = two.member(two.b, "ann", deviceId="phone")
    resumed = again.call("resume", roomId="room-1", seq=seq)
    assert resumed["resumed"] is False
    assert (resumed["snapshot"]["role"], resumed["snapshot"]["seats"][2]["userId"]) == (1, "ann")
    settle(two)
    b.advance(GRACE_S - 20)
    assert b.members().keys() == {"watcher", "ann", "bob"}
    until_later(b, lambda: b.members().keys() == {"watcher", "ann"})
    left = [frame["data"]["reason"] for frame in watcher.told() if frame["event"] == "onRemoteUserLeaveRoom"]
    assert left == ["Expired"]
    assert b.seats()[2] == "ann"
    until(lambda: two.database.query("SELECT COUNT(*) FROM nodes") == [(1,)])
    check(two)


def test_an_entry_that_comes_to_light_after_its_node_was_forgotten_is_ended_too(two: Pair) -> None:
    a, b = two.a.caller(), two.b.caller()
    a.create_room()
    ann, bob = two.member(two.a, "ann"), two.member(two.b, "bob")
    ann.enter()
    bob.enter()
    ((node,),) = two.database.query("SELECT node FROM members WHERE account = 'ann'")
    two.a.kill()
    settle(two)
    b.ok("conclave/set_clock", {"Freeze": True})
    until_later(b, lambda: b.members().keys() == {"bob"})
    until(lambda: two.database.query("SELECT COUNT(*) FROM nodes") == [(1,)])
    two.database.change("UPDATE members SET node = ? WHERE account = 'bob'", [(node,)])
    until_later(b, lambda: b.members() == {})
    check(two)


def test_clients_whose_node_is_killed_go_on_at_another_by_themselves(two: Pair) -> None:
    """As behind a load balancer; some of them are in the middle of something."""
    a, b = two.a.caller(), two.b.caller()
    users = [f"user{n}" for n in range(6)]
    a.import_accounts(*users)
    a.create_room(IsSeatEnabled=True, MaxSeatCount=len(users), Owner_Account="user0")

    async def story(cable: Proxy) -> None:
        async with AsyncExitStack() as stack:
            members = [await stack.enter_async_context(joined(a, user, cable.url)) for user in users]
            for seat, member in enumerate(members):
                await member.enterRoom("room-1")
                await member.takeSeat(seatIndex=seat)
            role = {"Member_Account": "user1", "Role": "Admin"}
            a.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": role})
            calls = [asyncio.ensure_future(member.sendTextMessage(textContent="hello")) for member in members]
            two.a.kill()
            cable.target = two.b.port
            await asyncio.gather(*calls, return_exceptions=True)
            await until_so(lambda: all(member.state == "connected" for member in members))
            assert await asyncio.to_thread(b.seats) == users
            roles = {name: entry["Role"] for name, entry in (await asyncio.to_thread(b.members)).items()}
            assert roles == {"user0": "Owner", "user1": "Admin", **dict.fromkeys(users[2:], "Member")}
            await asyncio.to_thread(settle, two)
            for _ in range(3):
                await asyncio.to_thread(b.advance, GRACE_S)
                await asyncio.gather(*(member.ping() for member in members))
            assert (await asyncio.to_thread(b.members)).keys() == set(users)

    with Proxy(two.a.port) as cable:
        asyncio.run(story(cable))
    assert expired(two) == []
    check(two)


def test_a_node_that_ends_in_order_hands_over_at_once(two: Pair) -> None:
    a, b = two.a.caller(), two.b.caller()
    a.create_room()
    two.member(two.a, "ann").enter()
    assert two.a.stop() == 0
    began = time.monotonic()
    until(lambda: all(map(two.b.holds, DUTIES)))
    assert time.monotonic() - began < LEASE_S / 2
    until_late(lambda: two.alive() == 1)
    assert b.members().keys() == {"ann"}
    until_later(b, lambda: b.members() == {})
    check(two)


def test_a_node_that_ends_hands_over_before_its_last_call_is_answered(tmp_path: Path) -> None:
    with Pair(tmp_path, timeout=8) as two:
        a = two.a.caller()
        a.create_room()
        holding = threading.Thread(target=two.database.query, args=(HELD,))
        holding.start()
        until(lambda: two.database.query(HOLDS) == [(1,)])
        calling = threading.Thread(target=lambda: a.call(f"{ROOMS}/destroy_room", {"RoomId": "room-1"}))
        calling.start()
        until(lambda: two.database.query(WAITS) == [(1,)])
        stopping = threading.Thread(target=two.a.stop)
        stopping.start()
        began = time.monotonic()
        until(lambda: all(map(two.b.holds, DUTIES)))
        assert time.monotonic() - began < LEASE_S / 2
        assert calling.is_alive()
        for thread in (holding, calling, stopping):
            thread.join()


def test_a_node_that_stood_still_beyond_its_lease_does_no_harm(two: Pair) -> None:
    """As one that was cut off: it had the duties, and finds that another has them."""
    a, b = two.a.caller(), two.b.caller()
    a.create_room()
    ann, bob = two.member(two.a, "ann"), two.member(two.b, "bob")
    bob.enter()
    ann.enter()
    two.a.signal(signal.SIGSTOP)
    settle(two)
    b.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": "meanwhile"}})
    until_later(b, lambda: b.members().keys() == {"bob"})
    two.a.signal(signal.SIGCONT)
    assert ann.next_event("onRoomNameChanged")["data"]["roomName"] == "meanwhile"
    assert ann.next_event("onKickedOutOfRoom")["data"]["reason"] == 3
    until_late(lambda: two.alive() == 2 and two.a.gauge("conclave_nodes") == 2)
    assert not any(map(two.a.holds, DUTIES))
    assert all(map(two.b.holds, DUTIES))
    ann.enter()
    assert a.members().keys() == {"ann", "bob"}
    check(two)


def test_members_of_a_node_that_missed_what_was_pruned_start_afresh(tmp_path: Path) -> None:
    with Pair(tmp_path, heartbeat_silence=3600, heartbeat_grace=86_400, event_retention=60) as two:
        a = two.a.caller()
        a.create_room()
        bob, ann = (two.member(two.b, user, deviceId=user) for user in ("bob", "ann"))
        ann.enter()
        seq = bob.enter()["seq"]
        ann.drop()
        two.b.signal(signal.SIGSTOP)
        for name in ("first", "second", "third"):
            a.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": name}})
        until_later(a, lambda: two.database.query("SELECT COUNT(*) FROM events") == [(1,)])
        two.b.signal(signal.SIGCONT)
        assert bob.until_closed().frames[-1]["data"]["code"] == GOING_AWAY
        for user in ("bob", "ann"):
            again = two.member(two.b, user, deviceId=user)
            resumed = again.call("resume", roomId="room-1", seq=seq)
            assert resumed["resumed"] is False
            assert resumed["snapshot"]["roomInfo"]["roomName"] == "third"
        a.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": "fourth"}})
        assert again.next_event("onRoomNameChanged")["data"]["roomName"] == "fourth"
        again.drop()
        until(lambda: connections(two.b.caller()) == 1)
        assert two.member(two.b, "ann", deviceId="ann").call("resume", roomId="room-1", seq=resumed["seq"])["resumed"]


def test_a_node_that_stood_still_for_less_keeps_its_members(two: Pair) -> None:
    a, b = two.a.caller(), two.b.caller()
    a.create_room()
    ann = two.member(two.a, "ann")
    ann.enter()
    two.a.signal(signal.SIGSTOP)
    settle(two)
    two.a.signal(signal.SIGCONT)
    until_late(lambda: two.b.gauge("conclave_nodes") == 2)
    b.advance(GRACE_S + 1)
    time.sleep(2)  # it looks once a second, and nothing is to come of it
    assert b.members().keys() == {"ann"}
    assert expired(two) == []
    check(two)


def test_who_has_come_back_elsewhere_is_not_put_out_by_a_node_that_did_not_hear_of_it(tmp_path: Path) -> None:
    """It stands still while he comes back, and while the grace ends that it counts."""
    grace = 2.0
    with Pair(tmp_path, heartbeat_silence=3600, heartbeat_grace=grace) as two:
        a, b = two.a.caller(), two.b.caller()
        a.create_room()
        ann = two.member(two.a, "ann", deviceId="phone")
        ann.enter()
        ann.drop()
        until(lambda: connections(a) == 0)
        two.a.signal(signal.SIGSTOP)
        two.member(two.b, "ann", deviceId="phone").enter()
        time.sleep(grace + 0.5)  # by its own clock, which nobody can move while it stands still
        two.a.signal(signal.SIGCONT)
        time.sleep(1.5)  # it looks once a second, and nothing is to come of it
        assert b.members().keys() == {"ann"}
        assert expired(two) == []


def test_who_comes_back_while_the_one_who_puts_out_waits_for_the_room_stays(two: Pair) -> None:
    a = two.a.caller()
    a.create_room()
    ann = two.member(two.a, "ann", deviceId="phone")
    seq = ann.enter()["seq"]
    a.ok("conclave/set_clock", {"Freeze": True})
    ann.drop()
    until(lambda: connections(a) == 0)
    with two.database.holding("SELECT 1 FROM rooms FOR UPDATE"):
        a.advance(GRACE_S + 1)
        until(lambda: two.database.query(WAITS) == [(1,)])
        again = two.member(two.a, "ann", deviceId="phone")
        assert again.call("resume", roomId="room-1", seq=seq)["resumed"] is True
    until(lambda: two.database.query(WAITS) == [(0,)])
    again.call("sendTextMessage", textContent="still here")
    assert expired(two) == []


def test_the_clocks_of_the_nodes_may_differ(two: Pair) -> None:
    """By an hour; leases and duties go by the database's time."""
    a, b = two.a.caller(), two.b.caller()
    b.advance(3600)
    a.create_room()
    ann, bob = two.member(two.a, "ann"), two.member(two.b, "bob")
    ann.enter()
    bob.enter()
    time.sleep(LEASE_S + 1)
    assert two.alive() == two.a.gauge("conclave_nodes") == two.b.gauge("conclave_nodes") == 2
    assert all(map(two.a.holds, DUTIES))
    assert b.members().keys() == {"ann", "bob"}
    assert expired(two) == []


def test_who_is_inside_without_a_place_is_put_out_after_the_grace(two: Pair) -> None:
    """As an entry leaves him whose COMMIT was not answered, while his node goes on."""
    a = two.a.caller()
    a.create_room()
    ann = two.member(two.a, "ann")
    ann.enter()
    a.import_accounts("bob")
    columns = "sdkappid, group_key, entered_at, node"
    two.database.change(
        f"INSERT INTO members (account, entry, is_robot, role, name_card, custom_info, marks, custom, devices, "
        f"grants, is_muted, attributes, {columns}) SELECT 'bob', 2, 0, 'Member', '', '', '[]', '[]', 0, 0, 0, '{{}}', "
        f"{columns} FROM members WHERE account = 'ann'"
    )
    two.database.change("UPDATE groups SET member_count = 2, entries = 2")
    assert a.members().keys() == {"ann", "bob"}

    def is_gone() -> bool:
        a.advance(STEP_S)
        return "bob" not in a.members()

    until_late(is_gone)
    assert a.members().keys() == {"ann"}
    assert ann.next_event("onRemoteUserLeaveRoom")["data"]["reason"] == "Expired"
