"""What owner and administrators do to the devices of others, one by one and for all; and what a new owner changes."""

import pytest

from tests import backend as to
from tests.backend import Backend
from tests.eventlog import EventLog
from tests.house import ROOMS, Caller
from tests.member import Join
from tests.publishing import BAN_EVENTS, BY_ADMIN, CLOSE, OPEN, Company, ban, changed, publishes
from tests.told import HANDED_ON

DEVICES = [1, 2, 3]
NEEDS_CONSENT = {1: -2361, 2: -2371, 3: -2373}
CLOSE_REMOTE, DISABLE = "closeRemoteDeviceByAdmin", "disableDeviceForAllUserByAdmin"


@pytest.fixture
def company(caller: Caller, member: Join) -> Company:
    return Company(caller, member)


def banned(device: int, by: str, *, is_on: bool = True) -> tuple[str, dict[str, object]]:
    return BAN_EVENTS[device], {"roomId": "room-1", "isDisable": is_on, "operator": by}


@pytest.mark.parametrize("device", DEVICES)
@pytest.mark.parametrize("by", ["owner", "admin"])
def test_closing_anothers_device(company: Company, device: int, by: str) -> None:
    company.ann.call(OPEN[device])
    company.hush()
    moderator = {"owner": company.owner, "admin": company.admin}[by]
    moderator.call(CLOSE_REMOTE, userId="ann", device=device)
    company.hears(changed("ann", device, is_open=False, reason=BY_ADMIN))
    assert publishes(company.bob)["ann"] == set()
    moderator.call(CLOSE_REMOTE, userId="ann", device=device)  # it is closed
    company.hears()
    company.ann.call(OPEN[device])  # it was no ban
    company.hears(changed("ann", device, is_open=True))


def test_who_may_close_whose_device(company: Company) -> None:
    for member in company.everybody:
        member.call("openLocalMicrophone")
    company.hush()
    refused = {
        (company.ann, "bob"): -2301,
        (company.ann, "ann"): -2301,
        (company.ann, "owner"): -2301,
        (company.admin, "other"): 100006,
        (company.admin, "admin"): 100006,
        (company.admin, "owner"): 100006,
        (company.owner, "owner"): 100006,
        (company.owner, "stranger"): 100005,
        (company.ann, "stranger"): -2301,
    }
    for (moderator, target), code in refused.items():
        moderator.refused(code, CLOSE_REMOTE, userId=target, device=1)
    company.hears()
    company.owner.call(CLOSE_REMOTE, userId="other", device=1)
    assert publishes(company.ann)["other"] == set()


@pytest.mark.parametrize("device", [0, 4, -1, "1", None])
def test_there_are_three_devices(company: Company, device: object) -> None:
    company.owner.refused(-1001, CLOSE_REMOTE, userId="ann", device=device)
    company.owner.refused(-1001, DISABLE, device=device, isDisable=True)


@pytest.mark.parametrize("device", DEVICES)
def test_a_ban_for_all_and_its_end(company: Company, device: int, log: EventLog) -> None:
    company.bob.call(OPEN[device])
    company.hush()
    log.new()
    company.admin.call(DISABLE, device=device, isDisable=True)
    company.hears(banned(device, "admin"), changed("bob", device, is_open=False, reason=BY_ADMIN))
    updated, closed = log.told("RoomUpdated", "DevicesChanged")
    assert (updated.operator, closed.operator) == ("admin", "admin")
    company.admin.call(DISABLE, device=device, isDisable=True)
    company.hears()
    log.told()
    company.bob.refused(NEEDS_CONSENT[device], OPEN[device])
    company.owner.call(DISABLE, device=device, isDisable=False)
    company.hears(banned(device, "owner", is_on=False))
    assert publishes(company.ann)["bob"] == set()  # nothing opens by itself
    company.bob.call(OPEN[device])


@pytest.mark.parametrize("device", DEVICES)
def test_owner_and_administrators_keep_what_they_have_open(company: Company, device: int) -> None:
    exempt = [company.owner] if device == 3 else [company.owner, company.admin, company.other]
    for member in exempt:
        member.call(OPEN[device])
    company.hush()
    company.owner.call(DISABLE, device=device, isDisable=True)
    company.hears(banned(device, "owner"))
    assert {user for user, open_ in publishes(company.ann).items() if open_} == {member.user for member in exempt}


def test_who_may_ban_for_all(company: Company, member: Join) -> None:
    company.ann.refused(-2301, DISABLE, device=1, isDisable=True)
    outsider = member("outsider")
    for method, params in ((DISABLE, {"isDisable": True}), (CLOSE_REMOTE, {"userId": "ann"})):
        outsider.refused(-2101, method, device=1, **params)
    assert not company.ann.call("getRoomSnapshot")["roomInfo"]["isMicrophoneDisableForAllUser"]


def test_what_rest_bans_and_members_ban_is_one_thing(company: Company) -> None:
    ban(company.caller, 2)
    assert company.ann.call("getRoomSnapshot")["roomInfo"]["isCameraDisableForAllUser"]
    company.hears(banned(2, "administrator"))
    company.owner.call(DISABLE, device=2, isDisable=False)
    assert company.caller.room()["IsVideoDisabled"] is False


def test_the_backend_is_told_of_a_members_ban(backend: Backend, member: Join) -> None:
    backend.listen()
    company = Company(backend.caller, member)
    backend.told(to.CREATE, *[to.ENTER] * 5)
    company.ann.call("openLocalCamera")
    company.admin.call(DISABLE, device=2, isDisable=True)
    (told,) = backend.told(to.UPDATE)
    assert (told.body["Operator_Account"], told.body["RoomInfo"]["IsVideoDisabled"]) == ("admin", True)


def hand_over(company: Company, owner: str) -> None:
    info = {"RoomId": "room-1", "From_Account": "owner", "NewOwner_Account": owner}
    company.caller.ok(f"{ROOMS}/change_room_owner", info)


def test_who_gives_the_room_away_under_the_ban_shares_no_screen_any_more(company: Company) -> None:
    ban(company.caller, 1, 2, 3)
    for device in DEVICES:
        company.owner.call(OPEN[device])
    company.hush()
    hand_over(company, "ann")
    names = [frame["event"] for frame in company.bob.told()]
    assert names == [*HANDED_ON, "onUserVideoStateChanged"]
    assert publishes(company.bob)["owner"] == {1, 2}
    company.owner.call(CLOSE[1])
    company.owner.refused(-2361, OPEN[1])
    company.owner.refused(-2373, OPEN[3])
    company.ann.call(OPEN[3])


def test_without_the_ban_he_goes_on_sharing(company: Company) -> None:
    company.owner.call(OPEN[3])
    hand_over(company, "ann")
    assert publishes(company.bob)["owner"] == {3}


def test_a_kick_frees_the_screen(company: Company) -> None:
    company.ann.call(OPEN[3])
    company.caller.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["ann"], "Reason": ""})
    company.bob.call(OPEN[3])
    assert publishes(company.owner)["bob"] == {3}
