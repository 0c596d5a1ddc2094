"""Values of another type than the field's: 60015 for accounts, the field's code for the rest [G10] [G18]."""

import json
import time
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from conclave.api import registry
from tests.house import ROOMS, SEATS, Caller

QUESTION = f"{ROOMS}/get_room_info"
MARK = f"{ROOMS}/mark_room_member"
BAN = f"{ROOMS}/ban_room_member"
LIST = f"{ROOMS}/get_room_member_list"
UPDATE = f"{ROOMS}/update_room_info"


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (LIST, {"RoomId": "room-1", "Count": "50"}),
        (LIST, {"RoomId": "room-1", "Count": 50.0}),
        (LIST, {"RoomId": "room-1", "Count": -50.0}),
        (LIST, {"RoomId": "room-1", "Count": True}),
        (LIST, {"RoomId": "room-1", "Count": [50]}),
        (LIST, {"RoomId": "room-1", "Next": 0}),
        (QUESTION, {"RoomId": 5}),
        (QUESTION, {"RoomId": ["room-1"]}),
        (QUESTION, {"RoomId": None}),
        (QUESTION, {}),
        (UPDATE, {"RoomInfo": {"RoomId": "room-1", "IsVideoDisabled": 1}}),
        (UPDATE, {"RoomInfo": {"RoomId": "room-1", "IsVideoDisabled": 0}}),
        (UPDATE, {"RoomInfo": {"RoomId": "room-1", "IsVideoDisabled": "true"}}),
        (UPDATE, {"RoomInfo": {"RoomId": "room-1", "MaxMemberCount": "10"}}),
        (UPDATE, {"RoomInfo": {"RoomId": "room-1", "MaxMemberCount": 10.0}}),
        (UPDATE, {"RoomInfo": {"RoomId": "room-1", "RoomName": 5}}),
        (UPDATE, {"RoomInfo": [{"RoomId": "room-1"}]}),
        (UPDATE, {"RoomInfo": "room-1"}),
        (UPDATE, {"RoomInfo": None}),
        (MARK, {"RoomId": "room-1", "CommandType": True, "MemberList": []}),
        (MARK, {"RoomId": "room-1", "CommandType": 1.0, "MemberList": []}),
        (MARK, {"RoomId": "room-1", "CommandType": "01", "MemberList": []}),
        (MARK, {"RoomId": "room-1", "CommandType": 3, "MemberList": []}),
        (BAN, {"RoomId": "room-1", "MemberList_Account": "user1", "Reason": "r", "Duration": 60}),
        (BAN, {"RoomId": "room-1", "MemberList_Account": {}, "Reason": "r", "Duration": 60}),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused_with_the_code_of_its_field(
    caller: Caller, command: str, body: dict[str, Any]
) -> None:
    caller.create_room()
    info = caller.refused(100002, command, body)
    assert any(name in info for name in ("RoomId", *body, *(body.get("RoomInfo") or []))), info


CROWDED = {
    f"{ROOMS}/create_room": "RoomInfo",
    f"{ROOMS}/update_room_info": "RoomInfo",
    f"{ROOMS}/mark_room_member": "MemberList",
    "group_open_http_svc/create_group": "MemberList",
    "im_open_login_svc/multiaccount_import": "AccountList",
    "im_open_login_svc/account_check": "CheckItem",
}


@pytest.mark.parametrize("command", CROWDED)
def test_a_list_that_fills_the_body_is_refused_within_the_processing_time(caller: Caller, command: str) -> None:
    body = b'{"%b":[%b{}]}' % (CROWDED[command].encode(), b"{}," * 330_000)
    before = time.monotonic()
    assert caller.call(command, body)["ErrorCode"] not in {0, 60008}
    assert time.monotonic() - before < 3  # and nobody else is answered meanwhile


def test_accounts_are_looked_at_as_far_as_their_list_may_reach(caller: Caller) -> None:
    caller.create_room()
    ban = {"RoomId": "room-1", "Reason": "r", "Duration": 60}
    caller.refused(60015, BAN, {**ban, "MemberList_Account": ["user1"] * 19 + [5] * 2})
    caller.refused(100002, BAN, {**ban, "MemberList_Account": ["user1"] * 20 + [5]})


