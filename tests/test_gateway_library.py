"""What the HTTP library refuses by itself, before our code sees it [G6]: listed in docs/contract/gateway.md."""

from pathlib import Path

import pytest

from tests import raw
from tests.house import ROOMS, Caller
from tests.raw import Wire

LINE = f"/v4/{ROOMS}/get_room_info"
DOCUMENT = Path(__file__).parents[1] / "docs" / "contract" / "gateway.md"


def head(*lines: bytes) -> bytes:
    return b"\r\n".join([f"POST {LINE} HTTP/1.1".encode(), *lines, b"", b""])


REFUSED: dict[str, tuple[int, bytes]] = {
    "no HTTP at all": (400, b"hello\r\n\r\n"),
    "TLS on the plain port": (400, b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"),
    "HTTP/0.9": (400, b"GET /\r\n\r\n"),
    "HTTP/2.0 in the request line": (400, raw.request(LINE, version="2.0")),
    "a space in the URL": (400, raw.request(f"{LINE}?a= b")),
    "a quote in the URL": (400, raw.request(f'{LINE}?a="')),
    "an angle bracket in the URL": (400, raw.request(f"{LINE}?a=<")),
    "a tab in the URL": (400, raw.request(f"{LINE}?a=\t")),
    "U+0000 in the URL": (400, raw.request(f"{LINE}?a=\0")),
    "U+007F in the URL": (400, raw.request(f"{LINE}?a=\x7f")),
    "raw bytes that are no UTF-8 in the URL": (400, raw.request(f"{LINE}?a=".encode() + b"\xff")),
    "a URL above 64 KiB": (431, raw.request(f"{LINE}?a={'x' * 66_000}")),
    "headers above 64 KiB": (431, raw.request(LINE, headers=[("X-A", "a" * 66_000)])),
    "more than 100 headers": (431, raw.request(LINE, headers=[(f"X-{n}", "a") for n in range(99)])),
    "a header name with a space": (400, head(b"X A: a")),
    "a header without a colon": (400, head(b"X-A")),
    "U+0000 in a header": (400, head(b"X-A: a\0b")),
    "a backtick in its path": (400, raw.request("/v4/`/x")),
    "no method": (400, raw.request(LINE, method="")),
    "a target that does not begin with `/`": (400, raw.request("v4/x/y")),
    "a header folded over two lines": (400, head(b"X-A: a", b" b")),
    "a method with a colon": (400, raw.request(LINE, method="PO:ST")),
    "Content-Length a word": (400, head(b"Content-Length: abc")),
    "Content-Length negative": (400, head(b"Content-Length: -1")),
    "Content-Length with a plus": (400, head(b"Content-Length: +2") + b"{}"),
    "Content-Length beyond 64 bits": (400, head(b"Content-Length: 99999999999999999999")),
    "Content-Length of 2^64 - 1": (431, head(b"Content-Length: 18446744073709551615")),
    "two different Content-Lengths": (400, head(b"Content-Length: 2", b"Content-Length: 3") + b"{}"),
    "Transfer-Encoding without chunked": (400, head(b"Transfer-Encoding: gzip") + b"{}"),
    "Transfer-Encoding in HTTP/1.0": (400, head(b"Transfer-Encoding: chunked").replace(b"1.1", b"1.0")),
}


@pytest.mark.parametrize("name", REFUSED)
def test_the_library_answers_with_a_status_of_its_own(caller: Caller, name: str) -> None:
    status, sent = REFUSED[name]
    with Wire(caller.url) as wire:
        answer = wire.ask(sent)
        assert (answer.status, answer.body) == (status, b"")
        assert answer.header("connection") == "close"
        assert wire.is_closed()


HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec-WebSocket-Version": "13",
    "Sec-WebSocket-Key": "eDp5",
}


