"""Where callbacks go and what an answer can do: addresses, certificates, hostile and endless answers."""

import asyncio
import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from conclave.callbacks import addresses
from tests import backend as to
from tests.backend import Backend
from tests.house import Caller, Server
from tests.receiver import Receiver
from tests.standstill import Still, outcome, stand_still, until_recorded

NEVER = [
    "169.254.169.254",
    "169.254.0.1",
    "[fe80::1]",
    "[fd00:ec2::254]",
    "[fd20:ce::254]",
    "100.100.100.200",
    "192.0.0.192",
    "168.63.129.16",
    "[::169.254.169.254]",
    "[::ffff:169.254.169.254]",
    "[::ffff:a9fe:a9fe]",
    "[64:ff9b::169.254.169.254]",
    "[2002:a9fe:a9fe::1]",
    "2852039166",
    "0xa9fea9fe",
    "0251.0376.0251.0376",
    "169.16689662",
    "0.0.0.0",
    "0",
    "[::]",
    "224.0.0.1",
    "[ff02::1]",
    "255.255.255.255",
    "240.0.0.1",
]
PRIVATE = ["127.0.0.1", "127.1.2.3", "localhost", "[::1]", "[::ffff:127.0.0.1]", "10.0.0.1", "172.16.0.1"]
PRIVATE += ["192.168.1.1", "100.64.0.1", "[fd00::1]", "[::ffff:10.0.0.1]", "[64:ff9b::10.0.0.1]", "192.0.2.1"]
EVIL = "EVIL\x1b[31m\x07"


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory, receiver: Receiver) -> Iterator[Still]:
    folder = tmp_path_factory.mktemp("still")
    with stand_still(folder, receiver, 70) as still:
        yield still


@pytest.mark.parametrize("host", NEVER)
def test_such_an_address_is_never_called(still: Still, host: str) -> None:
    backend = still.backend(to.CREATE)
    found = outcome(backend, f"http://{host}:{backend.receiver.port}{backend.path}")
    assert '"outcome":"failed"' in found
    assert re.search("never called|is no address of a receiver|names no host", found)
    assert backend.got() == []


def test_names_and_addresses_of_this_machine_are_called_by_default(still: Still) -> None:
    backend = still.backend(to.CREATE)
    for host in ("localhost", "127.0.0.1", "[::ffff:127.0.0.1]"):
        url = f"http://{host}:{backend.receiver.port}{backend.path}"
        backend.listen(to.CREATE, command="update_callback", url=url)
        backend.caller.create_room(host)
        backend.until_quiet()
    assert len(backend.got(3)) == 3


@pytest.mark.parametrize("address", [host.strip("[]") for host in PRIVATE if "." in host or ":" in host])
def test_private_addresses_are_refused_by_one_setting(address: str) -> None:
    addresses.check(address, allow_private=True)
    with pytest.raises(addresses.AddressRefused, match="callback_private_networks is false"):
        addresses.check(address, allow_private=False)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8"])
def test_public_addresses_may_be_called(address: str) -> None:
    addresses.check(address, allow_private=False)


def test_a_server_without_private_networks_connects_to_none(tmp_path: Path, receiver: Receiver) -> None:
    with stand_still(tmp_path, receiver, len(PRIVATE), callback_private_networks=False) as still:
        for host in PRIVATE:
            backend = still.backend(to.CREATE)
            found = outcome(backend, f"http://{host}:{receiver.port}{backend.path}")
            assert "callback_private_networks is false" in found, host
            assert backend.got() == []


class _Lying(AbstractResolver):
    """A resolver that answers otherwise than when it was asked first: DNS rebinding."""

    def __init__(self, address: str) -> None:
        self._address = address

    async def resolve(self, host: str, port: int = 0, family: Any = 0) -> list[ResolveResult]:
        return [
            {"hostname": host, "host": self._address, "port": port, "family": 2, "proto": 6, "flags": 0},
        ]

    async def close(self) -> None:
        pass


async def _connect(address: str, allow_private: bool, port: int) -> None:
    connector = aiohttp.TCPConnector(resolver=_Lying(address), socket_factory=addresses.checked_socket(allow_private))
    async with aiohttp.ClientSession(connector=connector) as session:
        await session.get(f"http://receiver.test:{port}/")


@pytest.mark.parametrize(("address", "allow_private"), [("169.254.169.254", True), ("127.0.0.1", False)])
def test_the_address_is_looked_at_again_when_the_connection_is_made(
    receiver: Receiver, address: str, allow_private: bool
) -> None:
    with pytest.raises(aiohttp.ClientConnectorError) as refused:
        asyncio.run(_connect(address, allow_private, receiver.port))
    assert isinstance(refused.value.os_error, addresses.AddressRefused)


def test_a_name_is_refused_for_any_of_its_addresses() -> None:
    async def resolve(name: str) -> None:
        resolver = addresses.CheckedResolver(True)
        await resolver.resolve("localhost")
        await resolver.resolve(name)

    with pytest.raises(addresses.AddressRefused):
        asyncio.run(resolve("169.16689662"))


