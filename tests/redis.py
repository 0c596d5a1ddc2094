"""A Redis server of the tests' own, or Valkey: on a free port, in a folder that is gone afterwards."""

import contextlib
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from bench.ports import free_port

import redis
from tests import requirements

PROGRAMS: Final = ("redis-server", "valkey-server")
START_SECONDS: Final = 20.0


def program() -> str:
    """Return the path of whichever is installed; skips or fails where neither is."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    return found or requirements.program(PROGRAMS[0])


class RedisServer:
    """A Redis; it may be stopped, killed, hung, and started again on the same port, with nothing in it."""

    def __init__(self, folder: Path, **options: str) -> None:
        self.port = free_port()
        self.folder = folder
        self._program = program()
        self._options = {"port": str(self.port), "bind": "127.0.0.1", "save": "", "dir": str(folder), **options}
        self._process: subprocess.Popen[bytes] | None = None
        password = options.get("requirepass")
        self.url = f"redis://{f':{password}@' if password else ''}127.0.0.1:{self.port}/0"
        self.client = redis.Redis(port=self.port, password=password, socket_timeout=10)

    def start(self) -> None:
        """Start, and return when it answers."""
        arguments = [part for name, value in self._options.items() for part in (f"--{name}", value)]
        with (self.folder / "redis.log").open("ab") as log:
            self._process = subprocess.Popen([self._program, *arguments], stdout=log, stderr=log)
        deadline = time.monotonic() + START_SECONDS
        while True:
            with contextlib.suppress(redis.ConnectionError):
                self.client.ping()
                return
            assert time.monotonic() < deadline, (self.folder / "redis.log").read_text()
            time.sleep(0.02)

    def signal(self, number: int) -> None:
        """SIGSTOP: it is there and answers nothing; SIGCONT: it goes on."""
        assert self._process is not None
        self._process.send_signal(number)

    def stop(self) -> None:
        """End it at once."""
        self.client.close()
        if self._process is not None:
            self.signal(signal.SIGKILL)
            self._process.wait(10)
            self._process = None

    def ask(self, *command: Any) -> Any:
        """Send a command on a connection of the test's own."""
        return self.client.execute_command(*command)  # type: ignore[no-untyped-call]


@contextlib.contextmanager
def running(**options: str) -> Iterator[RedisServer]:
    """A server that runs, and is gone afterwards."""
    folder = Path(tempfile.mkdtemp(prefix="conclave-redis-"))
    server = RedisServer(folder, **options)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)
