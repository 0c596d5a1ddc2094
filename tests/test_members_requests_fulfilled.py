"""Requests that end because what they ask for comes true: the device is open, the seat is there."""

from collections.abc import Callable

import pytest

from tests.asking import ACCEPTED, CANCELLED, Meeting, apply, meeting, new_meeting
from tests.member import Frame, Member
from tests.publishing import BANS, CLOSE, OPEN

__all__ = ["meeting", "new_meeting"]
ASK, APPLY = "openRemoteDeviceByAdmin", "applyToAdminToOpenLocalDevice"


@pytest.fixture
def seatless(new_meeting: Callable[..., Meeting]) -> Meeting:
    return new_meeting(IsSeatEnabled=False)


def ask(member: Member, account: str, device: int) -> str:
    request_id: str = member.call(ASK, userId=account, device=device)["requestId"]
    return request_id


def callbacks(member: Member) -> list[tuple[str, int]]:
    """Return id and outcome of the member's requests that have ended by now."""
    told: list[Frame] = [frame["data"] for frame in member.told() if frame["event"] == "onRequestCallback"]
    return [(each["requestId"], each["requestCallbackType"]) for each in told]


@pytest.mark.parametrize("device", [1, 2, 3])
def test_an_application_ends_when_its_sender_may_just_open_the_device(seatless: Meeting, device: int) -> None:
    seatless.update(**{BANS[device]: True})
    request_id = seatless.ann.call(APPLY, device=device)["requestId"]
    others = {each: seatless.ann.call(APPLY, device=each)["requestId"] for each in {1, 2, 3} - {device}}
    seatless.update(**{BANS[device]: False})
    seatless.hush()
    seatless.ann.call(OPEN[device])
    (_, told) = seatless.ann.told()
    assert (told["data"]["requestId"], told["data"]["requestCallbackType"]) == (request_id, ACCEPTED)
    assert seatless.heard() == {who: [("onRequestProcessed", request_id)] for who in ("owner", "admin")}
    pending = seatless.ann.call("getRequestList")["requestList"]
    assert {each["requestId"] for each in pending} == set(others.values())
    seatless.ann.call(CLOSE[device])
    assert seatless.heard() == {}


@pytest.mark.parametrize("device", [1, 2])
def test_so_do_the_requests_of_administrators_to_open_it(seatless: Meeting, device: int) -> None:
    asked = {
        who: seatless.people[who].call(ASK, userId="ann", device=device)["requestId"] for who in ("owner", "admin")
    }
    other = ask(seatless.owner, "ann", 3 - device)
    bobs = ask(seatless.owner, "bob", device)
    seatless.hush()
    seatless.ann.call(OPEN[device])
    for who, request_id in asked.items():
        assert callbacks(seatless.people[who]) == [(request_id, ACCEPTED)]
    seatless.ann.refused(-2311, "acceptRemoteRequest", requestId=asked["owner"])
    assert [each["requestId"] for each in seatless.ann.call("getRequestList")["requestList"]] == [other]
    assert [each["requestId"] for each in seatless.bob.call("getRequestList")["requestList"]] == [bobs]


def test_what_a_new_administrator_applied_for_is_cancelled_and_he_sits_where_he_wanted(meeting: Meeting) -> None:
    seat, device = apply(meeting.ann, seatIndex=1), meeting.ann.call(APPLY, device=1)["requestId"]
    meeting.hush()
    meeting.role("ann", "Admin")
    assert meeting.caller.seats() == ["", "ann"]
    assert callbacks(meeting.ann) == [(seat, ACCEPTED), (device, CANCELLED)]


@pytest.mark.parametrize("becomes", ["administrator", "owner"])
def test_or_anywhere_else_when_that_seat_is_gone(meeting: Meeting, becomes: str) -> None:
    request_id = apply(meeting.ann, seatIndex=0)
    meeting.owner.call("takeSeat", seatIndex=0)
    meeting.hush()
    if becomes == "owner":
        meeting.hand_over("ann")
    else:
        meeting.role("ann", "Admin")
    assert meeting.caller.seats() == ["owner", "ann"]
    assert callbacks(meeting.ann) == [(request_id, ACCEPTED)]
