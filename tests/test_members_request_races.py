"""Seats and requests at the same time: the database decides who was first, and everybody is told the same."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest

from tests.asking import Meeting, apply, invite, meeting, new_meeting, news
from tests.eventlog import EventLog
from tests.member import Member, Refused

__all__ = ["meeting", "new_meeting"]
Deed = tuple[Member, str, dict[str, Any]]


def at_once(*deeds: Deed) -> list[int]:
    """Do all of it at the same time, each on a connection of its own; return the codes."""
    barrier = Barrier(len(deeds))

    def do(deed: Deed) -> int:
        who, method, params = deed
        barrier.wait()
        try:
            who.call(method, **params)
        except Refused as refused:
            return refused.code
        return 0

    with ThreadPoolExecutor(len(deeds)) as threads:
        return list(threads.map(do, deeds))


@pytest.mark.parametrize("seat", [0, -1])
def test_twenty_take_one_seat(new_meeting: Callable[..., Meeting], log: EventLog, seat: int) -> None:
    meeting = new_meeting(MaxSeatCount=1, TakeSeatMode="FreeToTake")
    names = [f"user{number}" for number in range(20)]
    for name in names:
        meeting.enter(name)
    log.new()
    codes = at_once(*((meeting.people[name], "takeSeat", {"seatIndex": seat}) for name in names))
    assert Counter(codes) == {0: 1, 100210 if seat == 0 else 100205: 19}
    log.told("SeatsChanged")
    assert meeting.caller.seats() == [names[codes.index(0)]]


@pytest.mark.parametrize("agree", [(True, True), (True, False), (False, False)])
def test_two_administrators_answer_at_once(meeting: Meeting, agree: tuple[bool, bool]) -> None:
    for turn in range(8):
        request_id = apply(meeting.ann)
        meeting.hush()
        answers: list[Deed] = [
            (who, "responseRemoteRequest", {"requestId": request_id, "agree": yes})
            for who, yes in zip((meeting.owner, meeting.admin), agree if turn % 2 else agree[::-1], strict=True)
        ]
        codes = at_once(*answers)
        assert sorted(codes) == [-2311, 0]
        first, second = ("owner", "admin") if codes[0] == 0 else ("admin", "owner")
        outcome = meeting.ann.next_event("onRequestCallback")["data"]
        accepted = answers[codes.index(0)][2]["agree"]
        assert (outcome["requestCallbackType"], outcome["userId"]) == (0 if accepted else 1, first)
        assert meeting.heard() == {second: [("onRequestProcessed", request_id)]}
        assert meeting.caller.seats() == ["ann" if accepted else "", ""]
        if accepted:
            meeting.ann.call("leaveSeat")


def test_an_answer_meets_a_withdrawal(meeting: Meeting) -> None:
    for _ in range(12):
        request_id = apply(meeting.ann)
        meeting.hush()
        codes = at_once(
            (meeting.owner, "acceptRemoteRequest", {"requestId": request_id}),
            (meeting.ann, "cancelRequest", {"requestId": request_id}),
        )
        assert sorted(codes) == [-2311, 0]
        is_accepted = codes[0] == 0
        assert meeting.caller.seats() == ["ann" if is_accepted else "", ""]
        callbacks = [frame for frame in meeting.ann.told() if frame["event"] == "onRequestCallback"]
        assert [each["data"]["requestCallbackType"] for each in callbacks] == [0 if is_accepted else 2]
        assert len(news(meeting.admin.told())) == 1
        if is_accepted:
            meeting.ann.call("leaveSeat")


def test_a_yes_meets_the_last_seat_being_taken(new_meeting: Callable[..., Meeting]) -> None:
    meeting = new_meeting(MaxSeatCount=1)
    for _ in range(8):
        request_id = apply(meeting.ann)
        codes = at_once(
            (meeting.owner, "acceptRemoteRequest", {"requestId": request_id}),
            (meeting.admin, "takeSeat", {}),
        )
        if codes[0] == 0:
            assert codes == [0, 100205]
            assert meeting.caller.seats() == ["ann"]
            meeting.ann.call("leaveSeat")
        else:
            assert codes == [100205, 0]
            assert meeting.caller.seats() == ["admin"]
            (left,) = meeting.ann.call("getRequestList")["requestList"]
            assert left["requestId"] == request_id
            meeting.ann.call("cancelRequest", requestId=request_id)
            meeting.admin.call("leaveSeat")


def test_the_last_seat_goes_to_one_of_many_who_were_invited(new_meeting: Callable[..., Meeting]) -> None:
    meeting = new_meeting(MaxSeatCount=1)
    names = [f"user{number}" for number in range(10)]
    for name in names:
        meeting.enter(name)
    invitations = {name: invite(meeting.owner, name) for name in names}
    codes = at_once(
        *((meeting.people[name], "acceptRemoteRequest", {"requestId": invitations[name]}) for name in names)
    )
    assert Counter(codes) == {0: 1, 100205: 9}
    assert meeting.caller.seats() == [names[codes.index(0)]]
    pending = {each["toUser"] for each in meeting.owner.call("getRequestList")["requestList"]}
    assert pending == set(names) - set(meeting.caller.seats())


def test_an_answer_meets_the_end_of_the_senders_membership(meeting: Meeting) -> None:
    for _ in range(8):
        request_id = apply(meeting.ann)
        codes = at_once(
            (meeting.owner, "acceptRemoteRequest", {"requestId": request_id}),
            (meeting.ann, "exitRoom", {}),
        )
        assert codes[1] == 0
        assert codes[0] in (0, -2311)
        assert meeting.caller.seats() == ["", ""]
        assert meeting.owner.call("getRequestList") == {"requestList": []}
        meeting.ann.enter()


def test_an_application_meets_an_invitation(meeting: Meeting) -> None:
    for _ in range(8):
        codes = at_once(
            (meeting.ann, "takeSeat", {}),
            (meeting.owner, "takeUserOnSeatByAdmin", {"userId": "ann"}),
        )
        assert sorted(codes) == [0, 100102]
        (left,) = meeting.owner.call("getRequestList")["requestList"]
        sender = meeting.ann if codes[0] == 0 else meeting.owner
        sender.call("cancelRequest", requestId=left["requestId"])
