"""Requests hang on the membership: they outlive connections and the server, and nothing of them is missed."""

from collections.abc import Callable

from tests.asking import ACCEPTED, TIMED_OUT, Meeting, apply, invite, meeting, news
from tests.house import Caller, Server
from tests.invariants import check
from tests.member import Member

__all__ = ["meeting"]


def test_requests_survive_a_new_connection(meeting: Meeting) -> None:
    request_id, invitation = apply(meeting.ann), invite(meeting.owner, "bob")
    meeting.hush()
    meeting.enter("ann")
    meeting.enter("bob")
    assert meeting.heard() == {}
    meeting.ann.call("cancelRequest", requestId=request_id)
    meeting.bob.call("acceptRemoteRequest", requestId=invitation)
    assert meeting.caller.seats() == ["bob", ""]


def test_whoever_was_away_hears_the_answer_when_he_resumes(meeting: Meeting) -> None:
    meeting.enter("ann", deviceId="phone")
    request_id = apply(meeting.ann)
    seq = meeting.ann.call("getRoomSnapshot")["seq"]
    meeting.ann.drop()
    meeting.owner.call("acceptRemoteRequest", requestId=request_id)
    back = Member(meeting.caller, "ann", deviceId="phone")
    assert back.call("resume", roomId="room-1", seq=seq)["resumed"]
    seated, callback = back.expect("onSeatListChanged", "onRequestCallback")
    assert seated["seq"] < callback["seq"]
    assert callback["data"]["requestCallbackType"] == ACCEPTED
    back.close()


def test_whoever_was_away_hears_what_was_asked_of_him_alone(meeting: Meeting) -> None:
    seq = meeting.enter("ann", deviceId="phone")["seq"]
    meeting.ann.drop()
    mine = invite(meeting.owner, "ann")
    invite(meeting.owner, "bob")
    back = Member(meeting.caller, "ann", deviceId="phone")
    assert back.call("resume", roomId="room-1", seq=seq)["resumed"]
    assert news(back.told()) == [("onRequestReceived", mine)]
    back.close()


def test_requests_survive_the_server(new_server: Callable[..., Server]) -> None:
    server = new_server().start()
    caller = Caller(server.url)
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=2, TakeSeatMode="ApplyToTake", Owner_Account="administrator")
    owner, ann, bob = (Member(caller, user) for user in ("administrator", "ann", "bob"))
    for each in (owner, ann, bob):
        each.enter()
    lasting, passing = apply(ann), apply(bob, timeout=30)
    server.kill()
    ann.until_closed()
    server.start()
    caller = Caller(server.url)
    owner, ann, bob = (Member(caller, user) for user in ("administrator", "ann", "bob"))
    for each in (ann, bob):
        each.enter()
    assert [each["requestId"] for each in owner.enter()["requests"]] == [lasting, passing]
    caller.advance(31)
    callback = bob.next_event("onRequestCallback")["data"]
    assert (callback["requestId"], callback["requestCallbackType"]) == (passing, TIMED_OUT)
    owner.call("acceptRemoteRequest", requestId=lasting)
    assert caller.seats() == ["ann", ""]
    server.stop()
    check(server.database)
