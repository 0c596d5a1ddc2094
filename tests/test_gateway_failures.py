"""What goes wrong inside: the service's own code, the RequestId, and the traceback in the log only [G19]."""

import asyncio
import io
import json
import time
from collections.abc import Iterator
from typing import Any

import pytest

from conclave import log
from conclave.api.gateway import Gateway, Request
from conclave.clock import SystemClock
from conclave.errors import CATALOGUE
from conclave.metrics import Meters
from tests.house import ROOMS, Caller, Server

BROKEN: dict[str, tuple[dict[str, Any], int]] = {
    f"{ROOMS}/get_room_info": ({"RoomId": "room-1"}, 100001),
    f"{ROOMS}/create_room": ({"RoomInfo": {"RoomId": "room-2", "RoomType": "Conference"}}, 100001),
    f"{ROOMS}/get_banned_member_list": ({"RoomId": "room-1"}, 100001),
    "room_engine_http_mic/lock_seat": ({"RoomId": "room-1", "Index": 0, "ForbidTaken": True}, 100001),
    "conclave/list_rooms": ({}, 100001),
    "group_open_http_svc/get_appid_group_list": ({}, 10002),
    "group_open_http_svc/create_group": ({"Type": "Public", "Name": "g", "GroupId": "group-1"}, 10002),
    "im_open_login_svc/account_import": ({"UserID": "user1"}, 70500),
    "im_open_login_svc/account_check": ({"CheckItem": [{"UserID": "user1"}]}, 70500),
}


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose tables somebody has taken away."""
    with Server(tmp_path_factory.mktemp("broken")) as server:
        for table in ("groups", "accounts"):
            server.database.change(f"DROP TABLE {table}")
        yield server


def lines_about(server: Server, request_id: str) -> list[dict[str, Any]]:
    """The lines of the log that carry a RequestId."""
    deadline = time.monotonic() + 5
    while True:
        lines = [line for line in server.log.read_text().splitlines() if request_id in line]
        if any('"event":"call"' in line for line in lines):
            return [json.loads(line) for line in lines]
        assert time.monotonic() < deadline, f"{request_id} is not in the log"
        time.sleep(0.02)


@pytest.mark.parametrize("command", BROKEN)
def test_a_failure_inside_has_the_code_of_its_service(broken: Server, command: str) -> None:
    body, code = BROKEN[command]
    envelope = Caller(broken.url).call(command, body)
    assert envelope["ErrorCode"] == code
    for secret in ("Traceback", "sqlite", "relation", ".py", "SELECT", "INSERT", "File "):
        assert secret not in envelope["ErrorInfo"]
    lines = lines_about(broken, envelope["RequestId"])
    assert [line["code"] for line in lines if line["event"] == "call"] == [code]
    told = [json.dumps(line) for line in lines if line["event"] != "call"]
    assert any("no such table" in line or "does not exist" in line for line in told)


def test_the_server_outlives_failures_inside(broken: Server) -> None:
    assert Caller(broken.url).ok("conclave/get_capabilities")
    assert broken.process is not None
    assert broken.process.poll() is None


def test_the_catalogue_holds_the_codes_of_the_gateway_and_no_other() -> None:
    """The codes of [G20]: each of them is answered somewhere in these tests."""
    named = {*range(60002, 60005), *range(60006, 60014), *range(60015, 60019), 60020, 60021, 60025}
    assert {number for number in CATALOGUE if 60000 <= number < 70000} == named


def test_a_failure_before_a_service_is_known_is_60013() -> None:
    """No request reaches it while the code is right, so the request is wrong here."""

    async def answer() -> bytes:
        sink = log.Sink(io.StringIO())
        nothing: Any = None
        gateway = Gateway(nothing, nothing, SystemClock(), Meters(), sink, timeout=3.0)
        return await gateway.answer(Request("POST", nothing, "", "127.0.0.1", b"{}"))

    envelope = json.loads(asyncio.run(answer()))
    assert (envelope["ErrorCode"], envelope["ActionStatus"]) == (60013, "FAIL")
    assert envelope["RequestId"] in envelope["ErrorInfo"]
