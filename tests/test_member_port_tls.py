"""The members' own port over TLS: the same certificate as the main port's, and a new one that ends nobody."""

import asyncio
import contextlib
import shutil
import socket
import ssl
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from bench.ports import free_port
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from conclave.transport.member_socket import HANDSHAKE_SECONDS
from tests.certificates import Authority
from tests.house import FIRST_SDKAPPID, Caller, key_of
from tests.member import until
from tests.secure import connect
from tests.terminal import Serving, Terminal

DAY_S = 86_400
PING = '{"id": 1, "method": "ping"}'


class Place:
    """A server with its certificate, and its members' port."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.terminal = Terminal(folder)
        self.port = free_port()
        self.environment = {"CONCLAVE_MEMBER_PORT": str(self.port), **environment}
        self.url = f"wss://localhost:{self.port}/v1/members"

    def serve(self) -> Serving:
        return self.terminal.serve(**self.environment)

    def shown(self, port: int) -> bytes:
        """The certificate that is shown at a port."""
        with socket.create_connection(("127.0.0.1", port), 10) as plain, untrusting().wrap_socket(plain) as secret:
            found = secret.getpeercert(binary_form=True)
            assert found
            return found


def untrusting() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Place:
    return Place(tmp_path_factory.mktemp("tls"))


@pytest.fixture(scope="module")
def serving(place: Place) -> Iterator[Serving]:
    with place.serve() as serving:
        yield serving
        assert serving.stop() == 0
        assert "Traceback" not in serving.log


def is_served(place: Place, serving: Serving) -> bool:
    with connect(place.url, serving.trust()) as member:
        member.send(PING)
        return "-1002" in str(member.recv(5))


def test_the_certificate_is_the_main_ports(place: Place, serving: Serving) -> None:
    assert f"wss://127.0.0.1:{place.port}/v1/members" in serving.greeting
    assert is_served(place, serving)
    assert place.shown(place.port) == place.shown(serving.port)


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(place: Place, serving: Serving, version: ssl.TLSVersion) -> None:
    context = serving.trust()
    context.minimum_version = context.maximum_version = version

    async def ask() -> str | bytes:
        async with connect_async(place.url, ssl=context) as member:
            await member.send(PING)
            return await member.recv()

    assert "-1002" in str(asyncio.run(asyncio.wait_for(ask(), 5)))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_older_tls_is_not_spoken(place: Place, serving: Serving) -> None:
    context = serving.trust()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with socket.create_connection(("127.0.0.1", place.port), 10) as plain, pytest.raises(ssl.SSLError):
        context.wrap_socket(plain, server_hostname="localhost")


@pytest.mark.parametrize(
    "sent", [b"GET /v1/members HTTP/1.1\r\n\r\n", bytes(range(256)) * 100, b"\x16\x03\x01\xff\xff"]
)
def test_what_is_no_tls_disturbs_nobody(place: Place, serving: Serving, sent: bytes) -> None:
    with socket.create_connection(("127.0.0.1", place.port), 10) as plain:
        plain.sendall(sent)
        assert is_served(place, serving)


def test_a_large_frame_is_told_and_closed(place: Place, serving: Serving) -> None:
    with connect(place.url, serving.trust()) as member:
        member.send("x" * 2**21)
        assert '"code":1009' in str(member.recv(5))
        with contextlib.suppress(Exception):
            member.recv(5)
        assert member.close_code == 1009


def test_half_a_handshake_of_tls_has_its_time(place: Place, serving: Serving) -> None:
    with contextlib.ExitStack() as stack:
        held = [stack.enter_context(socket.create_connection(("127.0.0.1", place.port), 20)) for _ in range(50)]
        for each in held[::2]:
            each.sendall(b"\x16\x03\x01\x02\x00\x01")
        assert is_served(place, serving)
        began = time.monotonic()
        for each in held:
            with contextlib.suppress(ConnectionResetError):
                assert each.recv(100) == b""
        assert HANDSHAKE_SECONDS - 3 < time.monotonic() - began < HANDSHAKE_SECONDS + 3


def test_half_a_handshake_of_tls_does_not_hold_the_server(tmp_path: Path) -> None:
    place = Place(tmp_path)
    with place.serve() as serving, contextlib.ExitStack() as stack:
        for _ in range(5):
            stack.enter_context(socket.create_connection(("127.0.0.1", place.port), 20)).sendall(b"\x16\x03\x01")
        with connect(place.url, serving.trust()) as member:
            serving.process.terminate()
            assert '"code":1001' in str(member.recv(5))
            with contextlib.suppress(Exception):
                member.recv(5)
            assert member.close_code == 1001
        assert serving.process.wait(10) == 0
        assert "Traceback" not in serving.log


def lay_down(authority: Authority, folder: Path) -> None:
    """Put a fresh certificate where the server reads its own."""
    for what, file in authority.issue("localhost", "127.0.0.1").items():
        shutil.copy(file, folder / f"own.{what}")


def logged_in(url: str, caller: Caller, context: ssl.SSLContext) -> ClientConnection:
    """A member who is logged in."""
    member = connect(url, context, legacy=True)
    login = {"sdkAppId": caller.sdkappid, "userId": "ann", "userSig": caller.token("ann")}
    member.send(msgspec.json.encode({"id": 1, "method": "login", "params": login}).decode())
    assert '"result"' in str(member.recv(5))
    return member


def read_to_the_end(member: ClientConnection) -> None:
    while True:
        member.recv(10)


def test_a_new_certificate_is_taken_up_and_ends_nobody(tmp_path: Path) -> None:
    applications = [{"sdkappid": FIRST_SDKAPPID, "key": key_of(FIRST_SDKAPPID)}]
    place = Place(
        tmp_path,
        CONCLAVE_APPLICATIONS=msgspec.json.encode(applications).decode(),
        CONCLAVE_INSECURE_TEST_CLOCK="true",
        CONCLAVE_HEARTBEAT_SILENCE="3600",
        CONCLAVE_HEARTBEAT_GRACE=str(DAY_S),
    )
    authority = Authority(tmp_path, "authority")
    lay_down(authority, tmp_path)
    context = ssl.create_default_context(cafile=authority.file)
    with place.terminal.serve("--tls", "own.certificate:own.key", **place.environment) as serving:
        caller = Caller(serving.url, FIRST_SDKAPPID)
        before = place.shown(place.port)
        main_url = f"wss://localhost:{serving.port}/v1/members"
        with logged_in(place.url, caller, context) as stays, logged_in(main_url, caller, context) as goes:
            lay_down(authority, tmp_path)
            there = ("--url", f"https://localhost:{serving.port}", "--cacert", str(authority.file))
            place.terminal.call("conclave/set_clock", {"Advance": DAY_S}, *there)
            with pytest.raises(ConnectionClosed):
                read_to_the_end(goes)
            until(lambda: place.shown(place.port) != before)
            until(lambda: place.shown(serving.port) == place.shown(place.port))
            stays.send(PING)
            assert '"result"' in str(stays.recv(5))
            with logged_in(place.url, caller, context):
                pass
