"""Reading Chat groups over REST: their profiles and their members."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.groups import DESTROY, IMPOSSIBLE_IDS, INFO, MEMBERS, create, info, joined, people
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server
from tests.people import Enter

BASE = (
    "Type",
    "Name",
    "Introduction",
    "Notification",
    "FaceUrl",
    "Owner_Account",
    "Appid",
    "CreateTime",
    "InfoSeq",
    "LastInfoTime",
    "LastMsgTime",
    "NextMsgSeq",
    "MemberNum",
    "MaxMemberNum",
    "ApplyJoinOption",
    "InviteJoinOption",
    "MuteAllMember",
)
OF_COMMUNITIES = ("SupportTopic", "EnablePermission", "DefaultPermission")
OF_MEMBERS = ("Role", "JoinTime", "MsgSeq", "MsgFlag", "LastSendMsgTime", "MuteUntil", "NameCard", "OnlineStatus")
ALWAYS = {"GroupId", "ErrorCode", "ErrorInfo"}


def filtered(caller: Caller, group_id: str, **wanted: Any) -> dict[str, Any]:
    """The group without what is always told."""
    body = {"GroupIdList": [group_id], "ResponseFilter": wanted}
    (found,) = caller.ok(INFO, body)["GroupInfo"]
    assert found["ErrorCode"] == 0
    return {name: value for name, value in found.items() if name not in ALWAYS}


def members(caller: Caller, group_id: str, **body: Any) -> list[str]:
    answer = caller.ok(MEMBERS, {"GroupId": group_id, **body})
    return [member["Member_Account"] for member in answer["MemberList"]]


@pytest.fixture
def circle(caller: Caller) -> str:
    """A group with an owner, an administrator and two members, and custom fields."""
    caller.import_accounts("ann", "bob", "eve", "joe")
    listed: list[dict[str, Any]] = [
        {"Member_Account": "bob", "AppMemberDefinedData": [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]},
        {"Member_Account": "eve", "Role": "Admin"},
        {"Member_Account": "joe"},
    ]
    custom = [{"Key": "g", "Value": "1"}, {"Key": "h", "Value": "2"}]
    return create(caller, "circle", Owner_Account="ann", MemberList=listed, AppDefinedData=custom)


# get_group_info.


@pytest.mark.parametrize("field", BASE)
def test_a_base_field_is_told_alone_when_it_is_asked_for(caller: Caller, field: str) -> None:
    create(caller, "circle")
    assert filtered(caller, "circle", GroupBaseInfoFilter=[field]).keys() == {field}


def test_what_is_not_asked_for_is_left_out(caller: Caller, circle: str) -> None:
    assert filtered(caller, circle) == {}
    assert filtered(caller, circle, GroupBaseInfoFilter=None, MemberInfoFilter=None) == {}
    assert filtered(caller, circle, GroupBaseInfoFilter=["GroupId"]) == {}
    everything = filtered(caller, circle, GroupBaseInfoFilter=[*BASE, *OF_COMMUNITIES])
    assert everything.keys() == set(BASE)
    assert info(caller, circle).keys() - ALWAYS == {*BASE, "MemberList", "AppDefinedData"} - {"InfoSeq"}


def test_older_names_ask_for_the_newer_fields(caller: Caller, circle: str) -> None:
    assert filtered(caller, circle, GroupBaseInfoFilter=["ShutUpAllMember"]) == {"MuteAllMember": "Off"}
    (first, *_) = filtered(caller, circle, MemberInfoFilter=["ShutUpUntil"])["MemberList"]
    assert first == {"Member_Account": "ann", "MuteUntil": 0}


@pytest.mark.parametrize("field", OF_COMMUNITIES)
def test_topics_are_told_of_communities_only(caller: Caller, field: str) -> None:
    community, other = create(caller, Type="Community"), create(caller)
    assert filtered(caller, community, GroupBaseInfoFilter=[field]) == {field: 0}
    assert filtered(caller, other, GroupBaseInfoFilter=[field]) == {}


@pytest.mark.parametrize("field", OF_MEMBERS)
def test_a_field_of_members_is_told_alone_when_it_is_asked_for(caller: Caller, circle: str, field: str) -> None:
    for shown in (
        filtered(caller, circle, MemberInfoFilter=[field])["MemberList"],
        caller.ok(MEMBERS, {"GroupId": circle, "MemberInfoFilter": [field]})["MemberList"],
    ):
        assert [member.keys() for member in shown] == [{"Member_Account", field}] * 4


@pytest.mark.parametrize("names", [[], ["Account"], ["Member_Account"]])
def test_members_are_named_whatever_is_asked_for(caller: Caller, circle: str, names: list[str]) -> None:
    expected = people("ann", "bob", "eve", "joe")
    assert filtered(caller, circle, MemberInfoFilter=names) == {"MemberList": expected}
    assert caller.ok(MEMBERS, {"GroupId": circle, "MemberInfoFilter": names})["MemberList"] == expected


def test_custom_fields_are_told_by_key(caller: Caller, circle: str) -> None:
    shown = filtered(caller, circle, AppDefinedDataFilter_Group=["h", "unknown"])
    assert shown == {"AppDefinedData": [{"Key": "h", "Value": "2"}]}
    shown = filtered(caller, circle, AppDefinedDataFilter_GroupMember=["b"])["MemberList"]
    custom = {"AppMemberDefinedData": [{"Key": "b", "Value": "2"}]}
    assert shown[1] == {"Member_Account": "bob", **custom}
    assert shown[0] == {"Member_Account": "ann", "AppMemberDefinedData": []}
    body = {"GroupId": circle, "AppDefinedDataFilter_GroupMember": ["b"]}
    bob = caller.ok(MEMBERS, body)["MemberList"][1]
    assert custom.items() <= bob.items()
    assert bob.keys() == {"Member_Account", "AppMemberDefinedData", *OF_MEMBERS}
    bob = caller.ok(MEMBERS, {**body, "MemberInfoFilter": ["Role"]})["MemberList"][1]
    assert bob == {"Member_Account": "bob", "Role": "Member", **custom}
    bob = caller.ok(MEMBERS, {"GroupId": circle})["MemberList"][1]
    assert [field["Key"] for field in bob["AppMemberDefinedData"]] == ["a", "b"]


def test_answers_come_in_the_order_of_the_request(caller: Caller) -> None:
    for name in ("a", "b"):
        create(caller, name)
    asked = ["b", "nowhere", "a", *IMPOSSIBLE_IDS, "b"]
    answer = caller.ok(INFO, {"GroupIdList": asked})
    told = [(item["GroupId"], item["ErrorCode"]) for item in answer["GroupInfo"]]
    expected = [("b", 0), ("nowhere", 10010), ("a", 0), *((impossible, 10015) for impossible in IMPOSSIBLE_IDS)]
    assert told == expected
    missing = answer["GroupInfo"][1]
    assert missing.keys() == ALWAYS
    assert "nowhere" in missing["ErrorInfo"]


def test_at_most_50_groups_are_asked_for(caller: Caller) -> None:
    ids = [f"g{number}" for number in range(51)]
    assert "GroupIdList" in caller.refused(10004, INFO, {"GroupIdList": ids})
    assert len(caller.ok(INFO, {"GroupIdList": ids[:50]})["GroupInfo"]) == 50


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"GroupIdList": None},
        {"GroupIdList": []},
        {"GroupIdList": "circle"},
        {"GroupIdList": [5]},
        {"GroupIdList": ["circle"], "ResponseFilter": []},
        {"GroupIdList": ["circle"], "ResponseFilter": {"GroupBaseInfoFilter": "Type"}},
        {"GroupIdList": ["circle"], "ResponseFilter": {"GroupBaseInfoFilter": ["Password"]}},
        {"GroupIdList": ["circle"], "ResponseFilter": {"MemberInfoFilter": ["Nick"]}},
        {"GroupIdList": ["circle"], "ResponseFilter": {"AppDefinedDataFilter_Group": ["a-b"]}},
        {"GroupIdList": ["circle"], "ResponseFilter": {"AppDefinedDataFilter_GroupMember": ["k" * 17]}},
    ],
)
def test_bad_fields_of_get_group_info_are_refused(caller: Caller, body: dict[str, Any]) -> None:
    caller.refused(10004, INFO, body)


def test_the_members_of_an_av_chat_room_are_not_told(caller: Caller) -> None:
    live = create(caller, Type="AVChatRoom")
    shown = filtered(caller, live, GroupBaseInfoFilter=["MemberNum"], MemberInfoFilter=["Role"])
    assert shown == {"MemberNum": 0}
    caller.refused(10007, MEMBERS, {"GroupId": live})


def test_a_room_reads_as_a_group(caller: Caller) -> None:
    caller.import_accounts("ann", "bob", "eve")
    caller.create_room(Owner_Account="ann", RoomName="weekly", MaxMemberCount=20)
    group = info(caller, "room-1")
    expected = {
        "Type": "ChatRoom",
        "Name": "weekly",
        "Owner_Account": "ann",
        "MaxMemberNum": 20,
        "MuteAllMember": "Off",
    }
    assert expected.items() <= group.items()
    assert group["MemberList"] == []
    assert group["CreateTime"] == caller.room()["CreateTime"]
    for account in ("bob", "eve"):
        caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": account})
    caller.ok(
        f"{ROOMS}/update_room_info",
        {"RoomInfo": {"RoomId": "room-1", "RoomName": "daily", "MaxMemberCount": 30, "IsMessageDisabled": True}},
    )
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": named("eve")})
    body = {"RoomId": "room-1", "From_Account": "ann", "NewOwner_Account": "eve"}
    caller.ok(f"{ROOMS}/change_room_owner", body)
    group = info(caller, "room-1")
    expected = {"Name": "daily", "Owner_Account": "eve", "MaxMemberNum": 30, "MuteAllMember": "On", "MemberNum": 2}
    assert expected.items() <= group.items()
    told = [(member["Member_Account"], member["Role"], member["NameCard"]) for member in group["MemberList"]]
    assert told == [("eve", "Owner", "card"), ("bob", "Member", "")]
    assert members(caller, "room-1") == ["eve", "bob"]
    assert joined(caller, "eve") == ["room-1"]


def test_people_inside_a_room_are_online_and_in_the_order_of_their_entry(caller: Caller, enter: Enter) -> None:
    caller.import_accounts("ann", "bob", "rob")
    caller.create_room(Owner_Account="ann")
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "rob"})
    enter("bob", "ann")
    told = [(each["Member_Account"], each["OnlineStatus"]) for each in info(caller, "room-1")["MemberList"]]
    assert told == [("ann", "Online"), ("rob", "Offline"), ("bob", "Online")]
    assert joined(caller, "bob") == ["room-1"]
    caller.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["bob"], "Reason": "x"})
    assert joined(caller, "bob") == []
    assert members(caller, "room-1") == ["ann", "rob"]


def named(account: str) -> dict[str, str]:
    return {"Member_Account": account, "NameCard": "card"}


def test_info_seq_grows_with_every_change_of_the_profile(caller: Caller) -> None:
    def seq() -> int:
        number: int = filtered(caller, "room-1", GroupBaseInfoFilter=["InfoSeq"])["InfoSeq"]
        return number

    caller.import_accounts("bob")
    caller.create_room()
    before = seq()
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": "new"}})
    renamed = seq()
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "bob"})
    assert seq() == renamed > before
    body = {"RoomId": "room-1", "From_Account": "administrator", "NewOwner_Account": "bob"}
    caller.ok(f"{ROOMS}/change_room_owner", body)
    assert seq() > renamed


# get_group_member_info.


@pytest.mark.parametrize(
    ("roles", "expected"),
    [
        (None, ["ann", "bob", "eve", "joe"]),
        ([], []),
        (["Owner"], ["ann"]),
        (["Admin"], ["eve"]),
        (["Member"], ["bob", "joe"]),
        (["Member", "Admin"], ["bob", "eve", "joe"]),
        (["Owner", "Member"], ["ann", "bob", "joe"]),
        (["Owner", "Admin", "Member"], ["ann", "bob", "eve", "joe"]),
    ],
)
def test_members_are_filtered_by_role(caller: Caller, circle: str, roles: Any, expected: list[str]) -> None:
    answer = caller.ok(MEMBERS, {"GroupId": circle, "MemberRoleFilter": roles})
    assert answer.keys() == {"ActionStatus", "ErrorCode", "ErrorInfo", "RequestId", "MemberNum", "MemberList"}
    assert [member["Member_Account"] for member in answer["MemberList"]] == expected
    assert answer["MemberNum"] == 4
    for size in (1, 2, 3):
        found: list[str] = []
        while page := members(caller, circle, MemberRoleFilter=roles, Limit=size, Offset=len(found)):
            found += page
        assert found == expected


def test_an_ownerless_group_has_no_owner_to_list(caller: Caller) -> None:
    caller.import_accounts("ann", "bob")
    create(caller, "circle", MemberList=people("ann", "bob"))
    assert members(caller, "circle", Limit=1) == ["ann"]
    assert members(caller, "circle", Limit=1, Offset=1) == ["bob"]
    assert members(caller, "circle", MemberRoleFilter=["Owner"]) == []


def test_a_page_beyond_the_last_member_is_empty(caller: Caller, circle: str) -> None:
    for offset in (4, 5, 10**9):
        answer = caller.ok(MEMBERS, {"GroupId": circle, "Offset": offset, "Limit": 6000})
        assert (answer["MemberList"], answer["MemberNum"]) == ([], 4)


@pytest.mark.parametrize(
    "body",
    [
        {"Limit": 0},
        {"Limit": 6001},
        {"Limit": "1"},
        {"Offset": -1},
        {"Offset": True},
        {"MemberInfoFilter": ["Nick"]},
        {"MemberInfoFilter": "Role"},
        {"MemberRoleFilter": ["NotMember"]},
        {"MemberRoleFilter": "Owner"},
        {"AppDefinedDataFilter_GroupMember": [""]},
        {"Next": 5},
    ],
)
def test_bad_fields_of_get_group_member_info_are_refused(caller: Caller, circle: str, body: dict[str, Any]) -> None:
    assert next(iter(body)) in caller.refused(10004, MEMBERS, {"GroupId": circle, **body})


def test_a_community_is_paged_by_next(caller: Caller) -> None:
    accounts = [f"user{number}" for number in range(100)]
    caller.import_accounts("ann")
    caller.import_accounts(*accounts)
    community = create(caller, Type="Community", Owner_Account="ann", MemberList=people(*accounts))
    for size in (None, 1, 50, 100):
        found: list[str] = []
        after = ""
        while True:
            answer = caller.ok(MEMBERS, {"GroupId": community, "Limit": size, "Next": after, "MemberInfoFilter": []})
            assert answer["MemberNum"] == 101
            page = [member["Member_Account"] for member in answer["MemberList"]]
            assert len(page) <= (size or 100)
            found += page
            after = answer["Next"]
            if not after:
                break
        assert found == ["ann", *accounts]


def test_a_community_has_rules_of_its_own(caller: Caller) -> None:
    community, other = create(caller, Type="Community"), create(caller, Type="Community")
    assert "Next" in caller.refused(10004, MEMBERS, {"GroupId": community})
    caller.refused(10004, MEMBERS, {"GroupId": community, "Next": "", "Limit": 101})
    caller.refused(10004, MEMBERS, {"GroupId": community, "Next": "", "Offset": 1})
    for foreign in ("x", "1.1.1", "-1.1", "ffffffffffffffffff.1"):
        caller.refused(10004, MEMBERS, {"GroupId": community, "Next": foreign})
    caller.import_accounts("ann", "bob")
    paged = create(caller, Type="Community", MemberList=people("ann", "bob"))
    after = caller.ok(MEMBERS, {"GroupId": paged, "Next": "", "Limit": 1})["Next"]
    caller.refused(10004, MEMBERS, {"GroupId": other, "Next": after})
    assert members(caller, paged, Next=after) == ["bob"]


def test_a_large_group_is_asked_for_page_by_page(new_server: Callable[..., Server]) -> None:
    """No command of this server makes so large a group; its rows are written while the server is down."""
    size = 50_000
    with new_server() as server:
        caller = Caller(server.url)
        create(caller, "large", MaxMemberCount=6000)
        server.stop()
        ((key,),) = server.database.query("SELECT group_key FROM groups WHERE group_id = 'large'")
        server.database.change("UPDATE groups SET member_count = ?, entries = ?", [(size, size)])
        server.database.change(
            "INSERT INTO members (sdkappid, group_key, account, entry, entered_at, role) "
            "VALUES (?, ?, ?, ?, 0, 'Member')",
            ((FIRST_SDKAPPID, key, f"user{n}", n) for n in range(1, size + 1)),
        )
        server.start()
        body = {"GroupId": "large", "MemberInfoFilter": []}
        caller.refused(10054, MEMBERS, body)
        caller.refused(10054, MEMBERS, {**body, "Offset": size - 6001})
        assert len(caller.ok(MEMBERS, {**body, "Offset": size - 6000})["MemberList"]) == 6000
        last = caller.ok(MEMBERS, {**body, "Limit": 6000, "Offset": size - 1})
        assert last["MemberList"] == people(f"user{size}")
        caller.refused(10018, MEMBERS, {"GroupId": "large", "Limit": 6000})
        caller.refused(10018, INFO, {"GroupIdList": ["large"]})
        assert filtered(caller, "large", GroupBaseInfoFilter=["MemberNum"]) == {"MemberNum": size}
        caller.ok(DESTROY, {"GroupId": "large"})
