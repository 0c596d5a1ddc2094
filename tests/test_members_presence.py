"""Signs of life: who keeps his place, for how long, and what becomes of whoever is gone [M9]."""

import contextlib
import time
from collections.abc import Callable

import pytest

from tests.clockwork import DAY, Lives
from tests.eventlog import EventLog
from tests.house import ROOMS, Caller, Server
from tests.member import Join, Member, Refused, connections, until


@pytest.fixture
def room(clocked: Caller) -> Caller:
    """A room with a seat, on a server whose clock may be moved."""
    clocked.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    return clocked


@pytest.fixture
def watcher(room: Caller, member: Join) -> Member:
    """Sees who comes and goes."""
    watcher = member("watcher", of=room)
    watcher.enter()
    return watcher


def advance(caller: Caller, watcher: Member, seconds: float) -> None:
    """Move the clock in steps that the watcher survives."""
    while seconds > 0:
        caller.advance(min(seconds, 25))
        watcher.call("ping")
        seconds -= 25


def lose(caller: Caller, member: Member) -> None:
    """Cut a member's cable, and wait until the server has noticed: only the watcher is connected any more."""
    member.drop()
    until(lambda: connections(caller) == 1)


def test_a_lost_member_keeps_place_role_and_seat_for_a_grace_time(room: Caller, watcher: Member, member: Join) -> None:
    ann = member("ann", of=room)
    ann.enter()
    ann.call("takeSeat", seatIndex=1)
    info = {"Member_Account": "ann", "Role": "Admin", "NameCard": "A."}
    room.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})
    watcher.told()
    lose(room, ann)
    advance(room, watcher, 50)
    assert room.seats() == ["", "ann"]
    assert watcher.names_told() == []
    again = member("ann", of=room)
    snapshot = again.enter()
    assert snapshot["role"] == 1
    assert snapshot["seats"][1]["nameCard"] == "A."
    advance(room, watcher, 20)
    assert again.call("ping")
    advance(room, watcher, 20)
    assert watcher.names_told() == []
    assert room.seats() == ["", "ann"]


def test_a_lost_member_is_put_out_after_the_grace_time(
    room: Caller, watcher: Member, member: Join, clocked_house: Server
) -> None:
    log = EventLog(clocked_house, room)
    ann = member("ann", of=room, platform="Web")
    ann.enter()
    ann.call("takeSeat", seatIndex=1)
    watcher.told()
    log.new()
    lose(room, ann)
    advance(room, watcher, 55)
    assert watcher.names_told() == []
    room.advance(6)
    seats, left, count = watcher.expect("onSeatListChanged", "onRemoteUserLeaveRoom", "onRoomUserCountChanged")
    assert (left["data"]["userInfo"]["userId"], left["data"]["reason"]) == ("ann", "Expired")
    assert seats["data"]["seatList"][1]["userId"] == ""
    assert count["data"]["userCount"] == 1
    expired = log.told("SeatsChanged", "MemberLeft")[1]
    assert (expired.operator, expired.platform, expired.client_ip) == ("ann", "Unknown", "127.0.0.1")
    assert expired.data["how"] == "Expired"
    assert member("ann", of=room).enter()["role"] == 2


def test_a_silent_member_is_put_out_and_told(room: Caller, watcher: Member, member: Join) -> None:
    ann = member("ann", of=room)
    ann.enter()
    watcher.told()
    advance(room, watcher, 85)
    assert watcher.names_told() == []
    room.advance(6)
    assert watcher.next_event("onRemoteUserLeaveRoom")["data"]["reason"] == "Expired"
    kicked = ann.next_event("onKickedOutOfRoom")
    assert (kicked["roomId"], kicked["data"]["reason"]) == ("room-1", 3)
    ann.refused(-2101, "exitRoom")
    ann.enter()
    assert watcher.next_event("onRemoteUserEnterRoom")


def test_any_frame_is_a_sign_of_life(room: Caller, watcher: Member, member: Join) -> None:
    ann = member("ann", of=room)
    ann.enter()
    watcher.told()
    for method in ("ping", "getRoomSnapshot", "leaveSeat", "noSuchMethod"):
        advance(room, watcher, 50)
        with contextlib.suppress(Refused):
            ann.call(method)
    advance(room, watcher, 50)
    assert watcher.names_told() == []


