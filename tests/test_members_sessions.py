"""A session: by which rules it lives, and how it ends without the connection."""

from contextlib import suppress
from typing import Any

import pytest

from tests.house import BOTH_PORTS, Caller, Server
from tests.member import Join, Member, until


@pytest.fixture(params=BOTH_PORTS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_login_says_by_which_rules_the_connection_lives(caller: Caller, member: Join) -> None:
    stranger = member("ann")
    rules: dict[str, Any] = stranger.login()
    assert rules.pop("serverTime") > 1_700_000_000_000
    assert rules == {
        "version": 1,
        "pingInterval": 15,
        "silence": 30.0,
        "grace": 60.0,
        "maxFrame": 65_536,
        "frameRate": 50,
        "maxRooms": 1,
    }


def test_the_rules_are_those_of_the_settings(new_server: Any) -> None:
    server: Server = new_server(heartbeat_silence=7, heartbeat_grace=2.5, member_rate=0).start()
    with Member(Caller(server.url), "ann", login=False) as ann:
        rules = ann.login()
        assert (rules["silence"], rules["grace"], rules["frameRate"]) == (7.0, 2.5, 0)


@pytest.mark.parametrize("version", [0, 2, 99, "1", True])
def test_another_version_is_refused_and_the_connection_stays(member: Join, version: Any) -> None:
    ann = member("ann")
    assert "version" in ann.refused(-1001, "login", **_login(ann), version=version)
    ann.login(version=1)


def _login(member: Member) -> dict[str, Any]:
    caller = member.caller
    return {"sdkAppId": caller.sdkappid, "userId": member.user, "userSig": caller.token(member.user)}


def test_logout_leaves_the_room_and_lets_another_log_in(room: Caller, member: Join) -> None:
    ann, bob = member("ann"), member("bob")
    ann.enter()
    bob.enter()
    ann.call("takeSeat", seatIndex=0)
    bob.told()
    assert ann.call("logout") == {}
    names = [frame["event"] for frame in bob.told()]
    assert names == ["onSeatListChanged", "onRemoteUserLeaveRoom", "onRoomUserCountChanged"]
    assert room.members().keys() == {"bob"}
    for method in ("ping", "logout", "enterRoom"):
        ann.refused(-1002, method, roomId="room-1")
    ann.user = "carl"
    ann.login()
    ann.enter()
    assert room.members().keys() == {"bob", "carl"}


def test_logout_without_a_room(member: Join) -> None:
    ann = member("ann")
    ann.call("logout")
    ann.refused(-1002, "ping")
    ann.login()
    ann.call("ping")


def test_logout_ends_the_stay_of_a_device_that_came_back(room: Caller, member: Join) -> None:
    member("ann", deviceId="phone").enter()
    again = member("ann", deviceId="phone")
    again.call("logout")
    assert room.members() == {}


def test_whoever_logged_out_is_not_told_any_more(caller: Caller, member: Join) -> None:
    ann = member("ann", deviceId="phone")
    ann.call("logout")
    caller.import_accounts("ann")
    caller.ok("im_open_login_svc/kick", {"UserID": "ann"})
    again = member("bob", deviceId="phone")
    again.call("ping")
    ann.user = "bob"
    ann.login(deviceId="phone")
    assert again.next_event("onKickedOffLine")


def test_an_account_is_logged_in_on_a_bounded_number_of_devices(new_server: Any) -> None:
    caller = Caller(new_server(member_devices=2).start().url)
    with Member(caller, "ann", deviceId="phone"), Member(caller, "ann"), Member(caller, "ann", login=False) as third:
        assert "2 devices" in third.refused(60018, "login", **_login(third))
        third.login(deviceId="phone")
        with Member(caller, "bob") as bob:
            bob.call("ping")


def test_logins_of_the_same_moment_are_counted_too(new_server: Any) -> None:
    server = new_server(member_devices=2).start()
    caller = Caller(server.url)
    waiting = [Member(caller, "ann", login=False) for _ in range(5)]
    refused: list[Member] = []

    def are_refused() -> bool:
        for member in list(waiting):
            with suppress(TimeoutError):
                assert member.receive(0.02)["error"]["code"] == 60018
                refused.append(member)
                waiting.remove(member)
        return len(refused) == 3

    with server.database.writers_held_up():
        sent = {member: member.send("login", **_login(member)) for member in waiting}
        until(are_refused)
    for member in waiting:
        member.answer(sent[member])
    waiting[0].call("logout")
    refused[0].login()
    for member in (*waiting, *refused):
        member.close()
