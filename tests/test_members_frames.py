"""Frames as they should not be, and as many as there should not be [M10]."""

import socket
import struct
import time
from collections.abc import Callable
from typing import Any

import msgspec
import pytest
from bench.ports import free_port
from websockets.exceptions import ConnectionClosed

from tests.house import BOTH_PORTS, SEATS, Caller, Server
from tests.member import Closed, Frame, Join, Member


@pytest.fixture(params=BOTH_PORTS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def ann(member: Join) -> Member:
    return member("ann")


def code_told(member: Member) -> int:
    """The close code that the last frame told."""
    closed = member.until_closed()
    last = closed.frames[-1]
    assert last["event"] == "onError"
    assert last["data"]["message"]
    code: int = last["data"]["code"]
    # Granian, at the main port, may not be able to send a code.
    assert closed.code == code or (member.caller.members_at == member.caller.url and closed.code == 1005)
    return code


NOT_JSON: dict[str, str | bytes] = {
    "nothing": "",
    "blank": " ",
    "words": "hello",
    "half": '{"id": 1, "method": "ping"',
    "two": '{"id": 1, "method": "ping"} {}',
    "array": '[{"id": 1, "method": "ping"}]',
    "string": '"ping"',
    "number": "1",
    "null": "null",
    "nan": '{"id": NaN, "method": "ping"}',
    "byte order mark": '\ufeff{"id": 1, "method": "ping"}',
    "control character": '{"id": 1, "method": "pi\nng"}',
    "bad escape in params": '{"id": 1, "method": "enterRoom", "params": {"roomId": "\\q"}}',
    "lone surrogate in params": '{"id": 1, "method": "enterRoom", "params": {"roomId": "\\ud800"}}',
    "binary": b'{"id": 1, "method": "ping"}',
    "binary noise": bytes(range(256)),
    "deep array": '{"id": 1, "method": "ping", "params": ' + "[" * 65 + "]" * 65 + "}",
    "very deep": '{"id": 1, "method": "ping", "params": ' + '{"a":' * 8000 + "1" + "}" * 8000 + "}",
    "not utf-8 in binary": b"\xff\xfe",
}


@pytest.mark.parametrize("frame", NOT_JSON.values(), ids=NOT_JSON)
def test_a_frame_that_is_no_json_object_closes(ann: Member, frame: str | bytes) -> None:
    ann.send_raw(frame)
    assert code_told(ann) == 1007


def test_text_that_is_not_utf8_closes(ann: Member) -> None:
    payload = b'{"id": 1, "method": "\xff\xfe"}'
    ann.socket.socket.sendall(struct.pack("!BB", 0x81, 0x80 | len(payload)) + bytes(4) + payload)
    assert code_told(ann) == 1007


@pytest.mark.parametrize("size", [64 * 1024 + 1, 2**20, 15 * 2**20])
def test_a_frame_above_64_kib_closes(ann: Member, size: int) -> None:
    ann.send_raw('{"id": 1, "method": "ping", "params": {"pad": "' + "x" * (size - 50) + '"}}')
    assert code_told(ann) == 1009


def test_64_kib_are_counted_in_bytes(ann: Member) -> None:
    ann.send_raw('{"id": 1, "method": "ping", "params": {"pad": "' + "ü" * 33_000 + '"}}')
    assert code_told(ann) == 1009


def test_a_frame_of_exactly_64_kib_is_read(ann: Member) -> None:
    head, tail = '{"id": 1, "method": "ping", "params": {"pad": "', '"}}'
    ann.send_raw(head + "x" * (64 * 1024 - len(head) - len(tail)) + tail)
    assert ann.answer(1)


def test_a_frame_larger_than_the_http_server_reads_ends_the_connection(ann: Member) -> None:
    with pytest.raises((Closed, ConnectionClosed)):  # noqa: PT012 - it may end while the frame is under way
        ann.send_raw("x" * (17 * 2**20))
        while True:
            ann.receive()
    with Member(ann.caller, "bob") as bob:
        assert bob.call("ping")


@pytest.mark.parametrize(
    ("frame", "request_id", "word"),
    [
        ({}, None, "id"),
        ({"method": "ping"}, None, "id"),
        ({"id": None, "method": "ping"}, None, "id"),
        ({"id": True, "method": "ping"}, None, "id"),
        ({"id": 1.5, "method": "ping"}, None, "id"),
        ({"id": [1], "method": "ping"}, None, "id"),
        ({"id": {}, "method": "ping"}, None, "id"),
        ({"id": "", "method": "ping"}, None, "id"),
        ({"id": "x" * 65, "method": "ping"}, None, "id"),
        ({"id": 2**63, "method": "ping"}, None, "id"),
        ({"id": 7}, 7, "method"),
        ({"id": 7, "method": None}, 7, "method"),
        ({"id": 7, "method": 5}, 7, "method"),
        ({"id": 7, "method": ["ping"]}, 7, "method"),
        ({"id": 7, "method": "nosuch"}, 7, "nosuch"),
        ({"id": 7, "method": ""}, 7, "method"),
        ({"id": 7, "method": "Ping"}, 7, "Ping"),
        ({"id": 7, "method": "__init__"}, 7, "__init__"),
        ({"id": 7, "method": "x" * 1000}, 7, "xxx"),
        ({"id": 7, "method": "ping", "params": []}, 7, "params"),
        ({"id": 7, "method": "ping", "params": "x"}, 7, "params"),
        ({"id": 7, "method": "ping", "params": 1}, 7, "params"),
        ({"id": 7, "method": "ping", "params": False}, 7, "params"),
        ({"id": "seven", "method": "takeSeat", "params": {"seatIndex": -2}}, "seven", "seatIndex"),
        ({"id": "seven", "method": "takeSeat", "params": {"seatIndex": "0"}}, "seven", "seatIndex"),
        ({"id": "seven", "method": "takeSeat", "params": {"seatIndex": 0.0}}, "seven", "seatIndex"),
        ({"id": "seven", "method": "takeSeat", "params": {"seatIndex": True}}, "seven", "seatIndex"),
        ({"id": "seven", "method": "takeSeat", "params": {"seatIndex": 2**64}}, "seven", "seatIndex"),
        ({"id": "seven", "method": "takeSeat", "params": {"timeout": -1}}, "seven", "timeout"),
    ],
)
def test_an_object_that_is_no_request_is_answered(
    ann: Member, frame: Frame, request_id: int | str | None, word: str
) -> None:
    ann.send_raw(msgspec.json.encode(frame).decode())
    answer = ann.receive()
    assert answer.keys() == {"id", "error"}
    assert (answer["id"], answer["error"]["code"]) == (request_id, -1001)
    assert word in answer["error"]["message"]
    assert len(answer["error"]["message"]) < 200
    assert ann.call("ping")


@pytest.mark.parametrize(
    "frame",
    [
        '{"id": 1, "method": "ping"}',
        '{"method": "ping", "id": 1, "params": null}',
        ' \n{"id": 1, "method": "pi\\u006eg", "params": {"unknown": [1, 2.5, {"a": null}]}, "jsonrpc": "2.0"}',
        '{"id": 1, "method": "ping", "params": ' + '{"a":' * 62 + "1" + "}" * 62 + "}",
    ],
)
def test_what_else_may_stand_in_a_frame(ann: Member, frame: str) -> None:
    ann.send_raw(frame)
    assert ann.answer(1)


@pytest.mark.parametrize("request_id", [0, -1, 2**63 - 1, -(2**63), "a", "é" * 64, "x" * 64])
def test_an_id_comes_back_as_it_went(ann: Member, request_id: int | str) -> None:
    ann.send_raw(msgspec.json.encode({"id": request_id, "method": "ping"}).decode())
    assert ann.answer(request_id)


def test_requests_are_answered_in_their_order(caller: Caller, ann: Member) -> None:
    caller.create_room(IsSeatEnabled=True)
    ann.enter()
    sent = [ann.send(method) for method in ("takeSeat", "ping", "leaveSeat", "getRoomSnapshot", "exitRoom")]
    seats = [ann.answer(request_id) for request_id in sent][3]["seats"]
    assert seats[0]["userId"] == ""


def test_an_answer_comes_before_the_news_of_what_it_did(caller: Caller, ann: Member) -> None:
    caller.create_room(IsSeatEnabled=True)
    ann.enter()
    for _ in range(10):
        for method in ("takeSeat", "leaveSeat"):
            request_id = ann.send(method)
            assert ann.receive()["id"] == request_id
            assert ann.receive()["event"] == "onSeatListChanged"


def test_a_connection_has_a_rate(new_server: Callable[..., Server], door: str) -> None:
    server = new_server(member_rate=10, member_port=free_port()).start()
    caller = Caller(server.url, members_at=getattr(server, door))
    caller.ok("conclave/set_clock", {"Freeze": True})
    with Member(caller, "ann") as ann, Member(caller, "bob") as bob:
        for _ in range(19):  # two seconds' worth, the login among them
            ann.call("ping")
        for _ in range(3):
            ann.refused(-2, "ping")
        assert bob.call("ping")
        caller.ok("conclave/set_clock", {"Advance": 0.2})
        for _ in range(2):
            ann.call("ping")
        ann.refused(-2, "ping")


def test_a_connection_may_send_fast_where_the_rate_is_lifted(new_server: Callable[..., Server], door: str) -> None:
    server = new_server(member_rate=0, member_port=free_port()).start()
    caller = Caller(server.url, members_at=getattr(server, door))
    with Member(caller, "ann") as ann:
        sent = [ann.send("ping") for _ in range(1000)]
        assert all("result" in ann.receive() for _ in sent)


def test_whoever_does_not_read_is_closed_and_others_do_not_wait(new_server: Callable[..., Server], door: str) -> None:
    server = new_server(applications=0, member_port=free_port())
    server.configure("max_seat_count = 1000\nrates = {default = 0}")
    caller = Caller(server.start().url, members_at=getattr(server, door))
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=1000)
    deaf = socket.create_connection(("127.0.0.1", port_of(caller)))
    talk(deaf, {"id": 1, "method": "login", "params": credentials(caller, "deaf")})
    talk(deaf, {"id": 2, "method": "enterRoom", "params": {"roomId": "room-1"}})
    with Member(caller, "ann") as ann:
        while caller.members().keys() != {"deaf"}:
            time.sleep(0.01)
        ann.enter()
        slowest = 0.0
        for turn in range(200):  # each frame tells of a thousand seats: about 130 kB
            began = time.monotonic()
            body = {"RoomId": "room-1", "Index": 5, "ForbidTaken": turn % 2 == 0}
            caller.ok(f"{SEATS}/lock_seat", body)
            assert ann.next_event("onSeatListChanged")
            slowest = max(slowest, time.monotonic() - began)
        assert slowest < 5
        assert caller.members().keys() == {"deaf", "ann"}
    received = 0
    deaf.settimeout(5)
    while chunk := deaf.recv(2**20):
        received += len(chunk)
    assert received < 200 * 100_000
    deaf.close()


