"""Accounts over REST: import, look up, delete, log out (im_open_login_svc)."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.eventlog import EventLog
from tests.house import ROOMS, SEATS, Caller, Server
from tests.people import Enter

ACCOUNTS = "im_open_login_svc"
GROUPS = "group_open_http_svc"
IMPORT = f"{ACCOUNTS}/account_import"
IMPORT_MANY = f"{ACCOUNTS}/multiaccount_import"
CHECK = f"{ACCOUNTS}/account_check"
DELETE = f"{ACCOUNTS}/account_delete"
KICK = f"{ACCOUNTS}/kick"

# 32 bytes and 33 bytes, in letters and in Chinese.
LONGEST = ("a" * 32, "用" * 10 + "ab")
TOO_LONG = ("a" * 33, "用" * 11)
BAD_IDS = ("", *TOO_LONG, "tab\there", "del\x7f", "c1\x85")
RESERVED = ("@TIM#SYSTEM", "@TLS#x")


def imported(caller: Caller, *accounts: str) -> list[bool]:
    items = caller.ok(CHECK, {"CheckItem": [{"UserID": account} for account in accounts]})["ResultItem"]
    assert [item["UserID"] for item in items] == list(accounts)
    assert all((item["ResultCode"], item["ResultInfo"]) == (0, "") for item in items)
    return [{"Imported": True, "NotImported": False}[item["AccountStatus"]] for item in items]


def profile(caller: Caller, log: EventLog, account: str) -> tuple[str, str]:
    """Nickname and picture of an account, as an event tells them."""
    caller.create_room("of-profiles")
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "of-profiles", "Member_Account": account})
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "of-profiles"})
    told = next(event for event in log.new() if event.kind == "RobotAdded").data["members"][0]
    return told["nick"], told["face_url"]


@pytest.mark.parametrize("name", ["UserID", "Identifier"])
def test_an_account_is_imported_under_both_names_of_the_field(caller: Caller, name: str) -> None:
    envelope = caller.ok(IMPORT, {name: "ann"})
    assert envelope.keys() == {"ActionStatus", "ErrorCode", "ErrorInfo", "RequestId"}
    assert imported(caller, "ann", "bob") == [True, False]


def test_user_id_wins_over_its_older_name(caller: Caller) -> None:
    caller.ok(IMPORT, {"UserID": "ann", "Identifier": "bob", "Type": 0})
    assert imported(caller, "ann", "bob") == [True, False]


@pytest.mark.parametrize("account", LONGEST)
def test_an_id_of_32_bytes_is_imported(caller: Caller, account: str) -> None:
    caller.ok(IMPORT, {"UserID": account})
    assert imported(caller, account) == [True]


@pytest.mark.parametrize("command", [IMPORT, KICK])
@pytest.mark.parametrize("body", [{}, {"UserID": None}, *({"UserID": bad} for bad in BAD_IDS)])
def test_one_account_must_be_named_well(caller: Caller, command: str, body: dict[str, Any]) -> None:
    assert "UserID" in caller.refused(70402, command, body)


@pytest.mark.parametrize("account", RESERVED)
def test_reserved_names_are_not_imported(caller: Caller, account: str) -> None:
    caller.refused(70402, IMPORT, {"UserID": account})
    assert imported(caller, account) == [False]


@pytest.mark.parametrize("value", [7, True, ["ann"], {"a": "b"}])
@pytest.mark.parametrize(
    ("command", "body"),
    [
        (IMPORT, lambda value: {"UserID": value, "Nick": 5}),
        (IMPORT, lambda value: {"Identifier": value}),
        (KICK, lambda value: {"UserID": value}),
        (IMPORT_MANY, lambda value: {"Accounts": ["ann", value]}),
        (IMPORT_MANY, lambda value: {"AccountList": [{"UserID": value}]}),
        (CHECK, lambda value: {"CheckItem": [{"UserID": "ann"}, {"UserID": value}]}),
        (DELETE, lambda value: {"DeleteItem": [{"UserID": value}]}),
    ],
)
def test_an_account_that_is_no_string_wins_over_other_faults(
    caller: Caller, command: str, body: Callable[[object], dict[str, Any]], value: object
) -> None:
    caller.refused(60015, command, body(value))
    assert imported(caller, "ann") == [False]


@pytest.mark.parametrize("field", ["Nick", "FaceUrl"])
def test_a_profile_value_has_500_bytes(caller: Caller, field: str) -> None:
    assert field in caller.refused(40601, IMPORT, {"UserID": "ann", field: "x" * 501})
    caller.refused(40601, IMPORT, {"UserID": "ann", field: "用" * 167})
    assert imported(caller, "ann") == [False]
    caller.ok(IMPORT, {"UserID": "ann", field: "用" * 166 + "ab"})


@pytest.mark.parametrize("field", ["Nick", "FaceUrl"])
@pytest.mark.parametrize("value", [5, False, ["x"], "a\0b"])
def test_a_profile_value_is_a_string(caller: Caller, field: str, value: object) -> None:
    assert field in caller.refused(70402, IMPORT, {"UserID": "ann", field: value})


def test_importing_again_overwrites_what_is_given(caller: Caller, log: EventLog) -> None:
    caller.ok(IMPORT, {"UserID": "ann", "Nick": "Ann", "FaceUrl": "http://x/1"})
    caller.ok(IMPORT, {"UserID": "ann"})
    assert profile(caller, log, "ann") == ("Ann", "http://x/1")
    caller.ok(IMPORT, {"UserID": "ann", "Nick": "Anna", "FaceUrl": None})
    assert profile(caller, log, "ann") == ("Anna", "http://x/1")
    caller.ok(IMPORT_MANY, {"AccountList": [{"UserID": "ann", "Nick": "", "FaceUrl": "http://x/2"}]})
    assert profile(caller, log, "ann") == ("", "http://x/2")


def test_many_accounts_are_imported_in_the_older_form(caller: Caller) -> None:
    assert caller.ok(IMPORT_MANY, {"Accounts": ["ann", "bob"], "AccountList": None})["FailAccounts"] == []
    assert imported(caller, "ann", "bob", "eve") == [True, True, False]


def test_many_accounts_are_imported_in_the_newer_form(caller: Caller, log: EventLog) -> None:
    listed = [{"UserID": "ann", "Nick": "Ann", "FaceUrl": "http://x"}, {"UserID": "bob", "Nick": None}]
    assert caller.ok(IMPORT_MANY, {"AccountList": listed})["FailAccounts"] == []
    assert imported(caller, "ann", "bob") == [True, True]
    assert profile(caller, log, "ann") == ("Ann", "http://x")
    assert profile(caller, log, "bob") == ("", "")


def test_accounts_that_break_a_rule_are_named_and_the_others_imported(caller: Caller) -> None:
    bad = [*BAD_IDS, *RESERVED]
    answer = caller.ok(IMPORT_MANY, {"Accounts": ["ann", *bad, "bob", *bad]})
    assert answer["FailAccounts"] == bad
    assert imported(caller, "ann", "bob") == [True, True]
    listed = [{"UserID": "eve", "Nick": "x" * 501}, {"UserID": "joe"}]
    assert caller.ok(IMPORT_MANY, {"AccountList": listed})["FailAccounts"] == ["eve"]
    assert imported(caller, "eve", "joe") == [False, True]


def test_of_an_account_that_is_listed_twice_the_first_entry_counts(caller: Caller, log: EventLog) -> None:
    listed = [{"UserID": "ann", "Nick": "first"}, {"UserID": "ann", "Nick": "second"}]
    assert caller.ok(IMPORT_MANY, {"AccountList": listed})["FailAccounts"] == []
    assert profile(caller, log, "ann")[0] == "first"


def test_both_forms_together_name_at_most_100(caller: Caller) -> None:
    half = [f"a{n}" for n in range(50)]
    listed = [{"UserID": f"b{n}"} for n in range(50)]
    assert caller.ok(IMPORT_MANY, {"Accounts": half, "AccountList": listed})["FailAccounts"] == []
    assert imported(caller, "a49", "b49") == [True, True]
    caller.refused(70402, IMPORT_MANY, {"Accounts": [*half, "one more"], "AccountList": listed})
    assert imported(caller, "one more") == [False]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"Accounts": None},
        {"Accounts": []},
        {"AccountList": []},
        {"Accounts": "ann"},
        {"Accounts": {"UserID": "ann"}},
        {"AccountList": [{"Nick": "x"}]},
        {"AccountList": ["ann"]},
        {"AccountList": [{"UserID": "ann", "Nick": 5}]},
    ],
)
def test_a_batch_import_without_shape_is_refused(caller: Caller, body: dict[str, Any]) -> None:
    caller.refused(70402, IMPORT_MANY, body)


def test_a_batch_has_100_items(caller: Caller) -> None:
    accounts = [f"user{n}" for n in range(101)]
    items = [{"UserID": account} for account in accounts]
    for body in ({"Accounts": accounts}, {"AccountList": items}):
        caller.refused(70402, IMPORT_MANY, body)
    assert not any(imported(caller, *accounts[:100]))
    assert caller.ok(IMPORT_MANY, {"Accounts": accounts[:100]})["FailAccounts"] == []
    assert all(imported(caller, *accounts[:100]))
    caller.refused(70402, CHECK, {"CheckItem": items})
    caller.refused(70402, DELETE, {"DeleteItem": items})
    assert all(imported(caller, *accounts[:100]))
    assert len(caller.ok(DELETE, {"DeleteItem": items[:100]})["ResultItem"]) == 100
    assert not any(imported(caller, *accounts[:100]))


@pytest.mark.parametrize(("command", "field"), [(CHECK, "CheckItem"), (DELETE, "DeleteItem")])
@pytest.mark.parametrize("value", [None, [], "ann", ["ann"], [{}], [{"UserID": None}], [{"UserID": "a" * 33}]])
def test_the_items_of_a_batch_have_a_shape(caller: Caller, command: str, field: str, value: object) -> None:
    assert field in caller.refused(70402, command, {field: value})


def test_administrators_count_as_imported(caller: Caller) -> None:
    assert imported(caller, "administrator", "somebody", "administrator") == [True, False, True]


def test_deleting_answers_for_each_item(caller: Caller) -> None:
    caller.import_accounts("ann", "bob")
    items = caller.ok(DELETE, {"DeleteItem": [{"UserID": a} for a in ("ann", "eve", "ann", "administrator")]})
    missing = "Err_TLS_PT_Open_Login_Account_Not_Exist"
    assert [(item["UserID"], item["ResultCode"]) for item in items["ResultItem"]] == [
        ("ann", 0),
        ("eve", 70107),
        ("ann", 0),
        ("administrator", 70402),
    ]
    assert [item["ResultInfo"] for item in items["ResultItem"][:3]] == ["", missing, ""]
    assert imported(caller, "ann", "bob", "administrator") == [False, True, True]


def test_a_deleted_account_is_new_when_it_is_imported_again(caller: Caller, log: EventLog) -> None:
    caller.ok(IMPORT, {"UserID": "ann", "Nick": "Ann"})
    caller.ok(DELETE, {"DeleteItem": [{"UserID": "ann"}]})
    caller.import_accounts("ann")
    assert profile(caller, log, "ann") == ("", "")


def test_a_deleted_account_leaves_every_room_with_one_fact_each(caller: Caller, log: EventLog) -> None:
    caller.import_accounts("ann", "bob")
    for room in ("room-1", "room-2", "room-3"):
        caller.create_room(room, IsSeatEnabled=True)
        caller.ok(f"{ROOMS}/add_robot", {"RoomId": room, "Member_Account": "ann"})
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "bob"})
    log.new()
    caller.ok(DELETE, {"DeleteItem": [{"UserID": "ann"}]})
    *told, last = log.new()
    assert [(event.room_id, event.kind) for event in told] == [
        (room, "RobotRemoved") for room in ("room-1", "room-2", "room-3")
    ]
    assert (last.kind, last.data["account"]) == ("AccountDeleted", "ann")
    assert [member["account"] for event in told for member in event.data["members"]] == ["ann"] * 3
    assert set(caller.members("room-1")) == {"bob"}
    assert caller.room("room-1")["MemberCount"] == 1
    assert caller.room("room-2")["MemberCount"] == 0


def test_a_deleted_person_is_put_out_of_every_room(caller: Caller, log: EventLog, enter: Enter) -> None:
    caller.import_accounts("ann", "bob")
    for room in ("room-1", "room-2"):
        caller.create_room(room, Owner_Account="ann", IsSeatEnabled=True)
        enter("ann", "bob", room_id=room)
    caller.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 2, "Member_Account": "ann"})
    log.new()
    caller.ok(DELETE, {"DeleteItem": [{"UserID": "ann"}]})
    left = [event for event in log.new() if event.kind == "MemberLeft"]
    assert [(event.room_id, event.data["how"]) for event in left] == [("room-1", "Kicked"), ("room-2", "Kicked")]
    assert caller.seats("room-1")[2] == ""
    for room in ("room-1", "room-2"):
        assert set(caller.members(room)) == {"bob"}
        assert caller.room(room)["Owner_Account"] == "ann"


def test_several_accounts_leave_the_same_room_in_one_call(caller: Caller, log: EventLog, enter: Enter) -> None:
    caller.import_accounts("ann", "bob", "eve", "rob")
    caller.create_room()
    enter("ann", "bob", "eve")
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "rob"})
    log.new()
    caller.ok(DELETE, {"DeleteItem": [{"UserID": account} for account in ("ann", "rob", "bob")]})
    told = [(event.kind, event.data["member_count"]) for event in log.new() if event.room_id]
    assert told == [("MemberLeft", 3), ("RobotRemoved", 2), ("MemberLeft", 1)]
    assert set(caller.members()) == {"eve"}


def test_a_deleted_account_leaves_its_groups_and_they_become_ownerless(caller: Caller) -> None:
    caller.import_accounts("ann", "bob")
    for group, owner in (("owned", "ann"), ("joined", "bob")):
        members = [{"Member_Account": "ann"}, {"Member_Account": "bob"}]
        body = {"Type": "Public", "Name": "n", "GroupId": group, "Owner_Account": owner, "MemberList": members}
        caller.ok(f"{GROUPS}/create_group", body)
    caller.ok(DELETE, {"DeleteItem": [{"UserID": "ann"}]})
    owned, joined = caller.ok(f"{GROUPS}/get_group_info", {"GroupIdList": ["owned", "joined"]})["GroupInfo"]
    assert (owned["Owner_Account"], joined["Owner_Account"]) == ("", "bob")
    for group in (owned, joined):
        assert group["MemberNum"] == 1
        assert [member["Member_Account"] for member in group["MemberList"]] == ["bob"]
    caller.refused(10019, f"{GROUPS}/get_joined_group_list", {"Member_Account": "ann"})


def test_a_room_keeps_a_deleted_owner_until_it_is_handed_on(caller: Caller) -> None:
    caller.import_accounts("ann", "bob")
    caller.create_room(Owner_Account="ann")
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "bob"})
    caller.ok(DELETE, {"DeleteItem": [{"UserID": "ann"}]})
    assert caller.room()["Owner_Account"] == "ann"
    assert caller.ok(f"{GROUPS}/get_group_info", {"GroupIdList": ["room-1"]})["GroupInfo"][0]["Owner_Account"] == "ann"
    body = {"RoomId": "room-1", "From_Account": "ann", "NewOwner_Account": "bob"}
    caller.ok(f"{ROOMS}/change_room_owner", body)
    assert caller.room()["Owner_Account"] == "bob"


def test_an_account_in_many_groups_is_deleted_whole(caller: Caller) -> None:
    caller.import_accounts("ann")
    for number in range(205):  # more than two pages of what an account is in
        caller.ok(
            f"{GROUPS}/create_group",
            {"Type": "Public", "Name": "n", "GroupId": f"g{number}", "MemberList": [{"Member_Account": "ann"}]},
        )
    caller.ok(DELETE, {"DeleteItem": [{"UserID": "ann"}]})
    caller.import_accounts("ann")
    assert caller.ok(f"{GROUPS}/get_joined_group_list", {"Member_Account": "ann"})["TotalCount"] == 0


def test_deletion_may_be_forbidden(new_server: Callable[..., Server]) -> None:
    with new_server(toml="allow_account_deletion = false") as server:
        caller = Caller(server.url)
        caller.import_accounts("ann")
        caller.refused(71000, DELETE, {"DeleteItem": [{"UserID": "ann"}]})
        assert imported(caller, "ann") == [True]


@pytest.mark.parametrize("name", ["UserID", "Identifier"])
def test_a_kick_needs_an_imported_account(caller: Caller, name: str) -> None:
    assert "ann" in caller.refused(70107, KICK, {name: "ann"})
    caller.import_accounts("ann")
    envelope = caller.ok(KICK, {name: "ann"})
    assert envelope.keys() == {"ActionStatus", "ErrorCode", "ErrorInfo", "RequestId"}
    caller.ok(KICK, {name: "administrator"})


def test_a_kick_is_told_in_the_log(caller: Caller, log: EventLog) -> None:
    caller.import_accounts("ann")
    caller.ok(KICK, {"UserID": "ann"})
    (told,) = log.new()
    assert (told.kind, told.data["account"], told.data["second"]) == ("AccountKicked", "ann", told.at // 1000)


def test_a_kicked_administrator_still_calls(caller: Caller) -> None:
    caller.ok(KICK, {"UserID": caller.identifier})
    assert imported(caller, "administrator") == [True]


def test_applications_do_not_share_accounts(caller: Caller, new_caller: Callable[[], Caller]) -> None:
    other = new_caller()
    caller.import_accounts("ann")
    assert imported(other, "ann") == [False]
    other.refused(70107, KICK, {"UserID": "ann"})
    answer = other.ok(DELETE, {"DeleteItem": [{"UserID": "ann"}]})
    assert answer["ResultItem"][0]["ResultCode"] == 70107
    other.import_accounts("ann")
    other.ok(DELETE, {"DeleteItem": [{"UserID": "ann"}]})
    assert imported(caller, "ann") == [True]
