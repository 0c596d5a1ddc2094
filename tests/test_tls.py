"""HTTPS: which protocols are spoken, the local CA and its certificates, certificates of the operator's own."""

import asyncio
import datetime as dt
import shutil
import socket
import ssl
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
)
from cryptography.x509.oid import NameOID
from websockets.asyncio.client import connect as connect_async
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection

from conclave import appointments
from conclave.clock import AdjustableClock
from conclave.transport import address, tls
from conclave.transport.server import Application, HttpServer, Listener
from tests import requirements
from tests.house import ROOMS
from tests.member import until
from tests.secure import connect
from tests.terminal import Serving, Terminal

DAY_S = 86_400
GET = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"
FILES = ("server.pem", "server.key", "ca.pem", "ca.key")


@pytest.fixture
def terminal(tmp_path: Path) -> Terminal:
    return Terminal(tmp_path)


@pytest.fixture(scope="module")
def serving(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serving]:
    with Terminal(tmp_path_factory.mktemp("tls")).serve() as serving:
        yield serving


def handshake(serving: Serving, context: ssl.SSLContext, name: str = "localhost") -> ssl.SSLSocket:
    """A TLS connection to a server, as whom it is called."""
    return context.wrap_socket(socket.create_connection(("127.0.0.1", serving.port), 10), server_hostname=name)


