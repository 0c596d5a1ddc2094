"""``conclave callbacks listen``: a receiver to develop with: verifies, tells repeats and gaps, and fails on demand."""

import base64
import datetime as dt
import hashlib
import re
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from urllib.parse import urlsplit

import httpx
import msgspec
import pytest
from standardwebhooks.webhooks import Webhook

from conclave.cli import verdicts
from conclave.cli.listen import _Known
from conclave.folder import DataFolder
from tests import database
from tests.backend import CREATE, UPDATE, Backend
from tests.house import Caller, Server
from tests.member import until
from tests.terminal import PROGRAM, Terminal, clean_environment

SECRET = "whsec_" + base64.b64encode(b"a secret of the tests").decode()
TOKEN = "a token of the tests"


class Listening:
    """``conclave callbacks listen`` in a folder."""

    def __init__(self, folder: Path, *options: str) -> None:
        served = database.environment(folder / "data") if (folder / "conclave.toml").exists() else {}
        self._out = folder / f"listen-{time.monotonic_ns()}.out"
        with self._out.open("wb") as out:
            self.process = subprocess.Popen(
                [*PROGRAM, "callbacks", "listen", "--port", "0", *options],
                cwd=folder,
                stdout=out,
                stderr=out,
                env=clean_environment(served),
            )
        until(lambda: "\n" in self.output)
        found = re.match(r"listening on (\S+)\n", self.output)
        assert found, self.output
        self.url = found[1]
        self.http = httpx.Client(base_url=self.url, timeout=20, verify=False)

    @property
    def output(self) -> str:
        return self._out.read_text()

    def lines(self, least: int) -> list[str]:
        """The lines of callbacks, once there are so many."""
        until(lambda: self.output.count("\n") > least)
        return self.output.splitlines()[1:]

    def post(
        self, number: int, *, room_id: str = "r", secret: str = SECRET, age: int = 0, name: str = "", **query: str
    ) -> httpx.Response:
        """Send a callback as the server would; ``age`` is how long ago it was signed."""
        body = msgspec.json.encode({"CallbackCommand": CREATE, "RoomInfo": {"RoomId": room_id, "RoomName": name}})
        identifier = f"evt_5_1_{number}_{number}"
        signed = dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age)
        headers = {
            "webhook-id": identifier,
            "webhook-timestamp": str(int(signed.timestamp())),
            "webhook-signature": f"v1,AAAA {Webhook(secret).sign(identifier, signed, body.decode())}",
        }
        parameters = {"SdkAppid": "5", "CallbackCommand": CREATE, **query}
        return self.http.post("/callback", params=parameters, headers=headers, content=body)

    def verdict(self, number: int, **how: Any) -> str:
        """Send a callback and return what is said of it."""
        seen = len(self.lines(0))
        assert self.post(number, **how).json()["ActionStatus"] == "OK"
        found = re.search(r"  \[(.*?)\]  ", self.lines(seen + 1)[-1])
        assert found, self.output
        return found[1]

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self.http.close()
        self.process.kill()
        self.process.wait()


@pytest.fixture
def listening(tmp_path: Path) -> Iterator[Callable[..., Listening]]:
    made: list[Listening] = []

    def listen(*options: str, folder: Path = tmp_path) -> Listening:
        made.append(Listening(folder, *options))
        return made[-1]

    yield listen
    for each in made:
        each.__exit__(None, None, None)


def sign(token: str, second: int) -> dict[str, str]:
    return {"Sign": hashlib.sha256(f"{token}{second}".encode()).hexdigest(), "RequestTime": str(second)}


Listen = Callable[..., Listening]


