"""The receiver behind ``conclave callbacks listen``: a plain HTTP server; what it is sent is a stranger's."""

import sys
import threading
from collections import Counter
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

import msgspec
import typer

from conclave.cli import verdicts
from conclave.cli.callback_lines import moment
from conclave.cli.plain import plain
from conclave.clock import SystemClock

LONGEST_BODY: Final = 4 * 2**20
SLOW_S: Final = 5.0
SILENCE_S: Final = 120.0
WELL: Final = (200, b'{"ActionStatus":"OK","ErrorInfo":"","ErrorCode":0}')
HTML: Final = (200, b"<html>hello</html>")
ABOVE: Final = frozenset({"CallbackCommand", "EventTime", "RoomId"})  # told in the line itself


class Proof(msgspec.Struct, frozen=True):
    """What an application's callbacks are verified with; an empty one cannot be."""

    token: str
    secrets: list[bytes]


class Receiver(ThreadingHTTPServer):
    """Answers callbacks, and prints a line for each.

    ``proof`` tells an application's proofs, and whether to look for newer ones; ``failure`` says how to fail the n-th
    request, if at all.
    """

    daemon_threads = True

    def __init__(
        self, address: tuple[str, int], proof: Callable[[int, bool], Proof], failure: Callable[[int], str]
    ) -> None:
        self.proof = proof
        self.failure = failure
        self.counted: Counter[str] = Counter()
        self.order = verdicts.Order()
        self.turn = threading.Lock()
        super().__init__(address, _Handler)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that break off: that is what they do."""
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)

    def summary(self) -> str:
        """Return what came, in a line."""
        names = ("requests", "repeats", "gaps", "not genuine")
        return ", ".join(f"{self.counted[name]} {name}" for name in names)

    def verify(self, sdkappid: str, query: dict[str, str], headers: dict[str, str], body: bytes) -> list[str]:
        """Return the verdicts over a callback; where it fails, news of its proofs are asked for: they may be new."""
        number = int(sdkappid) if sdkappid.isascii() and sdkappid.isdigit() and len(sdkappid) < 17 else 0
        found: list[str] = []
        for is_news_wanted in (False, True):
            proof = self.proof(number, is_news_wanted)
            now_s = SystemClock().now_ms() // 1000
            judged = {
                "Sign": verdicts.sign(query, proof.token, now_s),
                "signature": verdicts.signature(headers, body, proof.secrets, now_s),
            }
            found = [f"{name} {verdict}" for name, verdict in judged.items() if verdict]
            if not _is_doubtful(found) and not any(verdicts.UNCHECKED in each for each in found):
                break
        return found


def _is_doubtful(found: list[str]) -> bool:
    return any(word in verdict for verdict in found for word in (verdicts.WRONG, verdicts.MISSING, "TOO OLD", "OTHER"))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = SILENCE_S
    server: Receiver

    def do_POST(self) -> None:
        length = self.headers.get("Content-Length", "")
        if not (length.isascii() and length.isdigit()) or len(length) > 9 or int(length) > LONGEST_BODY:
            self.close_connection = True  # what follows on it is a body that was not read
            self._answer(400, b"{}")
            return
        body = self.rfile.read(int(length))
        with self.server.turn:
            self.server.counted["requests"] += 1
            failure = self.server.failure(self.server.counted["requests"])
            typer.echo(self._line(body, failure))
        self._reply(failure)

    def _line(self, body: bytes, failure: str) -> str:
        query = dict(parse_qsl(urlsplit(self.path).query, keep_blank_values=True))
        headers = {name.lower(): value for name, value in self.headers.items()}
        content = _content(body)
        sdkappid = query.get("SdkAppid", "")
        found = self.server.verify(sdkappid, query, headers, body)
        if content.get("CallbackCommand") != query.get("CallbackCommand"):
            found.append("OTHER command in the URL than in the body")
        room_id = _room_id(content)
        number, place = self.server.order.judge(sdkappid, room_id, headers.get("webhook-id", ""))
        self.server.counted["repeats"] += place == "repeat"
        self.server.counted["gaps"] += place not in ("", "repeat")
        self.server.counted["not genuine"] += _is_doubtful(found)
        told = {name: value for name, value in content.items() if name not in ABOVE}
        parts = [
            moment(SystemClock().now_ms())[11:],
            f"{plain(room_id)} #{number}",
            plain(str(content.get("CallbackCommand", "no callback"))),
            f"[{', '.join([*([place] if place else []), *found])}]",
            *([f"answered {failure}"] if failure else []),
            plain(msgspec.json.encode(told).decode(), 300),
        ]
        return "  ".join(parts)

    def _reply(self, failure: str) -> None:
        if failure == "close":
            self.close_connection = True
        elif failure == "slow":
            threading.Event().wait(SLOW_S)
            self.close_connection = True
        elif failure == "html":
            self._answer(*HTML)
        elif failure:
            self._answer(int(failure), b'{"ActionStatus":"FAIL","ErrorInfo":"told to","ErrorCode":1}')
        else:
            self._answer(*WELL)

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        if status == 301:
            self.send_header("Location", "/elsewhere")
        if status == 429:
            self.send_header("Retry-After", "1")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Print nothing beside our own lines."""


def _content(body: bytes) -> dict[str, Any]:
    try:
        return msgspec.json.decode(body, type=dict[str, Any])
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return {}


def _room_id(content: dict[str, Any]) -> str:
    info = content.get("RoomInfo")
    found = content.get("RoomId", info.get("RoomId") if isinstance(info, dict) else None)
    return found if isinstance(found, str) else "no room"
