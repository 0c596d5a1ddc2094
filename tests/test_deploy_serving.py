"""``conclave serve`` with the environment that compose or the units give a node, behind HAProxy with its file."""

import random
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest
from bench.ports import free_port

from conclave.api import usersig
from tests import database, deployment
from tests.balancer import CONTAINERS, UNITS, Balancer
from tests.deployment import DEPLOY
from tests.house import ROOMS, key_of
from tests.member import until
from tests.secure import connect
from tests.terminal import Serving

SDKAPPID, ELSEWHERE = 1_400_000_001, 1_400_000_002
NEAR = "127.0.0.2"
NODES = {
    CONTAINERS: {"node-1": ("8443", "8444"), "node-2": ("8443", "8444")},
    UNITS: {"node-8443": ("8443", "18443"), "node-8444": ("8444", "18444")},
}
TRUSTED = ("127.0.0.1/32",)
APPLICATIONS = [
    {"sdkappid": SDKAPPID, "key": key_of(SDKAPPID)},
    {"sdkappid": ELSEWHERE, "key": key_of(ELSEWHERE), "networks": [f"{NEAR}/32"]},
]


def environment(data: Path, port: int, member_port: int) -> dict[str, str]:
    """Return the environment of compose's node-1, but for what has another name here: ports, database, Redis."""
    variables = deployment.SECRETS | {"CONCLAVE_APPLICATIONS": msgspec.json.encode(APPLICATIONS).decode()}
    found: dict[str, str] = deployment.image_environment()
    found |= deployment.compose(variables)["services"]["node-1"]["environment"]
    of_machines = ("CONCLAVE_DATABASE", "CONCLAVE_REDIS")
    kept = {name: value for name, value in found.items() if name not in of_machines and name != "PATH"}
    here = {
        "CONCLAVE_PORT": str(port),
        "CONCLAVE_MEMBER_PORT": str(member_port),
        "CONCLAVE_DATA": str(data),
        "CONCLAVE_TRUSTED_PROXIES": TRUSTED[0],
    }
    assert here.keys() <= kept.keys()
    return kept | here | database.environment(data)


def of_unit(folder: Path, instance: str) -> dict[str, str]:
    """Return the environment of an instance of the systemd template, with its settings file and its folder here."""
    file = folder / "conclave.toml"
    lines = [f"[server]\ntrusted_proxies = {list(TRUSTED)}\n"]
    for application in APPLICATIONS:
        lines += ["[[applications]]\n", *(f"{name} = {value!r}\n" for name, value in application.items())]
    file.write_text("".join(lines))
    found = deployment.unit_environment("conclave@.service", instance)
    here = {"CONCLAVE_CONFIG": str(file), "CONCLAVE_DATA": str(folder / instance)}
    assert here.keys() <= found.keys()
    return found | here | database.environment(folder / instance)


def free_instance() -> str:
    """Return a port of four digits that is free, as is the one with a 1 before it."""
    for port in random.sample(range(2000, 8000), 1000):
        with socket.socket() as calls, socket.socket() as members:
            try:
                calls.bind(("127.0.0.1", port))
                members.bind(("127.0.0.1", int(f"1{port}")))
            except OSError:
                continue
            return str(port)
    raise AssertionError("no pair of ports is free")


@pytest.fixture(params=[CONTAINERS, UNITS])
def file(request: pytest.FixtureRequest) -> str:
    """The file of HAProxy, which tells of which kind the node is."""
    return str(request.param)


@pytest.fixture
def ports(file: str) -> tuple[int, int]:
    """Where the node listens, and where it listens for members."""
    if file == UNITS:
        port = int(free_instance())
        return port, int(f"1{port}")
    return free_port(), free_port()


@pytest.fixture
def node(tmp_path: Path, file: str, ports: tuple[int, int]) -> Iterator[Serving]:
    """A node that serves."""
    given = of_unit(tmp_path, str(ports[0])) if file == UNITS else environment(tmp_path / "data", *ports)
    with Serving(tmp_path, (), given) as serving:
        yield serving


@pytest.fixture
def balancer(tmp_path: Path, file: str, node: Serving, ports: tuple[int, int]) -> Iterator[Balancer]:
    """HAProxy before the node; the second node is away."""
    away = free_port()
    (first, own), (second, others) = NODES[file].items()
    nodes = {first: dict(zip(own, ports, strict=True)), second: dict.fromkeys(others, away)}
    with Balancer(tmp_path, nodes, file) as made:
        yield made


def token(sdkappid: int, identifier: str = "administrator") -> str:
    return usersig.make(sdkappid, key_of(sdkappid), identifier, now=1_800_000_000 - 10**8, expire=3_000_000_000)


