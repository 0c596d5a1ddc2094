"""What must be refused, each with its code: bytes [G18], URLs, sizes [G7], types [G10]."""

import json
from collections.abc import Iterator
from typing import Any

import msgspec
import pytest

from conclave.api import registry
from tests import raw
from tests.house import ROOMS, SEATS, Caller, Server

QUESTION = f"{ROOMS}/get_room_info"
MARK = f"{ROOMS}/mark_room_member"
BAN = f"{ROOMS}/ban_room_member"
LIST = f"{ROOMS}/get_room_member_list"
UPDATE = f"{ROOMS}/update_room_info"
GOOD = b'{"RoomId":"room-1","U":%b}'


def inside(value: bytes) -> bytes:
    """A good body with something in a field that nobody reads."""
    return GOOD % value


NO_JSON: dict[str, bytes] = {
    "empty": b"",
    "white space": b" \r\n\t",
    "a list": b'[{"RoomId":"room-1"}]',
    "a string": b'"room-1"',
    "a number": b"5",
    "null": b"null",
    "true": b"true",
    "a form": b"RoomId=room-1",
    "a form with JSON": b'data={"RoomId":"room-1"}',
    "byte order mark": b"\xef\xbb\xbf" + inside(b"1"),
    "byte order mark alone": b"\xef\xbb\xbf",
    "byte order mark in the middle": b'{\xef\xbb\xbf"RoomId":"room-1"}',
    "UTF-16": inside(b"1").decode().encode("utf-16"),
    "UTF-16 without mark": inside(b"1").decode().encode("utf-16-le"),
    "UTF-32": inside(b"1").decode().encode("utf-32-be"),
    "Latin-1 in a field": b'{"RoomId":"room-1\xe9"}',
    "Latin-1 in an unknown field": inside(b'"\xe9"'),
    "Latin-1 in an unknown name": b'{"RoomId":"room-1","\xe9":1}',
    "Latin-1 behind the value": inside(b"1") + b"\xe9",
    "cut off in a character": inside(b'"\xe7\x94"'),
    "overlong slash": inside(b'"\xc0\xaf"'),
    "encoded surrogate": inside(b'"\xed\xa0\x80"'),
    "beyond Unicode": inside(b'"\xf4\x90\x80\x80"'),
    "half a surrogate pair": b'{"RoomId":"room-1\\ud800"}',
    "half a surrogate pair in an unknown field": inside(b'"\\ud800"'),
    "the other half": inside(b'"\\udc00"'),
    "the other half in a field": b'{"RoomId":"\\udc00"}',
    "two first halves": inside(b'"\\ud800\\ud800"'),
    "NaN": inside(b"NaN"),
    "Infinity": inside(b"Infinity"),
    "-Infinity": inside(b"-Infinity"),
    "NaN in a list": inside(b"[1,NaN]"),
    "undefined": inside(b"undefined"),
    "None": inside(b"None"),
    "True": inside(b"True"),
    "leading zero": inside(b"01"),
    "plus": inside(b"+1"),
    "bare fraction": inside(b".5"),
    "bare point": inside(b"1."),
    "bare exponent": inside(b"1e"),
    "bare minus": inside(b"-"),
    "hexadecimal": inside(b"0x10"),
    "single quotes": b"{'RoomId':'room-1'}",
    "no quotes": b"{RoomId:1}",
    "name a number": b'{1:"room-1"}',
    "comma behind the last": b'{"RoomId":"room-1",}',
    "comma behind the last of a list": inside(b"[1,]"),
    "two commas": b'{"RoomId":"room-1",,"U":1}',
    "comment": inside(b"1 /* one */"),
    "line feed in a string": inside(b'"a\nb"'),
    "U+0000 as a byte": inside(b'"a\0b"'),
    "wrong escape": inside(b'"\\x41"'),
    "short escape": inside(b'"\\u12"'),
    "cut off": inside(b"1")[:-1],
    "cut off in a name": b'{"RoomId":"room-1","U',
    "text behind": inside(b"1") + b"x",
    "two values": inside(b"1") * 2,
    "comma behind the value": inside(b"1") + b",",
    "U+0000 behind the value": inside(b"1") + b"\0",
    "form feed before the value": b"\x0c" + inside(b"1"),
    "a space that is no white space": "\u00a0".encode() + inside(b"1"),
    "65 levels": inside(b"[" * 64 + b"]" * 64),
    "65 levels of objects": inside(b'{"a":' * 64 + b"1" + b"}" * 64),
    "a million levels": b"[" * 1_000_000,
    "a million levels of objects": b'{"a":' * 200_000,
    "65 levels behind brackets in strings": inside(b'["\\"]]]]]]",' + b"[" * 63 + b"]" * 64),
    "a million quotes": b'{"a":"' + b'\\"' * 400_000,
}


