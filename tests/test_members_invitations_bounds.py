"""How many invitations there are: at once, pending, of one inviter, and in a snapshot; and who takes his with him."""

from collections.abc import Callable, Iterator

import pytest

from tests.house import ROOMS, Caller, Server
from tests.member import Frame, Member
from tests.publishing import make_admin

INVITED, ALREADY = 0, 1
CROWD = [f"user{number:03}" for number in range(304)]


@pytest.fixture
def caller(new_server: Callable[..., Server]) -> Caller:
    """Everybody of the crowd is imported; 150 may be invited at once."""
    server = new_server(toml="rates = {default = 0}\nmax_invitees = 150", member_rate=0)
    caller = Caller(server.start().url)
    for first in range(0, len(CROWD), 100):
        caller.import_accounts(*CROWD[first : first + 100])
    caller.create_room()
    return caller


@pytest.fixture
def inviters(caller: Caller) -> Iterator[list[Member]]:
    """Four general users who are inside."""
    members = [Member(caller, account) for account in ("ann", "bob", "eve", "fay")]
    for each in members:
        each.enter()
    yield members
    for each in members:
        each.close()


def results(member: Member, *accounts: str) -> set[int]:
    return set(member.call("inviteUsers", roomId="room-1", userIdList=accounts)["results"].values())


def too_many(member: Member, method: str, *accounts: str) -> str:
    return member.refused(100013, method, roomId="room-1", userIdList=accounts)


def names(invitations: list[Frame]) -> list[str]:
    return [each["invitee"]["userId"] for each in invitations]


def listed(member: Member, count: int) -> list[list[str]]:
    """Who is in the list of invitations, page by page."""
    pages: list[list[str]] = []
    cursor = ""
    while not pages or cursor:
        answer = member.call("getInvitationList", roomId="room-1", cursor=cursor, count=count)
        pages.append(names(answer["invitations"]))
        cursor = answer["cursor"]
    return pages


def test_so_many_at_once_so_many_of_one_and_so_many_in_all(inviters: list[Member]) -> None:
    ann, bob, eve, fay = inviters
    too_many(ann, "inviteUsers", *CROWD[:151])
    assert "yours" in too_many(ann, "inviteUsers", *CROWD[:101])
    assert results(ann, *CROWD[:99]) == {INVITED}
    too_many(ann, "inviteUsers", *CROWD[300:302])
    assert results(ann, CROWD[99]) == {INVITED}
    too_many(ann, "inviteUsers", CROWD[300])
    assert results(ann, *CROWD[:2]) == {ALREADY}
    assert results(bob, *CROWD[100:200]) == results(eve, *CROWD[200:300]) == {INVITED}
    assert "room" in too_many(fay, "inviteUsers", CROWD[300])
    ann.call("cancelInvitation", roomId="room-1", userIdList=CROWD[:1])
    too_many(fay, "inviteUsers", *CROWD[300:302])
    assert results(fay, CROWD[301]) == {INVITED}
    pages = listed(ann, 100)
    assert [len(page) for page in pages] == [100, 100, 100]
    assert [account for page in pages for account in page] == [*CROWD[1:300], CROWD[301]]


def test_as_many_are_taken_back_at_once_as_are_sent(caller: Caller, inviters: list[Member]) -> None:
    ann, bob, _, _ = inviters
    assert results(ann, *CROWD[:100]) == results(bob, *CROWD[100:200]) == {INVITED}
    make_admin(caller, "ann")
    bob.told()
    assert too_many(ann, "cancelInvitation", *CROWD[:151]).startswith("userIdList")
    assert listed(ann, 300)[0] == CROWD[:100]
    assert bob.names_told() == []
    ann.call("cancelInvitation", roomId="room-1", userIdList=[*CROWD[50:200], *CROWD[50:60]])
    assert bob.names_told() == ["onInvitationRemoved"] * 150
    assert listed(ann, 100) == [CROWD[:50]]