def test_what_a_server_sends_is_verified_with_the_folders_secrets(
    listening: Listen, new_server: Callable[..., Server], backend: Backend
) -> None:
    server = new_server().start()
    caller = Caller(server.url)
    receiver = listening(folder=server.folder)
    own = Backend(server, caller, backend.receiver)
    own.listen(CREATE, UPDATE, url=f"{receiver.url}callback?of=mine")
    caller.create_room()
    receiver.lines(1)
    caller.ok("room_config/set_callback_token", {"Token": TOKEN, "IsTokenEnable": True})  # after the first look
    renamed = 0
    while "Sign ok" not in receiver.output:  # it looks again, but not more often than once a second
        assert renamed < 100, receiver.output
        renamed += 1
        own.rename(f"name {renamed}")
        receiver.lines(1 + renamed)
        own.until_quiet()
    first, *_, last = receiver.lines(1)
    assert f"  room-1 #1  {CREATE}  [signature ok]  " in first
    assert f"  room-1 #{1 + renamed}  {UPDATE}  [Sign ok, signature ok]  " in last
    assert f'"RoomName":"name {renamed}"' in last
    assert set(own.states()) == {"delivered"}
    receiver.process.send_signal(signal.SIGTERM)
    assert receiver.process.wait(10) == 0
    assert receiver.output.endswith(f"{1 + renamed} requests, 0 repeats, 0 gaps, 0 not genuine\n")


def test_what_strangers_send_does_not_keep_the_database_busy(
    listening: Listen, new_server: Callable[..., Server]
) -> None:
    """Another process holds the lock of writers: who is looked up waits for nobody."""
    server = new_server().start()
    receiver = listening(folder=server.folder)
    with server.database.writers_held_up():
        for n in range(20):
            receiver.post(1, SdkAppid=str(n))
    assert len(receiver.lines(20)) == 20


def test_what_is_remembered_has_an_end() -> None:
    order = verdicts.Order(most=3)
    for n in range(1, 10):
        order.judge("5", f"room-{n}", f"evt_5_1_{n}_7")
    assert order.judge("5", "room-9", "evt_5_1_9_7") == (7, "repeat")
    assert order.judge("5", "room-9", "evt_5_1_10_9") == (9, "GAP after 7")
    assert order.judge("5", "room-1", "evt_5_1_1_7") == (7, "")  # so long ago that it is forgotten


def test_the_folder_is_looked_at_once_a_second(tmp_path: Path) -> None:
    Terminal(tmp_path).ok("app", "create", "7")
    folder = DataFolder(tmp_path / "data", database.at(tmp_path / "data").settings.get("database", ""))
    known = _Known(folder)
    assert known.find(7, False) is not None
    Terminal(tmp_path).ok("app", "disable", "7")
    moment = known._read_ns
    assert moment is not None
    known._read_ns = time.perf_counter_ns()  # the terminal took its time
    found = known.find(7, True)
    assert found is not None
    assert found.settings.enabled
    known._read_ns -= 10**9
    found = known.find(7, True)
    assert found is not None
    assert not found.settings.enabled


def test_a_callback_is_verified_with_given_secrets_and_token(listening: Listen) -> None:
    receiver = listening("--secret", "whsec_b3RoZXI=", "--secret", SECRET, "--token", TOKEN)
    now = int(time.time())
    assert receiver.verdict(1, **sign(TOKEN, now)) == "Sign ok, signature ok"
    assert receiver.verdict(2, **sign(TOKEN, now - 70)) == "Sign TOO OLD, signature ok"
    assert receiver.verdict(3, **sign("other", now)) == "Sign WRONG, signature ok"
    assert receiver.verdict(4, **sign(TOKEN, now) | {"RequestTime": "x"}) == "Sign WRONG, signature ok"
    assert receiver.verdict(5) == "Sign MISSING, signature ok"
    assert receiver.verdict(6, secret="whsec_c3RyYW5nZXI=", **sign(TOKEN, now)) == "Sign ok, signature WRONG"
    assert receiver.verdict(7, age=400, **sign(TOKEN, now)) == "Sign ok, signature TOO OLD"


def test_without_anything_to_verify_with_it_says_so(listening: Listen) -> None:
    receiver = listening()
    assert receiver.verdict(1) == "signature not checked"
    assert receiver.verdict(2, **sign(TOKEN, int(time.time()))) == "Sign not checked, signature not checked"


def test_a_command_that_differs_between_url_and_body_is_told(listening: Listen) -> None:
    assert "OTHER command" in listening("--secret", SECRET).verdict(1, CallbackCommand=UPDATE)


def test_repeats_and_gaps_are_told(listening: Listen) -> None:
    receiver = listening("--secret", SECRET)
    said = [receiver.verdict(number).removesuffix("signature ok") for number in (3, 4, 4, 5, 8, 6, 9, 1, 2)]
    assert said == ["", "", "repeat, ", "", "GAP after 5, ", "AFTER 8, ", "", "", ""]
    assert receiver.verdict(70, room_id="another") == "signature ok"
    assert receiver.verdict(71, room_id="another") == "signature ok"


