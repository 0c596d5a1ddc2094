"""Putting out by owner and administrators: who may, who is told what, and that it is no ban."""

import pytest

from tests import backend as to
from tests.backend import Backend, asked, whole
from tests.house import ROOMS
from tests.meeting import Meeting, meeting
from tests.member import Join
from tests.told import data, user

__all__ = ["meeting"]  # a fixture
KICK = "kickRemoteUserOutOfRoom"


@pytest.mark.parametrize(
    ("who", "whom", "known"),
    [("owner", "admin", {"userRole": 1}), ("owner", "bob", {}), ("admin", "bob", {})],
)
def test_a_kick(meeting: Meeting, who: str, whom: str, known: dict[str, int]) -> None:
    meeting[who].call(KICK, userId=whom, reason="too loud")
    told = data(meeting[whom].told())
    assert told == [{"reason": 0, "message": "too loud"}]
    others = [account for account in meeting.people if account != whom]
    assert meeting.hear("onRemoteUserLeaveRoom", "onRoomUserCountChanged", who=others) == [
        {"userInfo": user(whom, **known), "reason": "Kicked"},
        {"userCount": 3},
    ]
    assert whom not in meeting.caller.members()
    meeting[whom].refused(-2101, "getUserList")
    meeting[who].refused(100005, KICK, userId=whom)
    assert meeting[whom].enter()["role"] == 2  # it is no ban, but the role is gone


def test_who_may_not_kick_whom(meeting: Meeting) -> None:
    for whom in ("owner", "admin", "bob", "ann", "stranger"):
        meeting.refused(-2301, KICK, "ann", userId=whom)
    meeting.refused(100006, KICK, "admin", "owner", userId="owner")
    meeting.refused(100006, KICK, "admin", userId="admin")
    meeting.refused(100005, KICK, "admin", "owner", userId="stranger")
    meeting["owner"].call("changeUserRole", userId="ann", userRole=1)
    meeting.forget()
    meeting.refused(100006, KICK, "admin", userId="ann")
    meeting.refused(-1001, KICK, "owner", userId="ann", reason="x" * 1001)
    meeting.refused(-1001, KICK, "owner")


def test_an_outsider_kicks_nobody(meeting: Meeting, member: Join) -> None:
    member("stranger").refused(-2101, KICK, userId="ann")
    meeting.silent()


def test_whoever_is_kicked_loses_the_seat(meeting: Meeting) -> None:
    meeting["bob"].call("takeSeat", seatIndex=1)
    meeting.forget()
    meeting["admin"].call(KICK, userId="bob")
    told = meeting["ann"].told()
    assert sorted(frame["event"] for frame in told) == [
        "onRemoteUserLeaveRoom",
        "onRoomUserCountChanged",
        "onSeatListChanged",
    ]
    assert meeting.caller.seats() == [""] * 4


def test_a_robot_may_be_kicked(meeting: Meeting) -> None:
    meeting.caller.import_accounts("robot")
    meeting.caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    meeting.forget()
    meeting["admin"].call(KICK, userId="robot")
    assert meeting.hear("onRemoteUserLeaveRoom", "onRoomUserCountChanged")[1] == {"userCount": 4}


def test_the_backend_is_told(backend: Backend, meeting: Meeting) -> None:
    backend.listen()
    meeting["admin"].call(KICK, userId="bob", reason="too loud")
    (told,) = backend.told(to.LEAVE)
    asked(told, backend.caller.sdkappid, platform="Unknown")
    left = {"MemberCount": 3, "Type": "Kicked", "MemberList_Account": ["bob"], "Reason": "too loud"}
    whole(told, {"Operator_Account": "admin", "RoomId": "room-1", **left})


def test_a_kick_over_rest_is_the_servers(meeting: Meeting) -> None:
    kick = {"RoomId": "room-1", "MemberList_Account": ["bob"], "Reason": "late"}
    meeting.caller.ok(f"{ROOMS}/kick_user_out", kick)
    assert data(meeting["bob"].told()) == [{"reason": 2, "message": "late"}]
    others = ("owner", "admin", "ann")
    assert meeting.hear("onRemoteUserLeaveRoom", "onRoomUserCountChanged", who=others)[0]["reason"] == "Kicked"