def test_a_snapshot_shows_the_oldest_fifty(caller: Caller, inviters: list[Member]) -> None:
    ann, bob, _, _ = inviters
    results(bob, *CROWD[:10])
    ann.call("inviteUsers", roomId="room-1", userIdList=CROWD[10:15], timeout=1)
    results(ann, *CROWD[15:85])
    caller.advance(1)
    assert names(ann.call("getRoomSnapshot")["invitations"]) == CROWD[15:65]
    assert names(bob.call("getRoomSnapshot")["invitations"]) == CROWD[:10]
    with Member(caller, "gus") as gus:
        assert gus.enter()["invitations"] == []  # general users see their own
        make_admin(caller, "gus")
        assert names(gus.enter()["invitations"]) == [*CROWD[:10], *CROWD[15:55]]
        assert [len(page) for page in listed(gus, 100)] == [85]


def test_a_snapshot_shows_the_oldest_fifty_requests(caller: Caller) -> None:
    appliers = [Member(caller, account) for account in CROWD[:52]]
    sent = []
    for each in appliers:
        each.enter()
        sent.append(each.call("applyToAdminToOpenLocalDevice", device=1)["requestId"])
    with Member(caller, "administrator") as owner:
        assert [each["requestId"] for each in owner.enter()["requests"]] == sent[:50]
        assert [each["requestId"] for each in owner.call("getRequestList")["requestList"]] == sent
    for each in appliers:
        each.close()


def kick(caller: Caller, owner: Member) -> str:
    owner.call("kickRemoteUserOutOfRoom", userId="bob")
    return "administrator"


def kick_over_rest(caller: Caller, owner: Member) -> str:
    caller.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["bob"], "Reason": ""})
    return "administrator"


def ban(caller: Caller, owner: Member) -> str:
    body = {"RoomId": "room-1", "MemberList_Account": ["bob", "stranger"], "Duration": 60, "Reason": ""}
    caller.ok(f"{ROOMS}/ban_room_member", body)
    return "administrator"


def ban_when_he_has_left(caller: Caller, owner: Member) -> str:
    with Member(caller, "bob") as again:
        again.enter()
        again.call("exitRoom")
    owner.told()
    assert names(owner.call("getRoomSnapshot")["invitations"]) == [*CROWD[:2], CROWD[3]]  # leaving takes nothing back
    return ban(caller, owner)


@pytest.mark.parametrize("deed", [kick, kick_over_rest, ban, ban_when_he_has_left])
def test_whoever_is_put_out_takes_his_invitations_with_him(
    caller: Caller, inviters: list[Member], deed: Callable[[Caller, Member], str]
) -> None:
    ann, bob, _, _ = inviters
    with (
        Member(caller, "administrator") as owner,
        Member(caller, CROWD[0]) as invited,
        Member(caller, CROWD[3]) as other,
    ):
        owner.enter()
        results(bob, *CROWD[:2])
        results(bob, CROWD[2])
        results(ann, CROWD[3])
        with Member(caller, CROWD[2]) as rejecting:
            rejecting.call("reject", roomId="room-1")
        for each in (owner, ann, invited, other):
            each.told()
        operator = deed(caller, owner)
        (revoked,) = invited.expect("onInvitationRevokedByAdmin")
        assert revoked["data"]["operateUser"] == {"userId": operator}
        assert (revoked["data"]["invitation"]["status"], revoked["data"]["invitation"]["inviter"]["userId"]) == (
            0,
            "bob",
        )
        removed = [frame for frame in owner.told() if frame["event"] == "onInvitationRemoved"]
        assert [frame["data"]["invitation"]["invitee"]["userId"] for frame in removed] == CROWD[:2]
        assert other.names_told() == []
        invited.refused(-2311, "accept", roomId="room-1")
        assert names(owner.call("getRoomSnapshot")["invitations"]) == [CROWD[3]]
        assert listed(owner, 100) == [CROWD[2:4]]