def served(serving: Serving) -> x509.Certificate:
    """The certificate that a server shows, whoever signed it."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    with handshake(serving, context) as connection:
        shown = connection.getpeercert(binary_form=True)
    assert shown is not None
    return x509.load_der_x509_certificate(shown)


def contents(terminal: Terminal) -> dict[str, bytes]:
    return {name: (terminal.data / "tls" / name).read_bytes() for name in FILES}


def days_left(certificate: x509.Certificate) -> int:
    return (certificate.not_valid_after_utc - dt.datetime.now(dt.UTC)).days


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3])
def test_tls_1_2_and_1_3_are_spoken(serving: Serving, version: ssl.TLSVersion) -> None:
    context = serving.trust()
    context.minimum_version = context.maximum_version = version
    with handshake(serving, context) as connection:
        assert connection.version() == version.name.replace("_", ".")
        connection.sendall(GET)
        assert connection.recv(1000).startswith(b"HTTP/1.1 200")


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion.TLSv1_1")
def test_older_tls_is_not_spoken(serving: Serving) -> None:
    context = serving.trust()
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.minimum_version = context.maximum_version = ssl.TLSVersion.TLSv1_1
    with pytest.raises(ssl.SSLError):
        handshake(serving, context)


def test_http_2_is_chosen_by_alpn(serving: Serving) -> None:
    context = serving.trust()
    with httpx.Client(base_url=serving.url, verify=context, http1=False, http2=True) as client:
        answers = [client.get("/healthz") for _ in range(3)]
        assert {answer.http_version for answer in answers} == {"HTTP/2"}
        assert client.post("/v4/no/command", content=b"{}").json()["ErrorCode"] == 60009


def test_http_1_1_is_kept_alive(serving: Serving) -> None:
    with handshake(serving, serving.trust()) as connection:
        for _ in range(3):
            connection.sendall(GET)
            answer = b""
            while not answer.endswith(b"ok\n"):
                answer += connection.recv(1000)


def test_plain_http_is_not_answered_on_a_tls_port(serving: Serving) -> None:
    with pytest.raises(httpx.TransportError):
        httpx.get(serving.url.replace("https", "http") + "/healthz")


@pytest.mark.parametrize("name", ["localhost", "127.0.0.1", "::1", socket.gethostname()])
def test_the_certificate_holds_this_machines_names(serving: Serving, name: str) -> None:
    with handshake(serving, serving.trust(), name):
        pass


def test_the_certificate_holds_no_other_name(serving: Serving) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(serving, serving.trust(), "example.com")


def test_the_ca_is_printed_and_is_all_that_a_client_needs(serving: Serving) -> None:
    printed = Terminal(serving.folder).ok("ca")
    context = ssl.create_default_context(cadata=printed)
    context.verify_flags |= ssl.VERIFY_X509_STRICT
    with handshake(serving, context):
        pass
    authority = x509.load_pem_x509_certificate(printed.encode())
    assert 3640 < days_left(authority) < 3660
    assert days_left(served(serving)) == 89


def test_the_authority_may_sign_servers_and_nothing_below_them(serving: Serving) -> None:
    authority = x509.load_pem_x509_certificate(Terminal(serving.folder).ok("ca").encode())
    assert authority.extensions.get_extension_for_class(x509.BasicConstraints).value == x509.BasicConstraints(True, 0)
    assert not served(serving).extensions.get_extension_for_class(x509.BasicConstraints).value.ca


def test_keys_are_the_owners_alone(serving: Serving) -> None:
    tls = serving.folder / "data" / "tls"
    assert stat.S_IMODE(tls.stat().st_mode) == 0o700
    assert {stat.S_IMODE((tls / name).stat().st_mode) for name in ("server.key", "ca.key")} == {0o600}
    assert {file.name for file in tls.iterdir()} == set(FILES)


def has_ipv6() -> bool:
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


@pytest.mark.skipif(not has_ipv6(), reason="this machine has no IPv6")
@pytest.mark.parametrize(("host", "reached"), [("::1", ["::1"]), ("::", ["::1", "127.0.0.1"])])
def test_ipv6_is_listened_on_when_asked_for(terminal: Terminal, host: str, reached: list[str]) -> None:
    with terminal.serve("--host", host) as serving:
        assert serving.url.startswith("https://[::1]:")
        for address in reached:
            with socket.create_connection((address, serving.port), 10) as connection:
                serving.trust().wrap_socket(connection, server_hostname=address).close()
        assert terminal.run("call", f"{ROOMS}/get_room_info", '{"RoomId": "r1"}').stdout.count("100004") == 1


def test_a_restart_keeps_the_certificate(terminal: Terminal) -> None:
    with terminal.serve():
        before = contents(terminal)
    with terminal.serve():
        assert contents(terminal) == before


def test_other_names_make_another_certificate_of_the_same_authority(terminal: Terminal) -> None:
    with terminal.serve():
        before = contents(terminal)
    with terminal.serve(CONCLAVE_TLS_NAMES="conclave.example,192.0.2.7") as serving:
        after = contents(terminal)
        for name in ("conclave.example", "192.0.2.7", "localhost"):
            with handshake(serving, serving.trust(), name):
                pass
    assert before["ca.pem"] == after["ca.pem"]
    assert before["server.pem"] != after["server.pem"]


@pytest.mark.parametrize(
    ("damage", "same_authority"),
    [
        ({"server.pem": None}, True),
        ({"server.key": None}, True),
        ({"server.pem": b"rubbish"}, True),
        ({"ca.pem": None}, False),
        ({"ca.key": b"rubbish", "server.key": b"rubbish"}, False),
    ],
)
def test_what_is_missing_or_damaged_is_made_again(
    terminal: Terminal, damage: dict[str, bytes | None], same_authority: bool
) -> None:
    with terminal.serve():
        before = contents(terminal)
    for name, content in damage.items():
        file = terminal.data / "tls" / name
        file.unlink() if content is None else file.write_bytes(content)
    with terminal.serve() as serving, handshake(serving, serving.trust()):
        assert (contents(terminal)["ca.pem"] == before["ca.pem"]) == same_authority


def test_the_key_of_the_authority_may_be_kept_elsewhere_until_it_is_needed(terminal: Terminal) -> None:
    with terminal.serve():
        before = contents(terminal)
    (terminal.data / "tls" / "ca.key").unlink()
    with terminal.serve() as serving, handshake(serving, serving.trust()):
        assert (terminal.data / "tls" / "server.pem").read_bytes() == before["server.pem"]


def move_clock(terminal: Terminal, days: float) -> None:
    terminal.call("conclave/set_clock", {"Advance": days * DAY_S}, "--expire", str(1000 * DAY_S))


def wait_for_another(serving: Serving, before: x509.Certificate) -> x509.Certificate:
    deadline = time.monotonic() + 10
    while (found := served(serving)) == before:
        assert time.monotonic() < deadline, serving.log
        time.sleep(0.02)
    return found


def test_a_certificate_near_its_end_is_renewed_while_the_server_runs(terminal: Terminal) -> None:
    with terminal.serve(CONCLAVE_INSECURE_TEST_CLOCK="true") as serving:
        first = served(serving)
        with httpx.Client(base_url=serving.url, verify=untrusting()) as kept:
            kept.get("/healthz")
            move_clock(terminal, 0.5)
            assert served(serving) == first
            move_clock(terminal, 60)
            renewed = wait_for_another(serving, first)
            assert kept.get("/healthz").text == "ok\n"
        assert renewed.issuer == first.issuer
        assert 148 <= days_left(renewed) <= 151
        until(lambda: '"renewed"' in serving.log)
        assert serving.stop() == 0


RENEW = """
import pathlib, sys, time
from conclave.transport import tls
tls.automatic(pathlib.Path(sys.argv[1]), ("localhost",), int(time.time()) + int(sys.argv[2]) * tls.DAY_S)
"""


def renewing(folder: Path, days: int, *wrapper: str) -> subprocess.CompletedProcess[str]:
    """Make the certificate of a folder anew where it is time to, so many days from now."""
    run = [*wrapper, sys.executable, "-c", RENEW, str(folder), str(days)]
    return subprocess.run(run, capture_output=True, text=True, timeout=60)


@pytest.mark.parametrize("days", [61, 3600], ids=["the certificate", "its authority, too"])
@pytest.mark.parametrize("size", [0, 100, 400], ids=["nothing", "half a key", "half a certificate"])
def test_a_certificate_that_does_not_fit_on_the_disk_leaves_the_former_one(
    tmp_path: Path, size: int, days: int
) -> None:
    assert renewing(tmp_path, 0).returncode == 0
    before = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert before.keys() == set(FILES)
    failed = renewing(tmp_path, days, requirements.program("prlimit"), f"--fsize={size}:")
    assert "File too large" in failed.stderr
    assert {file.name: file.read_bytes() for file in tmp_path.iterdir()} == before
    assert renewing(tmp_path, days).returncode == 0
    after = {file.name: file.read_bytes() for file in tmp_path.iterdir()}
    assert after.keys() == set(FILES)
    assert after["server.pem"] != before["server.pem"]


def read_to_the_end(connection: ClientConnection) -> None:
    while True:
        connection.recv(10)


def test_a_member_is_told_to_come_back_when_the_certificate_is_renewed(terminal: Terminal) -> None:
    with terminal.serve(CONCLAVE_INSECURE_TEST_CLOCK="true") as serving:
        first = served(serving)
        url = serving.url.replace("https", "wss") + "/v1/members"
        with connect(url, serving.trust()) as socket_before:
            move_clock(terminal, 0.01)  # a call, so that the connection is known to be served
            move_clock(terminal, 60)
            with pytest.raises(ConnectionClosed):
                read_to_the_end(socket_before)
        wait_for_another(serving, first)
        with connect(url, untrusting()) as socket_after:
            socket_after.send('{"id": 1, "method": "ping"}')
            assert '"id":1' in str(socket_after.recv(5)).replace(" ", "")


def test_a_websocket_never_outlives_the_listener_that_took_it(tmp_path: Path) -> None:
    """Granian forgets its WebSockets when it stops: without our help neither side would hear of the other again."""
    asyncio.run(hold_a_websocket_through_a_restart(tmp_path))


async def hold_a_websocket_through_a_restart(folder: Path) -> None:
    async def http(_scope: Any, protocol: Any) -> None:
        protocol.response_empty(200, [])

    async def echo(_scope: Any, protocol: Any) -> None:
        transport = await protocol.accept()
        while (message := await transport.receive()).kind:
            await transport.send_str(message.data)

    pair = tls.automatic(folder, ("localhost",), int(time.time()))
    bound = address.bind("127.0.0.1", 0)
    url = f"wss://127.0.0.1:{bound.getsockname()[1]}/"
    server = HttpServer(Listener("127.0.0.1", 0, pair.certificate, pair.key, 100, bound), Application(http, echo))
    server.start()
    try:
        async with connect_async(url, ssl=untrusting(), ping_interval=None) as held:
            await held.send("before")
            assert await held.recv() == "before"
            await server.restart(pair.certificate, pair.key, 5)
            async with asyncio.timeout(5):
                with pytest.raises(ConnectionClosed):
                    await held.recv()
        async with connect_async(url, ssl=untrusting()) as again:
            await again.send("after")
            assert await again.recv() == "after"
    finally:
        await server.stop(5)


def untrusting() -> ssl.SSLContext:
    """A context for a server whose clock was moved: its certificate begins in our future."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def test_no_request_is_refused_while_the_certificate_is_renewed(terminal: Terminal) -> None:
    with terminal.serve(CONCLAVE_INSECURE_TEST_CLOCK="true") as serving:
        first = served(serving)
        move_clock(terminal, 61)
        answered = 0
        while served(serving) == first or answered < 20:
            assert httpx.get(f"{serving.url}/healthz", verify=untrusting()).text == "ok\n"
            answered += 1


