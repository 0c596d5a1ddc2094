"""What members publish themselves: who may, and who is told."""

from typing import Any

import pytest

from tests.answers import code_of
from tests.eventlog import EventLog
from tests.house import SEATS, Caller
from tests.member import Join
from tests.publishing import BAN_EVENTS, BANS, CLOSE, OPEN, Company, ban, changed, make_admin, publishes

NAMES = [
    ("openLocalMicrophone", "closeLocalMicrophone", 1),
    ("unmuteLocalAudio", "muteLocalAudio", 1),
    ("openLocalCamera", "closeLocalCamera", 2),
    ("startPushLocalVideo", "stopPushLocalVideo", 2),
    ("startScreenSharing", "stopScreenSharing", 3),
]
DEVICES = [1, 2, 3]
NEEDS_CONSENT = {1: -2361, 2: -2371, 3: -2373}
SEAT_BARS = {1: -2360, 2: -2370, 3: -2372}


@pytest.fixture
def company(caller: Caller, member: Join) -> Company:
    return Company(caller, member)


@pytest.fixture
def seated(caller: Caller, member: Join) -> Company:
    """In a room with seats, on which nobody sits yet."""
    return Company(caller, member, IsSeatEnabled=True, MaxSeatCount=4)


@pytest.mark.parametrize(("opens", "closes", "device"), NAMES)
def test_everybody_opens_and_closes_and_everybody_is_told(
    company: Company, opens: str, closes: str, device: int
) -> None:
    for member in company.everybody:
        assert member.call(opens) == {}
        company.hears(changed(member.user, device, is_open=True))
        assert publishes(company.ann)[member.user] == {device}
        assert member.call(closes) == {}
        company.hears(changed(member.user, device, is_open=False))
        assert publishes(company.ann)[member.user] == set()


def test_what_changes_nothing_is_no_event(company: Company, log: EventLog) -> None:
    log.new()
    for device in DEVICES:
        company.ann.call(CLOSE[device])
    company.hears()
    for device in DEVICES:
        company.ann.call(OPEN[device])
        company.ann.call(OPEN[device])
    company.hears(*(changed("ann", device, is_open=True) for device in DEVICES))
    log.told("DevicesChanged", "DevicesChanged", "DevicesChanged")
    assert publishes(company.bob)["ann"] == {1, 2, 3}


@pytest.mark.parametrize("method", [name for *names, _ in NAMES for name in names])
def test_outside_nobody_publishes(caller: Caller, member: Join, method: str) -> None:
    caller.create_room()
    ann = member("ann")
    ann.refused(-2101, method)
    ann.enter()
    ann.call("exitRoom")
    ann.refused(-2101, method)


def test_an_open_device_goes_with_its_user(company: Company) -> None:
    for device in DEVICES:
        company.ann.call(OPEN[device])
    company.hush()
    company.ann.call("exitRoom")
    assert company.bob.names_told() == ["onRemoteUserLeaveRoom", "onRoomUserCountChanged"]
    company.ann.enter()
    assert publishes(company.bob)["ann"] == set()
    company.bob.call("startScreenSharing")


def test_a_device_stays_open_over_a_lost_connection(company: Company, member: Join) -> None:
    company.ann.call("openLocalMicrophone")
    company.ann.drop()
    assert publishes(company.bob)["ann"] == {1}
    again = member("ann")
    me = next(user for user in again.enter()["members"]["list"] if user["userId"] == "ann")
    assert me["hasAudioStream"]
    again.call("closeLocalMicrophone")
    assert publishes(company.bob)["ann"] == set()


def test_one_shares_the_screen_at_a_time(company: Company) -> None:
    company.ann.call("startScreenSharing")
    company.ann.call("startScreenSharing")
    assert "'ann'" in company.owner.refused(-1109, "startScreenSharing")
    company.bob.refused(-1109, "startScreenSharing")
    company.ann.call("stopScreenSharing")
    company.bob.call("startScreenSharing")
    company.ann.refused(-1109, "startScreenSharing")
    company.bob.call("exitRoom")
    company.ann.call("startScreenSharing")