def credentials(caller: Caller, user: str) -> Frame:
    return {"sdkAppId": caller.sdkappid, "userId": user, "userSig": caller.token(user)}


def port_of(caller: Caller) -> int:
    return int(caller.members_at.rpartition(":")[2])


def talk(raw: socket.socket, frame: dict[str, Any]) -> None:
    """Send a frame over a bare socket, after the handshake if it is the first."""
    if frame["id"] == 1:
        raw.sendall(
            b"GET /v1/members HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
        )
        assert b"101" in raw.recv(1000)
    payload = msgspec.json.encode(frame)
    raw.sendall(struct.pack("!BBH", 0x81, 0x80 | 126, len(payload)) + bytes(4) + payload)


def test_a_close_is_answered_and_the_tcp_connection_ends(caller: Caller) -> None:
    raw = socket.create_connection(("127.0.0.1", port_of(caller)), timeout=5)
    talk(raw, {"id": 1, "method": "login", "params": credentials(caller, "ann")})
    assert b"result" in raw.recv(1000)
    raw.sendall(struct.pack("!BBHH", 0x88, 0x82, 0, 0) + struct.pack("!H", 1000))
    answer = b""
    while chunk := raw.recv(1000):
        answer += chunk
    assert answer == struct.pack("!BBH", 0x88, 2, 1000)
    raw.close()


def test_hostile_connections_do_not_disturb_others(caller: Caller, member: Join) -> None:
    caller.create_room()
    ann, bob = member("ann"), member("bob")
    for each in (ann, bob):
        each.enter()
    for frame in list(NOT_JSON.values())[:8]:
        stranger = Member(caller, "eve", login=False)
        stranger.send_raw(frame)
        stranger.drop()
    bob.call("exitRoom")
    assert ann.next_event("onRemoteUserLeaveRoom")
