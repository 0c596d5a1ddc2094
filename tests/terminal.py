"""An operator's terminal: commands typed in a folder of their own, and a server that they start there."""

import os
import re
import signal
import ssl
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import msgspec

from tests import database

PATIENCE_S = 30.0
PROGRAM = [sys.executable, "-m", "conclave"]
GREETING = re.compile(r"Conclave serves (\S+)")


def clean_environment(more: Mapping[str, str]) -> dict[str, str]:
    """This process's environment without settings of Conclave, and what is given."""
    return {name: value for name, value in os.environ.items() if not name.startswith("CONCLAVE_")} | dict(more)


class Serving:
    """``conclave serve``, running in the terminal's folder."""

    def __init__(self, folder: Path, arguments: tuple[str, ...], environment: Mapping[str, str]) -> None:
        self.folder = folder
        self.arguments = arguments
        self.environment = clean_environment(environment)
        self.out = folder / "serve.out"
        self.err = folder / "serve.err"
        self.url = ""

    def __enter__(self) -> Self:
        self.out.write_text("")
        with self.out.open("ab") as out, self.err.open("ab") as err:
            self.process = subprocess.Popen(
                [*PROGRAM, "serve", *self.arguments], cwd=self.folder, stdout=out, stderr=err, env=self.environment
            )
        deadline = time.monotonic() + PATIENCE_S
        while not (greeting := GREETING.search(self.out.read_text())):
            assert self.process.poll() is None, self.err.read_text()
            assert time.monotonic() < deadline, self.err.read_text()
            time.sleep(0.01)
        self.url = greeting[1]
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()

    @property
    def greeting(self) -> str:
        """Everything that was printed on standard output."""
        return self.out.read_text()

    @property
    def log(self) -> str:
        """Everything that was printed on standard error: the log."""
        return self.err.read_text()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self.url.rpartition(":")[2])

    def stop(self, patience_s: float = 10.0) -> int:
        """SIGTERM; return the exit code, which must come within ``patience_s``."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(patience_s)

    def client(self, **options: Any) -> httpx.Client:
        """An HTTP client that trusts the machine's authorities and the folder's."""
        return httpx.Client(base_url=self.url, verify=self.trust(), timeout=PATIENCE_S, **options)

    def trust(self) -> ssl.SSLContext:
        """A TLS context that trusts the folder's CA, and nobody else."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        context.set_alpn_protocols(["http/1.1"])
        if (authority := self.folder / "data" / "tls" / "ca.pem").exists():
            context.load_verify_locations(authority)
        return context


class Terminal:
    """A folder in which commands are typed; the data folder is ``data`` in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"

    def run(self, *arguments: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
        """Run ``conclave`` with arguments."""
        return subprocess.run(
            [*PROGRAM, *arguments],
            cwd=self.folder,
            input=stdin,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
            env=clean_environment({**database.environment(self.data), **environment}),
        )

    def ok(self, *arguments: str, stdin: str = "", **environment: str) -> str:
        """Run a command that must succeed; return what it printed."""
        done = self.run(*arguments, stdin=stdin, **environment)
        assert done.returncode == 0, done
        return done.stdout

    def refused(self, exit_code: int, *arguments: str, **environment: str) -> str:
        """Run a command that must fail; return the one sentence that says why."""
        done = self.run(*arguments, **environment)
        assert done.returncode == exit_code, done
        assert "Traceback" not in done.stderr, done.stderr
        assert done.stderr.startswith("conclave: "), done.stderr
        assert done.stderr.count("\n") == 1, done.stderr
        return done.stderr.removeprefix("conclave: ").strip()

    def serve(self, *arguments: str, **environment: str) -> Serving:
        """``conclave serve`` on a free port, to be entered with ``with``."""
        found = {**database.environment(self.data), **environment}
        return Serving(self.folder, ("--port", "0", *arguments), found)

    def call(self, command: str, body: Mapping[str, Any], *options: str) -> dict[str, Any]:
        """``conclave call``, whose answer must be OK."""
        answer: dict[str, Any] = msgspec.json.decode(
            self.ok("call", command, msgspec.json.encode(body).decode(), *options)
        )
        return answer

    def write(self, name: str, text: str) -> str:
        """Write a file into the folder; return its name."""
        (self.folder / name).write_text(text)
        return name