@pytest.mark.parametrize("number", [2**63, 2**64, -(2**63) - 1, 10**30, 10**400])
def test_a_number_beyond_64_bits_is_refused_with_the_code_of_its_field(caller: Caller, number: int) -> None:
    caller.create_room()
    ban = {"RoomId": "room-1", "MemberList_Account": ["user1"], "Reason": "r", "Duration": number}
    for command, body in (
        (BAN, ban),
        (LIST, {"RoomId": "room-1", "Count": number}),
        (UPDATE, {"RoomInfo": {"RoomId": "room-1", "MaxMemberCount": number}}),
        (f"{ROOMS}/get_banned_member_list", {"RoomId": "room-1", "Offset": number}),
        (f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": number}),
        (MARK, {"RoomId": "room-1", "CommandType": 1, "MemberList": [{"Member_Account": "a", "Marks": [number]}]}),
    ):
        caller.refused(100002, command, json.dumps(body))


def test_a_number_of_5000_digits_is_refused_with_the_code_of_its_field(caller: Caller) -> None:
    caller.refused(100002, LIST, b'{"RoomId":"room-1","Count":' + b"9" * 5000 + b"}")


@pytest.mark.parametrize("where", ["RoomId", "RoomName", "CustomInfo", "Owner_Account", "Password"])
def test_u_0000_in_a_string_is_refused_with_the_code_of_its_field(caller: Caller, where: str) -> None:
    info = {"RoomId": "room-1", "RoomType": "Conference", where: "a\0b"}
    assert where in caller.refused(100002, f"{ROOMS}/create_room", {"RoomInfo": info})
    caller.refused(100004, QUESTION, {"RoomId": "room-1"})


# Accounts [G10].


def _accounts(schema: dict[str, Any], components: dict[str, Any]) -> Iterator[list[str | int]]:
    """Yield where a request type holds accounts, as names and list places."""
    schema = components[schema["$ref"].rpartition("/")[2]] if "$ref" in schema else schema
    for choice in schema.get("anyOf", []):
        yield from _accounts(choice, components)
    if "items" in schema:
        yield from ([0, *rest] for rest in _accounts(schema["items"], components))
    for name, inner in schema.get("properties", {}).items():
        if name.endswith("List_Account") or name == "Accounts":
            yield [name, 0]
        elif name.endswith("_Account") or name in ("UserID", "Identifier"):
            yield [name]
        else:
            yield from ([name, *rest] for rest in _accounts(inner, components))


def _account_fields() -> Iterator[tuple[str, list[str | int]]]:
    for (service, name), command in registry.load().items():
        (schema,), components = msgspec.json.schema_components([command.request])
        yield from ((f"{service}/{name}", path) for path in _accounts(schema, components))


def _nested(path: list[str | int], value: Any) -> Any:
    for step in reversed(path):
        value = [value] if isinstance(step, int) else {step: value}
    return value


ACCOUNT_FIELDS = list(_account_fields())


def test_there_are_commands_with_accounts() -> None:
    assert (f"{ROOMS}/create_room", ["RoomInfo", "Owner_Account"]) in ACCOUNT_FIELDS
    assert (MARK, ["MemberList", 0, "Member_Account"]) in ACCOUNT_FIELDS
    assert len(ACCOUNT_FIELDS) > 15


@pytest.mark.parametrize(("command", "path"), ACCOUNT_FIELDS, ids=str)
@pytest.mark.parametrize("value", [5, 5.5, True, ["user1"], {"a": 1}], ids=str)
def test_an_account_that_is_no_string_is_refused_with_60015_before_all_other_fields(
    caller: Caller, command: str, path: list[str | int], value: Any
) -> None:
    service, _, name = command.partition("/")
    request = registry.load()[service, name].request
    names = [field.encode_name for field in msgspec.structs.fields(request) if field.encode_name != path[0]]
    accounts = ("UserID", "Identifier")
    others = {name: "" if name.endswith("_Account") or name in accounts else 5.5 for name in names}
    info = caller.refused(60015, command, others | _nested(path, value))
    assert str(path[-1] if isinstance(path[-1], str) else path[-2]) in info


def test_an_account_in_a_field_that_nobody_reads_may_be_anything(caller: Caller) -> None:
    caller.create_room()
    caller.ok(QUESTION, {"RoomId": "room-1", "Member_Account": 5, "Accounts": [5], "List_Account": None})


def test_an_account_behind_a_good_one_is_seen(caller: Caller) -> None:
    ban = {"RoomId": "room-1", "MemberList_Account": ["a", "b", 5], "Reason": 5, "Duration": 0}
    assert "MemberList_Account[2]" in caller.refused(60015, BAN, ban)
    ban["MemberList_Account"] = ["a", None]
    assert "MemberList_Account[1]" in caller.refused(60015, BAN, ban)
