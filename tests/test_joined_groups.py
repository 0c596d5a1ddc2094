"""Chat groups over REST: the groups that an account is in."""

from typing import Any

import pytest

from tests.groups import JOINED, create, info, joined, people
from tests.house import ROOMS, Caller


@pytest.fixture
def groups(caller: Caller) -> dict[str, str]:
    """One group of every type with ann inside where that can be, and a room; ids by type."""
    caller.import_accounts("ann", "bob")
    made = {name: create(caller, Type=name, MemberList=people("ann")) for name in ("Private", "Public")}
    made["ChatRoom"] = create(caller, Type="Meeting", Owner_Account="ann")
    made["Community"] = create(caller, Type="Community", MemberList=people("bob", "ann"))
    made["topics"] = create(caller, Type="Community", MemberList=people("ann"), SupportTopic=1)
    made["AVChatRoom"] = create(caller, Type="AVChatRoom", Owner_Account="ann")
    caller.create_room()
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "ann"})
    made["room"] = "room-1"
    create(caller, MemberList=people("bob"))
    return made


def test_the_groups_of_an_account_are_listed(caller: Caller, groups: dict[str, str]) -> None:
    answer = caller.ok(JOINED, {"Member_Account": "ann"})
    expected = [groups[name] for name in ("Public", "ChatRoom", "Community", "topics", "room")]
    assert [group["GroupId"] for group in answer["GroupIdList"]] == expected
    assert answer["TotalCount"] == 5
    assert answer["GroupIdList"][0].keys() == {"GroupId"}
    assert answer["GroupIdList"][3] == {"GroupId": groups["topics"], "SupportTopic": 1, "GrossTopicNextMsgSeq": 0}


def test_a_private_group_is_not_active_before_its_first_message(caller: Caller, groups: dict[str, str]) -> None:
    assert groups["Private"] not in joined(caller, "ann", WithNoActiveGroups=0)
    assert joined(caller, "ann", WithNoActiveGroups=1)[0] == groups["Private"]
    for name in ("Private", "Work"):
        assert joined(caller, "ann", GroupType=name) == []
        assert joined(caller, "ann", GroupType=name, WithNoActiveGroups=1) == [groups["Private"]]


@pytest.mark.parametrize("huge", [0, 1, None])
def test_an_av_chat_room_stores_nobody(caller: Caller, groups: dict[str, str], huge: int | None) -> None:
    assert groups["AVChatRoom"] not in joined(caller, "ann", WithHugeGroups=huge)
    assert joined(caller, "ann", WithHugeGroups=huge, GroupType="AVChatRoom") == []


def test_joined_groups_are_filtered_by_type(caller: Caller, groups: dict[str, str]) -> None:
    for name, expected in {
        "Public": ["Public"],
        "ChatRoom": ["ChatRoom", "room"],
        "Meeting": ["ChatRoom", "room"],
        "Community": ["Community", "topics"],
    }.items():
        answer = caller.ok(JOINED, {"Member_Account": "ann", "GroupType": name, "Limit": 1})
        assert answer["TotalCount"] == len(expected)
        assert joined(caller, "ann", GroupType=name) == [groups[each] for each in expected]
    assert joined(caller, "ann", GroupType="Community", SupportTopic=1) == [groups["topics"]]
    assert joined(caller, "ann", GroupType="Community", SupportTopic=0) == [groups["Community"]]


def test_joined_groups_tell_what_is_asked_for(caller: Caller, groups: dict[str, str]) -> None:
    wanted = {"GroupBaseInfoFilter": ["Type", "Name", "Appid"], "SelfInfoFilter": ["Role", "JoinTime"]}
    answer = caller.ok(JOINED, {"Member_Account": "ann", "GroupType": "Meeting", "ResponseFilter": wanted})
    owned, room = answer["GroupIdList"]
    now = info(caller, groups["ChatRoom"])["CreateTime"]
    self_info = {"Role": "Owner", "JoinTime": now}
    assert owned == {"GroupId": groups["ChatRoom"], "Type": "ChatRoom", "Name": "circle", "SelfInfo": self_info}
    assert room["SelfInfo"]["Role"] == "Member"
    wanted = {"SelfInfoFilter": ["MsgFlag", "MsgSeq"]}
    answer = caller.ok(JOINED, {"Member_Account": "ann", "ResponseFilter": wanted})
    flags = [group["SelfInfo"]["MsgFlag"] for group in answer["GroupIdList"]]
    noted, quiet = "AcceptAndNotify", "AcceptNotNotify"
    assert flags == [noted, quiet, noted, noted, quiet]
    assert answer["GroupIdList"][3]["SelfInfo"] == {"MsgFlag": noted, "MsgSeq": 0, "GrossTopicReadSeq": 0}


@pytest.mark.parametrize("size", [1, 2, 5, 5000])
def test_joined_groups_are_paged(caller: Caller, groups: dict[str, str], size: int) -> None:
    found: list[str] = []
    while page := joined(caller, "ann", Limit=size, Offset=len(found), WithNoActiveGroups=1):
        assert len(page) <= size
        found += page
    names = ("Private", "Public", "ChatRoom", "Community", "topics", "room")
    assert found == [groups[name] for name in names]
    answer = caller.ok(JOINED, {"Member_Account": "ann", "Limit": size, "Offset": 10**9})
    assert (answer["GroupIdList"], answer["TotalCount"]) == ([], 5)


def test_whoever_is_in_no_group_has_an_empty_list(caller: Caller) -> None:
    caller.import_accounts("ann")
    for account in ("ann", "administrator"):
        answer = caller.ok(JOINED, {"Member_Account": account, "Limit": None, "Offset": None, "GroupType": None})
        assert (answer["GroupIdList"], answer["TotalCount"]) == ([], 0)


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (10004, {}),
        (10004, {"Member_Account": None}),
        (10004, {"Member_Account": ""}),
        (60015, {"Member_Account": 5}),
        (10019, {"Member_Account": "nobody"}),
        (10004, {"Member_Account": "ann", "WithHugeGroups": 2}),
        (10004, {"Member_Account": "ann", "WithNoActiveGroups": True}),
        (10004, {"Member_Account": "ann", "Limit": 0}),
        (10004, {"Member_Account": "ann", "Limit": 5001}),
        (10004, {"Member_Account": "ann", "Offset": -1}),
        (10004, {"Member_Account": "ann", "GroupType": "BChatRoom"}),
        (10004, {"Member_Account": "ann", "ResponseFilter": {"GroupBaseInfoFilter": ["x"]}}),
        (10004, {"Member_Account": "ann", "ResponseFilter": {"SelfInfoFilter": ["NameCard"]}}),
        (10004, {"Member_Account": "ann", "SupportTopic": 1}),
        (10004, {"Member_Account": "ann", "SupportTopic": 1, "GroupType": "Public"}),
        (10004, {"Member_Account": "ann", "SupportTopic": 2, "GroupType": "Community"}),
    ],
)
def test_bad_fields_of_get_joined_group_list_are_refused(caller: Caller, code: int, body: dict[str, Any]) -> None:
    caller.import_accounts("ann")
    caller.refused(code, JOINED, body)
