"""How invitations end by the clock, across a stop of the server, and when two would end one; and what is kept."""

from collections.abc import Callable

import pytest

from tests.answers import code_of
from tests.clockwork import Life, Lives
from tests.eventlog import EventLog
from tests.house import Caller, Server
from tests.member import Frame, Member, until


@pytest.fixture
def life(lives: Lives) -> Life:
    """Ann is inside; eve is not."""
    life = lives("plain")
    life.caller.create_room()
    life.people.enter("ann")
    return life


def invite(member: Member, *accounts: str, timeout: int = 0) -> None:
    params = {"roomId": "room-1", "userIdList": accounts, "timeout": timeout}
    assert set(member.call("inviteUsers", **params)["results"].values()) == {0}


def statuses(member: Member) -> dict[str, int]:
    found = member.call("getInvitationList", roomId="room-1", count=1000)["invitations"]
    return {each["invitee"]["userId"]: each["status"] for each in found}


def timed_out(frames: list[Frame]) -> list[tuple[str, str, int]]:
    return [
        (frame["event"], each["invitee"]["userId"], each["status"])
        for frame in frames
        for each in [frame["data"]["invitation"]]
    ]


def test_nobody_answers_in_time(life: Life) -> None:
    ann, caller = life.people["ann"], life.caller
    with Member(caller, "eve") as eve, Member(caller, "fay") as fay:
        invite(ann, "eve", "fay", timeout=60)
        for each in (ann, eve, fay):
            each.told()
        expires = life.now + 60
        assert [each["expireTime"] for each in ann.call("getRoomSnapshot")["invitations"]] == [expires, expires]
        caller.advance(59.999)
        fay.call("accept", roomId="room-1")
        ann.expect("onInvitationAccepted", "onInvitationStatusChanged")
        caller.advance(0.001)
        assert timed_out(eve.expect("onInvitationTimeout")) == [("onInvitationTimeout", "eve", 2)]
        told = timed_out(ann.expect("onInvitationTimeout", "onInvitationStatusChanged"))
        assert told == [("onInvitationTimeout", "eve", 2), ("onInvitationStatusChanged", "eve", 2)]
        assert (life.log.all()[-1].kind, life.log.all()[-1].operator) == ("InvitationsEnded", "@TIM#SYSTEM")
        assert ann.call("getRoomSnapshot")["invitations"] == []
        assert statuses(ann) == {"eve": 2, "fay": 3}
        eve.refused(-2311, "accept", roomId="room-1")
        assert fay.names_told() == []


def test_without_a_timeout_it_waits(life: Life) -> None:
    ann = life.people["ann"]
    life.caller.import_accounts("eve")
    invite(ann, "eve")
    life.caller.advance(80_000)
    assert statuses(ann) == {"eve": 1}


def test_several_end_at_their_own_moments(life: Life) -> None:
    ann, caller = life.people["ann"], life.caller
    caller.import_accounts("eve", "fay", "gus")
    for account, timeout in (("eve", 30), ("fay", 20), ("gus", 30)):
        invite(ann, account, timeout=timeout)
    ann.told()
    caller.advance(20)
    assert timed_out(ann.expect("onInvitationTimeout", "onInvitationStatusChanged"))[0][1] == "fay"
    assert statuses(ann) == {"eve": 1, "fay": 2, "gus": 1}
    caller.advance(10)
    ended = timed_out(ann.expect(*["onInvitationTimeout"] * 2, *["onInvitationStatusChanged"] * 2))
    assert [account for _, account, _ in ended] == ["eve", "gus", "eve", "gus"]
    assert life.log.all()[-1].seq - life.log.all()[-2].seq == 1  # one fact for what ended at one moment
    assert [each["invitee"]["account"] for each in life.log.all()[-1].data["invitations"]] == ["eve", "gus"]


def test_whoever_timed_out_may_be_invited_anew(life: Life) -> None:
    ann, caller = life.people["ann"], life.caller
    caller.import_accounts("fay")
    with Member(caller, "eve") as eve:
        invite(ann, "eve", timeout=1)
        invite(ann, "fay")
        caller.advance(1)
        ann.next_event("onInvitationTimeout")
        invite(ann, "eve", timeout=10)
        assert list(statuses(ann)) == ["fay", "eve"]  # in the order of the latest of each
        eve.call("accept", roomId="room-1")
        caller.advance(10)
        assert statuses(ann)["eve"] == 3


def test_what_ended_while_the_server_was_down_is_told_when_it_is_back(new_server: Callable[..., Server]) -> None:
    server = new_server()
    caller = Caller(server.start().url)
    caller.create_room()
    caller.import_accounts("eve", "fay")
    with Member(caller, "ann", deviceId="phone") as ann:
        ann.enter()
        invite(ann, "eve", timeout=30)
        invite(ann, "fay")
    server.kill()
    server.start()
    caller.advance(31)
    with Member(caller, "ann", deviceId="phone") as ann:
        ann.enter()
        until(lambda: statuses(ann) == {"eve": 2, "fay": 1})


def test_only_the_latest_that_have_ended_are_kept(room: Caller, ann: Member) -> None:
    crowd = [f"user{n}" for n in range(320)]
    for first in range(0, len(crowd), 20):
        room.import_accounts(*crowd[first : first + 20])
        invite(ann, *crowd[first : first + 20])
        for account in crowd[first : first + 20]:
            if account != "user7":
                with_account(room, account)
    found = listed(ann)
    assert found == ["user7", *crowd[20:]]


def with_account(caller: Caller, account: str) -> None:
    with Member(caller, account) as member:
        member.call("reject", roomId="room-1")


def listed(member: Member) -> list[str]:
    """Who is in the list of invitations, in its order, read in pages of 100."""
    found: list[str] = []
    cursor = None
    while cursor != "":
        answer = member.call("getInvitationList", roomId="room-1", cursor=cursor or "", count=1000)
        assert len(answer["invitations"]) <= 100
        found += [each["invitee"]["userId"] for each in answer["invitations"]]
        cursor = answer["cursor"]
    return found


def test_a_cursor_of_another_list_is_refused(ann: Member) -> None:
    for cursor in ("x", "1.1", "1.1.1"):
        ann.refused(-1001, "getInvitationList", roomId="room-1", cursor=cursor)


def test_of_answers_and_a_cancellation_one_counts(ann: Member, bob: Member, room: Caller, log: EventLog) -> None:
    for round_ in range(10):
        eve = f"eve{round_}"
        with Member(room, eve, deviceId="phone") as phone, Member(room, eve, deviceId="tablet") as tablet:
            invite(ann, eve)
            log.new()
            asked = [
                (phone, phone.send("accept", roomId="room-1")),
                (ann, ann.send("cancelInvitation", roomId="room-1", userIdList=[eve])),
                (tablet, tablet.send("reject", roomId="room-1")),
            ]
            accepted, cancelled, rejected = (code_of(member, request) for member, request in asked)
            (ended,) = log.told("InvitationsEnded")
            assert cancelled == 0  # what has ended already is not taken back, which is no fault
            assert accepted == (0 if ended.data["how"] == "Accepted" else -2311)
            assert rejected == (0 if ended.data["how"] == "Rejected" else -2311)