def test_nothing_that_a_terminal_would_obey_is_printed(listening: Listen) -> None:
    receiver = listening()
    hostile = "\x1b[2J\x07\r\n\u202eforged"
    receiver.post(1, room_id=hostile, name=hostile, SdkAppid=hostile)
    receiver.http.post(f"/%1b?SdkAppid={'9' * 5000}", content=b"\xff\x00no json", headers={"webhook-id": "evt_1_1_x"})
    receiver.http.post("/", content=b"[" * 100_000)
    receiver.http.post("/", content=b'{"RoomInfo": 5, "CallbackCommand": {"a": "\\u001b"}}')
    lines = receiver.lines(4)
    assert len(lines) == 4
    assert all(line.isprintable() for line in lines)
    assert "forged" in lines[0]
    assert all(len(line) < 1500 for line in lines)


@pytest.mark.parametrize("length", ["99999999999", "00000000099999999999", "4194305", "-1", "1_0", ""])
def test_a_body_that_is_announced_too_long_is_not_waited_for(listening: Listen, length: str) -> None:
    url = urlsplit(listening().url)
    with socket.create_connection((url.hostname, url.port), timeout=10) as stranger:
        stranger.sendall(f"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {length}\r\n\r\n".encode())
        assert stranger.recv(12) == b"HTTP/1.1 400"


FAILURES = ["400", "410", "429", "500", "503", "301", "html", "close", "slow"]


@pytest.mark.parametrize("failure", FAILURES)
def test_it_fails_as_it_is_told_to(listening: Listen, failure: str) -> None:
    receiver = listening("--fail", failure, "--first", "1")
    if failure in ("close", "slow"):
        with pytest.raises(httpx.TransportError):
            receiver.http.post("/", content=b"{}", timeout=2.5)
    else:
        answer = receiver.http.post("/", content=b"{}")
        assert answer.status_code == (200 if failure == "html" else int(failure))
        assert ("location" in answer.headers, "retry-after" in answer.headers) == (failure == "301", failure == "429")
    assert f"answered {failure}" in receiver.lines(1)[0]
    assert receiver.http.post("/", content=b"{}").json() == {"ActionStatus": "OK", "ErrorInfo": "", "ErrorCode": 0}


def test_it_fails_one_request_of_so_many(listening: Listen) -> None:
    receiver = listening("--fail", "500", "--every", "3")
    assert [receiver.http.post("/", content=b"{}").status_code for _ in range(7)] == [200, 200, 500, 200, 200, 500, 200]


def test_a_server_gets_through_to_one_that_fails_at_first(
    listening: Listen, new_server: Callable[..., Server], backend: Backend
) -> None:
    server = new_server(callback_schedule="1s, 1s").start()
    receiver = listening("--fail", "html", "--first", "2", folder=server.folder)
    own = Backend(server, Caller(server.url), backend.receiver)
    own.listen(CREATE, url=receiver.url)
    own.caller.create_room()
    own.caller.ok("conclave/set_clock", {"Advance": 5})
    until(lambda: own.rows() != [] and own.endpoint()["waiting"] == 0)
    assert own.states() == ["delivered"]
    first, second, third = receiver.lines(3)
    assert "answered html" in first
    assert "repeat" in second
    assert "[repeat, signature ok]" in third


def test_a_port_that_is_taken_and_a_secret_that_is_none_are_said_to_be_so(listening: Listen, tmp_path: Path) -> None:
    taken = listening().url.rstrip("/").rpartition(":")[2]
    for options, code, complaint in (
        (("--port", taken), 1, "in use"),
        (("--secret", "nonsense!"), 2, "--secret must be whsec_"),
        (("--fail", "nonsense"), 2, "nonsense"),
    ):
        done = subprocess.run(
            [*PROGRAM, "callbacks", "listen", *options],
            cwd=tmp_path,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
            env=clean_environment({}),
        )
        assert done.returncode == code, done
        assert complaint in done.stderr
        assert "Traceback" not in done.stderr
