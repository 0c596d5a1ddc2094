"""Where a call comes from: source networks, and the proxies that are believed [G21]."""

import contextlib
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import msgspec
import pytest

from conclave.transport.http import client_ip
from tests import raw
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server, key_of

QUESTION = f"{ROOMS}/get_room_info"
BODY = b'{"RoomId":"nowhere"}'

NETWORKS: dict[str, list[str]] = {
    "all": [],
    "loopback": ["127.0.0.0/8"],
    "one address": ["127.0.0.1"],
    "elsewhere": ["192.0.2.0/24", "2001:db8::/32"],
    "sloppy": ["192.0.2.77/24"],
}


@pytest.fixture(scope="module")
def networked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, bool], Caller]]:
    """Callers by the name of their networks, at a server with or without trusted proxies."""
    table = [
        {"sdkappid": sdkappid, "key": key_of(sdkappid), "networks": networks}
        for sdkappid, networks in enumerate(NETWORKS.values(), FIRST_SDKAPPID)
    ]
    environment = {"CONCLAVE_APPLICATIONS": msgspec.json.encode(table).decode()}
    with contextlib.ExitStack() as stack:
        servers = []
        for proxies in ([], ["127.0.0.0/8", "198.51.100.0/24"]):
            server = Server(tmp_path_factory.mktemp("net"), trusted_proxies=proxies).start(**environment)
            stack.callback(server.__exit__)
            servers.append(server)
        yield lambda name, behind: Caller(servers[behind].url, FIRST_SDKAPPID + list(NETWORKS).index(name))


def ask_from(caller: Caller, *forwarded: str) -> int:
    headers = [("X-Forwarded-For", each) for each in forwarded]
    return raw.ask(caller.url, raw.request(raw.target(caller, QUESTION), BODY, headers)).code


Networked = Callable[[str, bool], Caller]


@pytest.mark.parametrize(
    ("networks", "code"),
    [("all", 100004), ("loopback", 100004), ("one address", 100004), ("elsewhere", 60021), ("sloppy", 60021)],
)
def test_calls_from_other_networks_are_refused(networked: Networked, networks: str, code: int) -> None:
    assert ask_from(networked(networks, False)) == code


@pytest.mark.parametrize("networks", NETWORKS)
def test_nobody_is_believed_where_no_proxy_is_trusted(networked: Networked, networks: str) -> None:
    caller = networked(networks, False)
    without = ask_from(caller)
    assert ask_from(caller, "192.0.2.7") == ask_from(caller, "127.0.0.1", "10.0.0.1") == without


@pytest.mark.parametrize(
    ("forwarded", "allowed"),
    [
        ((), False),
        (("192.0.2.7",), True),
        (("192.0.3.7",), False),
        (("2001:db8::1",), True),
        (("::ffff:192.0.2.7",), True),
        (("10.0.0.1, 192.0.2.7",), True),
        (("192.0.2.7, 10.0.0.1",), False),
        (("192.0.2.7, 198.51.100.9",), True),
        (("192.0.2.7, 198.51.100.9, 127.0.0.1",), True),
        (("192.0.2.7,198.51.100.9 , ,127.0.0.1,",), True),
        (("10.0.0.1, 192.0.2.7, 198.51.100.9",), True),
        (("192.0.2.7", "10.0.0.1"), False),
        (("10.0.0.1", "192.0.2.7"), True),
        (("192.0.2.7", "198.51.100.9"), True),
        (("unknown",), False),
        (("192.0.2.7, unknown",), False),
        (("192.0.2.7, 10.0.0.1;drop",), False),
        ((" 192.0.2.7 ",), True),
        (("",), False),
        ((",,,",), False),
        (("192.0.2.999",), False),
        (("x" * 5000,), False),
    ],
    ids=lambda value: str(value)[:60],
)
def test_the_last_hop_that_no_trusted_proxy_is_counts(
    networked: Networked, forwarded: tuple[str, ...], allowed: bool
) -> None:
    assert ask_from(networked("elsewhere", True), *forwarded) == (100004 if allowed else 60021)


@pytest.mark.parametrize(
    ("client", "address"),
    [
        ("192.0.2.7:4711", "192.0.2.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("[::1]:4711", "::1"),
        ("[::ffff:192.0.2.7]:4711", "192.0.2.7"),
    ],
)
def test_an_ipv4_address_is_one_also_where_the_server_listens_on_ipv6(client: str, address: str) -> None:
    assert client_ip(SimpleNamespace(client=client), ()) == address


def test_the_sentence_names_the_address_that_was_refused(networked: Networked) -> None:
    caller = networked("elsewhere", True)
    headers = [("X-Forwarded-For", "203.0.113.5")]
    answer = raw.ask(caller.url, raw.request(raw.target(caller, QUESTION), BODY, headers))
    assert "203.0.113.5" in answer.envelope["ErrorInfo"]


@pytest.mark.parametrize(
    ("forwarded", "status"), [((), 200), (("203.0.113.5",), 403), (("203.0.113.5, 127.0.0.1",), 403)]
)
def test_metrics_answer_loopback_only(networked: Networked, forwarded: tuple[str, ...], status: int) -> None:
    url = networked("all", True).url
    headers = [("X-Forwarded-For", each) for each in forwarded]
    assert raw.ask(url, raw.request("/metrics", headers=headers, method="GET")).status == status
