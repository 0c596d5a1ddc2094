"""Servers in processes of their own: started, asked when they answer, weighed, stopped."""

import http.client
import os
import signal
import ssl
import subprocess
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, Self

START_SECONDS: Final = 20.0
STOP_SECONDS: Final = 15.0
POLL_SECONDS: Final = 0.002
TICKS: Final = os.sysconf("SC_CLK_TCK")
MIB: Final = 2**20


class Failed(Exception):  # noqa: N818 - a state, not a fault
    """A server that does not do its work; the message says what it wrote last."""


def trusting() -> ssl.SSLContext:
    """Return the TLS of a client of servers of ours; certificates are not checked, they are our own."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


def connect(port: int, *, tls: bool, timeout: float = 20.0) -> http.client.HTTPConnection:
    """Return a keep-alive connection to a server of ours."""
    if not tls:
        return http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    return http.client.HTTPSConnection("127.0.0.1", port, timeout=timeout, context=trusting())


def post(connection: http.client.HTTPConnection, path: str, body: str) -> bytes:
    """Send one call and return the body of the answer."""
    connection.request("POST", path, body.encode())
    return connection.getresponse().read()


def get(port: int, path: str, *, tls: bool = False) -> bytes:
    """Return the body of the answer to a GET."""
    with closing(connect(port, tls=tls)) as connection:
        connection.request("GET", path)
        return connection.getresponse().read()


class Server:
    """A process that listens on a loopback port; use it in a ``with``."""

    def __init__(
        self, name: str, command: Sequence[str], port: int, log: Path, *, tls: bool = False, member_port: int = 0
    ) -> None:
        self.name = name
        self.port = port
        self.member_port = member_port or port
        self.tls = tls
        self.seconds_to_answer = 0.0
        self._command = command
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """The address, without a path."""
        return f"http{'s' * self.tls}://127.0.0.1:{self.port}"

    def start(self, path: str, body: str, is_answer: Callable[[bytes], bool] = bool) -> Self:
        """Start, and wait for the first right answer to a POST; the time to it is ``seconds_to_answer``.

        Raises ``Failed`` when the process ends, or is silent for ``START_SECONDS``.
        """
        began = time.perf_counter()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(self._command, stdout=log, stderr=log, cwd=Path(__file__).parents[1])
        try:
            while time.perf_counter() - began < START_SECONDS:
                if self._process.poll() is not None:
                    raise Failed(f"{self.name} ended with {self._process.returncode}: {self._last_words()}")
                try:
                    answer = post(connect(self.port, tls=self.tls), path, body)
                    if is_answer(answer):
                        self.seconds_to_answer = time.perf_counter() - began
                        return self
                except (OSError, http.client.HTTPException):
                    pass
                time.sleep(POLL_SECONDS)
            raise Failed(f"{self.name} did not answer in {START_SECONDS:.0f} s: {self._last_words()}")
        except BaseException:
            self.stop()
            raise

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").strip().splitlines()
        return lines[-1] if lines else "it wrote nothing"

    def stop(self) -> None:
        """SIGTERM, and SIGKILL for whoever does not listen."""
        if self._process is None or self._process.poll() is not None:
            return
        self._process.send_signal(signal.SIGTERM)
        try:
            self._process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def pids(self) -> list[int]:
        """Return its process, and all that it started."""
        assert self._process is not None
        return family(self._process.pid)

    def mebibytes(self) -> float:
        """Resident memory of all its processes together."""
        pages = sum(int(Path(f"/proc/{pid}/statm").read_text().split()[1]) for pid in self.pids())
        return pages * os.sysconf("SC_PAGESIZE") / MIB

    def cpu_seconds(self) -> float:
        """Processor time that all its processes and threads have used so far."""
        return cpu_seconds(self.pids())


def family(pid: int) -> list[int]:
    """Return a process and all that it started and that still runs."""
    found = [pid]
    for each in found:
        with suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            for task in Path(f"/proc/{each}/task").glob("*/children"):
                found += [int(child) for child in task.read_text().split()]
    return found


def cpu_seconds(pids: Sequence[int], *, of_ended: bool = False) -> float:
    """Return the processor time that processes have used, or that those of their children have that ended."""
    ticks, place = 0, 13 if of_ended else 11
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            continue  # it has ended meanwhile, and counts with its parent
        ticks += int(fields[place]) + int(fields[place + 1])
    return ticks / TICKS
