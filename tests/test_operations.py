"""What operators look at: whether the server is alive and ready, what it counts, and what it logs."""

import re
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from conclave.api import usersig
from conclave.metrics import METRICS
from tests.house import ROOMS, Caller, Server, key_of
from tests.member import Member
from tests.terminal import PROGRAM, Terminal, clean_environment

LINE = {"time", "event", "request_id", "command", "application", "identifier", "client", "code", "milliseconds"}
LOGGED_WITHIN_S = 5.0
ELSEWHERE = {"X-Forwarded-For": "192.0.2.7"}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of this module's own, behind a proxy on loopback: what it counts and logs comes from these tests."""
    folder = tmp_path_factory.mktemp("operations")
    with Server(folder, applications=20, trusted_proxies=["127.0.0.1/32"]) as server:
        yield server


@pytest.fixture(scope="module")
def numbers() -> Iterator[int]:
    return iter(range(1_400_000_001, 1_400_000_021))


@pytest.fixture
def caller(server: Server, numbers: Iterator[int]) -> Caller:
    """A caller with an application that no other test uses."""
    return Caller(server.url, next(numbers))


def metrics(server: Server) -> dict[str, float]:
    """The samples of ``/metrics``, by name with labels."""
    answer = httpx.get(f"{server.url}/metrics")
    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    samples = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in samples}


def log_lines(server: Server, is_there: Any = None) -> list[dict[str, Any]]:
    """The lines of the log, once the one that is waited for is there."""
    deadline = time.monotonic() + LOGGED_WITHIN_S
    while True:
        text = server.log.read_text()
        lines = [msgspec.json.decode(line) for line in text.split("\n") if line.startswith("{") and line.endswith("}")]
        if is_there is None or any(is_there(line) for line in lines):
            return lines
        assert time.monotonic() < deadline, text[-2000:]
        time.sleep(0.02)


@pytest.mark.parametrize(("page", "text"), [("/healthz", "ok\n"), ("/readyz", "ready\n")])
def test_a_server_that_serves_is_alive_and_ready(server: Server, page: str, text: str) -> None:
    answer = httpx.get(server.url + page)
    assert (answer.status_code, answer.text) == (200, text)
    assert httpx.head(server.url + page).status_code == 200


def test_calls_are_counted_by_command_and_code(server: Server, caller: Caller) -> None:
    def samples() -> list[float]:
        found = metrics(server)
        command = 'command="room_engine_http_srv/get_room_info"'
        return [
            found.get(f'conclave_requests_total{{code="0",{command}}}', 0),
            found.get(f'conclave_requests_total{{code="100004",{command}}}', 0),
            found.get(f"conclave_request_seconds_count{{{command}}}", 0),
            found.get(f'conclave_request_seconds_bucket{{{command},le="+Inf"}}', 0),
        ]

    before = samples()
    caller.create_room("r1")
    for room in ("r1", "r1", "nowhere"):
        caller.call(f"{ROOMS}/get_room_info", {"RoomId": room})
    assert [now - then for now, then in zip(samples(), before, strict=True)] == [2, 1, 3, 3]


def test_a_path_that_is_no_command_is_counted_as_one(server: Server) -> None:
    for name in ("a", "b"):
        httpx.post(f"{server.url}/v4/no/{name}", content=b"{}")
    assert not [name for name in metrics(server) if 'command="no/' in name]
    assert metrics(server)['conclave_requests_total{code="60009",command="unknown"}'] >= 2


def test_rooms_and_members_are_told_by_application(server: Server, caller: Caller) -> None:
    def told() -> tuple[float | None, float | None]:
        found = metrics(server)
        label = f'{{application="{caller.sdkappid}"}}'
        return found.get(f"conclave_rooms{label}"), found.get(f"conclave_members{label}")

    for room in ("r1", "r2"):
        caller.create_room(room)
    caller.import_accounts("robot")
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "r1", "Member_Account": "robot"})
    member = Member(caller, "bob")
    member.call("enterRoom", roomId="r1")
    assert told() == (2, 2)
    assert metrics(server)["conclave_connections"] == 1
    member.call("exitRoom")
    member.close()
    assert told() == (2, 1)
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "r1"})
    assert told() == (1, 0)


def test_commits_are_counted(server: Server, caller: Caller) -> None:
    before = metrics(server)
    for number in range(3):
        caller.create_room(f"r{number}")
    after = metrics(server)
    assert after["conclave_commits_total"] >= before["conclave_commits_total"] + 3
    assert after["conclave_commit_seconds_total"] > before["conclave_commit_seconds_total"]
    assert after["conclave_lost_transactions_total"] == 0
    assert after["conclave_writer_queue"] == 0


def test_every_declared_metric_is_told(server: Server, caller: Caller) -> None:
    caller.create_room()
    text = httpx.get(f"{server.url}/metrics").text
    for meter in METRICS.values():
        assert re.search(rf"^# HELP {meter.name}(_total)? {re.escape(meter.help)}$", text, re.MULTILINE), meter
        assert re.search(rf"^# TYPE {meter.name}(_total)? {meter.kind}$", text, re.MULTILINE), meter


