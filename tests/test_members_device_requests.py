"""Requests for devices: administrators ask users to open theirs, users ask to be allowed to."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.asking import (
    ACCEPTED,
    APPLY_CAMERA,
    APPLY_MICROPHONE,
    APPLY_SCREEN,
    CANCELLED,
    OPEN_CAMERA,
    OPEN_MICROPHONE,
    REJECTED,
    Meeting,
    new_meeting,
    request,
    untimed,
)
from tests.house import ROOMS
from tests.told import data, user

__all__ = ["new_meeting"]
ASK, APPLY = "openRemoteDeviceByAdmin", "applyToAdminToOpenLocalDevice"
OPEN = {1: "openLocalMicrophone", 2: "openLocalCamera", 3: "startScreenSharing"}
REFUSED = {1: -2361, 2: -2371, 3: -2373}
ACTIONS = {1: APPLY_MICROPHONE, 2: APPLY_CAMERA, 3: APPLY_SCREEN}


@pytest.fixture
def meeting(new_meeting: Callable[..., Meeting]) -> Meeting:
    """In a room without seats where every device is banned for general users."""
    return new_meeting(IsSeatEnabled=False, IsAudioDisabled=True, IsVideoDisabled=True, IsScreenSharingDisabled=True)


def ask(meeting: Meeting, who: str, method: str, **params: Any) -> str:
    request_id: str = meeting.people[who].call(method, **params)["requestId"]
    assert request_id
    return request_id


@pytest.mark.parametrize(("who", "role"), [("owner", 0), ("admin", 1)])
@pytest.mark.parametrize(("device", "action"), [(1, OPEN_MICROPHONE), (2, OPEN_CAMERA)])
def test_a_user_is_asked_to_open_a_device(meeting: Meeting, who: str, role: int, device: int, action: int) -> None:
    meeting.ann.refused(REFUSED[device], OPEN[device])
    request_id = ask(meeting, who, ASK, userId="ann", device=device, timeout=15)
    (received,) = data(meeting.ann.expect("onRequestReceived"))
    shown = received["request"]
    assert untimed(shown) == request(request_id, action, user(who, userRole=role), toUser="ann")
    assert shown["expireTime"] - shown["timestamp"] in (15, 16)
    assert meeting.heard() == {}
    meeting.ann.call("acceptRemoteRequest", requestId=request_id)
    (callback,) = data(meeting.people[who].expect("onRequestCallback"))
    assert (callback["requestCallbackType"], callback["userId"]) == (ACCEPTED, "ann")
    assert meeting.heard() == {}
    meeting.ann.call(OPEN[device])
    for other in set(OPEN) - {device}:
        meeting.ann.refused(REFUSED[other], OPEN[other])


def test_a_user_who_declines_opens_nothing(meeting: Meeting) -> None:
    request_id = ask(meeting, "owner", ASK, userId="ann", device=1)
    meeting.ann.call("rejectRemoteRequest", requestId=request_id)
    callback = meeting.owner.next_event("onRequestCallback")["data"]
    assert callback["requestCallbackType"] == REJECTED
    meeting.ann.refused(-2361, "openLocalMicrophone")


@pytest.mark.parametrize("who", ["owner", "admin"])
@pytest.mark.parametrize("device", [1, 2, 3])
def test_a_user_applies_to_open_a_device(meeting: Meeting, who: str, device: int) -> None:
    request_id = ask(meeting, "ann", APPLY, device=device)
    for receiver in (meeting.owner, meeting.admin):
        (received,) = data(receiver.expect("onRequestReceived"))
        assert untimed(received["request"]) == request(request_id, ACTIONS[device], "ann")
        assert received["request"]["expireTime"] == 0
    assert meeting.heard() == {}
    meeting.bob.refused(-2310, "acceptRemoteRequest", requestId=request_id)
    meeting.people[who].call("responseRemoteRequest", requestId=request_id, agree=True)
    (callback,) = data(meeting.ann.expect("onRequestCallback"))
    assert (callback["requestCallbackType"], callback["userId"]) == (ACCEPTED, who)
    other = "admin" if who == "owner" else "owner"
    assert meeting.heard() == {other: [("onRequestProcessed", request_id)]}
    meeting.ann.call(OPEN[device])
    meeting.bob.refused(REFUSED[device], OPEN[device])


def test_who_may_ask_whom(meeting: Meeting) -> None:
    meeting.ann.refused(-2301, ASK, userId="bob", device=1)
    for account in ("owner", "admin"):
        meeting.admin.refused(100006, ASK, userId=account, device=1)
    meeting.owner.refused(100006, ASK, userId="owner", device=1)
    meeting.owner.refused(100005, ASK, userId="nobody", device=1)
    meeting.caller.import_accounts("robot")
    meeting.caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    meeting.owner.refused(100006, ASK, userId="robot", device=1)
    ask(meeting, "owner", ASK, userId="admin", device=1)


@pytest.mark.parametrize("params", [{"device": 0}, {"device": 4}, {}, {"device": 1, "timeout": 86_401}])
def test_shapes(meeting: Meeting, params: dict[str, Any]) -> None:
    meeting.ann.refused(-1001, APPLY, **params)
    meeting.owner.refused(-1001, ASK, userId="ann", **params)
    meeting.owner.refused(-1001, ASK, userId="ann", device=3)


def test_the_same_request_is_pending_once(meeting: Meeting) -> None:
    ask(meeting, "owner", ASK, userId="ann", device=1)
    meeting.owner.refused(-2312, ASK, userId="ann", device=1)
    ask(meeting, "owner", ASK, userId="ann", device=2)
    ask(meeting, "owner", ASK, userId="bob", device=1)
    ask(meeting, "admin", ASK, userId="ann", device=1)
    request_id = ask(meeting, "ann", APPLY, device=3)
    meeting.ann.refused(-2312, APPLY, device=3)
    meeting.ann.call("cancelRequest", requestId=request_id)
    ask(meeting, "ann", APPLY, device=3)


def test_contradictory_requests(meeting: Meeting) -> None:
    ask(meeting, "owner", ASK, userId="ann", device=1)
    assert "accept" in meeting.ann.refused(100102, APPLY, device=1)
    ask(meeting, "ann", APPLY, device=2)
    assert "accept" in meeting.admin.refused(100102, ASK, userId="ann", device=2)


def test_one_yes_serves_all_who_asked_the_same(meeting: Meeting) -> None:
    first = ask(meeting, "owner", ASK, userId="ann", device=1)
    second = ask(meeting, "admin", ASK, userId="ann", device=1)
    other = ask(meeting, "admin", ASK, userId="ann", device=2)
    meeting.hush()
    meeting.ann.call("acceptRemoteRequest", requestId=first)
    assert meeting.heard() == {
        "owner": [("onRequestCallback", first)],
        "admin": [("onRequestCallback", second)],
        "ann": [("onRequestProcessed", second)],
    }
    (left,) = meeting.ann.call("getRequestList")["requestList"]
    assert left["requestId"] == other


def test_where_nobody_has_to_consent_nothing_is_sent(meeting: Meeting) -> None:
    for who in ("owner", "admin"):
        assert meeting.people[who].call(APPLY, device=1) == {"requestId": ""}
    meeting.admin.call("openLocalCamera")
    assert meeting.owner.call(ASK, userId="admin", device=2) == {"requestId": ""}
    request_id = ask(meeting, "ann", APPLY, device=1)
    meeting.owner.call("acceptRemoteRequest", requestId=request_id)
    meeting.hush()
    assert meeting.ann.call(APPLY, device=1) == {"requestId": ""}
    meeting.ann.call("openLocalMicrophone")
    assert meeting.ann.call(APPLY, device=1) == {"requestId": ""}
    assert meeting.heard() == {}
    meeting.ann.call("closeLocalMicrophone")
    meeting.ann.refused(-2361, "openLocalMicrophone")
    ask(meeting, "ann", APPLY, device=1)


def test_a_new_administrator_needs_no_consent(meeting: Meeting) -> None:
    request_id = ask(meeting, "ann", APPLY, device=1)
    meeting.hush()
    meeting.role("ann", "Admin")
    callback = meeting.ann.next_event("onRequestCallback")["data"]
    assert (callback["requestId"], callback["requestCallbackType"]) == (request_id, CANCELLED)
    assert meeting.heard() == {who: [("onRequestCancelled", request_id)] for who in ("owner", "admin")}
    meeting.ann.call("openLocalMicrophone")
