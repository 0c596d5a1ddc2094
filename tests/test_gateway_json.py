"""Bodies that are no JSON object are refused with 60003, whatever else is wrong with them [G18]."""

import pytest

from tests.house import ROOMS, Caller

QUESTION = f"{ROOMS}/get_room_info"
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