# Certificates of the operator's own.


def make_own(folder: Path, key: Any, encryption: KeySerializationEncryption, name: str = "own.example") -> str:
    """Write a self-signed certificate; return CERT:KEY."""
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + dt.timedelta(days=9))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(name)]), critical=False)
        .sign(key, None if isinstance(key, ed25519.Ed25519PrivateKey) else SHA256())
    )
    (folder / "own.pem").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "own.key").write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption))
    return "own.pem:own.key"


@pytest.mark.parametrize(
    "key",
    [
        pytest.param(lambda: rsa.generate_private_key(65537, 2048), id="RSA"),
        pytest.param(lambda: ec.generate_private_key(ec.SECP384R1()), id="P-384"),
        pytest.param(ed25519.Ed25519PrivateKey.generate, id="Ed25519"),
    ],
)
def test_an_own_certificate_is_served(terminal: Terminal, key: Any) -> None:
    pair = make_own(terminal.folder, key(), NoEncryption())
    with terminal.serve("--tls", pair) as serving:
        assert served(serving) == x509.load_pem_x509_certificate((terminal.folder / "own.pem").read_bytes())
        assert not (terminal.data / "tls").exists()


def test_an_own_certificate_that_was_replaced_is_taken_up_within_a_day(terminal: Terminal) -> None:
    pair = make_own(terminal.folder, ec.generate_private_key(ec.SECP256R1()), NoEncryption(), "localhost")
    with terminal.serve("--tls", pair, CONCLAVE_INSECURE_TEST_CLOCK="true") as serving:
        first = served(serving)
        shutil.copy(terminal.folder / "own.pem", terminal.folder / "trusted.pem")
        make_own(terminal.folder, ec.generate_private_key(ec.SECP256R1()), NoEncryption(), "localhost")
        url = serving.url.replace("127.0.0.1", "localhost")
        terminal.call("conclave/set_clock", {"Advance": DAY_S}, "--url", url, "--cacert", "trusted.pem")
        found = wait_for_another(serving, first)
        assert found == x509.load_pem_x509_certificate((terminal.folder / "own.pem").read_bytes())


