"""The receiver of callbacks as tests see it: steered, and asked what came; the process is ``tests.receiving``."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Final, NamedTuple, Self
from urllib.parse import parse_qsl

import httpx
import msgspec

PATIENCE_S: Final = 15.0


class Told(NamedTuple):
    """One request as it came; ``at`` is the machine's monotonic clock in seconds, ``link`` tells connections apart."""

    at: float
    link: int
    path: str
    query: str
    headers: dict[str, str]
    text: str
    did: str
    read: Any

    @property
    def parameters(self) -> list[tuple[str, str]]:
        """The parameters of the URL in their order."""
        return parse_qsl(self.query, keep_blank_values=True)

    @property
    def body(self) -> dict[str, Any]:
        found: dict[str, Any] = msgspec.json.decode(self.text)
        return found

    @property
    def command(self) -> str:
        return str(self.body["CallbackCommand"])

    @property
    def room_id(self) -> str:
        return str(self.body.get("RoomId") or self.body["RoomInfo"]["RoomId"])

    @property
    def name(self) -> str:
        """The room's name, by which tests number what they do."""
        return str(self.body["RoomInfo"]["RoomName"])

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def number(self) -> int:
        """The delivery number [C11]."""
        return int(self.id.rpartition("_")[2])


class Receiver:
    """A running receiver, as the test sees it."""

    def __init__(self) -> None:
        command = [sys.executable, "-m", "tests.receiving"]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parent.parent)
        assert self.process.stdout is not None
        control, self.port = map(int, self.process.stdout.readline().split())
        self._http = httpx.Client(base_url=f"http://127.0.0.1:{control}", timeout=60, verify=False)

    def url(self, path: str = "/callback", *, port: int | None = None, scheme: str = "http") -> str:
        return f"{scheme}://127.0.0.1:{port or self.port}{path}"

    def rule(self, do: str, *, path: str = "", room: str = "", times: int | None = None, **more: Any) -> None:
        """Let requests to a path, about a room, be answered otherwise: the next ``times``, or all from now on."""
        self._steer("rule", do=do, path=path, room=room, times=times, **more)

    def forget_rules(self, path: str = "") -> None:
        """Answer properly again."""
        self._steer("forget", path=path)

    def got(self, least: int = 0, path: str = "", patience: float = PATIENCE_S) -> list[Told]:
        """Return what came to a path, in order, once it is at least so many."""
        found = self._steer("got", path=path, least=least, patience=patience)
        told = [Told(*each) for each in found]
        if len(told) < least:
            listed = "\n".join(f"{each.did} {each.id} {each.text[:200]}" for each in told[-20:])
            raise AssertionError(f"{len(told)} of {least} callbacks came:\n{listed}")
        return told

    def listen(self, port: int = 0, files: dict[str, str] | None = None) -> int:
        """Listen at a port, with TLS if the files of a ``certificate`` and its ``key`` are given; return the port."""
        return int(self._steer("listen", port=port, **(files or {})))

    def deafen(self, port: int) -> None:
        """Listen at the port no more, and break off what is connected to it."""
        self._steer("deafen", port=port)

    def hang_up(self) -> None:
        """Close every connection that is open and idle."""
        self._steer("hang_up")

    def written(self) -> int:
        """Return how many bytes of endless bodies could be sent off."""
        return int(self._steer("written"))

    def _steer(self, what: str, **how: Any) -> Any:
        answer = self._http.post(f"/{what}", content=msgspec.json.encode(how))
        assert answer.status_code == 200, answer.text
        return msgspec.json.decode(answer.content)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._http.close()
        self.process.kill()
        self.process.wait()
