"""``conclave.js`` in a browser: calls, events, and connections that are cut."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from conclave.realtime import declared
from tests.browser import People
from tests.eventlog import EventLog
from tests.house import ROOMS, Caller, Server
from tests.member import Join
from tests.proxy import Proxy
from tests.scripted import CONNECT, call, connected, told

if TYPE_CHECKING:
    from playwright.sync_api import Page

OWN_AFFAIR = {"login", "resume", "ping"}


@pytest.fixture
def proxy(house: Server) -> Iterator[Proxy]:
    with Proxy(house.port) as proxy:
        yield proxy


@pytest.fixture
def page(room: Caller, visitors: People, proxy: Proxy) -> "Page":
    """A page from behind the proxy, on which ann is logged in."""
    return connected(visitors, room, proxy.url, "ann")


def test_it_has_every_method(page: "Page") -> None:
    methods = page.evaluate("METHODS")
    assert methods == sorted(methods)
    assert set(methods) == declared.load().keys() - OWN_AFFAIR


def test_it_calls_and_listens(room: Caller, page: "Page", member: Join) -> None:
    assert page.evaluate("[me.state, me.room, me.userId, me.rules.pingInterval]") == ["connected", "", "ann", 15]
    snapshot = call(page, "enterRoom", roomId="room-1")
    assert (snapshot["role"], page.evaluate("me.room")) == (2, "room-1")
    name, code, sentence = call(page, "takeSeat", seatIndex=7)
    assert (name, code) == ("Refused", 100252)
    assert sentence.startswith("takeSeat was refused: ")
    member("bob", of=room).enter()
    page.wait_for_function("told.length === 2")
    seq = snapshot["seq"] + 1
    assert told(page) == [[seq, "onRemoteUserEnterRoom"], [seq, "onRoomUserCountChanged"]]
    page.evaluate(
        "() => { window.heard = []; window.off = me.on('onRoomNameChanged', (e) => heard.push(e.data.roomName)); }"
    )
    for name in ("one", "two"):
        room.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": name}})
        page.wait_for_function(f"told.at(-1).data.roomName === '{name}'")
        page.evaluate("off()")
    assert page.evaluate("heard") == ["one"]
    call(page, "exitRoom")
    assert page.evaluate("me.room") == ""
    page.evaluate("me.close()")
    assert call(page, "takeSeat")[0] == "Ended"


def test_a_login_that_is_refused(room: Caller, visitors: People) -> None:
    page = visitors.visit(f"{room.url}/meet/settings.json")
    asked = [room.sdkappid, "ann", room.token("eve"), "tab-1"]
    assert page.evaluate(f"([...args]) => ({CONNECT})(args).catch((error) => error.code)", asked) == 70013


def test_cuts_lose_and_double_nothing(room: Caller, log: EventLog, page: "Page", proxy: Proxy, member: Join) -> None:
    call(page, "enterRoom", roomId="room-1")
    bob = member("bob", of=room)
    bob.enter()
    for n in range(12):
        bob.call("takeSeat", seatIndex=n % 2)
        if n % 3 == 0:
            proxy.cut()
        if n % 3 == 1:
            page.wait_for_function(f"states.filter((state) => state === 'connected').length > {n // 3}")
        bob.call("leaveSeat")
    last = log.all()[-1].seq
    page.wait_for_function(f"told.some((event) => event.seq === {last})")
    entered, *moves = [event.seq for event in log.all() if event.kind in ("MemberEntered", "SeatsChanged")][1:]
    expected = [[entered, "onRemoteUserEnterRoom"], [entered, "onRoomUserCountChanged"]]
    assert told(page) == expected + [[seq, "onSeatListChanged"] for seq in moves]
    assert page.evaluate("states") == ["reconnecting", "connected"] * 4


def test_a_cut_between_two_frames_of_one_event_loses_and_doubles_neither(
    room: Caller, page: "Page", proxy: Proxy
) -> None:
    call(page, "enterRoom", roomId="room-1")
    for count, (role, lost) in enumerate((("Admin", b"onUserRoleChanged"), ("Member", b"onUserInfoChanged")), 1):
        proxy.cut_before(lost)
        change = {"Member_Account": "ann", "Role": role}
        room.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": change})
        page.wait_for_function(f"told.filter(({{ roomId }}) => roomId).length >= {2 * count}")
        page.evaluate("me.call('ping')")
        assert [name for _, name in told(page)] == ["onUserInfoChanged", "onUserRoleChanged"] * count
    assert page.evaluate("states") == ["reconnecting", "connected"] * 2


def test_calls_wait_for_the_connection_or_say_that_nobody_knows(room: Caller, page: "Page", proxy: Proxy) -> None:
    call(page, "enterRoom", roomId="room-1")
    proxy.take_down()
    page.wait_for_function("me.state === 'reconnecting'")
    page.evaluate("() => { window.waiting = me.takeSeat({ seatIndex: 1 }); }")
    assert page.evaluate("me.call('leaveSeat', {}, 50).catch((error) => error.constructor.name)") == "NotConnected"
    proxy.put_up()
    page.evaluate("me.reconnectNow()")
    assert page.evaluate("waiting")["seatIndex"] == 1
    page.evaluate(
        "() => { window.results = Promise.allSettled(Array.from({ length: 40 }, () => me.getRoomSnapshot())); }"
    )
    proxy.cut()
    ends = page.evaluate("results.then((all) => all.map((each) => each.reason?.constructor.name ?? 'answered'))")
    assert set(ends) <= {"answered", "OutcomeUnknown"}
    page.wait_for_function("me.state === 'connected'")
    assert room.seats() == ["", "ann"]


def test_whoever_was_put_out_meanwhile_is_told(room: Caller, page: "Page", proxy: Proxy) -> None:
    call(page, "enterRoom", roomId="room-1")
    proxy.take_down()
    room.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["ann"], "Reason": ""})
    proxy.put_up()
    page.wait_for_function("told.some(({ event, data }) => event === 'onKickedOutOfRoom' && data.reason === 4)")
    assert page.evaluate("me.room") == ""
    assert call(page, "enterRoom", roomId="room-1")["role"] == 2


def test_the_same_device_elsewhere_ends_it(room: Caller, page: "Page", member: Join) -> None:
    member("ann", of=room, deviceId="tab-1")
    page.wait_for_function("me.state === 'closed'")
    assert told(page, room_only=False) == [[None, "onKickedOffLine"], [None, "onConnectionStateChanged"]]
    assert call(page, "takeSeat")[0] == "Ended"
