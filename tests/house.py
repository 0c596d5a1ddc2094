"""A real server in its own process, and a caller that speaks to it over the wire."""

import os
import re
import resource
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx
import msgspec
from bench.ports import free_port

from conclave.api import usersig
from tests import database

FIRST_SDKAPPID = 1_400_000_001
START_SECONDS = 20.0 if database.ENGINE == "sqlite" else 120.0  # thousands of applications, one by one
ROOMS = "room_engine_http_srv"
SEATS = "room_engine_http_mic"
BOTH_PORTS = MAIN_PORT, MEMBER_PORT = "url", "member_url"  # attributes of a server


def key_of(sdkappid: int) -> str:
    """The key of an application of the tests: invented, and different for each."""
    return f"{sdkappid:064x}"


class Server:
    """``conclave serve`` on a folder of its own; may be stopped, killed and started again."""

    def __init__(self, folder: Path, *, applications: int = 1, toml: str = "", **server: Any) -> None:
        self.folder = folder
        self.port = free_port()
        self.member_port = int(server.get("member_port", 0))
        self.data = folder / "data"
        self.database = database.at(self.data)
        self.log = folder / "server.log"
        self.process: subprocess.Popen[bytes] | None = None
        table = {"port": self.port, "tls": "off", "data": str(self.data), "insecure_test_clock": True}
        table |= {**self.database.settings, **server}
        self.settings = table
        self._lines = [
            "[server]",
            *(f"{name} = {msgspec.json.encode(value).decode()}" for name, value in table.items()),
        ]
        self.config = folder / "conclave.toml"
        self.configure(*[toml or "rates = {default = 0, get_appid_group_list = 0}"] * applications)

    def configure(self, *applications: str) -> None:
        """Write the settings file: one application, from the first id on, for each of these texts."""
        lines = list(self._lines)
        for sdkappid, toml in enumerate(applications, FIRST_SDKAPPID):
            lines += ["[[applications]]", f"sdkappid = {sdkappid}", f'key = "{key_of(sdkappid)}"', toml]
        self.config.write_text("\n".join(lines) + "\n")
        assert tomllib.loads(self.config.read_text())

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def member_url(self) -> str:
        """Where members have a port of their own, if the settings give them one."""
        return f"http://127.0.0.1:{self.member_port}"

    def launch(self, *wrapper: str, **environment: str) -> subprocess.Popen[bytes]:
        """Start the process and return at once; ``wrapper`` is a command that runs it."""
        command = [*wrapper, sys.executable, "-m", "conclave", "serve", "--config", str(self.config)]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, **environment})
        return self.process

    def start(self, *wrapper: str, **environment: str) -> Self:
        """Start the process and return when it serves."""
        process = self.launch(*wrapper, **environment)
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if process.poll() is not None:
                raise AssertionError(f"the server ended with {process.returncode}:\n{self.log.read_text()}")
            try:
                if httpx.get(f"{self.url}/readyz", verify=False).status_code == 200:
                    return self
            except httpx.TransportError:
                time.sleep(0.02)
        raise AssertionError(f"the server did not become ready:\n{self.log.read_text()}")

    def gauge(self, name: str) -> float:
        """Return a metric."""
        found = re.search(
            rf"^{re.escape(name)} (\S+)$", httpx.get(f"{self.url}/metrics", timeout=20).text, re.MULTILINE
        )
        assert found, name
        return float(found[1])

    def memory(self) -> int:
        """Return the resident memory of the process in bytes."""
        assert self.process is not None
        pages = int(Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def stop(self) -> int:
        """SIGTERM; return the exit code."""
        assert self.process is not None
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def kill(self) -> None:
        """SIGKILL: no warning, nothing flushed."""
        assert self.process is not None
        self.process.kill()
        self.process.wait()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        if self.process is not None and self.process.poll() is None:
            self.kill()


class Caller:
    """A backend that uses one application; every call goes over HTTP. Its members come in at ``members_at``."""

    def __init__(
        self, url: str, sdkappid: int = FIRST_SDKAPPID, identifier: str = "administrator", members_at: str = ""
    ) -> None:
        self.url = url
        self.members_at = members_at or url
        self.sdkappid = sdkappid
        self.key = key_of(sdkappid)
        self.identifier = identifier
        # Reading the system's certificates costs a hundred times more than the client itself; plain HTTP needs none.
        self.http = httpx.Client(base_url=url, timeout=20, verify=url.startswith("https"))
        self._token: str | None = None

    def token(self, identifier: str | None = None, *, now: int | None = None, expire: int = 3_000_000_000) -> str:
        """A fresh UserSig; by default valid far beyond any clock a test may set."""
        signed_at = int(time.time()) if now is None else now
        return usersig.make(self.sdkappid, self.key, identifier or self.identifier, now=signed_at, expire=expire)

    def parameters(self) -> dict[str, str]:
        if self._token is None:
            self._token = self.token()
        return {
            "sdkappid": str(self.sdkappid),
            "identifier": self.identifier,
            "usersig": self._token,
            "random": "99999999",
            "contenttype": "json",
        }

    def call(self, command: str, body: Mapping[str, Any] | bytes | str) -> dict[str, Any]:
        """POST ``service/command`` and return the envelope, checked for its shape."""
        content = body if isinstance(body, bytes | str) else msgspec.json.encode(body)
        answer = self.http.post(f"/v4/{command}", params=self.parameters(), content=content)
        assert answer.status_code == 200, answer.text
        envelope: dict[str, Any] = msgspec.json.decode(answer.content)
        assert {"ActionStatus", "ErrorCode", "ErrorInfo", "RequestId"} <= envelope.keys()
        assert (envelope["ActionStatus"] == "OK") == (envelope["ErrorCode"] == 0) == (envelope["ErrorInfo"] == "")
        return envelope

    def ok(self, command: str, body: Mapping[str, Any] | bytes | str = b"{}") -> dict[str, Any]:
        """Call and expect success; return ``Response``, or the whole envelope where there is none."""
        envelope = self.call(command, body)
        assert envelope["ErrorCode"] == 0, envelope
        payload: dict[str, Any] = envelope.get("Response", envelope)
        return payload

    def refused(self, code: int, command: str, body: Mapping[str, Any] | bytes | str) -> str:
        """Call and expect a refusal; return its sentence."""
        envelope = self.call(command, body)
        assert envelope["ErrorCode"] == code, envelope
        assert "Response" not in envelope
        info: str = envelope["ErrorInfo"]
        return info

    # The steps that many tests begin with.

    def import_accounts(self, *accounts: str) -> None:
        self.ok("im_open_login_svc/multiaccount_import", {"Accounts": list(accounts)})

    def create_room(self, room_id: str = "room-1", **info: Any) -> None:
        self.ok(f"{ROOMS}/create_room", {"RoomInfo": {"RoomId": room_id, "RoomType": "Conference", **info}})

    def room(self, room_id: str = "room-1") -> dict[str, Any]:
        info: dict[str, Any] = self.ok(f"{ROOMS}/get_room_info", {"RoomId": room_id})["RoomInfo"]
        return info

    def members(self, room_id: str = "room-1") -> dict[str, dict[str, Any]]:
        """The members by account, all pages."""
        found: dict[str, dict[str, Any]] = {}
        cursor = ""
        while True:
            page = self.ok(f"{ROOMS}/get_room_member_list", {"RoomId": room_id, "Count": 100, "Next": cursor})
            found |= {member["Member_Account"]: member for member in page["MemberList"]}
            cursor = page["Next"]
            if not cursor:
                return found

    def seats(self, room_id: str = "room-1") -> list[str]:
        """Who sits where, ``""`` for nobody."""
        seats = self.ok(f"{SEATS}/get_seat_list", {"RoomId": room_id})["SeatList"]
        return [seat["Member_Account"] for seat in seats]

    def advance(self, seconds: float) -> None:
        """Move the server's clock ahead, for every application of it."""
        self.ok("conclave/set_clock", {"Advance": seconds})
