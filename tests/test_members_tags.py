"""Tags of members, which are the marks of REST [R17]."""

import pytest

from tests.backend import Backend
from tests.house import ROOMS, Caller
from tests.meeting import Meeting, meeting
from tests.member import Frame, Join
from tests.people import Enter
from tests.told import user

__all__ = ["meeting"]  # a fixture
ADD, REMOVE = "addCategoryTagForUsers", "removeCategoryTagForUsers"


def tagged(page: Frame) -> list[str]:
    return [each["userId"] for each in page["userInfoList"]]


def test_the_owner_tags_and_every_member_reads(meeting: Meeting) -> None:
    meeting["owner"].call(ADD, tag=1000, userList=["bob", "ann", "bob"])
    told = meeting.hear("onUserInfoChanged", "onUserInfoChanged")
    assert told == [
        {"userInfo": user(account, marks=[1000]), "modifyFlag": 0, "operator": "owner"} for account in ("bob", "ann")
    ]
    meeting["owner"].call(ADD, tag=2**63 - 1, userList=["owner"])
    for account in meeting.people:
        assert tagged(meeting[account].call("getUserListByTag", tag=1000)) == ["ann", "bob"]
    assert meeting["ann"].call("getUserListByTag", tag=1001) == {"userInfoList": [], "nextSequence": 0}
    assert meeting.caller.members()["owner"]["Marks"] == [2**63 - 1]
    meeting.forget()
    meeting["owner"].call(REMOVE, tag=1000, userList=["admin", "bob"])
    (told_of_bob,) = meeting.hear("onUserInfoChanged")
    assert told_of_bob["userInfo"] == user("bob")
    assert tagged(meeting["bob"].call("getUserListByTag", tag=1000)) == ["ann"]


def test_what_changes_nothing_is_no_news(meeting: Meeting) -> None:
    meeting["owner"].call(REMOVE, tag=1000, userList=["ann"])
    meeting.silent()
    meeting["owner"].call(ADD, tag=1000, userList=["ann"])
    meeting.forget()
    meeting["owner"].call(ADD, tag=1000, userList=["ann"])
    meeting.silent()


@pytest.mark.parametrize("method", [ADD, REMOVE])
def test_others_tag_nobody(meeting: Meeting, method: str) -> None:
    meeting.refused(-2300, method, "admin", "ann", tag=1000, userList=["ann"])
    meeting.refused(100005, method, "owner", tag=1000, userList=["ann", "stranger"])
    assert meeting.caller.members()["ann"]["Marks"] == []
    for tag in (999, 2**63, "1000"):
        meeting.refused(-1001, method, "owner", tag=tag, userList=["ann"])
    for accounts in ([], ["user"] * 21, [""], "ann"):
        meeting.refused(-1001, method, "owner", tag=1000, userList=accounts)
    meeting.refused(-1001, "getUserListByTag", "ann", tag=999)


def test_ten_tags_are_the_most(meeting: Meeting) -> None:
    for tag in range(1000, 1010):
        meeting["owner"].call(ADD, tag=tag, userList=["ann"])
    meeting.forget()
    meeting.refused(100009, ADD, "owner", tag=1010, userList=["bob"])
    meeting["ann"].call("exitRoom")
    meeting["owner"].call(ADD, tag=1010, userList=["bob"])
    assert tagged(meeting["bob"].call("getUserListByTag", tag=1000)) == []


def test_rest_and_members_tag_alike(backend: Backend, meeting: Meeting) -> None:
    marked = "Room.CallbackAfterMemberMarked"
    backend.listen(marked)
    marks = {"RoomId": "room-1", "CommandType": 1, "MemberList": [{"Member_Account": "ann", "Marks": [1002, 1001]}]}
    meeting.caller.ok(f"{ROOMS}/mark_room_member", marks)
    assert meeting.hear("onUserInfoChanged")[0]["userInfo"] == user("ann", marks=[1001, 1002])
    meeting["owner"].call(ADD, tag=1000, userList=["ann"])
    assert tagged(meeting["ann"].call("getUserListByTag", tag=1002)) == ["ann"]
    told = backend.told(marked, marked)
    assert [each.body["Operator_Account"] for each in told] == ["administrator", "owner"]
    assert told[1].body["MemberList"] == [{"Member_Account": "ann", "Marks": [1000, 1001, 1002]}]


def test_pages_of_a_tag(caller: Caller, enter: Enter, member: Join) -> None:
    caller.import_accounts("owner")
    caller.create_room(Owner_Account="owner")
    enter(*(f"user{number}" for number in range(60)))
    owner = member("owner")
    owner.enter()
    everybody = [f"user{number}" for number in range(60)]
    for tag, carriers in ((1000, everybody), (1001, everybody[55:])):
        for start in range(0, len(carriers), 20):
            owner.call(ADD, tag=tag, userList=carriers[start : start + 20])
    first = owner.call("getUserListByTag", tag=1000)
    assert tagged(first) == everybody[:50]
    rest = owner.call("getUserListByTag", tag=1000, nextSequence=first["nextSequence"])
    assert (tagged(rest), rest["nextSequence"]) == (everybody[50:], 0)
    assert tagged(owner.call("getUserListByTag", tag=1001)) == everybody[55:]
