"""Roles, name cards and what is kept with a member: who may change them, and what all are told."""

from typing import Any

import pytest

from tests import backend as to
from tests.backend import Backend
from tests.house import ROOMS, Caller
from tests.meeting import Meeting, meeting
from tests.member import Join
from tests.told import HANDED_ON, user

__all__ = ["meeting"]  # a fixture
INFO_CHANGED = "Room.CallbackAfterMemberInfoChanged"


def roles(caller: Caller) -> dict[str, str]:
    return {account: member["Role"] for account, member in caller.members().items()}


def test_the_owner_makes_an_administrator_and_a_general_user_again(meeting: Meeting) -> None:
    for number, name in ((1, "Admin"), (2, "Member")):
        meeting["owner"].call("changeUserRole", userId="ann", userRole=number)
        ann = user("ann", userRole=number)
        assert meeting.hear("onUserInfoChanged", "onUserRoleChanged") == [
            {"userInfo": ann, "modifyFlag": 1, "operator": "owner"},
            {"userId": "ann", "userRole": number, "userInfo": ann},
        ]
        assert roles(meeting.caller)["ann"] == name
    meeting["owner"].call("changeUserRole", userId="ann", userRole=2)
    meeting.silent()


def test_others_give_no_roles(meeting: Meeting) -> None:
    for role in (0, 1, 2):
        meeting.refused(-2300, "changeUserRole", "admin", "ann", userId="bob", userRole=role)
        meeting.refused(-2300, "changeUserRole", "admin", "ann", userId="stranger", userRole=role)


def test_a_role_is_a_members(meeting: Meeting) -> None:
    for role in (0, 1, 2):
        meeting.refused(100005, "changeUserRole", "owner", userId="stranger", userRole=role)
    for role in (1, 2):
        meeting.refused(100006, "changeUserRole", "owner", userId="owner", userRole=role)
    for params in ({"userRole": 3}, {"userRole": -1}, {"userRole": "1"}, {}, {"userRole": True}):
        meeting.refused(-1001, "changeUserRole", "owner", userId="ann", **params)


def test_five_administrators_are_the_most(meeting: Meeting, member: Join) -> None:
    for account in ("user1", "user2", "user3", "user4", "user5"):
        member(account).enter()
    for account in ("user1", "user2", "user3", "user4"):
        meeting["owner"].call("changeUserRole", userId=account, userRole=1)
    meeting.forget()
    meeting.refused(100020, "changeUserRole", "owner", userId="user5", userRole=1)
    meeting["owner"].call("changeUserRole", userId="admin", userRole=0)  # who leaves a place free
    meeting.forget()
    meeting["admin"].call("changeUserRole", userId="user5", userRole=1)
    meeting.forget()
    meeting.refused(100020, "changeUserRole", "admin", userId="owner", userRole=1)


def test_a_room_is_handed_over(backend: Backend, meeting: Meeting) -> None:
    backend.listen()
    meeting["owner"].call("changeUserRole", userId="owner", userRole=0)
    meeting.silent()
    meeting["owner"].call("changeUserRole", userId="admin", userRole=0)
    former, owner = user("owner"), user("admin", userRole=0)
    assert meeting.hear(*HANDED_ON)[:4] == [
        {"userInfo": former, "modifyFlag": 1, "operator": "owner"},
        {"userId": "owner", "userRole": 2, "userInfo": former},
        {"userInfo": owner, "modifyFlag": 1, "operator": "owner"},
        {"userId": "admin", "userRole": 0, "userInfo": owner},
    ]
    assert roles(meeting.caller) == {"owner": "Member", "admin": "Owner", "ann": "Member", "bob": "Member"}
    (told,) = backend.told(to.UPDATE)
    assert (told.body["RoomInfo"]["Owner_Account"], told.body["Operator_Account"]) == ("admin", "owner")
    meeting.refused(-2300, "changeUserRole", "owner", userId="owner", userRole=0)
    meeting["admin"].call("changeUserRole", userId="owner", userRole=0)
    assert roles(meeting.caller)["admin"] == "Member"


def test_the_backend_is_told_of_roles_and_name_cards_only(backend: Backend, meeting: Meeting) -> None:
    backend.listen(INFO_CHANGED)
    meeting["ann"].call("setSelfInfo", userName="Ann")
    meeting["ann"].call("setCustomInfoForUser", userId="ann", customInfo={"team": "blue"})
    meeting["owner"].call("changeUserRole", userId="ann", userRole=1)
    meeting["ann"].call("changeUserNameCard", userId="ann", nameCard="A.")
    told = backend.told(INFO_CHANGED, INFO_CHANGED)
    common = {"Member_Account": "ann", "Role": "Admin", "CustomInfo": ""}
    assert [each.body["MemberInfo"] for each in told] == [{**common, "NameCard": ""}, {**common, "NameCard": "A."}]
    assert [each.body["Operator_Account"] for each in told] == ["owner", "ann"]


CHANGES: Any = [
    ("changeUserNameCard", {"nameCard": "Mx. A"}, {"nameCard": "Mx. A"}, 2),
    ("setCustomInfoForUser", {"customInfo": {"team": "blue"}}, {"roomCustomInfo": {"team": "blue"}}, 0),
]


