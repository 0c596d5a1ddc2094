"""What comes to the members' own port and should not: it is bounded, closed with a code, and never in the log."""

import contextlib
import socket
import struct
import time
from collections.abc import Iterator

import msgspec
import pytest
from bench.ports import free_port

from conclave.transport.member_socket import HANDSHAKE_SECONDS
from conclave.transport.wire import HEAD_BYTES
from tests.bare_socket import BINARY, CLOSE, CONTINUED, PING, PONG, TEXT, BareSocket, frame, handshake
from tests.house import Caller, Server
from tests.member import Member, connections, until

PING_REQUEST = b'{"id": 1, "method": "ping"}'
SECRET = "a-secret-in-a-frame"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("hostile"), member_port=free_port(), log_level="debug") as server:
        yield server
        log = server.log.read_text()
        assert "Traceback" not in log
        assert "unexpected" not in log
        assert "websockets" not in log
        assert SECRET not in log
        assert server.stop() == 0


@pytest.fixture
def caller(server: Server) -> Caller:
    return Caller(server.url, members_at=server.member_url)


KEY = "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
HANDSHAKES: dict[str, tuple[bytes, str]] = {
    "no http": (b"\x16\x03\x01\x02\x00" + bytes(range(200)) + b"\r\n\r\n", ""),
    "http/2": (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", ""),
    "http/1.0": (handshake(version="1.0"), "505"),
    "post": (handshake(method="POST"), "405"),
    "a body": (handshake("/v1/members", "Content-Length: 5") + b"hello", ""),
    "chunks": (handshake("/v1/members", "Transfer-Encoding: chunked"), ""),
    "no upgrade": (handshake().replace(b"Upgrade: websocket\r\n", b""), "426"),
    "no key": (handshake().replace(KEY.encode(), b""), "400"),
    "two keys": (handshake("/v1/members", KEY.strip()), "400"),
    "a bad key": (handshake().replace(b"AAAAAA==", b"A==="), "400"),
    "another version": (handshake().replace(b"Version: 13", b"Version: 8"), "400"),
    "a broken header": (handshake("/v1/members", "no colon"), ""),
    "a header of bytes": (handshake("/v1/members", "X-Odd: \xff\xfe"), "101"),
    "a path of bytes": (handshake("/v1/\xff"), ""),
    "a secret in the path": (handshake(f"/v1/members/{SECRET}"), "404"),
    "bare line feeds": (handshake().replace(b"\r\n", b"\n"), ""),
    "a long line": (handshake("/v1/members", "X-Long: " + "x" * 9000), "431"),
    "a long path": (handshake("/" + "x" * 9000), "414"),
    "many headers": (handshake("/v1/members", *(f"X-{number}: 1" for number in range(200))), "431"),
    "large headers": (handshake("/v1/members", *(f"X-{number}: {'x' * 8000}" for number in range(12))), "431"),
    "a line without an end": (b"GET " + b"x" * 2 * HEAD_BYTES, "414"),
}


@pytest.mark.parametrize(("sent", "status"), HANDSHAKES.values(), ids=HANDSHAKES)
def test_a_handshake_that_is_none_is_turned_away(server: Server, sent: bytes, status: str) -> None:
    with BareSocket(server.member_url, sent) as bare:
        head = bare.head()
        # Whoever sends more than is read may see a reset before the answer.
        assert head.partition(" ")[2][:3] in (status, "")
        if len(sent) < 4096:
            assert head.partition(" ")[2][:3] == status
        if status != "101":
            assert bare.seconds_until_end() < 6


def test_frames_before_the_answer_to_the_handshake_end_it(server: Server) -> None:
    for early in (frame(TEXT, PING_REQUEST), frame(CLOSE), frame(PING), b"\xff\xff\xff\xff"):
        with BareSocket(server.member_url, handshake() + early) as bare:
            assert bare.head() == ""


def test_half_a_handshake_has_its_time(server: Server, caller: Caller) -> None:
    halves = [b"", b"G", handshake()[:-2]]
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(BareSocket(server.member_url, half)) for half in halves * 20]
        with Member(caller, "ann") as ann:
            assert ann.call("ping")
        for each in held:
            each.socket.settimeout(HANDSHAKE_SECONDS + 10)
        dripping = held[2]
        began = time.monotonic()
        with contextlib.suppress(OSError):
            while time.monotonic() - began < HANDSHAKE_SECONDS + 6:  # a byte now and then wins no time
                dripping.send(b"X")
                time.sleep(0.5)
        assert time.monotonic() - began < HANDSHAKE_SECONDS + 5
        for each in held:
            each.seconds_until_end()
        assert time.monotonic() - began < HANDSHAKE_SECONDS + 8


def told_and_closed(bare: BareSocket) -> tuple[int, int]:
    """The code of the last frame before the close, and that of the close itself."""
    told = b""
    while (found := bare.next())[0] != CLOSE:
        if found[0] == TEXT:
            told = found[1]
    return int(msgspec.json.decode(told)["data"]["code"]), int(struct.unpack("!H", found[1][:2])[0])