def test_a_certificate_that_fails_while_it_is_taken_up_is_tried_again_in_a_minute(tmp_path: Path) -> None:
    make_own(tmp_path, ec.generate_private_key(ec.SECP256R1()), NoEncryption(), "localhost")
    files = tmp_path / "own.pem", tmp_path / "own.key"
    first = tls.own(*files)
    make_own(tmp_path, ec.generate_private_key(ec.SECP256R1()), NoEncryption(), "localhost")
    other, key = tls.own(*files), files[1].read_bytes()
    attempts: list[tls.Certificate] = []

    async def take_up(found: tls.Certificate) -> None:
        attempts.append(found)
        tls.server_context(found.certificate, found.key)

    async def main() -> None:
        clock = AdjustableClock()
        files[1].write_bytes(b"half a key")
        renewing = asyncio.ensure_future(appointments.renew_certificate(clock, first, lambda: other, take_up))
        for step_s, least in ((DAY_S, 1), (60, 2)):
            for _ in range(100):  # the loop begins to sleep when it comes to it
                if len(attempts) < least:
                    await asyncio.sleep(0.001)
                    clock.advance(step_s)
                    await asyncio.sleep(0.001)
            files[1].write_bytes(key)
        assert not renewing.done()
        renewing.cancel()

    asyncio.run(main())
    assert attempts == [other, other]


@pytest.mark.parametrize(
    ("pair", "said"),
    [
        ("none.pem:none.key", "none.pem cannot be read"),
        ("own.pem:none.key", "none.key cannot be read"),
        ("own.pem:own.pem", "are no certificate with its key"),
        ("other.pem:own.key", "are no certificate with its key"),
        ("rubbish:own.key", "are no certificate with its key"),
        (".:own.key", ". cannot be read"),
    ],
)
def test_an_own_certificate_that_cannot_be_used_ends_the_start(terminal: Terminal, pair: str, said: str) -> None:
    make_own(terminal.folder, ec.generate_private_key(ec.SECP256R1()), NoEncryption())
    shutil.copy(terminal.folder / "own.pem", terminal.folder / "other.pem")
    shutil.copy(terminal.folder / "own.key", terminal.folder / "spare.key")
    make_own(terminal.folder, ec.generate_private_key(ec.SECP256R1()), NoEncryption())
    terminal.write("rubbish", "rubbish")
    assert said in terminal.refused(1, "serve", "--port", "0", "--tls", pair)
    assert not (terminal.data / "conclave.db").exists()


def test_a_key_with_a_password_is_refused_and_nobody_is_asked(terminal: Terminal) -> None:
    pair = make_own(terminal.folder, ec.generate_private_key(ec.SECP256R1()), BestAvailableEncryption(b"secret"))
    assert "without a password" in terminal.refused(1, "serve", "--port", "0", "--tls", pair)


def test_a_key_that_cannot_be_served_is_refused(terminal: Terminal) -> None:
    pair = make_own(terminal.folder, ec.generate_private_key(ec.SECP521R1()), NoEncryption())
    assert "P-256 or P-384" in terminal.refused(1, "serve", "--port", "0", "--tls", pair)


def test_a_name_that_no_certificate_can_hold_is_refused(terminal: Terminal) -> None:
    assert "tls_names" in terminal.refused(1, "serve", "--port", "0", CONCLAVE_TLS_NAMES="näme.example")