@pytest.mark.parametrize(("method", "change", "known", "flag"), CHANGES)
@pytest.mark.parametrize(
    ("who", "whom", "role"),
    [
        ("ann", "ann", 2),
        ("admin", "admin", 1),
        ("owner", "owner", 0),
        ("admin", "ann", 2),
        ("owner", "ann", 2),
        ("owner", "admin", 1),
    ],
)
def test_who_may_change_whom(
    meeting: Meeting, method: str, change: Any, known: Any, flag: int, who: str, whom: str, role: int
) -> None:
    meeting[who].call(method, userId=whom, **change)
    told = {"userInfo": user(whom, userRole=role, **known), "modifyFlag": flag, "operator": who}
    assert meeting.hear("onUserInfoChanged") == [told]
    meeting[who].call(method, userId=whom, **change)
    meeting.silent()
    assert meeting["bob"].call("getUserInfo", userId=whom) == told["userInfo"]


@pytest.mark.parametrize(("method", "change"), [case[:2] for case in CHANGES])
def test_who_may_not_change_whom(meeting: Meeting, method: str, change: Any) -> None:
    for whom in ("bob", "admin", "owner", "stranger"):
        meeting.refused(-2301, method, "ann", userId=whom, **change)
    meeting.refused(100006, method, "admin", userId="owner", **change)
    meeting.refused(100005, method, "admin", "owner", userId="stranger", **change)
    meeting["owner"].call("changeUserRole", userId="ann", userRole=1)
    meeting.forget()
    meeting.refused(100006, method, "admin", userId="ann", **change)


def test_a_name_card_has_bytes(meeting: Meeting) -> None:
    meeting["ann"].call("changeUserNameCard", userId="ann", nameCard="é" * 16)
    meeting.forget()
    meeting.refused(-1001, "changeUserNameCard", "ann", userId="ann", nameCard="é" * 16 + "e")
    meeting["ann"].call("takeSeat", seatIndex=0)
    assert meeting["ann"].call("getRoomSnapshot")["seats"][0]["nameCard"] == "é" * 16
    meeting["ann"].call("changeUserNameCard", userId="ann", nameCard="")
    meeting["bob"].call("takeSeat", seatIndex=1)
    assert meeting["ann"].next_event("onUserInfoChanged")["data"]["userInfo"]["nameCard"] == ""
    assert [seat["nameCard"] for seat in meeting["ann"].next_event("onSeatListChanged")["data"]["seatList"]] == [""] * 4


def test_what_is_kept_with_a_member_is_merged(meeting: Meeting) -> None:
    ann = meeting["ann"]
    ann.call("setCustomInfoForUser", userId="ann", customInfo={"team": "blue", "desk": "4"})
    ann.call("setCustomInfoForUser", userId="ann", customInfo={"team": "", "hand": "left", "none": ""})
    assert ann.call("getUserInfo", userId="ann")["roomCustomInfo"] == {"desk": "4", "hand": "left"}
    meeting.forget()
    ann.call("setCustomInfoForUser", userId="ann", customInfo={"team": "", "desk": "4"})
    meeting.silent()
    ann.call("exitRoom")
    assert ann.enter()["members"]["list"][-1] == user("ann")


def test_what_is_kept_with_a_member_has_bounds(meeting: Meeting) -> None:
    ann, few = meeting["ann"], {f"name{number}": "x" for number in range(10)}
    meeting.refused(-1001, "setCustomInfoForUser", "ann", userId="ann", customInfo={})
    meeting.refused(-1001, "setCustomInfoForUser", "ann", userId="ann", customInfo={"number": 1})
    ann.call("setCustomInfoForUser", userId="ann", customInfo=few)
    meeting.forget()
    meeting.refused(100002, "setCustomInfoForUser", "ann", userId="ann", customInfo={"eleventh": "x"})
    ann.call("setCustomInfoForUser", userId="ann", customInfo={"name0": "", "eleventh": "x"})
    ann.call("setCustomInfoForUser", userId="ann", customInfo=dict.fromkeys([*few, "eleventh"], ""))
    meeting.forget()
    largest = "x" * (1024 - len('{"name":""}'))
    meeting.refused(100002, "setCustomInfoForUser", "ann", userId="ann", customInfo={"name": largest + "x"})
    ann.call("setCustomInfoForUser", userId="ann", customInfo={"name": largest})
    assert meeting["bob"].call("getUserInfo", userId="ann")["roomCustomInfo"] == {"name": largest}


def test_rest_and_members_change_the_same(meeting: Meeting) -> None:
    meeting["ann"].call("setCustomInfoForUser", userId="ann", customInfo={"team": "blue"})
    meeting["owner"].call("changeUserNameCard", userId="ann", nameCard="A.")
    meeting.forget()
    meeting.rest("ann", CustomInfo="c", Role="Admin")
    ann = user("ann", userRole=1, nameCard="A.", customInfo="c", roomCustomInfo={"team": "blue"})
    told = meeting.hear("onUserInfoChanged", "onUserRoleChanged")
    assert told[0] == {"userInfo": ann, "modifyFlag": 1, "operator": "administrator"}
    page = meeting.caller.ok(f"{ROOMS}/get_room_member_list", {"RoomId": "room-1"})["MemberList"]
    assert (page[2]["NameCard"], page[2]["Role"], page[2]["CustomInfo"]) == ("A.", "Admin", "c")
