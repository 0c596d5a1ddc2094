"""Invitations into a meeting: who invites, answers and takes back, and who is told of it."""

import pytest

from tests.eventlog import EventLog
from tests.house import ROOMS, Caller
from tests.member import Frame, Join, Member
from tests.publishing import make_admin

PENDING, TIMED_OUT, ACCEPTED, REJECTED, TAKEN_BACK = 1, 2, 3, 4, 0


def person(account: str, name: str = "") -> Frame:
    return {"userId": account, "userName": name, "avatarUrl": ""}


def invitation(invitee: str, inviter: str = "ann", status: int = PENDING, extension: str = "") -> Frame:
    people = {"inviter": person(inviter), "invitee": person(invitee)}
    return {"status": status, **people, "extensionInfo": extension, "expireTime": 0}


def personal(member: Member, *names: str, inside: bool = False) -> list[Frame]:
    """The data of what the member is told next: exactly these, of room-1, within it only to who is inside."""
    frames = member.expect(*names)
    assert all(frame.keys() == {"event", "data", *(("roomId", "seq") if inside else ())} for frame in frames)
    told = [frame["data"] for frame in frames]
    for data in told:
        assert (data.pop("roomId"), data.pop("roomInfo")["roomId"]) == ("room-1", "room-1")
    return told


def in_room(member: Member, *names: str) -> list[Frame]:
    """The invitations of what the member is told next in room-1: exactly these."""
    frames = member.expect(*names)
    assert {(frame["roomId"], frame["data"]["roomId"]) for frame in frames} == {("room-1", "room-1")}
    return [frame["data"]["invitation"] for frame in frames]


def invite(member: Member, *accounts: str, **params: object) -> dict[str, int]:
    results: dict[str, int] = member.call("inviteUsers", roomId="room-1", userIdList=accounts, **params)["results"]
    return results


@pytest.fixture
def eve(bob: Member, member: Join) -> Member:
    """Is outside; ann and bob are inside."""
    return member("eve", deviceId="phone")


def test_an_invitation_is_told_to_the_invitee_and_to_those_inside(
    room: Caller, ann: Member, bob: Member, eve: Member, member: Join, log: EventLog
) -> None:
    tablet, stranger = member("eve", deviceId="tablet"), member("stranger")
    log.new()
    assert invite(ann, "eve", extensionInfo="come") == {"eve": 0}
    shown = invitation("eve", extension="come")
    for device in (eve, tablet):
        assert personal(device, "onReceiveInvitation") == [{"invitation": shown, "extensionInfo": "come"}]
    for inside in (ann, bob):
        assert in_room(inside, "onInvitationAdded") == [shown]
    assert stranger.names_told() == []
    log.told("InvitationsSent")
    assert ann.call("getRoomSnapshot")["invitations"] == [shown]


def test_the_invitee_sees_the_room_without_its_password(caller: Caller, member: Join) -> None:
    caller.ok("im_open_login_svc/account_import", {"UserID": "ann", "Nick": "Ann"})
    caller.create_room(Owner_Account="ann", IsPasswordEnabled=True, Password="secret-1")
    ann, eve = member("ann"), member("eve")
    ann.enter()
    assert invite(ann, "eve") == {"eve": 0}
    frame = eve.next_event("onReceiveInvitation")
    assert frame["data"]["roomInfo"]["ownerName"] == "Ann"
    assert frame["data"]["invitation"]["inviter"] == person("ann", "Ann")
    assert frame["data"]["roomInfo"]["isPasswordEnabled"]
    assert "secret-1" not in str(frame)
    eve.refused(100018, "enterRoom", roomId="room-1")  # an invitation opens no door


def test_what_came_of_each(room: Caller, ann: Member, bob: Member, eve: Member, log: EventLog) -> None:
    room.import_accounts("robot", "away")
    room.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    assert invite(bob, "eve") == {"eve": 0}
    log.new()
    results = invite(ann, "away", "eve", "bob", "ann", "robot", "nobody", "away")
    assert results == {"away": 0, "eve": 1, "bob": 2, "ann": 2, "robot": 2}
    (sent,) = log.told("InvitationsSent")
    assert [each["invitee"]["account"] for each in sent.data["invitations"]] == ["away"]
    assert invite(ann, "eve", "bob", "nobody") == {"eve": 1, "bob": 2}
    log.told()
    (page,) = listed(ann, 100)
    assert [each["inviter"]["userId"] for each in page] == ["bob", "ann"]


