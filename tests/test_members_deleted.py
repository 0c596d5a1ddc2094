"""Accounts that are deleted: nobody waits for them any more, as attendees, as invitees, or as inviters."""

import pytest

from tests.house import Caller
from tests.member import Join, Member
from tests.told import data, personal

DELETE = "im_open_login_svc/account_delete"
START = 4_000_000_000


def delete(caller: Caller, *accounts: str) -> None:
    caller.ok(DELETE, {"DeleteItem": [{"UserID": account} for account in accounts]})


@pytest.fixture
def ann(caller: Caller, member: Join) -> Member:
    return member("ann")


def test_they_are_taken_off_every_list_of_attendees(caller: Caller, member: Join, ann: Member) -> None:
    bob, eve = member("bob"), member("eve")
    for room_id in ("room-1", "room-2"):
        ann.call("scheduleConference", roomId=room_id, scheduleStartTime=START, scheduleAttendees=["bob", "eve"])
    ann.call("scheduleConference", roomId="room-3", scheduleStartTime=START, scheduleAttendees=["eve"])
    for each in (ann, bob, eve):
        each.told()
    delete(caller, "bob")
    for each in (ann, eve):
        told = personal(each, *["onScheduleAttendeesChanged"] * 2)
        assert [(each["roomId"], each["leftUsers"][0]["userId"]) for each in told] == [
            ("room-1", "bob"),
            ("room-2", "bob"),
        ]
    for room_id in ("room-1", "room-2", "room-3"):
        page = ann.call("fetchAttendeeList", roomId=room_id)
        assert [user["userId"] for user in page["users"]] == ["eve"]
        assert page["totalAttendeeCount"] == 1
    caller.import_accounts("bob")  # who begins anew
    assert member("bob").call("fetchScheduledConferenceList")["list"] == []


def test_invitations_to_them_and_of_them_are_taken_back(caller: Caller, member: Join, ann: Member) -> None:
    bob, eve, carl = member("bob"), member("eve"), member("carl")
    for room_id in ("room-1", "room-2"):
        ann.call("createRoom", roomId=room_id)
    ann.enter()
    bob.enter()
    carl.enter("room-2")
    ann.call("inviteUsers", roomId="room-1", userIdList=["eve"], timeout=60)
    carl.call("inviteUsers", roomId="room-2", userIdList=["eve", "ann"])
    bob.call("inviteUsers", roomId="room-1", userIdList=["carl"])
    bob.call("exitRoom")  # which does not take it back
    for each in (ann, bob, carl, eve):
        each.told()
    delete(caller, "eve", "bob")
    frames = [frame for frame in ann.told() if frame["event"] == "onInvitationRemoved"]
    removed = [data([frame])[0]["invitation"] for frame in frames]
    assert [each["invitee"]["userId"] for each in removed] == ["eve", "carl"]
    revoked = next(frame for frame in carl.told() if frame["event"] == "onInvitationRevokedByAdmin")["data"]
    assert (revoked["roomId"], revoked["operateUser"]["userId"]) == ("room-1", "administrator")
    assert ann.call("getInvitationList", roomId="room-1")["invitations"] == []
    left = carl.call("getInvitationList", roomId="room-2")["invitations"]
    assert [each["invitee"]["userId"] for each in left] == ["ann"]
    carl.refused(-2311, "accept", roomId="room-1")