def test_of_many_who_would_share_one_does(company: Company) -> None:
    asked = [(member, member.send("startScreenSharing")) for member in company.everybody for _ in range(4)]
    codes = [(member.user, code_of(member, request)) for member, request in asked]
    assert {code for _, code in codes} == {0, -1109}
    assert len({user for user, code in codes if code == 0}) == 1
    assert sum(3 in devices for devices in publishes(company.ann).values()) == 1


@pytest.mark.parametrize("device", DEVICES)
def test_under_a_ban_for_all_general_users_need_consent(company: Company, device: int) -> None:
    ban(company.caller, device)
    company.hush()
    for general in (company.ann, company.bob):
        general.refused(NEEDS_CONSENT[device], OPEN[device])
    company.hears()
    for exempt in (company.owner, company.admin):
        exempt.call(OPEN[device])
        exempt.call(CLOSE[device])
    for free in set(DEVICES) - {device}:
        company.ann.call(OPEN[free])
    ban(company.caller, device, is_on=False)
    company.ann.call(OPEN[device])


@pytest.mark.parametrize("device", DEVICES)
def test_a_room_may_begin_with_a_ban(caller: Caller, member: Join, device: int) -> None:
    info: dict[str, Any] = {BANS[device]: True}
    caller.create_room(**info)
    ann = member("ann")
    ann.enter()
    ann.refused(NEEDS_CONSENT[device], OPEN[device])


def test_a_role_counts_from_when_it_is_given(company: Company) -> None:
    ban(company.caller, 1)
    make_admin(company.caller, "ann")
    company.ann.call("openLocalMicrophone")
    make_admin(company.caller, "ann", "Member")
    company.hush()
    assert publishes(company.bob)["ann"] == {1}
    company.ann.call("openLocalMicrophone")  # it is open
    company.ann.call("closeLocalMicrophone")
    company.ann.refused(-2361, "openLocalMicrophone")


@pytest.mark.parametrize("device", DEVICES)
def test_in_a_room_with_seats_general_users_publish_while_seated(seated: Company, device: int) -> None:
    seated.ann.refused(100206, OPEN[device])
    for exempt in (seated.owner, seated.admin):
        exempt.call(OPEN[device])
        exempt.call(CLOSE[device])
    seated.ann.call("takeSeat")
    seated.ann.call(OPEN[device])
    ban(seated.caller, device)
    seated.hush()
    seated.ann.refused(NEEDS_CONSENT[device], OPEN[device])


@pytest.mark.parametrize("device", DEVICES)
def test_what_a_seat_is_barred_from_nobody_on_it_opens(seated: Company, device: int) -> None:
    flag = "ForbidAudio" if device == 1 else "ForbidVideo"
    for index, member in enumerate((seated.owner, seated.admin, seated.ann)):
        member.call("takeSeat", seatIndex=index)
        seated.caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": index, flag: True})
        member.refused(SEAT_BARS[device], OPEN[device])
        seated.caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": index, flag: False})
        member.call(OPEN[device])
        member.call(CLOSE[device])


def test_a_ban_is_told_before_what_it_closes(company: Company) -> None:
    for general in (company.bob, company.ann, company.admin):
        for device in (2, 1):
            general.call(OPEN[device])
    company.bob.call("startScreenSharing")
    company.hush()
    ban(company.caller, 1, 3)
    bans = [(BAN_EVENTS[d], {"roomId": "room-1", "isDisable": True, "operator": "administrator"}) for d in (1, 3)]
    closed = [changed(user, d, is_open=False, reason=1) for user, d in (("ann", 1), ("bob", 1), ("bob", 3))]
    company.hears(*bans, *closed)
    assert publishes(company.ann) == {"owner": set(), "admin": {1, 2}, "other": set(), "ann": {2}, "bob": {2}}
