"""Chat groups over REST: what can be created, and what is refused (group_open_http_svc)."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from tests.groups import CREATE, DESTROY, IMPOSSIBLE_IDS, LIST, OLD_NAMES, TYPES, create, info, listed, people
from tests.house import ROOMS, Caller, Server

# Creating.


def test_a_group_is_created_with_its_owner_and_members_inside(caller: Caller) -> None:
    caller.import_accounts("ann", "bob", "eve")
    created = caller.ok(
        CREATE,
        {
            "Owner_Account": "ann",
            "Type": "Public",
            "GroupId": "MyFirstGroup",
            "Name": "TestGroup",
            "Introduction": "about",
            "Notification": "news",
            "FaceUrl": "http://x",
            "MaxMemberCount": 50,
            "ApplyJoinOption": "FreeAccess",
            "InviteJoinOption": "NeedPermission",
            "AppDefinedData": [{"Key": "K_1", "Value": "v"}],
            "MemberList": [
                {"Member_Account": "bob", "Role": "Admin", "AppMemberDefinedData": [{"Key": "m", "Value": "w"}]},
                {"Member_Account": "eve"},
            ],
        },
    )
    assert created.keys() == {"ActionStatus", "ErrorCode", "ErrorInfo", "RequestId", "GroupId"}
    assert created["GroupId"] == "MyFirstGroup"
    group = info(caller, "MyFirstGroup")
    shared = {"MsgSeq": 0, "MsgFlag": "AcceptAndNotify", "LastSendMsgTime": 0, "MuteUntil": 0, "NameCard": ""}
    now = group["CreateTime"]
    assert group.pop("MemberList") == [
        {
            "Member_Account": account,
            "Role": role,
            "JoinTime": now,
            **shared,
            "OnlineStatus": "Offline",
            "AppMemberDefinedData": custom,
        }
        for account, role, custom in [
            ("ann", "Owner", []),
            ("bob", "Admin", [{"Key": "m", "Value": "w"}]),
            ("eve", "Member", []),
        ]
    ]
    assert group == {
        "GroupId": "MyFirstGroup",
        "ErrorCode": 0,
        "ErrorInfo": "",
        "Type": "Public",
        "Name": "TestGroup",
        "Appid": caller.sdkappid,
        "Introduction": "about",
        "Notification": "news",
        "FaceUrl": "http://x",
        "Owner_Account": "ann",
        "CreateTime": now,
        "LastInfoTime": now,
        "LastMsgTime": 0,
        "NextMsgSeq": 1,
        "MemberNum": 3,
        "MaxMemberNum": 50,
        "ApplyJoinOption": "FreeAccess",
        "InviteJoinOption": "NeedPermission",
        "MuteAllMember": "Off",
        "AppDefinedData": [{"Key": "K_1", "Value": "v"}],
    }


@pytest.mark.parametrize("name", OLD_NAMES)
def test_every_type_is_created_under_its_old_and_its_new_name(caller: Caller, name: str) -> None:
    created = caller.ok(CREATE, {"Type": name, "Name": "circle"})
    group = info(caller, created["GroupId"])
    stored = OLD_NAMES[name]
    assert group["Type"] == stored
    assert group["Owner_Account"] == ""
    options = {
        "Private": ("DisableApply", "FreeAccess"),
        "Public": ("NeedPermission", "DisableInvite"),
        "ChatRoom": ("FreeAccess", "DisableInvite"),
        "AVChatRoom": ("FreeAccess", None),
        "Community": ("FreeAccess", "FreeAccess"),
    }
    assert (group["ApplyJoinOption"], group.get("InviteJoinOption")) == options[stored]
    capacity = {"AVChatRoom": 0, "Community": 100_000}
    assert group["MaxMemberNum"] == capacity.get(stored, 6000)
    assert ("MemberList" in group) == (stored != "AVChatRoom")
    assert ("HugeGroupFlag" in created) == ("SupportTopic" in group) == (stored == "Community")


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("Public", r"@TGS#[0-9A-Z]{9}"),
        ("Work", r"@TGS#[0-9A-Z]{9}"),
        ("AVChatRoom", r"@TGS#a[0-9A-Z]{8}"),
        ("Community", r"@TGS#_@TGS#c[0-9A-Z]{11}"),
    ],
)
def test_an_assigned_id_has_the_form_of_its_type(caller: Caller, name: str, form: str) -> None:
    created = {create(caller, Type=name) for _ in range(20)}
    assert len(created) == 20
    assert all(re.fullmatch(form, group_id) for group_id in created)


def test_a_community_tells_its_type(caller: Caller) -> None:
    created = caller.ok(CREATE, {"Type": "Community", "Name": "c", "SupportTopic": 1, "GroupId": "@TGS#_own"})
    assert (created["GroupId"], created["Type"], created["HugeGroupFlag"]) == ("@TGS#_own", "Community", 0)
    assert info(caller, "@TGS#_own")["SupportTopic"] == 1


def test_a_community_with_topics_may_have_permissions(caller: Caller) -> None:
    permissions: dict[str, Any] = {"EnablePermission": 1, "DefaultPermission": 2**62}
    created = create(caller, Type="Community", SupportTopic=1, **permissions)
    assert permissions.items() <= info(caller, created).items()


@pytest.mark.parametrize(
    "body",
    [
        {"Type": "Public", "SupportTopic": 1},
        {"Type": "Community", "EnablePermission": 1},
        {"Type": "Community", "SupportTopic": 0, "DefaultPermission": 1},
        {"Type": "Community", "SupportTopic": 2},
        {"Type": "Community", "SupportTopic": 1, "EnablePermission": 2},
        {"Type": "Community", "SupportTopic": 1, "DefaultPermission": -1},
        {"Type": "Community", "SupportTopic": 1, "DefaultPermission": 2**63},
    ],
)
def test_topics_are_for_communities(caller: Caller, body: dict[str, Any]) -> None:
    caller.refused(10004, CREATE, {"Name": "n", **body})
    assert listed(caller) == []


@pytest.mark.parametrize("group_id", ["a", "a" * 48, "!~ x", "@TGS"])
def test_an_id_of_ones_own_is_printable_and_at_most_48_bytes(caller: Caller, group_id: str) -> None:
    create(caller, group_id)
    assert listed(caller) == [group_id]


@pytest.mark.parametrize("group_id", [*IMPOSSIBLE_IDS, "@TGS#mine", 5, "a\0b"])
def test_an_id_of_another_form_is_refused(caller: Caller, group_id: object) -> None:
    assert "GroupId" in caller.refused(10004, CREATE, {"Type": "Public", "Name": "n", "GroupId": group_id})


def test_an_id_of_a_community_begins_as_such(caller: Caller) -> None:
    caller.refused(10004, CREATE, {"Type": "Community", "Name": "n", "GroupId": "mine"})
    caller.refused(10004, CREATE, {"Type": "Public", "Name": "n", "GroupId": "@TGS#_mine"})
    create(caller, "@TGS#_mine", Type="Community")


@pytest.mark.parametrize("value", [None, "public", "BChatRoom", "Live", "", 3])
def test_the_type_is_one_of_those_that_can_be_created(caller: Caller, value: object) -> None:
    assert "Type" in caller.refused(10004, CREATE, {"Name": "n", "Type": value})


@pytest.mark.parametrize(
    ("field", "most"), [("Name", 100), ("Introduction", 400), ("Notification", 400), ("FaceUrl", 500)]
)
def test_texts_have_their_lengths_in_bytes(caller: Caller, field: str, most: int) -> None:
    body = {"Type": "Public", "Name": "n"}
    assert field in caller.refused(10004, CREATE, {**body, field: "x" * (most + 1)})
    assert field in caller.refused(10004, CREATE, {**body, field: "é" * (most // 2) + "x"})
    assert field in caller.refused(10004, CREATE, {**body, field: 5})
    longest = "é" * (most // 2)
    assert info(caller, create(caller, **{field: longest}))[field] == longest


@pytest.mark.parametrize("name", [None, ""])
def test_a_group_needs_a_name(caller: Caller, name: str | None) -> None:
    assert "Name" in caller.refused(10004, CREATE, {"Type": "Public", "Name": name})


@pytest.mark.parametrize("field", ["Introduction", "Notification", "FaceUrl"])
@pytest.mark.parametrize("value", [None, ""])
def test_other_texts_may_be_empty(caller: Caller, field: str, value: str | None) -> None:
    assert info(caller, create(caller, **{field: value}))[field] == ""


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("ApplyJoinOption", ("FreeAccess", "NeedPermission", "DisableApply")),
        ("InviteJoinOption", ("FreeAccess", "NeedPermission", "DisableInvite")),
    ],
)
def test_options_are_words(caller: Caller, field: str, words: tuple[str, ...]) -> None:
    for word in words:
        assert info(caller, create(caller, **{field: word}))[field] == word
    for bad in ("freeaccess", "", 1, "DisableAll"):
        assert field in caller.refused(10004, CREATE, {"Type": "Public", "Name": "n", field: bad})


def test_options_that_a_type_has_not_are_ignored(caller: Caller) -> None:
    live = info(caller, create(caller, Type="AVChatRoom", InviteJoinOption="FreeAccess", MaxMemberCount=7))
    assert "InviteJoinOption" not in live
    assert live["MaxMemberNum"] == 0
    community = info(caller, create(caller, Type="Community", ApplyJoinOption="DisableApply"))
    assert community["ApplyJoinOption"] == "FreeAccess"


@pytest.mark.parametrize(("group_type", "ceiling"), [("Public", 6000), ("Private", 6000), ("Community", 100_000)])
def test_capacity_has_a_ceiling(caller: Caller, group_type: str, ceiling: int) -> None:
    assert info(caller, create(caller, Type=group_type, MaxMemberCount=ceiling))["MaxMemberNum"] == ceiling
    caller.refused(10038, CREATE, {"Type": group_type, "Name": "n", "MaxMemberCount": ceiling + 1})
    for bad in (0, -1, 1.5, "9", 2**63):
        caller.refused(10004, CREATE, {"Type": group_type, "Name": "n", "MaxMemberCount": bad})


def test_the_ceiling_is_a_setting(new_server: Callable[..., Server]) -> None:
    with new_server(toml="max_group_member_count = 3") as server:
        caller = Caller(server.url)
        assert info(caller, create(caller))["MaxMemberNum"] == 3
        caller.refused(10038, CREATE, {"Type": "Public", "Name": "n", "MaxMemberCount": 4})


def test_owner_and_members_must_fit(caller: Caller) -> None:
    caller.import_accounts("ann", "bob", "eve")
    members = people("ann", "bob", "eve", "bob")
    body: dict[str, Any] = {"Type": "Public", "Name": "n", "Owner_Account": "ann", "MemberList": members}
    caller.refused(10004, CREATE, {**body, "MaxMemberCount": 2})
    group = info(caller, create(caller, **{**body, "MaxMemberCount": 3}))
    assert [member["Member_Account"] for member in group["MemberList"]] == ["ann", "bob", "eve"]


def test_of_a_member_who_is_listed_twice_the_first_entry_counts(caller: Caller) -> None:
    caller.import_accounts("ann", "bob")
    listed_members = [
        {"Member_Account": "bob", "AppMemberDefinedData": [{"Key": "k", "Value": "1"}]},
        {"Member_Account": "bob", "Role": "Admin"},
        {"Member_Account": "ann", "Role": "Admin", "AppMemberDefinedData": [{"Key": "k", "Value": "2"}]},
    ]
    group = info(caller, create(caller, Owner_Account="ann", MemberList=listed_members))
    told = [(m["Member_Account"], m["Role"], m["AppMemberDefinedData"][0]["Value"]) for m in group["MemberList"]]
    assert told == [("ann", "Owner", "2"), ("bob", "Member", "1")]


def test_at_most_100_members_come_with_a_group(caller: Caller) -> None:
    accounts = [f"user{n}" for n in range(100)]
    caller.import_accounts(*accounts)
    caller.import_accounts("user100")
    body = {"Type": "Public", "Name": "n", "MemberList": people(*accounts, "user100")}
    caller.refused(10005, CREATE, body)
    assert info(caller, create(caller, MemberList=people(*accounts)))["MemberNum"] == 100


@pytest.mark.parametrize(
    "body",
    [
        {"Owner_Account": ""},
        {"Owner_Account": "a" * 33},
        {"MemberList": "ann"},
        {"MemberList": ["ann"]},
        {"MemberList": [{}]},
        {"MemberList": people("")},
        {"MemberList": [{"Member_Account": "ann", "Role": "Member"}]},
        {"MemberList": [{"Member_Account": "ann", "Role": "Owner"}]},
    ],
)
def test_owner_and_members_have_a_shape(caller: Caller, body: dict[str, Any]) -> None:
    caller.import_accounts("ann")
    caller.refused(10004, CREATE, {"Type": "Public", "Name": "n", **body})


@pytest.mark.parametrize("body", [{"Owner_Account": 5}, {"MemberList": [{"Member_Account": ["ann"]}]}])
def test_accounts_are_strings(caller: Caller, body: dict[str, Any]) -> None:
    caller.refused(60015, CREATE, {"Type": "none", **body})


@pytest.mark.parametrize("body", [{"Owner_Account": "eve"}, {"MemberList": people("ann", "eve")}])
def test_owner_and_members_must_be_imported(caller: Caller, body: dict[str, Any]) -> None:
    caller.import_accounts("ann")
    assert "eve" in caller.refused(10019, CREATE, {"Type": "Public", "Name": "n", **body})
    assert caller.ok(LIST)["TotalCount"] == 0


def test_what_a_type_does_not_permit(caller: Caller) -> None:
    caller.import_accounts("ann")
    caller.refused(10007, CREATE, {"Type": "AVChatRoom", "Name": "n", "MemberList": people("ann")})
    admin = [{"Member_Account": "ann", "Role": "Admin"}]
    for name in ("Private", "Work"):
        caller.refused(10007, CREATE, {"Type": name, "Name": "n", "MemberList": admin})
    assert caller.ok(LIST)["TotalCount"] == 0
    for name in ("Public", "ChatRoom", "Community"):
        assert info(caller, create(caller, Type=name, MemberList=admin))["MemberList"][0]["Role"] == "Admin"


def test_the_owner_of_an_av_chat_room_is_not_inside(caller: Caller) -> None:
    caller.import_accounts("ann")
    group = info(caller, create(caller, Type="AVChatRoom", Owner_Account="ann"))
    assert (group["Owner_Account"], group["MemberNum"]) == ("ann", 0)


@pytest.mark.parametrize(
    ("field", "most_fields", "most_bytes"), [("AppDefinedData", 10, 512), ("AppMemberDefinedData", 5, 64)]
)
def test_custom_fields_have_limits(caller: Caller, field: str, most_fields: int, most_bytes: int) -> None:
    caller.import_accounts("ann")

    def body(custom: object) -> dict[str, Any]:
        members = [{"Member_Account": "ann", "AppMemberDefinedData": custom}]
        return {field: custom} if field == "AppDefinedData" else {"MemberList": members}

    def custom_of(group_id: str) -> list[dict[str, str]]:
        group = info(caller, group_id)
        return (group if field == "AppDefinedData" else group["MemberList"][0])[field]  # type: ignore[no-any-return]

    most = [{"Key": f"key_{n}" + "K" * 11, "Value": "é" * (most_bytes // 2)} for n in range(most_fields)]
    assert custom_of(create(caller, **body(most))) == most
    assert custom_of(create(caller, **body(None))) == []
    bad: list[object] = [
        [*most, {"Key": "one", "Value": "more"}],
        [{"Key": "k", "Value": "x" * (most_bytes + 1)}],
        [{"Key": "k", "Value": 5}],
        [{"Key": "k"}],
        [{"Value": "v"}],
        ["k"],
        {"Key": "k", "Value": "v"},
        *([{"Key": key, "Value": "v"}] for key in ("", "k" * 17, "a-b", "a b", "é", 7)),
    ]
    for custom in bad:
        caller.refused(10004, CREATE, {"Type": "Public", "Name": "n", **body(custom)})


def test_an_empty_custom_value_is_none_and_of_one_key_the_first_counts(caller: Caller) -> None:
    pairs = [("a", "1"), ("b", ""), ("a", "2"), ("c", "3")]
    created = create(caller, AppDefinedData=[{"Key": key, "Value": value} for key, value in pairs])
    assert info(caller, created)["AppDefinedData"] == [{"Key": "a", "Value": "1"}, {"Key": "c", "Value": "3"}]


# One id space for groups and rooms.


def test_an_id_is_used_once(caller: Caller) -> None:
    caller.import_accounts("ann", "bob")
    create(caller, "taken", Owner_Account="ann")
    create(caller, "ownerless")
    body = {"Type": "Meeting", "Name": "n", "GroupId": "taken"}
    assert "has be used by youself!" in caller.refused(10025, CREATE, {**body, "Owner_Account": "ann"})
    assert "has be used!" in caller.refused(10021, CREATE, {**body, "Owner_Account": "bob"})
    caller.refused(10021, CREATE, body)
    caller.refused(10021, CREATE, {**body, "GroupId": "ownerless"})
    assert caller.ok(LIST)["TotalCount"] == 2


def test_an_id_of_a_room_is_taken_for_groups_too(caller: Caller) -> None:
    caller.import_accounts("ann")
    caller.create_room(Owner_Account="ann")
    body = {"Type": "Meeting", "Name": "n", "GroupId": "room-1"}
    caller.refused(10025, CREATE, {**body, "Owner_Account": "ann"})
    caller.refused(10021, CREATE, body)
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    create(caller, "room-1")


@pytest.mark.parametrize("group_type", TYPES)
def test_an_id_of_a_group_is_taken_for_rooms_too(caller: Caller, group_type: str) -> None:
    group_id = create(caller, Type=group_type)
    room = {"RoomInfo": {"RoomId": group_id, "RoomType": "Conference"}}
    caller.refused(100011, f"{ROOMS}/create_room", room)
    caller.refused(100004, f"{ROOMS}/get_room_info", {"RoomId": group_id})
    caller.refused(100004, f"{ROOMS}/destroy_room", {"RoomId": group_id})
    caller.ok(DESTROY, {"GroupId": group_id})
    caller.refused(100002, f"{ROOMS}/create_room", room)


def test_faults_are_told_in_their_order(caller: Caller) -> None:
    create(caller, "taken")
    body: dict[str, Any] = {
        "Owner_Account": 5,
        "Type": "Private",
        "GroupId": "taken",
        "Name": "",
        "MaxMemberCount": 6001,
        "MemberList": [{"Member_Account": "nobody", "Role": "Admin"}],
    }
    caller.refused(60015, CREATE, body)
    body["Owner_Account"] = "nobody"
    caller.refused(10004, CREATE, body)
    body["Name"] = "n"
    caller.refused(10038, CREATE, body)
    body["MaxMemberCount"] = 6000
    caller.refused(10021, CREATE, body)
    body["GroupId"] = "free"
    caller.refused(10019, CREATE, body)
    caller.import_accounts("nobody")
    caller.refused(10007, CREATE, body)
    body["MemberList"][0]["Role"] = None
    caller.ok(CREATE, body)
