"""URLs and sizes that are refused: 60002, 60009, 60006, 60025 [G1] [G7] [G18]."""

from collections.abc import Iterator

import pytest

from tests import raw
from tests.house import ROOMS, SEATS, Caller, Server

QUESTION = f"{ROOMS}/get_room_info"


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


@pytest.mark.parametrize(
    "value", ["0", "-1", "1e9", "0x5", "14000000010000", "1400000001.0", "9" * 19, "9" * 5000, "abc", "%20", "١"]
)
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
@pytest.mark.parametrize(
    ("size", "code"), [(4095, 100004), (4096, 100004), (4097, 60002), (20_000, 60002), (10**7, 60002)]
)
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
