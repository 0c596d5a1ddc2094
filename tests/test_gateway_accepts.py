"""What real clients send works, however they send it."""

import itertools
import json
import re
import subprocess
import urllib.parse
from collections.abc import Callable

import pytest

from tests import raw, requirements
from tests.house import ROOMS, Caller
from tests.raw import Wire

QUESTION = f"{ROOMS}/get_room_info"
BODY = b'{"RoomId": "nowhere"}'
FOUND_OUT = 100004  # the call was understood: there is no such room
CORS = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": "X-Requested-With",
    "access-control-allow-methods": "POST",
}


def url(caller: Caller, **changes: str | None) -> str:
    return raw.target(caller, QUESTION, **changes)


@pytest.mark.parametrize(
    "headers",
    [
        [],
        [("Content-Type", "text/plain")],
        [("Content-Type", "application/x-www-form-urlencoded")],
        [("Content-Type", "application/json; charset=utf-8")],
        [("Content-Type", "multipart/form-data; boundary=x")],
        [("Content-Type", "")],
        [("Content-Type", "\xe9\xff")],
        [("Accept", "text/html"), ("Accept-Encoding", "gzip, deflate, br")],
        [("User-Agent", "x" * 4000)],
        [("Origin", "https://example.org"), ("X-Requested-With", "XMLHttpRequest")],
        [("Authorization", "Basic eDp5"), ("Cookie", "a=b; c=d")],
    ],
    ids=lambda headers: ", ".join(f"{name}: {value:.20}" for name, value in headers) or "none",
)
def test_headers_do_not_matter(caller: Caller, headers: raw.Headers) -> None:
    assert raw.ask(caller.url, raw.request(url(caller), BODY, headers)).code == FOUND_OUT


@pytest.mark.parametrize("size", [1, 2, 7, 1000])
def test_a_body_may_come_in_chunks(caller: Caller, size: int) -> None:
    chunks = [BODY[place : place + size] for place in range(0, len(BODY), size)]
    assert raw.ask(caller.url, raw.chunked(url(caller), chunks)).code == FOUND_OUT


def test_a_body_may_come_in_pieces(caller: Caller) -> None:
    whole = raw.request(url(caller), BODY)
    with Wire(caller.url) as wire:
        for place in range(len(whole)):
            wire.send(whole[place : place + 1])
        assert wire.read().code == FOUND_OUT


def test_whoever_asks_first_is_told_to_go_on(caller: Caller) -> None:
    head = raw.request(url(caller), headers=[("Expect", "100-continue")], length=len(BODY))
    with Wire(caller.url) as wire:
        wire.send(head)
        assert wire.socket.recv(64).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        assert wire.ask(BODY).code == FOUND_OUT


def test_the_curl_of_the_field_works(caller: Caller) -> None:
    curl = requirements.program("curl")
    body = json.dumps({"RoomInfo": {"RoomId": "r", "RoomType": "Conference", "Unknown": "x" * 2000}})
    address = f"{caller.url}{raw.target(caller, f'{ROOMS}/create_room')}"
    for more in ([], ["-H", "Expect: 100-continue"], ["-H", "Transfer-Encoding: chunked"], ["--http1.0"]):
        command = [curl, "-sS", "-X", "POST", address, "-d", body, *more]
        done = subprocess.run(command, capture_output=True, check=True, timeout=20)
        assert json.loads(done.stdout)["ErrorCode"] in (0, 100010), done.stdout


def test_the_parameters_may_stand_in_any_order(caller: Caller) -> None:
    pairs = [f"{name}={value}" for name, value in caller.parameters().items()]
    with Wire(caller.url) as wire:
        for order in itertools.permutations(pairs):
            assert wire.ask(raw.request(f"/v4/{QUESTION}?{'&'.join(order)}", BODY)).code == FOUND_OUT


@pytest.mark.parametrize(
    "value",
    [None, "", "0", "-1", "4294967295", "4294967296", "9" * 32, "abc", "1.5", "%E7%94%A8", "-9223372036854775809"],
)
def test_random_may_be_anything(caller: Caller, value: str | None) -> None:
    assert raw.ask(caller.url, raw.request(url(caller, random=value), BODY)).code == FOUND_OUT