@pytest.mark.parametrize("name", NO_JSON)
def test_what_is_no_json_object_is_refused_with_60003(caller: Caller, name: str) -> None:
    caller.create_room()
    caller.ok(QUESTION, inside(b"[" * 63 + b"]" * 63))
    caller.refused(60003, QUESTION, NO_JSON[name])


@pytest.mark.parametrize("name", NO_JSON)
def test_bytes_are_looked_at_before_fields(caller: Caller, name: str) -> None:
    broken = NO_JSON[name].replace(b'"room-1', b'5,"Member_Account":5,"x":"room-1')
    caller.refused(60003, f"{ROOMS}/add_robot", broken)


# URLs.


@pytest.mark.parametrize(
    "path",
    [
        "/v4",
        "/v4/",
        f"/v4/{ROOMS}",
        f"/v4/{ROOMS}/",
        f"/v4//{ROOMS}/get_room_info",
        f"/v4/{ROOMS}/get_room_info/",
        f"/v4/{ROOMS}/get_room_info/x",
        f"/v4/{ROOMS}%2Fget_room_info/x",
        f"//v4/{ROOMS}/get_room_info",
        f"/V4/{ROOMS}/get_room_info",
        f"/v3/{ROOMS}/get_room_info",
        f"/{ROOMS}/get_room_info",
        "/healthz",
        "/metrics",
        "/",
        "*",
    ],
)
def test_a_path_of_another_shape_is_refused_with_60002(caller: Caller, path: str) -> None:
    query = raw.target(caller, QUESTION).partition("?")[2]
    assert raw.ask(caller.url, raw.request(f"{path}?{query}" if path != "*" else path, b"{}")).code == 60002


@pytest.mark.parametrize(
    "command",
    [
        f"{ROOMS}/get_room_infos",
        f"{ROOMS}/Get_Room_Info",
        f"{ROOMS.upper()}/get_room_info",
        f"{SEATS}/get_room_info",
        "get_room_info/room_engine_http_srv",
        f"{ROOMS}/get_room_info%20",
        f"{ROOMS}/get_room_info%00",
        f"{ROOMS}/%ff",
        "x/y",
        "用户/y",
        "x" * 5000 + "/" + "y" * 5000,
    ],
)
def test_an_unknown_command_is_refused_with_60009_and_named(caller: Caller, command: str) -> None:
    answer = raw.ask(caller.url, raw.request(raw.target(caller, command), b"{}"))
    assert answer.code == 60009
    if command.isascii() and "%" not in command:
        assert command[:64] in answer.envelope["ErrorInfo"]
    assert len(answer.body) < 1000


@pytest.mark.parametrize("value", ["0", "-1", "1e9", "0x5", "14000000010000", "1400000001.0", "9" * 19, "9" * 5000, "abc", "%20", "١"])
def test_an_sdkappid_that_names_no_application_is_refused_with_60006(caller: Caller, value: str) -> None:
    answer = raw.ask(caller.url, raw.request(raw.target(caller, QUESTION, sdkappid=value), b"{}"))
    assert answer.code == 60006
    assert len(answer.body) < 1000


@pytest.mark.parametrize("name", ["sdkappid", "identifier", "usersig", "random", "contenttype", "x"])
def test_a_parameter_with_two_values_is_refused_with_60002(caller: Caller, name: str) -> None:
    whole = raw.target(caller, QUESTION, x="1")
    assert raw.ask(caller.url, raw.request(f"{whole}&{name}=other", b"{}")).code == 60002
    assert raw.ask(caller.url, raw.request(f"{whole}&%{ord(name[0]):x}{name[1:]}=other", b"{}")).code == 60002
    assert raw.ask(caller.url, raw.request(f"{whole}&{name}", b"{}")).code == 60002