def test_grace_begins_with_the_silence_not_with_the_end_of_it(room: Caller, watcher: Member, member: Join) -> None:
    ann = member("ann", of=room)
    ann.enter()
    watcher.told()
    advance(room, watcher, 75)  # 45 seconds of grace are over
    lose(room, ann)
    room.advance(16)
    assert watcher.next_event("onRemoteUserLeaveRoom")["data"]["reason"] == "Expired"


def test_leaving_the_connection_is_not_leaving_the_room(room: Caller, watcher: Member, member: Join) -> None:
    ann = member("ann", of=room)
    ann.enter()
    watcher.told()
    ann.close()
    assert watcher.names_told() == []
    assert room.members().keys() == {"watcher", "ann"}


def test_whoever_was_kicked_while_away_stays_out(room: Caller, watcher: Member, member: Join) -> None:
    ann = member("ann", of=room)
    ann.enter()
    ann.drop()
    watcher.told()
    room.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["ann"], "Reason": ""})
    assert watcher.names_told() == ["onRemoteUserLeaveRoom", "onRoomUserCountChanged"]
    advance(room, watcher, 100)
    assert watcher.names_told() == []


def test_a_room_that_ended_while_one_was_away_is_gone(room: Caller, member: Join) -> None:
    ann = member("ann", of=room, deviceId="phone")
    ann.enter()
    ann.drop()
    room.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    again = member("ann", of=room, deviceId="phone")
    again.refused(100004, "enterRoom", roomId="room-1")
    room.create_room()
    room.advance(70)
    member("ann", of=room).enter()
    room.advance(20)
    assert room.members().keys() == {"ann"}


def test_a_place_in_an_earlier_life_of_the_room_does_not_end_one_in_the_next(room: Caller, member: Join) -> None:
    lost = member("ann", of=room)
    lost.enter()
    lost.drop()
    room.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    room.create_room()
    ann = member("ann", of=room)
    ann.enter()
    advance(room, ann, 100)
    assert ann.names_told() == []
    assert room.members().keys() == {"ann"}


def test_a_connection_that_says_nothing_at_all_is_closed(room: Caller, member: Join) -> None:
    ann = member("ann", of=room)
    room.advance(170)
    assert ann.call("ping")
    room.advance(181)
    closed = ann.until_closed()
    assert closed.frames[-1]["data"]["code"] == 1008


def test_robots_need_no_sign_of_life(room: Caller, watcher: Member) -> None:
    room.import_accounts("robot")
    room.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    watcher.told()
    advance(room, watcher, 200)
    assert watcher.names_told() == []


def test_the_settings_decide_how_long(new_server: Callable[..., Server]) -> None:
    caller = Caller(new_server(heartbeat_silence=2, heartbeat_grace=1, insecure_test_clock=False).start().url)
    caller.create_room()
    watcher, ann, bob = (Member(caller, user) for user in ("watcher", "ann", "bob"))
    for each in (watcher, ann, bob):
        each.enter()
    began = time.monotonic()
    ann.drop()
    gone: dict[str, float] = {}
    while len(gone) < 2:
        for frame in watcher.told():
            if frame["event"] == "onRemoteUserLeaveRoom":
                gone[frame["data"]["userInfo"]["userId"]] = time.monotonic() - began
        assert time.monotonic() - began < 20
        time.sleep(0.05)
    assert list(gone) == ["ann", "bob"]
    assert gone["ann"] >= 1
    assert gone["bob"] >= 3
    assert bob.next_event("onKickedOutOfRoom")["data"]["reason"] == 3
    for each in (watcher, bob):
        each.close()


def test_the_clock_may_move_on_while_the_lost_are_put_out(lives: Lives) -> None:
    """Nobody is forgotten by a clock that then stands still."""
    life = lives("plain")
    life.caller.create_room()
    crowd = [f"lost{n}" for n in range(30)]
    for user in (*crowd, "last"):
        if user == "last":
            life.caller.advance(1)
        with Member(life.caller, user) as member:
            member.enter()
        until(lambda: connections(life.caller) == 0)
    life.caller.advance(DAY - 1)  # puts out the crowd
    life.caller.advance(1)  # and the last one, whose moment comes meanwhile
    until(lambda: life.caller.members() == {})


def test_places_do_not_pile_up(room: Caller, watcher: Member, member: Join, clocked_house: Server) -> None:
    for _ in range(30):
        with Member(room, "ann") as ann:
            ann.enter()
    advance(room, watcher, 90)
    until(lambda: room.members().keys() == {"watcher"})
    told = [frame["event"] for frame in watcher.told()]
    assert told.count("onRemoteUserEnterRoom") == told.count("onRemoteUserLeaveRoom") == 1