WRONG: dict[str, tuple[bytes, int]] = {
    "no mask": (frame(TEXT, PING_REQUEST, masked=False), 1007),
    "a reserved bit": (frame(TEXT, PING_REQUEST, reserved=4), 1007),
    "a reserved opcode": (frame(3, b"x"), 1007),
    "a reserved control opcode": (frame(11, b"x"), 1007),
    "half a ping": (frame(PING, b"x", fin=False), 1007),
    "a large ping": (frame(PING, bytes(126)), 1007),
    "a close of one byte": (frame(CLOSE, b"\x03"), 1007),
    "a close that nobody may send": (frame(CLOSE, b"\x03\xed"), 1007),
    "a close that is not utf-8": (frame(CLOSE, b"\x03\xe8\xff"), 1007),
    "the end of nothing": (frame(CONTINUED, b"x"), 1007),
    "a message within a message": (frame(TEXT, b"{", fin=False) + frame(TEXT, PING_REQUEST), 1007),
    "binary": (frame(BINARY, PING_REQUEST), 1007),
    "not utf-8": (frame(TEXT, b'{"id": 1, "method": "\xff"}'), 1007),
    "half a character in the end": (frame(TEXT, b"\xc3"), 1007),
    "too large": (frame(TEXT, b"x" * 65_537), 1009),
    "said to be too large": (struct.pack("!BBQ", 0x81, 0xFF, 2**62), 1009),
    "together too large": (frame(TEXT, b"x" * 40_000, fin=False) + frame(CONTINUED, b"x" * 40_000), 1009),
}


@pytest.mark.parametrize(("sent", "code"), WRONG.values(), ids=WRONG)
def test_a_frame_that_breaks_the_rules_is_told_and_closed(
    server: Server, caller: Caller, sent: bytes, code: int
) -> None:
    with BareSocket(server.member_url) as bare:
        bare.send(sent)
        assert told_and_closed(bare) == (code, code)
        assert bare.seconds_until_end() < 6
    until(lambda: connections(caller) == 0)


def test_a_request_may_come_in_pieces(server: Server) -> None:
    with BareSocket(server.member_url) as bare:
        pieces = [PING_REQUEST[place : place + 1] for place in range(len(PING_REQUEST))]
        content = frame(TEXT, pieces[0], fin=False) + frame(PING, b"between")
        content += b"".join(frame(CONTINUED, piece, fin=False) for piece in pieces[1:]) + frame(CONTINUED)
        for place in range(0, len(content), 7):
            bare.send(content[place : place + 7])
        assert bare.next() == (PONG, b"between")
        assert b"-1002" in bare.next()[1]  # ping wants a login


def test_characters_may_be_cut_by_fragments(server: Server) -> None:
    text = '{"id": "ü", "method": "ping"}'.encode()
    cut = text.index(b"\xc3") + 1
    with BareSocket(server.member_url) as bare:
        bare.send(frame(TEXT, text[:cut], fin=False) + frame(CONTINUED, text[cut:]))
        assert msgspec.json.decode(bare.next()[1])["id"] == "ü"


SMALL = {"pings": frame(PING, b"x"), "pongs": frame(PONG), "fragments": frame(CONTINUED, fin=False)}


@pytest.mark.parametrize("each", SMALL.values(), ids=SMALL)
def test_a_flood_of_what_is_no_message_is_closed(server: Server, each: bytes) -> None:
    with BareSocket(server.member_url) as bare:
        bare.send(frame(TEXT, b"{", fin=False))
        began = time.monotonic()
        bare.send(each * 600)
        assert told_and_closed(bare) == (1008, 1008)
        assert time.monotonic() - began < 5  # or it would be for the login that does not come


FLOODS = {"large pings": frame(PING, bytes(125)), "tiny pings": frame(PING), "requests": frame(TEXT, PING_REQUEST)}


@pytest.mark.parametrize("kind", FLOODS)
def test_a_flood_slows_nobody_else(server: Server, caller: Caller, kind: str) -> None:
    with contextlib.ExitStack() as stack:
        flooding = []
        for number in range(5):
            bare = stack.enter_context(BareSocket(server.member_url, receives=4096))
            bare.log_in(caller, f"flood-{number}")
            bare.socket.setblocking(False)
            flooding.append(bare)
        before = server.memory()
        ann = stack.enter_context(Member(caller, "ann"))
        taken: list[float] = []
        rounds = []
        for _ in range(30):
            sent = 0
            for bare in flooding:
                with contextlib.suppress(BlockingIOError, ConnectionError):
                    while True:
                        sent += bare.socket.send(FLOODS[kind] * 1000)
            began = time.monotonic()
            assert ann.call("ping")
            taken.append(time.monotonic() - began)
            rounds.append(sent)
            time.sleep(0.03)  # the rate of a member's own frames
        assert sorted(taken)[-4] < 1, taken  # this machine may have stood still for a moment
        assert server.memory() - before < 32 * 2**20
        assert sum(rounds[-15:]) < 2**20, rounds  # once every buffer on the way is full, it is not even read
    until(lambda: connections(caller) == 0)


def test_whoever_goes_away_leaves_nothing_behind(server: Server, caller: Caller) -> None:
    ways = [b"", handshake()[:50], handshake(), handshake() + frame(TEXT, b"{", fin=False), handshake() + b"\x81\xfe"]
    for number in range(100):
        with BareSocket(server.member_url, ways[number % len(ways)]) as bare:
            if number % 2:
                bare.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    until(lambda: connections(caller) == 0)
    with Member(caller, "ann") as ann:
        assert ann.call("ping")


def test_those_who_went_away_before_a_login_are_not_remembered(server: Server, caller: Caller) -> None:
    def come_and_go(times: int) -> None:
        for _ in range(times):
            with BareSocket(server.member_url) as bare:
                bare.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        until(lambda: connections(caller) == 0)

    come_and_go(500)
    before = server.memory()
    come_and_go(1500)
    assert server.memory() - before < 4 * 2**20


def test_whoever_does_not_answer_a_close_is_left(server: Server, caller: Caller) -> None:
    with BareSocket(server.member_url) as bare:
        bare.send(frame(TEXT, b"no json"))
        assert told_and_closed(bare) == (1007, 1007)
        assert bare.seconds_until_end() < 6
    until(lambda: connections(caller) == 0)
