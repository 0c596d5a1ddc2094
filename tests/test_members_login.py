"""Members' logins: who is let in, and as whom."""

import base64
import itertools
import json
import time
import zlib
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from websockets.exceptions import InvalidStatus
from websockets.sync.client import connect

from conclave.api import usersig
from tests.house import BOTH_PORTS, FIRST_SDKAPPID, Caller, Server
from tests.member import Closed, Join, Member


@pytest.fixture(params=BOTH_PORTS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


KICK = "im_open_login_svc/kick"
CHECK = "im_open_login_svc/account_check"


@pytest.fixture
def stranger(member: Join) -> Member:
    """A connection that has not logged in."""
    return member("ann", login=False)


def test_the_first_login_imports_the_account(caller: Caller, member: Join) -> None:
    assert member("ann").call("ping")["serverTime"] > 1_700_000_000_000
    item = caller.ok(CHECK, {"CheckItem": [{"UserID": "ann"}]})["ResultItem"][0]
    assert item["AccountStatus"] == "Imported"


def test_a_login_keeps_the_profile_of_an_imported_account(caller: Caller, member: Join) -> None:
    caller.ok("im_open_login_svc/account_import", {"UserID": "ann", "Nick": "Ann", "FaceUrl": "https://x/y.png"})
    caller.create_room()
    user = member("ann").enter()["members"]["list"][0]
    assert (user["userName"], user["avatarUrl"]) == ("Ann", "https://x/y.png")


@pytest.mark.parametrize("method", ["ping", "enterRoom", "exitRoom", "takeSeat", "leaveSeat", "getRoomSnapshot"])
def test_login_comes_before_anything_else(stranger: Member, method: str) -> None:
    assert "log in" in stranger.refused(-1002, method, roomId="room-1")
    stranger.login()
    assert stranger.call("ping")


def test_an_unknown_method_is_refused_before_the_login_is_asked_for(stranger: Member) -> None:
    assert "noSuchMethod" in stranger.refused(-1001, "noSuchMethod")


@pytest.mark.parametrize(
    ("replaced", "code", "word"),
    [
        ({"sdkAppId": 1}, -1000, "sdkAppId"),
        ({"sdkAppId": "1400000001"}, -1001, "sdkAppId"),
        ({"sdkAppId": 0}, -1001, "sdkAppId"),
        ({"sdkAppId": None}, -1001, "sdkAppId"),
        ({"userId": ""}, 7002, "userId"),
        ({"userId": "x" * 33}, 7002, "userId"),
        ({"userId": "é" * 17}, 7002, "userId"),
        ({"userId": "a\nb"}, 7002, "userId"),
        ({"userId": "@TIM#ann"}, 7002, "userId"),
        ({"userId": "@TLS#ann"}, 7002, "userId"),
        ({"userId": 5}, -1001, "userId"),
        ({"userSig": 5}, -1001, "userSig"),
        ({"userSig": None}, -1001, "userSig"),
        ({"userSig": ""}, 70003, "UserSig"),
        ({"userSig": "nonsense"}, 70003, "UserSig"),
        ({"deviceId": ""}, -1001, "deviceId"),
        ({"deviceId": "d" * 65}, -1001, "deviceId"),
        ({"deviceId": 5}, -1001, "deviceId"),
        ({"platform": "Amiga"}, -1001, "platform"),
    ],
)
def test_a_login_is_refused(stranger: Member, replaced: dict[str, Any], code: int, word: str) -> None:
    parameters = {"sdkAppId": stranger.caller.sdkappid, "userId": "ann", "userSig": stranger.caller.token("ann")}
    parameters |= replaced
    assert word in stranger.refused(code, "login", **parameters)
    stranger.refused(-1002, "ping")
    stranger.login()


def forged(token: str, **changes: Any) -> str:
    """A token that says something else, under the old signature."""
    packed = base64.b64decode(token.replace("*", "+").replace("-", "/").replace("_", "="))
    content = {**json.loads(zlib.decompress(packed)), **changes}
    text = base64.b64encode(zlib.compress(json.dumps(content).encode())).decode()
    return text.replace("+", "*").replace("/", "-").replace("=", "_")


FAULTS: dict[str, tuple[int, Callable[[Caller, str], str]]] = {
    "userbuf": (70003, lambda _, token: forged(token, **{"TLS.userbuf": "cm9vbQ=="})),
    "application": (70014, lambda _, token: forged(token, **{"TLS.sdkappid": 77})),
    "identifier": (70013, lambda _, token: forged(token, **{"TLS.identifier": "eve"})),
    "signature": (70009, lambda _, token: forged(token, **{"TLS.expire": 999})),
    "expiry": (70001, lambda caller, _: caller.token("ann", now=int(time.time()) - 1000, expire=10)),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_a_usersig_has_its_code(stranger: Member, fault: str) -> None:
    code, spoil = FAULTS[fault]
    token = spoil(stranger.caller, stranger.caller.token("ann"))
    stranger.refused(code, "login", sdkAppId=stranger.caller.sdkappid, userId="ann", userSig=token)


@pytest.mark.parametrize(("first", "second"), list(itertools.combinations(["userbuf", "application", "identifier"], 2)))
def test_the_faults_of_a_usersig_are_found_in_order(stranger: Member, first: str, second: str) -> None:
    code, spoil = FAULTS[first]
    token = spoil(stranger.caller, FAULTS[second][1](stranger.caller, stranger.caller.token("ann")))
    stranger.refused(code, "login", sdkAppId=stranger.caller.sdkappid, userId="ann", userSig=token)


def test_a_login_renews_itself_but_never_becomes_another(member: Join) -> None:
    ann = member("ann", deviceId="phone")
    ann.login()
    ann.login(deviceId="phone")
    assert "ann" in ann.refused(
        -1001, "login", sdkAppId=ann.caller.sdkappid, userId="bob", userSig=ann.caller.token("bob")
    )
    token = ann.caller.token("ann")
    ann.refused(-1001, "login", sdkAppId=ann.caller.sdkappid, userId="ann", userSig=token, deviceId="laptop")
    assert ann.names_told() == []


def test_applications_do_not_meet(caller: Caller, new_caller: Callable[[], Caller], member: Join) -> None:
    caller.create_room()
    other = new_caller()
    foreigner = member("ann", of=other)
    foreigner.refused(100004, "enterRoom", roomId="room-1")
    other.create_room()
    ann = member("ann")
    ann.enter()
    foreigner.enter()
    assert ann.names_told() == []
    assert [user["userId"] for user in ann.call("getRoomSnapshot")["members"]["list"]] == ["ann"]


def test_the_same_device_replaces_its_older_connection(caller: Caller, member: Join) -> None:
    caller.create_room()
    old, watcher = member("ann", deviceId="phone"), member("bob")
    watcher.enter()
    old.enter()
    watcher.told()
    new = member("ann", deviceId="phone")
    closed = old.until_closed()
    assert [frame["event"] for frame in closed.frames if frame["event"].startswith("onKicked")] == ["onKickedOffLine"]
    assert set(closed.frames[-1]) == {"event", "data"}
    new.enter()
    assert watcher.names_told() == []
    assert caller.members().keys() == {"bob", "ann"}


def test_another_device_logs_in_beside_it(member: Join) -> None:
    everywhere = [member("ann", deviceId="phone"), member("ann", deviceId="laptop"), member("ann"), member("ann")]
    for ann in everywhere:
        assert ann.names_told() == []


def test_kick_ends_every_connection_of_the_account(caller: Caller, member: Join) -> None:
    caller.create_room()
    phone, laptop, bob = member("ann", deviceId="phone"), member("ann"), member("bob")
    phone.enter()
    bob.enter()
    caller.ok(KICK, {"UserID": "ann"})
    for ann in (phone, laptop):
        closed = ann.until_closed()
        assert closed.frames[-1]["event"] == "onKickedOffLine"
        assert "logged out" in closed.frames[-1]["data"]["message"]
    assert bob.names_told() == []
    assert caller.members().keys() == {"ann", "bob"}


def test_a_usersig_of_before_the_kick_does_not_log_in_again(caller: Caller, member: Join) -> None:
    now = int(time.time())
    member("ann")
    caller.ok(KICK, {"UserID": "ann"})
    stranger = member("ann", login=False)
    for signed_at in (now - 100, now):
        token = caller.token("ann", now=signed_at)
        stranger.refused(70052, "login", sdkAppId=caller.sdkappid, userId="ann", userSig=token)
    stranger.login(userSig=caller.token("ann", now=now + 60))
    assert stranger.names_told() == []


def test_kick_of_one_account_leaves_others_alone(
    caller: Caller, new_caller: Callable[[], Caller], member: Join
) -> None:
    bob, namesake = member("bob"), member("ann", of=new_caller())
    member("ann")
    caller.ok(KICK, {"UserID": "ann"})
    assert bob.names_told() == []
    assert namesake.names_told() == []


def test_a_deleted_account_is_put_out_and_its_connections_end(caller: Caller, member: Join) -> None:
    caller.create_room()
    ann, bob = member("ann"), member("bob")
    ann.enter()
    bob.enter()
    caller.ok("im_open_login_svc/account_delete", {"DeleteItem": [{"UserID": "ann"}]})
    closed = ann.until_closed()
    told = [(frame["event"], frame["data"].get("reason")) for frame in closed.frames]
    assert told[-2:] == [("onKickedOutOfRoom", 2), ("onKickedOffLine", None)]
    assert bob.next_event("onRemoteUserLeaveRoom")["data"]["reason"] == "Kicked"
    assert member("ann").call("ping")


def test_the_application_decides_who_may_log_in(new_server: Callable[..., Server]) -> None:
    server = new_server(applications=0)
    cases = {"enabled = false": 60016, "plan_end = 1": 60020, 'networks = ["10.0.0.0/8"]': 60021}
    server.configure(*cases, "lock_after_failures = 2", f"plan_end = {int(time.time()) + 50}")
    server.start()
    for place, code in enumerate(cases.values()):
        with Member(Caller(server.url, FIRST_SDKAPPID + place), "ann", login=False) as stranger:
            stranger.refused(code, "login", sdkAppId=FIRST_SDKAPPID + place, userId="ann", userSig="not looked at")
    caller = Caller(server.url, FIRST_SDKAPPID + 3)
    with Member(caller, "ann", login=False) as stranger:
        token = usersig.make(caller.sdkappid, "f" * 64, "ann", now=int(time.time()), expire=100)
        for code in (70009, 70009, 70050):
            stranger.refused(code, "login", sdkAppId=caller.sdkappid, userId="ann", userSig=token)
    planned = Member(Caller(server.url, FIRST_SDKAPPID + 4), "ann")
    assert planned.call("ping")
    caller.advance(61)
    planned.refused(60020, "ping")
    planned.close()
    with Member(caller, "ann") as ann:
        assert ann.call("ping")


def test_an_expired_usersig_is_told_once_and_the_session_goes_on(clocked: Caller, member: Join) -> None:
    now = member("watch", of=clocked).call("ping")["serverTime"] // 1000
    ann = member("ann", of=clocked, userSig=clocked.token("ann", now=now, expire=60))
    clocked.advance(49)
    assert ann.names_told() == []
    clocked.advance(13)
    assert ann.expect("onUserSigExpired")[0] == {"event": "onUserSigExpired", "data": {}}
    clocked.advance(10)
    assert ann.names_told() == []
    ann.login()
    clocked.advance(10)
    assert ann.names_told() == []


def test_whoever_does_not_log_in_is_closed(clocked: Caller, member: Join) -> None:
    stranger, late = member("ann", of=clocked, login=False), member("bob", of=clocked, login=False)
    clocked.advance(3)
    stranger.refused(-1002, "ping")
    late.login()
    clocked.advance(8)
    closed = stranger.until_closed()
    error = {"code": 1008, "message": "no login within 10 seconds"}
    assert closed.frames[-1] == {"event": "onError", "data": error}
    assert late.call("ping")


def test_other_addresses_take_no_websocket(caller: Caller) -> None:
    for path in ("/", "/v1/member", "/v4/room_engine_http_srv/get_room_info"):
        with pytest.raises(InvalidStatus) as refused:
            connect(caller.members_at.replace("http", "ws", 1) + path, legacy=True)
        assert refused.value.response.status_code == 404


def test_the_address_without_a_websocket_says_what_it_is_for(caller: Caller) -> None:
    answer = httpx.get(f"{caller.members_at}/v1/members")
    assert answer.status_code == 426
    assert "WebSocket" in answer.text


def test_connections_have_a_ceiling_and_metrics(new_server: Callable[..., Server]) -> None:
    server = new_server(max_member_connections=2).start()
    caller = Caller(server.url)
    with Member(caller, "bob") as bob:
        with Member(caller, "ann"), pytest.raises(InvalidStatus) as refused:
            Member(caller, "eve")
        assert refused.value.response.status_code == 503
        Member(caller, "eve").close()
        bob.refused(100004, "enterRoom", roomId="nowhere")
        text = httpx.get(f"{server.url}/metrics").text
    assert "conclave_connections 1.0" in text
    assert 'conclave_requests_total{code="100004",command="members/enterRoom"} 1.0' in text
    server.stop()
    log = server.log.read_text()
    assert '"command":"members/login"' in log
    assert caller.token("bob")[:40] not in log


def test_whoever_does_not_log_in_makes_room_for_whoever_comes(new_server: Callable[..., Server]) -> None:
    server = new_server(max_member_connections=3).start()
    caller = Caller(server.url)
    with Member(caller, "ann") as ann:
        strangers = [Member(caller, "eve", login=False) for _ in range(5)]
        with Member(caller, "bob") as bob:
            assert bob.call("ping")
            for stranger in strangers[:4]:
                with pytest.raises(Closed):
                    stranger.receive()
            assert strangers[4].refused(-1002, "ping")
        assert ann.call("ping")
    assert server.stop() == 0


def test_a_connection_that_ends_while_it_logs_in_leaves_nothing_behind(caller: Caller) -> None:
    for _ in range(20):
        ann = Member(caller, "ann", login=False)
        ann.send("login", sdkAppId=caller.sdkappid, userId="ann", userSig=caller.token("ann"))
        ann.drop()
    with Member(caller, "ann") as ann:
        assert ann.call("ping")
    with pytest.raises(Closed):
        ann.receive()