@pytest.mark.parametrize("more", ["&a=%ff", "&%ff=a", "&a=%c0%af", "&identifier=%e7%94", "&a=%ed%a0%80"])
def test_parameters_that_are_no_utf_8_are_refused_with_60002(caller: Caller, more: str) -> None:
    assert raw.ask(caller.url, raw.request(raw.target(caller, QUESTION) + more, b"{}")).code == 60002


def test_more_than_50_parameters_are_refused_with_60002(caller: Caller) -> None:
    whole = raw.target(caller, QUESTION)
    many = "".join(f"&x{number}" for number in range(45))
    assert raw.ask(caller.url, raw.request(whole + many, b"{}")).code == 100002
    assert raw.ask(caller.url, raw.request(f"{whole}{many}&y", b"{}")).code == 60002


@pytest.mark.parametrize(("name", "code"), [("SDKAPPID", 60012), ("Identifier", 60004), ("UserSig", 60004)])
def test_names_of_parameters_are_case_sensitive(caller: Caller, name: str, code: int) -> None:
    whole = raw.target(caller, QUESTION).replace(f"{name.lower()}=", f"{name}=")
    assert raw.ask(caller.url, raw.request(whole, b"{}")).code == code


@pytest.mark.parametrize("value", ["", "JSON", "Json", "xml", "json%20", "application%2Fjson"])
def test_a_contenttype_that_is_not_json_is_refused_with_60025(caller: Caller, value: str) -> None:
    answer = raw.ask(caller.url, raw.request(raw.target(caller, QUESTION, contenttype=value), b"{}"))
    assert answer.code == 60025


# Sizes.


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server that takes bodies of 4096 bytes."""
    with Server(tmp_path_factory.mktemp("small"), body_limit=4096) as server:
        yield server


@pytest.mark.parametrize("as_chunks", [False, True])
@pytest.mark.parametrize(("size", "code"), [(4095, 100004), (4096, 100004), (4097, 60002), (20_000, 60002), (10**7, 60002)])
def test_a_body_above_the_limit_is_refused_with_60002(small: Server, size: int, code: int, as_chunks: bool) -> None:
    line = raw.target(Caller(small.url), QUESTION)
    body = b'{"RoomId":"nowhere"}'.ljust(size)
    pieces = [body[place : place + 1000] for place in range(0, size, 1000)]
    assert raw.ask(small.url, raw.chunked(line, pieces) if as_chunks else raw.request(line, body)).code == code


def test_the_limit_is_one_mebibyte_by_default(caller: Caller) -> None:
    line = raw.target(caller, QUESTION)
    body = b'{"RoomId":"nowhere"}'.ljust(2**20)
    assert raw.ask(caller.url, raw.request(line, body)).code == 100004
    assert raw.ask(caller.url, raw.request(line, body + b" ")).code == 60002


@pytest.mark.parametrize("length", [4096 * 8 + 1, 10**9, 2**63])
def test_a_body_that_is_far_too_large_is_not_waited_for(small: Server, length: int) -> None:
    line = raw.target(Caller(small.url), QUESTION)
    assert raw.ask(small.url, raw.request(line, b"{", length=length), seconds=3).code == 60002
    asked = raw.request(line, headers=[("Expect", "100-continue")], length=length)
    answer = raw.ask(small.url, asked, seconds=3)
    assert (answer.code, answer.interim) == (60002, ())


def test_after_a_body_that_is_a_little_too_large_the_connection_goes_on(small: Server) -> None:
    line = raw.target(Caller(small.url), QUESTION)
    with raw.Wire(small.url) as wire:
        assert wire.ask(raw.request(line, b" " * 5000)).code == 60002
        assert wire.ask(raw.chunked(line, [b" " * 5000])).code == 60002
        assert wire.ask(raw.request(line, b'{"RoomId":"nowhere"}')).code == 100004


# Types.


@pytest.mark.parametrize(
    ("command", "body"),
    [
        (LIST, {"RoomId": "room-1", "Count": "50"}),
        (LIST, {"RoomId": "room-1", "Count": 50.0}),
        (LIST, {"RoomId": "room-1", "Count": 5e1}),
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
    others = {field.encode_name: 5.5 for field in msgspec.structs.fields(request) if field.encode_name != path[0]}
    accounts = {"UserID", "Identifier"}
    others = {name: "" if name.endswith("_Account") or name in accounts else bad for name, bad in others.items()}
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