def test_metrics_are_for_loopback(server: Server) -> None:
    answer = httpx.get(f"{server.url}/metrics", headers=ELSEWHERE)
    assert answer.status_code == 403
    assert "conclave_" not in answer.text
    for page in ("/healthz", "/readyz"):
        assert httpx.get(server.url + page, headers=ELSEWHERE).status_code == 200


def test_metrics_are_for_whoever_is_allowed_too(tmp_path: Path) -> None:
    networks = {"CONCLAVE_TRUSTED_PROXIES": "127.0.0.1/32", "CONCLAVE_METRICS_NETWORKS": "192.0.2.0/24"}
    with Terminal(tmp_path).serve("--tls", "off", **networks) as serving:
        assert httpx.get(f"{serving.url}/metrics", headers=ELSEWHERE).status_code == 200
        assert httpx.get(f"{serving.url}/metrics", headers={"X-Forwarded-For": "198.51.100.1"}).status_code == 403


def test_one_line_is_logged_for_each_call(server: Server, caller: Caller) -> None:
    answers = [caller.call(f"{ROOMS}/get_room_info", {"RoomId": "nowhere"}) for _ in range(3)]
    last = answers[-1]["RequestId"]
    lines = [line for line in log_lines(server, lambda line: line.get("request_id") == last) if line["event"] == "call"]
    for answer in answers:
        (line,) = [line for line in lines if line["request_id"] == answer["RequestId"]]
        assert line.keys() >= LINE
        assert (line["command"], line["code"]) == (f"{ROOMS}/get_room_info", 100004)
        assert (line["application"], line["identifier"]) == (caller.sdkappid, "administrator")
        assert (line["client"], line["random"]) == ("127.0.0.1", "99999999")
        assert 0 < line["milliseconds"] < 3000


def test_a_call_that_fails_early_is_logged_with_what_is_known(server: Server) -> None:
    answer = httpx.post(f"{server.url}/v4/no/command?random=7", content=b"{}", headers=ELSEWHERE).json()
    lines = log_lines(server, lambda line: line.get("request_id") == answer["RequestId"])
    (line,) = [line for line in lines if line.get("request_id") == answer["RequestId"]]
    assert (line["command"], line["code"], line["application"]) == ("unknown", 60009, None)
    assert line["client"] == "192.0.2.7"


def test_every_line_of_the_log_is_a_json_object(server: Server, caller: Caller) -> None:
    caller.identifier = "new\nline\u2028"
    caller.call(f"{ROOMS}/get_room_info", {"RoomId": "r1"})
    log_lines(server, lambda line: line.get("identifier") == caller.identifier)
    for line in server.log.read_text().strip().split("\n"):
        if not line.startswith("Conclave serves"):
            assert isinstance(msgspec.json.decode(line), dict)


SECRETS = ["hunter2-password", "hunter3-password", "hunter4-password"]


def test_no_secret_usersig_or_password_is_ever_logged(server: Server, caller: Caller) -> None:
    forged = usersig.make(caller.sdkappid, "a key of somebody else", "administrator", now=int(time.time()), expire=60)
    caller.create_room("r1", IsPasswordEnabled=True, Password=SECRETS[0])
    caller.call(f"{ROOMS}/update_room_info", f'{{"RoomId": "r1", "Password": "{SECRETS[1]}"')
    caller.call(f"{ROOMS}/update_room_info", {"RoomId": "r1", "Password": [SECRETS[1]]})
    for path in ("room_engine_http_srv/get_room_info", "no/command", f"no/{forged}"):
        for token in (forged, forged[:-10], caller.token()):
            query = {"sdkappid": str(caller.sdkappid), "identifier": "administrator", "usersig": token}
            httpx.post(f"{server.url}/v4/{path}", params=query, content=b"{}")
    member = Member(caller, "bob")
    with pytest.raises(Exception, match="1000"):
        member.call("enterRoom", roomId="r1", password=SECRETS[2])
    member.call("enterRoom", roomId="r1", password=SECRETS[0])
    member_token = caller.token("bob")
    member.close()
    last = caller.call(f"{ROOMS}/get_room_info", {"RoomId": "r1"})["RequestId"]
    log_lines(server, lambda line: line.get("request_id") == last)
    text = server.log.read_text()
    for secret in (*SECRETS, key_of(caller.sdkappid), forged[:40], caller.token()[:40], member_token[:40]):
        assert secret not in text


def test_a_log_that_nobody_reads_stops_no_call(tmp_path: Path) -> None:
    terminal = Terminal(tmp_path)
    terminal.ok("app", "create")
    command = [*PROGRAM, "serve", "--tls", "off", "--port", "0"]
    with subprocess.Popen(
        command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=clean_environment({})
    ) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        url = process.stdout.readline().split()[2].decode()
        process.stderr.close()
        with httpx.Client(base_url=url) as client:
            for _ in range(600):
                assert client.post("/v4/no/command", content=b"{}").json()["ErrorCode"] == 60009
        process.terminate()
        assert process.wait(10) == 0


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_operators_pages_are_only_read(house: Server, method: str) -> None:
    answer = httpx.request(method, f"{house.url}/healthz")
    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, HEAD")
