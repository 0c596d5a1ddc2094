"""How requests end without an answer: somebody leaves, roles and settings change, a seat is given, time passes."""

import pytest

from tests.asking import ACCEPTED, CANCELLED, FAILED, SYSTEM, TIMED_OUT, Meeting, apply, invite, meeting
from tests.clockwork import Lives
from tests.house import ROOMS, Caller
from tests.member import Frame, Join, Member

__all__ = ["meeting"]
ASK, APPLY = "openRemoteDeviceByAdmin", "applyToAdminToOpenLocalDevice"


def callback(member: Member) -> Frame:
    told: Frame = member.next_event("onRequestCallback")["data"]
    return told


def leave(meeting: Meeting, account: str, how: str) -> None:
    if how == "exit":
        meeting.people.pop(account).call("exitRoom")
    elif how == "kick":
        meeting.kick(account)
        del meeting.people[account]
    else:
        ban = {"RoomId": "room-1", "MemberList_Account": [account], "Duration": 60, "Reason": ""}
        meeting.caller.ok(f"{ROOMS}/ban_room_member", ban)
        del meeting.people[account]


@pytest.mark.parametrize("how", ["exit", "kick", "ban"])
def test_the_sender_leaves(meeting: Meeting, how: str) -> None:
    requests = [apply(meeting.ann), meeting.ann.call(APPLY, device=1)["requestId"]]
    meeting.hush()
    leave(meeting, "ann", how)
    told = [("onRequestCancelled", request_id) for request_id in requests]
    assert meeting.heard() == {"owner": told, "admin": told}
    meeting.owner.refused(-2311, "acceptRemoteRequest", requestId=requests[0])
    assert meeting.owner.call("getRequestList") == {"requestList": []}


@pytest.mark.parametrize("how", ["exit", "kick", "ban"])
def test_the_one_who_is_asked_leaves(meeting: Meeting, how: str) -> None:
    request_id = invite(meeting.admin, "ann")
    meeting.hush()
    leave(meeting, "ann", how)
    told = callback(meeting.admin)
    assert (told["requestId"], told["requestCallbackType"], told["code"]) == (request_id, FAILED, 100005)
    assert told["message"]
    assert meeting.heard() == {}
    meeting.admin.refused(-2311, "cancelRequest", requestId=request_id)


def test_an_administrator_leaves_with_what_he_asked(meeting: Meeting) -> None:
    invitation, application = invite(meeting.admin, "ann"), apply(meeting.bob)
    meeting.hush()
    leave(meeting, "admin", "exit")
    assert meeting.heard() == {"ann": [("onRequestCancelled", invitation)]}
    meeting.owner.call("acceptRemoteRequest", requestId=application)
    assert meeting.caller.seats() == ["bob", ""]


def test_both_sides_leave_in_one_call(meeting: Meeting) -> None:
    invitation, application = invite(meeting.admin, "ann"), apply(meeting.bob)
    meeting.hush()
    meeting.kick("admin", "ann", "bob")
    assert meeting.heard() == {
        "owner": [("onRequestCancelled", application)],
        "admin": [("onRequestCallback", invitation)],
        "ann": [("onRequestCancelled", invitation)],
        "bob": [("onRequestCallback", application)],
    }


def test_whoever_becomes_administrator_gets_the_seat_that_he_applied_for(meeting: Meeting) -> None:
    request_id = apply(meeting.ann, seatIndex=1)
    meeting.hush()
    meeting.role("ann", "Admin")
    assert meeting.caller.seats() == ["", "ann"]
    told = callback(meeting.ann)
    assert (told["requestId"], told["requestCallbackType"]) == (request_id, ACCEPTED)
    assert meeting.owner.names_told() == [
        "onUserInfoChanged",
        "onUserRoleChanged",
        "onSeatListChanged",
        "onRequestProcessed",
    ]


def test_or_his_application_ends_when_there_is_none(meeting: Meeting) -> None:
    requests = [apply(meeting.ann), apply(meeting.bob, seatIndex=0)]
    meeting.owner.call("takeSeat", seatIndex=0)
    meeting.admin.call("takeSeat", seatIndex=1)
    meeting.hush()
    for account, request_id in zip(("ann", "bob"), requests, strict=True):
        meeting.role(account, "Admin")
        told = callback(meeting.people[account])
        assert (told["requestId"], told["requestCallbackType"]) == (request_id, CANCELLED)
    assert meeting.caller.seats() == ["owner", "admin"]


def test_a_new_owner_gets_the_seat_that_he_applied_for(meeting: Meeting) -> None:
    request_id, asked = apply(meeting.ann), invite(meeting.owner, "bob")
    meeting.hush()
    meeting.hand_over("ann")
    assert meeting.caller.seats() == ["ann", ""]
    assert callback(meeting.ann)["requestId"] == request_id
    told = callback(meeting.owner)
    assert (told["requestId"], told["requestCallbackType"]) == (asked, CANCELLED)
    assert meeting.heard()["bob"] == [("onRequestCancelled", asked)]


