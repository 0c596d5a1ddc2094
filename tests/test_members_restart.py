"""Members and the ends and beginnings of the server."""

import socket
import time
from collections.abc import Callable

import pytest

from tests.database import ENGINE
from tests.house import ROOMS, Caller, Server
from tests.invariants import check
from tests.member import Closed, Member, until
from tests.nodes import until_late


def test_members_survive_a_restart_and_have_the_grace_anew(new_server: Callable[..., Server]) -> None:
    server = new_server().start()
    caller = Caller(server.url)
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    caller.create_room("room-2")
    comes_back, stays_away, elsewhere = (Member(caller, user) for user in ("ann", "bob", "eve"))
    comes_back.enter()
    comes_back.call("takeSeat", seatIndex=1)
    stays_away.enter()
    elsewhere.enter("room-2")
    stays_away.told()
    comes_back.told()
    last = caller_seq(comes_back)
    server.kill()
    with pytest.raises(Closed):
        comes_back.receive()
    server.start()
    until_late(lambda: server.gauge("conclave_nodes") == 1)
    caller = Caller(server.url)
    caller.import_accounts("robot")
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    caller.advance(40)
    ann = Member(caller, "ann")
    snapshot = ann.enter()
    # The robot came; and where others might serve, the log says that ann has come through another node.
    assert snapshot["seq"] == last + 1 + (ENGINE == "postgresql")
    assert snapshot["seats"][1]["userId"] == "ann"
    caller.advance(15)
    assert caller.members().keys() == {"ann", "bob", "robot"}
    assert ann.names_told() == []
    caller.advance(6)
    left, _ = ann.expect("onRemoteUserLeaveRoom", "onRoomUserCountChanged")
    assert (left["data"]["userInfo"]["userId"], left["data"]["reason"]) == ("bob", "Expired")
    until(lambda: caller.members("room-2") == {})
    assert ann.names_told() == []
    server.stop()
    check(server.database, int((time.time() + 100) * 1000))


def caller_seq(member: Member) -> int:
    seq: int = member.call("getRoomSnapshot")["seq"]
    return seq


def test_a_restart_with_many_members_inside_puts_out_all_who_stay_away(new_server: Callable[..., Server]) -> None:
    server = new_server().start()
    caller = Caller(server.url)
    for place in range(3):
        caller.create_room(f"room-{place}")
    members = [Member(caller, f"user{n:03}") for n in range(120)]
    for place, each in enumerate(members):
        each.enter(f"room-{place % 3}")
    server.kill()
    server.start()
    until_late(lambda: server.gauge("conclave_nodes") == 1)
    caller = Caller(server.url)
    caller.advance(61)
    with Member(caller, "watcher") as watcher:
        watcher.enter("room-2")
        until(lambda: caller.members("room-2").keys() == {"watcher"})
    until(lambda: caller.members("room-0") == caller.members("room-1") == {})


def test_the_end_of_the_server_is_told_to_everybody(new_server: Callable[..., Server]) -> None:
    server = new_server().start()
    caller = Caller(server.url)
    caller.create_room()
    members = [Member(caller, f"user{n}") for n in range(5)]
    for each in members[:4]:
        each.enter()
    stranger = Member(caller, "stranger", login=False)
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 10
    for each in (*members, stranger):
        closed = each.until_closed()
        assert closed.frames[-1] == {
            "event": "onError",
            "data": {"code": 1001, "message": "the server is shutting down"},
        }
        assert closed.code in (1001, 1005)  # the HTTP server may not be able to send a code
    assert "Traceback" not in server.log.read_text()


def test_the_end_of_the_server_does_not_wait_for_whoever_does_not_read(new_server: Callable[..., Server]) -> None:
    server = new_server().start()
    caller = Caller(server.url)
    silent = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(3)]
    for each in silent:
        each.sendall(
            b"GET /v1/members HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert b"101" in each.recv(1000)
    Member(caller, "ann").drop()
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 15
    for each in silent:
        each.close()