@pytest.mark.parametrize(
    "more",
    [
        "&",
        "&&",
        "&unknown=1",
        "&random=99999999",
        "&flag",
        "&%00=%00",
        "&a=b=c",
        "&=",
        "#fragment",
        "&a[]=1",
        "&a=\\^`{|}",
    ],
)
def test_further_parameters_do_not_matter(caller: Caller, more: str) -> None:
    assert raw.ask(caller.url, raw.request(url(caller) + more, BODY)).code == FOUND_OUT


def test_contenttype_may_be_absent(caller: Caller) -> None:
    assert raw.ask(caller.url, raw.request(url(caller, contenttype=None), BODY)).code == FOUND_OUT


def test_parameters_may_be_percent_encoded_to_the_last_letter(caller: Caller) -> None:
    def encoded(text: str) -> str:
        return "".join(f"%{byte:02x}" for byte in text.encode())

    query = "&".join(f"{encoded(name)}={encoded(value)}" for name, value in caller.parameters().items())
    assert raw.ask(caller.url, raw.request(f"/v4/{QUESTION}?{query}", BODY)).code == FOUND_OUT


def test_the_whole_address_may_stand_in_the_request_line(caller: Caller) -> None:
    assert raw.ask(caller.url, raw.request(caller.url + url(caller), BODY)).code == FOUND_OUT


@pytest.mark.parametrize(
    ("body", "name"),
    [
        (r'{"RoomId":"a\/b"}', "a/b"),
        (r'{"RoomId":"\u0061\u002Fb"}', "a/b"),
        (r'{"\u0052oomId":"a/b"}', "a/b"),
        ('\r\n\t {"RoomId" :\t"a/b"\n}\r\n ', "a/b"),
        ('{"RoomId":"x","RoomId":"a/b"}', "a/b"),
        ('{"RoomId":"a/b","Unknown":{"RoomId":[1.5e300,null,true,-0,"用户"]},"":null}', "a/b"),
        ('{"RoomId":"a/b","roomid":"x"}', "a/b"),
        ('{"RoomId":"a/b","Unknown":"\\ud83d\\ude00 \\u0000 [[[{{{"}', "a/b"),
        ('{"RoomId":"a/b","Unknown":1e999}', "a/b"),
        ('{"RoomId":"a/b","Unknown":' + "9" * 5000 + "}", "a/b"),
        ('{"RoomId":"a/b","Unknown":"' + "[" * 5000 + '"}', "a/b"),
        ('{"RoomId":"a/b","Unknown":' + "[" * 63 + "]" * 63 + "}", "a/b"),
        ('{"RoomId":"a/b","Unknown":[' + ",".join(["[]"] * 500) + "]}", "a/b"),
    ],
    ids=range(13),
)
def test_json_is_read_as_json_is_written(caller: Caller, body: str, name: str) -> None:
    caller.create_room(name)
    assert caller.ok(QUESTION, body)["RoomInfo"]["RoomId"] == name


def test_escaped_and_plain_text_are_the_same(caller: Caller) -> None:
    caller.create_room(RoomName="会议 \U0001f600")
    caller.ok(
        f"{ROOMS}/update_room_info", rb'{"RoomInfo":{"RoomId":"room-1","CustomInfo":"\u4f1a\ud83d\ude00\"\\\/\b"}}'
    )
    assert caller.room()["RoomName"] == "会议 \U0001f600"
    assert caller.room()["CustomInfo"] == '会\U0001f600"\\/\b'


# Connections.


def test_a_connection_serves_many_calls(caller: Caller) -> None:
    with Wire(caller.url) as wire:
        for _ in range(20):
            answer = wire.ask(raw.request(url(caller), BODY))
            assert answer.code == FOUND_OUT
            assert answer.header("connection") in (None, "keep-alive")


def test_calls_may_be_pipelined(caller: Caller) -> None:
    rooms = [f"room-{number}" for number in range(20)]
    calls = [raw.request(url(caller), json.dumps({"RoomId": room}).encode()) for room in rooms]
    with Wire(caller.url) as wire:
        wire.send(*calls)
        assert [re.findall(r"'(.*?)'", wire.read().envelope["ErrorInfo"]) for _ in rooms] == [[room] for room in rooms]