def test_accepting(room: Caller, ann: Member, bob: Member, eve: Member, member: Join) -> None:
    tablet = member("eve", deviceId="tablet")
    invite(ann, "eve")
    for each in (ann, bob, eve, tablet):
        each.told()
    assert tablet.call("accept", roomId="room-1") == {}
    shown = invitation("eve", status=ACCEPTED)
    assert personal(ann, "onInvitationAccepted", inside=True) == [{"invitation": shown}]
    assert personal(eve, "onInvitationHandledByOtherDevice") == [{"accepted": True}]
    assert tablet.names_told() == []
    for inside in (ann, bob):
        assert in_room(inside, "onInvitationStatusChanged") == [shown]
    assert room.members().keys() == {"ann", "bob"}  # accepting is not entering
    assert ann.call("getRoomSnapshot")["invitations"] == []
    eve.refused(-2311, "accept", roomId="room-1")
    eve.refused(-2311, "reject", roomId="room-1")
    assert invite(ann, "eve") == {"eve": 0}


@pytest.mark.parametrize("reason", [0, 1])
def test_rejecting(ann: Member, bob: Member, eve: Member, member: Join, reason: int) -> None:
    tablet = member("eve", deviceId="tablet")
    invite(bob, "eve")
    for each in (ann, bob, eve, tablet):
        each.told()
    eve.call("reject", roomId="room-1", reason=reason)
    shown = invitation("eve", "bob", REJECTED)
    assert personal(bob, "onInvitationRejected", inside=True) == [{"invitation": shown, "reason": reason}]
    assert personal(tablet, "onInvitationHandledByOtherDevice") == [{"accepted": False}]
    assert eve.names_told() == []
    for inside in (ann, bob):
        assert in_room(inside, "onInvitationStatusChanged") == [shown]


def test_entering_accepts(ann: Member, bob: Member, eve: Member, member: Join) -> None:
    tablet = member("eve", deviceId="tablet")
    invite(ann, "eve")
    for each in (ann, bob, eve, tablet):
        each.told()
    assert eve.enter()["invitations"] == []
    shown = invitation("eve", status=ACCEPTED)
    assert personal(tablet, "onInvitationHandledByOtherDevice") == [{"accepted": True}]
    assert [frame["event"] for frame in eve.told()] == []
    names = [frame["event"] for frame in bob.told()]
    assert names == ["onRemoteUserEnterRoom", "onRoomUserCountChanged", "onInvitationStatusChanged"]
    assert ann.next_event("onInvitationAccepted")["data"]["invitation"] == shown
    eve.refused(-2311, "reject", roomId="room-1")


def test_the_inviter_is_told_wherever_he_is(ann: Member, bob: Member, eve: Member) -> None:
    invite(bob, "eve")
    bob.call("exitRoom")
    bob.told()
    eve.told()
    eve.call("accept", roomId="room-1")
    personal(bob, "onInvitationAccepted")
    assert bob.names_told() == []


def test_taking_ones_own_back(ann: Member, bob: Member, eve: Member) -> None:
    invite(bob, "eve")
    for each in (ann, bob, eve):
        each.told()
    assert bob.call("cancelInvitation", roomId="room-1", userIdList=["eve", "stranger"]) == {}
    shown = invitation("eve", "bob", TAKEN_BACK)
    assert personal(eve, "onInvitationCancelled") == [{"invitation": shown}]
    for inside in (ann, bob):
        assert in_room(inside, "onInvitationRemoved") == [shown]
    assert ann.call("getInvitationList", roomId="room-1")["invitations"] == []
    eve.refused(-2311, "accept", roomId="room-1")
    bob.call("cancelInvitation", roomId="room-1", userIdList=["eve"])  # it is over
    assert [*ann.names_told(), *eve.names_told()] == []
    assert invite(bob, "eve") == {"eve": 0}


