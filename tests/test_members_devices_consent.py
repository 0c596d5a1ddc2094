"""What an administrator's consent is worth: the ban for all does not hold for one device, until it is closed."""

from collections.abc import Callable

import pytest

from tests.house import SEATS, Caller
from tests.member import Join, Member
from tests.publishing import CLOSE, OPEN, Company, ban, publishes

NEEDS_CONSENT = {1: -2361, 2: -2371, 3: -2373}
DEVICES = [1, 2, 3]


@pytest.fixture
def company(caller: Caller, member: Join) -> Company:
    """All devices are banned for all users."""
    company = Company(caller, member)
    ban(caller, *DEVICES)
    company.hush()
    return company


def consent(company: Company, member: Member, device: int) -> None:
    request = member.call("applyToAdminToOpenLocalDevice", device=device)["requestId"]
    company.admin.call("acceptRemoteRequest", requestId=request)


@pytest.mark.parametrize("device", DEVICES)
def test_an_accepted_application_is_for_one_device_of_one_user(company: Company, device: int) -> None:
    consent(company, company.ann, device)
    assert publishes(company.bob)["ann"] == set()  # he opens it himself
    company.bob.refused(NEEDS_CONSENT[device], OPEN[device])
    for other in set(DEVICES) - {device}:
        company.ann.refused(NEEDS_CONSENT[other], OPEN[other])
    company.ann.call(OPEN[device])
    assert publishes(company.bob)["ann"] == {device}


@pytest.mark.parametrize("device", [1, 2])
def test_who_agrees_to_open_it_may(company: Company, device: int) -> None:
    request = company.admin.call("openRemoteDeviceByAdmin", userId="ann", device=device)["requestId"]
    company.ann.refused(NEEDS_CONSENT[device], OPEN[device])
    company.ann.call("acceptRemoteRequest", requestId=request)
    company.ann.call(OPEN[device])
    assert publishes(company.bob)["ann"] == {device}


def close_it(company: Company, device: int) -> None:
    company.ann.call(CLOSE[device])


def have_it_closed(company: Company, device: int) -> None:
    company.admin.call("closeRemoteDeviceByAdmin", userId="ann", device=device)


def leave_and_return(company: Company, _device: int) -> None:
    company.ann.call("exitRoom")
    company.ann.enter()


def ban_anew(company: Company, device: int) -> None:
    ban(company.caller, device, is_on=False)
    ban(company.caller, device)


@pytest.mark.parametrize("is_open", [True, False])
@pytest.mark.parametrize("end", [close_it, have_it_closed, leave_and_return, ban_anew])
@pytest.mark.parametrize("device", DEVICES)
def test_consent_ends(company: Company, device: int, end: Callable[[Company, int], None], *, is_open: bool) -> None:
    consent(company, company.ann, device)
    if is_open:
        company.ann.call(OPEN[device])
    end(company, device)
    company.ann.refused(NEEDS_CONSENT[device], OPEN[device])
    assert publishes(company.bob)["ann"] == set()


def test_consent_for_one_device_survives_the_end_of_another(company: Company) -> None:
    for device in DEVICES:
        consent(company, company.ann, device)
    company.ann.call(OPEN[1])
    company.ann.call(CLOSE[1])
    company.ann.call(OPEN[2])
    company.ann.call(OPEN[3])
    assert publishes(company.bob)["ann"] == {2, 3}


def test_consent_given_before_the_ban_ends_with_it(caller: Caller, member: Join) -> None:
    company = Company(caller, member)
    consent(company, company.ann, 1)
    ban(caller, 1)
    company.ann.refused(-2361, OPEN[1])


def test_consent_replaces_no_seat_and_opens_no_barred_one(caller: Caller, member: Join) -> None:
    company = Company(caller, member, IsSeatEnabled=True, MaxSeatCount=2)
    ban(caller, 1)
    consent(company, company.ann, 1)
    company.ann.refused(100206, OPEN[1])
    company.ann.call("takeSeat", seatIndex=0)
    caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 0, "ForbidAudio": True})
    company.ann.refused(-2360, OPEN[1])


def test_what_else_changes_of_the_room_closes_nothing(company: Company) -> None:
    consent(company, company.ann, 1)
    company.ann.call(OPEN[1])
    company.admin.call("updateRoomNameByAdmin", roomName="Weekly")
    assert publishes(company.bob)["ann"] == {1}
    ban(company.caller, 1, 2, is_on=False)
    assert publishes(company.bob)["ann"] == {1}
    ban(company.caller, 2)
    assert publishes(company.bob)["ann"] == {1}
    ban(company.caller, 1)
    assert publishes(company.bob)["ann"] == set()