HOSTILE: list[dict[str, Any]] = [
    {"do": "answer", "status": 404, "text": EVIL * 1000},
    {"do": "answer", "status": 500, "headers": {"Retry-After": "EVIL", "X-Evil": "EVIL"}, "text": EVIL},
    {"do": "answer", "text": '{"ErrorInfo":"EVIL', "headers": {"Content-Type": "text/EVIL"}},
    {"do": "raw", "text": f"HTTP/1.1 500 {EVIL}\r\nContent-Length: 0\r\n\r\n"},
    {"do": "raw", "text": f"{EVIL} 200 OK\r\n\r\n"},
    {"do": "raw", "text": f"HTTP/1.1 200 OK\r\n{EVIL}: {EVIL}\r\n\r\n"},
    {"do": "raw", "text": "HTTP/1.1 200 OK\r\nContent-Length: EVIL\r\n\r\n"},
    {"do": "raw", "text": "HTTP/1.1 200 OK\r\nTransfer-Encoding: EVIL\r\n\r\nEVIL"},
    {"do": "raw", "text": "HTTP/1.1 99999 EVIL\r\n\r\n"},
    {"do": "raw", "text": "HTTP/1.1 301 Moved\r\nLocation: http://EVIL\r\nContent-Length: 0\r\n\r\n"},
    {"do": "raw", "text": "HTTP/1.1 101 EVIL\r\nUpgrade: EVIL\r\n\r\nEVIL"},
    {"do": "raw", "text": "HTTP/1.1 100 EVIL\r\n\r\n" * 10_000},
    {"do": "raw", "text": "\x00" * 100},
]


def test_nothing_of_an_answer_reaches_the_log_or_the_database(still: Still) -> None:
    backends = []
    for hostile in HOSTILE:
        backend = still.backend(to.CREATE)
        backend.rule(**hostile)
        backend.caller.create_room()
        backends.append(backend)
    for backend, hostile in zip(backends, HOSTILE, strict=True):
        until_recorded(backend, 1)
        written = f"{backend.rows()} {backend.endpoint()}"
        assert '"outcome":"delivered"' not in written, hostile
        assert "EVIL" not in written
        assert "\\x1b" not in written
        assert "it could not be sent" not in written, hostile  # a fault of ours
    assert "EVIL" not in still.log
    assert "\x1b" not in still.log
    assert "Traceback" not in still.log


def peak(still: Still) -> int:
    """The most memory that the server ever had, in bytes."""
    assert still.server.process is not None
    status = Path(f"/proc/{still.server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def test_an_endless_answer_is_read_up_to_a_limit(still: Still) -> None:
    backend = still.backend(to.CREATE)
    backend.rule("endless")
    before, written = peak(still), backend.receiver.written()
    for n in range(16):
        backend.caller.create_room(f"room-{n}")
    for n in range(16):
        until_recorded(backend, 1, f"room-{n}")
    assert {row["refusals"] for row in backend.rows()} == {1}
    assert backend.receiver.written() - written < 16 * 16 * 2**20  # what fits into the machine's own buffers
    assert peak(still) - before < 64 * 2**20


def test_a_compressed_answer_is_not_unpacked(still: Still) -> None:
    backend = still.backend(to.CREATE)
    for size in (10, 40_000_000):
        bomb = gzip.compress(b'{"a":"' + b"x" * size + b'"}')
        assert len(bomb) < 60_000
        times = None if size == 10 else 8
        backend.rule("answer", hex=bomb.hex(), headers={"Content-Encoding": "gzip"}, times=times)
    before = peak(still)
    for n in range(16):
        backend.caller.create_room(f"room-{n}")
    for n in range(16):
        until_recorded(backend, 1, f"room-{n}")
    assert {row["refusals"] for row in backend.rows()} == {1}
    assert peak(still) - before < 64 * 2**20
    assert {each.headers["accept-encoding"] for each in backend.got()} == {"identity"}


def test_cookies_are_not_kept(still: Still) -> None:
    backend = still.backend(to.CREATE)
    backend.rule("answer", headers={"Set-Cookie": "who=me; Path=/"})
    for n in range(2):
        backend.caller.create_room(f"room-{n}")
        backend.got(n + 1)
    assert not [each for each in backend.got() if "cookie" in each.headers]


def test_a_proxy_of_the_environment_is_not_used(tmp_path: Path, receiver: Receiver) -> None:
    server = Server(tmp_path)
    server.start(http_proxy="http://127.0.0.1:1", HTTP_PROXY="http://127.0.0.1:1", ALL_PROXY="http://127.0.0.1:1")
    with_proxy = Backend(server, Caller(server.url), receiver)
    try:
        with_proxy.listen(to.CREATE)
        with_proxy.caller.create_room()
        with_proxy.got(1)
    finally:
        server.kill()