def test_taking_back_anothers(room: Caller, ann: Member, bob: Member, eve: Member, member: Join) -> None:
    member("fay")
    invite(ann, "eve")
    invite(bob, "fay")
    bob.refused(-2310, "cancelInvitation", roomId="room-1", userIdList=["fay", "eve"])
    assert [each["status"] for each in listed(ann, 100)[0]] == [PENDING, PENDING]  # nothing of the call was done
    make_admin(room, "bob")
    for each in (ann, bob, eve):
        each.told()
    bob.call("cancelInvitation", roomId="room-1", userIdList=["fay", "eve"])
    shown = invitation("eve", status=TAKEN_BACK)
    told = {"invitation": shown, "operateUser": {"userId": "bob"}}
    assert personal(eve, "onInvitationRevokedByAdmin") == [told]
    removed = [invitation("fay", "bob", TAKEN_BACK), shown]
    for inside in (ann, bob):
        assert in_room(inside, "onInvitationRemoved", "onInvitationRemoved") == removed


def test_only_inside(room: Caller, ann: Member, bob: Member, eve: Member) -> None:
    calls = {"inviteUsers": ["bob"], "cancelInvitation": ["bob"], "getInvitationList": None}
    for method, accounts in calls.items():
        params = {} if accounts is None else {"userIdList": accounts}
        eve.refused(-2101, method, roomId="room-1", **params)
        ann.refused(-2101, method, roomId="room-2", **params)
    for method in ("accept", "reject"):
        eve.refused(100004, method, roomId="room-2")
        eve.refused(-2311, method, roomId="room-1")


def test_whoever_leaves_last_takes_all_invitations_back(ann: Member, bob: Member, eve: Member) -> None:
    invite(ann, "eve")
    invite(bob, "stranger")
    eve.told()
    ann.call("exitRoom")
    assert eve.names_told() == []
    bob.call("exitRoom")
    assert personal(eve, "onInvitationCancelled") == [{"invitation": invitation("eve", status=TAKEN_BACK)}]
    eve.refused(-2311, "accept", roomId="room-1")


def test_the_end_of_the_room_is_the_end_of_its_invitations(room: Caller, ann: Member, bob: Member, eve: Member) -> None:
    invite(ann, "eve")
    for each in (ann, bob, eve):
        each.told()
    room.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    assert personal(eve, "onInvitationCancelled") == [{"invitation": invitation("eve", status=TAKEN_BACK)}]
    assert bob.names_told() == ["onInvitationRemoved", "onRoomDismissed"]
    eve.refused(100004, "accept", roomId="room-1")
    room.create_room()
    eve.refused(-2311, "accept", roomId="room-1")


def test_whoever_is_put_out_leaves_the_invitations_of_others(
    room: Caller, ann: Member, bob: Member, eve: Member, log: EventLog
) -> None:
    invite(ann, "eve")
    log.new()
    room.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["bob"], "Reason": ""})
    log.told("MemberLeft")
    assert [each["status"] for each in listed(ann, 100)[0]] == [PENDING]


@pytest.mark.parametrize(
    "params",
    [
        {"userIdList": []},
        {"userIdList": ["x" * 33]},
        {"userIdList": [1]},
        {"userIdList": None},
        {"userIdList": ["eve"], "timeout": -1},
        {"userIdList": ["eve"], "timeout": 86_401},
        {"userIdList": ["eve"], "extensionInfo": "é" * 501},
        {"userIdList": [f"user{n}" for n in range(301)]},
    ],
)
def test_what_is_no_invitation(ann: Member, bob: Member, params: Frame) -> None:
    ann.refused(-1001, "inviteUsers", roomId="room-1", **params)


def test_twenty_at_once_as_it_comes_each_counted_once(ann: Member, bob: Member, eve: Member) -> None:
    assert invite(ann, *["eve"] * 21) == {"eve": 0}
    ann.refused(100013, "inviteUsers", roomId="room-1", userIdList=[f"user{n}" for n in range(21)])


def listed(member: Member, count: int) -> list[list[Frame]]:
    """The list of invitations, page by page."""
    pages: list[list[Frame]] = []
    cursor = ""
    while not pages or cursor:
        answer = member.call("getInvitationList", roomId="room-1", cursor=cursor, count=count)
        pages.append(answer["invitations"])
        cursor = answer["cursor"]
    return pages