@pytest.mark.parametrize(
    ("path", "changes", "status"),
    [
        (LINE, {}, 404),
        ("/", {}, 404),
        ("/v1/members", {"Sec-WebSocket-Version": "8"}, 400),
        ("/v1/members", {"Sec-WebSocket-Key": None}, 400),
    ],
)
def test_a_websocket_handshake_that_leads_nowhere_has_a_status_too(
    caller: Caller, path: str, changes: dict[str, str | None], status: int
) -> None:
    headers = [(name, value) for name, value in {**HANDSHAKE, **changes}.items() if value is not None]
    assert raw.ask(caller.url, raw.request(path, headers=headers, method="GET", length=None)).status == status


@pytest.mark.parametrize("name", REFUSED)
def test_the_reference_lists_it(name: str) -> None:
    assert name in DOCUMENT.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "sent",
    [
        raw.request(LINE, headers=[(f"X-{n}", "a") for n in range(98)]),
        raw.request(f"{LINE}?a={'x' * 60_000}"),
        raw.request(LINE, headers=[("X-A", "a" * 60_000)]),
        raw.request(f"{LINE}?a=\\^`{{|}}[]'"),
        raw.request(f"{LINE}?a=用户"),
        raw.request("/v4/用户/用户"),
        raw.request(LINE, headers=[("Content-Length", "0")]),
        raw.request(LINE, headers=[("X-A", "\xe9\xff")]),
        raw.request(LINE, method="POSTER"),
        b"\r\n" + raw.request(LINE),
        raw.request(LINE).replace(b"\r\n", b"\n"),
    ],
    ids=range(11),
)
def test_what_just_passes_gets_an_envelope(caller: Caller, sent: bytes) -> None:
    assert raw.ask(caller.url, sent).code in (60002, 60009, 60012)


def test_of_two_framings_the_chunks_count_and_the_connection_ends(caller: Caller) -> None:
    line = raw.target(caller, f"{ROOMS}/get_room_info")
    for headers in ([("Content-Length", "3")], [("Content-Length", "3000")]):
        with Wire(caller.url) as wire:
            assert wire.ask(raw.chunked(line, [b'{"RoomId":"nowhere"}'], headers)).code == 100004
            assert wire.is_closed()


def test_a_small_content_length_does_not_let_a_large_chunked_body_in(caller: Caller) -> None:
    line = raw.target(caller, f"{ROOMS}/get_room_info")
    chunks = [b" " * 65_536] * 17
    assert raw.ask(caller.url, raw.chunked(line, chunks, [("Content-Length", "20")])).code == 60002


def test_a_body_that_ends_early_is_refused_in_an_envelope(caller: Caller) -> None:
    line = raw.target(caller, f"{ROOMS}/get_room_info")
    with Wire(caller.url) as wire:
        wire.send(raw.request(line, b'{"RoomId":"nowhere"}', length=100))
        wire.end()
        assert wire.read().code == 60002


def test_a_chunked_body_that_ends_early_is_no_json(caller: Caller) -> None:
    line = raw.target(caller, f"{ROOMS}/get_room_info")
    with Wire(caller.url) as wire:
        wire.send(raw.chunked(line, [b'{"RoomId":"now', b'here"}'])[:-12])
        wire.end()
        assert wire.read().code == 60003


@pytest.mark.parametrize("size", [b"zz", b"-1", b"0x5", b"FFFFFFFFFFFFFFFFF", b""])
def test_chunks_that_are_none_are_no_json(caller: Caller, size: bytes) -> None:
    line = raw.target(caller, f"{ROOMS}/get_room_info")
    sent = raw.request(line, size + b"\r\n{}\r\n0\r\n\r\n", [("Transfer-Encoding", "chunked")], length=None)
    assert raw.ask(caller.url, sent).code == 60003


def test_connect_opens_no_tunnel(caller: Caller) -> None:
    """The one method whose answer has no body in HTTP; what comes next is no request."""
    with Wire(caller.url) as wire:
        answer = wire.ask(raw.request("localhost:1", method="CONNECT", length=None))
        assert (answer.status, answer.body) == (200, b"")
        assert wire.is_closed()
