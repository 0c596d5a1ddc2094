"""Requests for seats: who may send, answer and withdraw them, and who is told."""

from collections.abc import Callable

import pytest

from tests.asking import (
    ACCEPTED,
    CANCELLED,
    INVITE,
    REJECTED,
    TAKE_SEAT,
    Meeting,
    apply,
    invite,
    meeting,
    new_meeting,
    request,
    untimed,
)
from tests.house import SEATS
from tests.told import data, seat, user

__all__ = ["meeting", "new_meeting"]


def test_an_application_goes_to_owner_and_administrators(meeting: Meeting) -> None:
    taken = meeting.ann.call("takeSeat", seatIndex=1, timeout=60, extensionInfo="please")
    assert taken == {"requestId": taken["requestId"], "seatIndex": 1}
    assert meeting.caller.seats() == ["", ""]
    for receiver in (meeting.owner, meeting.admin):
        (told,) = data(receiver.expect("onRequestReceived"))
        shown = told["request"]
        assert untimed(shown) == request(taken["requestId"], TAKE_SEAT, "ann", extensionInfo="please", seatIndex=1)
        assert shown["expireTime"] - shown["timestamp"] in (60, 61)
    assert meeting.ann.names_told() == meeting.bob.names_told() == []


@pytest.mark.parametrize(("who", "other"), [("owner", "admin"), ("admin", "owner")])
@pytest.mark.parametrize("method", ["responseRemoteRequest", "acceptRemoteRequest"])
def test_an_application_is_accepted(meeting: Meeting, who: str, other: str, method: str) -> None:
    request_id = apply(meeting.ann)
    meeting.hush()
    agree = {"agree": True} if method == "responseRemoteRequest" else {}
    meeting.people[who].call(method, requestId=request_id, extensionInfo="welcome", **agree)
    assert meeting.caller.seats() == ["ann", ""]
    seated, callback = meeting.ann.expect("onSeatListChanged", "onRequestCallback")
    assert data([seated])[0]["seatedList"] == [seat(0, "ann")]
    assert data([callback]) == [
        {
            "requestId": request_id,
            "requestCallbackType": ACCEPTED,
            "userId": who,
            "code": 0,
            "message": "welcome",
        }
    ]
    processed = data(meeting.people[other].expect("onSeatListChanged", "onRequestProcessed")[1:])[0]
    assert untimed(processed["request"]) == request(request_id, TAKE_SEAT, "ann")
    assert processed["operator"] == {"userId": who}
    assert meeting.people[who].names_told() == meeting.bob.names_told() == ["onSeatListChanged"]
    meeting.people[other].refused(-2311, method, requestId=request_id, **agree)


@pytest.mark.parametrize("method", ["responseRemoteRequest", "rejectRemoteRequest"])
def test_an_application_is_rejected(meeting: Meeting, method: str) -> None:
    request_id = apply(meeting.ann)
    meeting.hush()
    agree = {"agree": False} if method == "responseRemoteRequest" else {}
    meeting.admin.call(method, requestId=request_id, extensionInfo="later", **agree)
    (callback,) = data(meeting.ann.expect("onRequestCallback"))
    assert (callback["requestCallbackType"], callback["userId"], callback["message"]) == (REJECTED, "admin", "later")
    assert meeting.heard() == {"owner": [("onRequestProcessed", request_id)]}
    assert meeting.caller.seats() == ["", ""]
    assert apply(meeting.ann) != request_id


def test_an_application_is_withdrawn(meeting: Meeting) -> None:
    request_id = apply(meeting.ann)
    meeting.hush()
    meeting.ann.call("cancelRequest", requestId=request_id)
    for receiver in (meeting.owner, meeting.admin):
        (cancelled,) = data(receiver.expect("onRequestCancelled"))
        assert untimed(cancelled["request"]) == request(request_id, TAKE_SEAT, "ann")
        assert cancelled["operator"] == {"userId": "ann"}
    (callback,) = data(meeting.ann.expect("onRequestCallback"))
    assert (callback["requestCallbackType"], callback["userId"]) == (CANCELLED, "ann")
    meeting.ann.refused(-2311, "cancelRequest", requestId=request_id)
    meeting.owner.refused(-2311, "acceptRemoteRequest", requestId=request_id)


def test_an_application_is_the_owners_and_administrators_to_answer(meeting: Meeting) -> None:
    request_id = apply(meeting.ann)
    meeting.enter("outsider")
    for who in ("ann", "bob", "outsider"):
        for method in ("acceptRemoteRequest", "rejectRemoteRequest"):
            meeting.people[who].refused(-2310, method, requestId=request_id)
        meeting.people[who].refused(-2310, "responseRemoteRequest", requestId=request_id, agree=True)
    for who in ("owner", "admin", "bob"):
        meeting.people[who].refused(-2310, "cancelRequest", requestId=request_id)
    meeting.admin.call("acceptRemoteRequest", requestId=request_id)


