"""Invitations to a seat: who may invite whom, and what comes of it."""

import pytest

from tests.asking import ACCEPTED, INVITE, REJECTED, Meeting, apply, invite, meeting, request, untimed
from tests.house import ROOMS
from tests.told import data, seat, user

__all__ = ["meeting"]


@pytest.mark.parametrize(("who", "role"), [("owner", 0), ("admin", 1)])
def test_whoever_is_invited_accepts(meeting: Meeting, who: str, role: int) -> None:
    inviter = meeting.people[who]
    request_id = invite(inviter, "ann", seatIndex=1, timeout=60, extensionInfo="come")
    (received,) = data(meeting.ann.expect("onRequestReceived"))
    assert untimed(received["request"]) == request(
        request_id, INVITE, user(who, userRole=role), toUser="ann", extensionInfo="come", seatIndex=1
    )
    assert meeting.heard() == {}
    meeting.ann.call("acceptRemoteRequest", requestId=request_id, extensionInfo="gladly")
    assert meeting.caller.seats() == ["", "ann"]
    seated, callback = inviter.expect("onSeatListChanged", "onRequestCallback")
    assert data([seated])[0]["seatedList"] == [seat(1, "ann")]
    assert data([callback])[0] == {
        "requestId": request_id,
        "requestCallbackType": ACCEPTED,
        "userId": "ann",
        "code": 0,
        "message": "gladly",
    }
    assert meeting.heard() == {}


def test_whoever_is_invited_declines(meeting: Meeting) -> None:
    request_id = invite(meeting.admin, "ann")
    meeting.hush()
    meeting.ann.call("rejectRemoteRequest", requestId=request_id)
    (callback,) = data(meeting.admin.expect("onRequestCallback"))
    assert (callback["requestCallbackType"], callback["userId"]) == (REJECTED, "ann")
    assert meeting.heard() == {}
    assert meeting.caller.seats() == ["", ""]


def test_an_invitation_is_withdrawn(meeting: Meeting) -> None:
    request_id = invite(meeting.admin, "ann")
    meeting.hush()
    for who in ("owner", "ann"):
        meeting.people[who].refused(-2310, "cancelRequest", requestId=request_id)
    for who in ("owner", "admin", "bob"):
        meeting.people[who].refused(-2310, "acceptRemoteRequest", requestId=request_id)
    meeting.admin.call("cancelRequest", requestId=request_id)
    assert meeting.heard() == {
        "ann": [("onRequestCancelled", request_id)],
        "admin": [("onRequestCallback", request_id)],
    }


def test_who_may_be_invited_by_whom(meeting: Meeting) -> None:
    meeting.ann.refused(-2301, "takeUserOnSeatByAdmin", userId="bob")
    for account in ("owner", "admin"):
        meeting.admin.refused(100006, "takeUserOnSeatByAdmin", userId=account)
    meeting.owner.refused(100006, "takeUserOnSeatByAdmin", userId="owner")
    meeting.owner.refused(100005, "takeUserOnSeatByAdmin", userId="nobody")
    meeting.caller.import_accounts("robot")
    meeting.caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    meeting.owner.refused(100006, "takeUserOnSeatByAdmin", userId="robot")
    invite(meeting.owner, "admin")


def test_an_invitation_needs_a_seat_that_exists(meeting: Meeting) -> None:
    meeting.owner.refused(100252, "takeUserOnSeatByAdmin", userId="ann", seatIndex=2)
    meeting.owner.refused(-1001, "takeUserOnSeatByAdmin", userId="ann", seatIndex=-2)
    meeting.owner.refused(-1001, "takeUserOnSeatByAdmin", userId="ann", extensionInfo="é" * 501)
    meeting.caller.create_room("room-2", Owner_Account="owner")
    for who in ("owner", "ann"):
        meeting.people[who].enter("room-2")
    meeting.owner.refused(100211, "takeUserOnSeatByAdmin", userId="ann")


def test_the_same_invitation_is_pending_once_for_each_inviter(meeting: Meeting) -> None:
    invite(meeting.owner, "ann")
    meeting.owner.refused(-2312, "takeUserOnSeatByAdmin", userId="ann", seatIndex=1)
    invite(meeting.owner, "bob")
    invite(meeting.admin, "ann")


def test_a_seated_user_is_not_invited(meeting: Meeting) -> None:
    meeting.pick("ann", 0)
    meeting.owner.refused(100203, "takeUserOnSeatByAdmin", userId="ann")


def test_who_applied_is_not_invited_and_who_is_invited_does_not_apply(meeting: Meeting) -> None:
    apply(meeting.ann)
    assert "accept" in meeting.owner.refused(100102, "takeUserOnSeatByAdmin", userId="ann")
    invite(meeting.owner, "bob")
    assert "accept" in meeting.bob.refused(100102, "takeSeat")


def test_seats_are_looked_at_when_the_invitation_is_accepted(meeting: Meeting) -> None:
    meeting.owner.call("takeSeat", seatIndex=0)
    meeting.admin.call("takeSeat", seatIndex=1)
    to_any, to_first = invite(meeting.owner, "ann"), invite(meeting.owner, "bob", seatIndex=0)
    meeting.ann.refused(100205, "acceptRemoteRequest", requestId=to_any)
    meeting.bob.refused(100210, "acceptRemoteRequest", requestId=to_first)
    meeting.admin.call("leaveSeat")
    meeting.ann.call("acceptRemoteRequest", requestId=to_any)
    assert meeting.caller.seats() == ["owner", "ann"]


def test_one_yes_serves_all_who_invited(meeting: Meeting) -> None:
    first, second = invite(meeting.owner, "ann"), invite(meeting.admin, "ann")
    meeting.hush()
    meeting.ann.call("acceptRemoteRequest", requestId=second, extensionInfo="yes")
    assert meeting.ann.call("getRequestList") == {"requestList": []}
    for who, request_id, message in (("owner", first, ""), ("admin", second, "yes")):
        callback = meeting.people[who].next_event("onRequestCallback")["data"]
        assert (callback["requestId"], callback["requestCallbackType"]) == (request_id, ACCEPTED)
        assert callback["message"] == message
    assert meeting.heard() == {"ann": [("onRequestProcessed", first)]}


def test_in_a_room_of_free_seats_whoever_is_invited_may_as_well_sit_down(meeting: Meeting) -> None:
    meeting.update(TakeSeatMode="FreeToTake")
    request_id = invite(meeting.owner, "ann", seatIndex=1)
    meeting.hush()
    assert meeting.ann.call("takeSeat", seatIndex=0) == {"requestId": "", "seatIndex": 0}
    assert meeting.heard() == {
        "owner": [("onRequestCallback", request_id)],
        "ann": [("onRequestProcessed", request_id)],
    }