def test_whoever_loses_the_role_answers_no_more_and_asks_no_more(meeting: Meeting) -> None:
    application, asked = apply(meeting.ann), invite(meeting.admin, "bob")
    device = meeting.admin.call(ASK, userId="bob", device=1)["requestId"]
    meeting.hush()
    meeting.role("admin", "Member")
    assert meeting.heard() == {
        "admin": [("onRequestCallback", asked), ("onRequestCallback", device)],
        "bob": [("onRequestCancelled", asked), ("onRequestCancelled", device)],
    }
    meeting.admin.refused(-2310, "acceptRemoteRequest", requestId=application)
    meeting.admin.refused(-2301, "getSeatApplicationList")
    assert meeting.admin.call("getRequestList") == {"requestList": []}
    meeting.ann.call("cancelRequest", requestId=application)
    assert meeting.heard() == {
        "ann": [("onRequestCallback", application)],
        "owner": [("onRequestCancelled", application)],
    }


def test_seats_become_free_to_take(meeting: Meeting) -> None:
    requests = [apply(meeting.ann), apply(meeting.bob)]
    device = meeting.ann.call(APPLY, device=1)["requestId"]
    meeting.hush()
    meeting.update(TakeSeatMode="FreeToTake")
    told = [("onRequestCancelled", request_id) for request_id in requests]
    assert meeting.heard() == {
        "owner": told,
        "admin": told,
        "ann": [("onRequestCallback", requests[0])],
        "bob": [("onRequestCallback", requests[1])],
    }
    (left,) = meeting.owner.call("getRequestList")["requestList"]
    assert left["requestId"] == device
    assert meeting.ann.call("takeSeat") == {"requestId": "", "seatIndex": 0}


def test_the_backend_grants_what_it_brings_about(meeting: Meeting) -> None:
    request_id = apply(meeting.ann, seatIndex=0)
    meeting.hush()
    meeting.pick("ann", 1)
    assert meeting.caller.seats() == ["", "ann"]
    told = callback(meeting.ann)
    assert (told["requestId"], told["requestCallbackType"]) == (request_id, ACCEPTED)
    assert told["userId"] == "administrator"
    assert meeting.heard() == {who: [("onRequestProcessed", request_id)] for who in ("owner", "admin")}


def test_the_end_of_a_room_ends_its_requests(meeting: Meeting) -> None:
    request_id = apply(meeting.ann)
    meeting.hush()
    meeting.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    assert meeting.heard() == {}
    meeting.caller.create_room(Owner_Account="owner")
    meeting.owner.enter()
    meeting.owner.refused(-2311, "acceptRemoteRequest", requestId=request_id)


def test_requests_end_with_their_time(lives: Lives, member: Join) -> None:
    life = lives("plain")
    meeting = Meeting(life.caller, member)
    application = apply(meeting.ann, timeout=60)
    asked = invite(meeting.admin, "bob", timeout=90)
    endless = meeting.ann.call(APPLY, device=1)["requestId"]
    meeting.hush()
    life.caller.advance(59.999)
    assert [each["requestId"] for each in meeting.owner.call("getRequestList")["requestList"]] == [application, endless]
    assert meeting.heard() == {}
    life.caller.advance(0.001)
    meeting.admin.refused(-2311, "acceptRemoteRequest", requestId=application)
    told = callback(meeting.ann)
    assert (told["requestId"], told["requestCallbackType"]) == (application, TIMED_OUT)
    assert (told["userId"], told["code"]) == (SYSTEM, 0)
    for receiver in (meeting.owner, meeting.admin):
        cancelled = receiver.next_event("onRequestCancelled")["data"]
        assert (cancelled["request"]["requestId"], cancelled["operator"]) == (application, {"userId": SYSTEM})
    life.caller.advance(30)
    told = callback(meeting.admin)
    assert (told["requestId"], told["requestCallbackType"]) == (asked, TIMED_OUT)
    assert meeting.bob.next_event("onRequestCancelled")["data"]["request"]["requestId"] == asked
    asked = invite(meeting.admin, "bob", timeout=5)
    life.caller.advance(5)
    assert invite(meeting.admin, "bob", timeout=5) != asked
    life.caller.advance(80_000)
    (left,) = meeting.owner.call("getRequestList")["requestList"]
    assert left["requestId"] == endless


def test_a_lost_sender_takes_his_requests_along(clocked: Caller, member: Join) -> None:
    meeting = Meeting(clocked, member)
    request_id = apply(meeting.ann)
    meeting.hush()
    meeting.people.pop("ann").drop()
    for _ in range(4):
        clocked.advance(25)
        for each in meeting.people.values():
            each.call("ping")
    for receiver in (meeting.owner, meeting.admin):
        cancelled = receiver.next_event("onRequestCancelled")["data"]
        assert cancelled["request"]["requestId"] == request_id