@pytest.mark.parametrize(
    "request_id", ["", "1", "1.1", "0.5", "x.y", "1.", ".", "1.-1", "9" * 40, "1." + "9" * 40, "1.²", " 1.7"]
)
def test_an_id_of_nothing(meeting: Meeting, request_id: str) -> None:
    apply(meeting.ann)
    meeting.owner.refused(-2311, "acceptRemoteRequest", requestId=request_id)
    meeting.owner.refused(-2311, "rejectRemoteRequest", requestId=request_id)
    meeting.owner.refused(-2311, "responseRemoteRequest", requestId=request_id, agree=False)
    meeting.ann.refused(-2311, "cancelRequest", requestId=request_id)


def test_an_id_is_written_in_one_way(meeting: Meeting) -> None:
    key, number = apply(meeting.ann).split(".")
    for request_id in (
        f"{key}.0{number}",
        f"0{key}.{number}",
        f"{key}.{number} ",
        f"{key}.{number}.",
        f"x{key}.{number}",
    ):
        meeting.owner.refused(-2311, "acceptRemoteRequest", requestId=request_id)
    meeting.owner.call("acceptRemoteRequest", requestId=f"{key}.{number}")


def test_one_application_at_a_time_and_none_with_a_seat(meeting: Meeting) -> None:
    request_id = apply(meeting.ann, seatIndex=0)
    for index in (-1, 0, 1):
        meeting.ann.refused(100202, "takeSeat", seatIndex=index)
    meeting.owner.call("acceptRemoteRequest", requestId=request_id)
    meeting.ann.refused(100203, "takeSeat")
    meeting.bob.refused(100210, "takeSeat", seatIndex=0)
    meeting.bob.refused(100252, "takeSeat", seatIndex=2)
    meeting.caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 1, "ForbidTaken": True})
    meeting.bob.refused(100200, "takeSeat", seatIndex=1)
    meeting.bob.refused(100205, "takeSeat")
    assert meeting.bob.call("getRequestList") == {"requestList": []}


@pytest.mark.parametrize("timeout", [-1, 86_401, "60"])
def test_a_timeout_has_its_limits(meeting: Meeting, timeout: object) -> None:
    meeting.ann.refused(-1001, "takeSeat", timeout=timeout)
    meeting.owner.refused(-1001, "takeUserOnSeatByAdmin", userId="ann", timeout=timeout)


def test_a_late_yes_is_refused_and_the_request_stays_while_seats_are_full(meeting: Meeting) -> None:
    for_any, for_first = apply(meeting.ann), apply(meeting.bob, seatIndex=0)
    meeting.owner.call("takeSeat", seatIndex=0)
    meeting.admin.call("takeSeat", seatIndex=1)
    meeting.hush()
    meeting.owner.refused(100205, "acceptRemoteRequest", requestId=for_any)
    meeting.owner.refused(100210, "acceptRemoteRequest", requestId=for_first)
    meeting.owner.call("leaveSeat")
    meeting.caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 0, "ForbidTaken": True})
    meeting.owner.refused(100200, "acceptRemoteRequest", requestId=for_first)
    assert meeting.heard() == {}
    meeting.admin.call("leaveSeat")
    meeting.owner.call("acceptRemoteRequest", requestId=for_any)
    assert meeting.caller.seats() == ["", "ann"]
    meeting.owner.call("rejectRemoteRequest", requestId=for_first)


def test_the_lists_show_what_is_pending(meeting: Meeting) -> None:
    first, second = apply(meeting.bob), invite(meeting.owner, "ann", seatIndex=1)
    application = request(first, TAKE_SEAT, "bob")
    invitation = request(second, INVITE, user("owner", userRole=0), toUser="ann", seatIndex=1)
    shown = {"owner": [application, invitation], "admin": [application], "ann": [invitation], "bob": [application]}
    for account, expected in shown.items():
        member = meeting.people[account]
        assert [untimed(each) for each in member.call("getRequestList")["requestList"]] == expected
        assert [untimed(each) for each in member.call("getRoomSnapshot")["requests"]] == expected
        again = meeting.enter(account)
        assert [untimed(each) for each in again["requests"]] == expected
    for who in ("owner", "admin"):
        (each,) = meeting.people[who].call("getSeatApplicationList")["requestList"]
        assert untimed(each) == application
    meeting.ann.refused(-2301, "getSeatApplicationList")
    meeting.enter("guest")
    assert meeting.people["guest"].call("getRequestList") == {"requestList": []}


def test_outside_of_rooms_nobody_asks(meeting: Meeting) -> None:
    request_id = apply(meeting.ann)
    meeting.bob.call("exitRoom")
    for method in ("getRequestList", "getSeatApplicationList", "getSeatList", "leaveSeat", "takeSeat"):
        meeting.bob.refused(-2101, method)
    for method in ("acceptRemoteRequest", "rejectRemoteRequest", "cancelRequest"):
        meeting.bob.refused(-2101, method, requestId=request_id)


def test_an_id_of_another_room_is_unknown(new_meeting: Callable[..., Meeting]) -> None:
    meeting = new_meeting()
    request_id = apply(meeting.ann)
    meeting.caller.create_room("room-2", Owner_Account="admin")
    meeting.admin.enter("room-2")
    meeting.admin.refused(-2311, "acceptRemoteRequest", requestId=request_id)