def code(client: httpx.Client, command: str, body: dict[str, Any], sdkappid: int = SDKAPPID, **headers: str) -> int:
    query = {
        "sdkappid": str(sdkappid),
        "identifier": "administrator",
        "usersig": token(sdkappid),
        "random": "1",
        "contenttype": "json",
    }
    answer = client.post(f"/v4/{command}", params=query, json=body, headers=headers)
    return int(answer.json()["ErrorCode"])


def test_haproxy_understands_its_file(tmp_path: Path, file: str) -> None:
    nodes = {name: dict.fromkeys(ports, 1) for name, ports in NODES[file].items()}
    assert Balancer(tmp_path, nodes, file).check() == ""


def healthy(path: str, data: Path) -> bool:
    """Ask for the health of the server of a data folder as the image does."""
    command = [sys.executable, str(DEPLOY / "healthcheck.py"), path]
    return subprocess.run(command, env={"CONCLAVE_DATA": str(data)}, capture_output=True, check=False).returncode == 0


def test_a_node_serves_and_its_health_is_asked_as_the_image_does(node: Serving, tmp_path: Path) -> None:
    data = Path(node.environment["CONCLAVE_DATA"])
    assert healthy("/healthz", data)
    assert healthy("/readyz", data)
    assert not healthy("/v1/members", data)
    assert not healthy("/healthz", tmp_path / "elsewhere")
    assert "key" not in node.greeting  # the applications are the operator's; none is made
    owner = (data / "owner.json").read_bytes()
    assert node.stop() == 0
    assert not healthy("/healthz", data)
    for left in (owner, b'{"pid":1,"url":""}'):  # by one that was killed, or that is starting
        (data / "owner.json").write_bytes(left)
        assert not healthy("/healthz", data)


def test_the_health_of_a_node_without_tls_is_asked_in_the_clear(tmp_path: Path) -> None:
    file, data = tmp_path / "conclave.toml", tmp_path / "data"
    file.write_text(f"[server]\ntls = 'off'\nport = {free_port()}\n")
    given = {"CONCLAVE_CONFIG": str(file), "CONCLAVE_DATA": str(data)} | database.environment(data)
    with Serving(tmp_path, (), given) as serving:
        assert serving.url.startswith("http:")
        assert healthy("/healthz", data)


def test_calls_go_through_and_tell_where_they_come_from(balancer: Balancer) -> None:
    info = {"RoomInfo": {"RoomId": "r1", "RoomType": "Conference"}}
    with balancer.client() as far, balancer.client(NEAR) as near:
        assert far.get("/readyz").http_version == "HTTP/2"
        assert code(far, f"{ROOMS}/create_room", info) == 0
        assert code(near, f"{ROOMS}/create_room", info) == 100010
        assert code(near, f"{ROOMS}/create_room", info, ELSEWHERE) == 0
        assert code(far, f"{ROOMS}/create_room", info, ELSEWHERE) == 60021
        forged = {"X-Forwarded-For": NEAR}
        assert code(far, f"{ROOMS}/create_room", info, ELSEWHERE, **forged) == 60021
        assert far.get("/metrics").status_code == 404


def test_members_come_in_through_it(balancer: Balancer) -> None:
    with balancer.client() as client:
        assert code(client, f"{ROOMS}/create_room", {"RoomInfo": {"RoomId": "r1", "RoomType": "Conference"}}) == 0
    url = balancer.url.replace("https", "wss") + "/v1/members"
    with connect(url, balancer.trust(), compression=None) as socket:
        for number, (method, params) in enumerate(
            (
                ("login", {"sdkAppId": SDKAPPID, "userId": "ann", "userSig": token(SDKAPPID, "ann")}),
                ("enterRoom", {"roomId": "r1"}),
            )
        ):
            socket.send(msgspec.json.encode({"id": number, "method": method, "params": params}).decode())
            answer = msgspec.json.decode(socket.recv(timeout=10))
            assert (answer["id"], "error" in answer) == (number, False), answer


def test_a_node_is_found_healthy_for_calls_and_for_members(balancer: Balancer) -> None:
    names = set(balancer.checks())
    assert len(names) == 4
    found = {name for name in names if name.endswith(("/node-1", "/node-8443"))}
    until(lambda: {name for name, status in balancer.checks().items() if status == "L7OK"} == found)
    until(lambda: "INI" not in balancer.checks().values())


def test_what_haproxy_logs_holds_no_usersig(balancer: Balancer, node: Serving) -> None:
    assert node.stop() == 0
    until(lambda: balancer.status("/readyz") == 503)
    path = f"/v4/{ROOMS}/create_room"
    with balancer.client() as client:
        assert client.post(path, params={"usersig": token(SDKAPPID)}, json={}).status_code == 503
    until(lambda: path in balancer.logged())
    assert "usersig" not in balancer.logged()
    assert token(SDKAPPID)[:20] not in balancer.logged()


def test_a_node_that_stops_is_not_asked_any_more(balancer: Balancer, node: Serving) -> None:
    assert node.stop() == 0
    until(lambda: balancer.status("/readyz") == 503)