def test_http_1_0_keeps_the_connection_when_asked(caller: Caller) -> None:
    call = raw.request(url(caller), BODY, [("Connection", "keep-alive")], version="1.0")
    with Wire(caller.url) as wire:
        for _ in range(3):
            answer = wire.ask(call)
            assert (answer.code, answer.header("connection")) == (FOUND_OUT, "keep-alive")


def test_http_1_0_closes_the_connection_when_not_asked(caller: Caller) -> None:
    with Wire(caller.url) as wire:
        assert wire.ask(raw.request(url(caller), BODY, version="1.0")).code == FOUND_OUT
        assert wire.is_closed()


def test_connection_close_is_honoured(caller: Caller) -> None:
    with Wire(caller.url) as wire:
        assert wire.ask(raw.request(url(caller), BODY, [("Connection", "close")])).code == FOUND_OUT
        assert wire.is_closed()


# Answers.


@pytest.mark.parametrize("path", ["/", "/v4/", "/index.html"])
def test_head_answers_200_and_nothing(caller: Caller, path: str) -> None:
    with Wire(caller.url) as wire:
        wire.send(raw.request(path, method="HEAD"))
        assert wire.read(without_body=True).status == 200
        assert wire.ask(raw.request(url(caller), BODY)).code == FOUND_OUT


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH", "TRACE", "post", "BREW"])
@pytest.mark.parametrize("path", ["/", f"/v4/{QUESTION}", "/favicon.ico"])
def test_another_method_than_post_is_refused_in_an_envelope(caller: Caller, method: str, path: str) -> None:
    answer = raw.ask(caller.url, raw.request(path, method=method))
    assert answer.code == 60002
    assert "POST" in answer.envelope["ErrorInfo"]


@pytest.mark.parametrize("path", ["/", f"/v4/{QUESTION}", "*"])
def test_options_answers_the_headers_that_browsers_ask_for(caller: Caller, path: str) -> None:
    headers = [("Origin", "https://example.org"), ("Access-Control-Request-Method", "POST")]
    answer = raw.ask(caller.url, raw.request(path, headers=headers, method="OPTIONS"))
    assert (answer.status, answer.body) == (200, b"")
    assert CORS.items() <= dict(answer.headers).items()


@pytest.mark.parametrize(
    "made",
    [
        lambda caller: raw.request(url(caller), BODY),
        lambda caller: raw.request(url(caller), b""),
        lambda caller: raw.request("/v4/x/y", BODY),
        lambda caller: raw.request("/", method="GET"),
        lambda caller: raw.request("/nowhere", BODY),
        lambda caller: raw.request(
            raw.target(caller, f"{ROOMS}/create_room"), b'{"RoomInfo":{"RoomId":"a","RoomType":"Conference"}}'
        ),
    ],
    ids=["refused by a rule", "empty body", "unknown command", "root", "unknown path", "success"],
)
def test_every_answer_has_the_headers_of_the_contract(caller: Caller, made: Callable[[Caller], bytes]) -> None:
    answer = raw.ask(caller.url, made(caller))
    assert CORS.items() <= dict(answer.headers).items()
    assert answer.header("content-type") == "application/json"
    assert answer.header("content-length") == str(len(answer.body))
    assert answer.header("date")
    assert answer.header("server")
    assert re.fullmatch(r"Id-[0-9a-f]{32}-O-Seq-[0-9]+", answer.envelope["RequestId"])
    assert not answer.body.startswith(b"\xef\xbb\xbf")


def test_no_two_answers_share_a_request_id(caller: Caller) -> None:
    calls = [raw.request(url(caller), BODY), raw.request("/", method="GET"), raw.request("/v4/x/y")] * 100
    with Wire(caller.url) as wire:
        wire.send(*calls)
        found = {wire.read().envelope["RequestId"] for _ in calls}
    assert len(found) == len(calls)


def test_a_reserved_word_in_a_path_is_decoded_once(caller: Caller) -> None:
    path = urllib.parse.quote(f"/v4/{ROOMS}/get_room_info", safe="/").replace("_", "%5F")
    answer = raw.ask(caller.url, raw.request(url(caller).replace(f"/v4/{QUESTION}", path), BODY))
    assert answer.code == FOUND_OUT
    answer = raw.ask(caller.url, raw.request(url(caller).replace("_", "%255F", 1), BODY))
    assert answer.code == 60009
