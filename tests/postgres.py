"""A PostgreSQL server of the tests' own: on a free port, in a folder that is gone afterwards."""

import atexit
import itertools
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from functools import cache
from pathlib import Path
from typing import Final

from tests import requirements

USER: Final = "postgres"
START_SECONDS: Final = 30.0
_numbers: Final = itertools.count(1)


def programs() -> Path | None:
    """Return the folder of initdb and postgres, or ``None`` when PostgreSQL is not installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return installed[-1] if installed else None


class Cluster:
    """A PostgreSQL server; it may be stopped, killed and started again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.data = folder / "data"
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = int(probe.getsockname()[1])
        found = programs()
        if found is None:
            requirements.missing("PostgreSQL (apt-get install postgresql)")
        assert found is not None
        self._programs = found
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            shutil.chown(folder, USER, USER)
        initdb = ["initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
        subprocess.run(self._as_user(*initdb), check=True, stdout=subprocess.DEVNULL, cwd="/")

    def _as_user(self, program: str, *arguments: str) -> list[str]:
        """PostgreSQL does not run as root."""
        wrapper = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
        return [*wrapper, str(self._programs / program), *arguments]

    def start(self, **settings: str) -> None:
        """Start, and return when it answers."""
        chosen = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "max_connections": "500",
            "fsync": "off",
            "shared_buffers": "64MB",
            **settings,
        }
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / "log").open("ab") as log:
            command = self._as_user("postgres", "-D", str(self.data), *options)
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + START_SECONDS
        while self._ask("SELECT 1").returncode:
            assert time.monotonic() < deadline, (self.folder / "log").read_text()
            time.sleep(0.05)

    def stop(self, number: int = signal.SIGINT) -> None:
        """SIGINT: end every connection, and stop."""
        assert self._process is not None
        if self._process.poll() is not None:
            return
        postmaster = int((self.data / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, number)
        self._process.wait(30)

    def execute(self, sql: str, database: str = USER) -> str:
        """Run SQL with psql and return what it prints."""
        done = self._ask(sql, database)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _ask(self, sql: str, database: str = USER) -> subprocess.CompletedProcess[str]:
        where = ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database]
        command = [str(self._programs / "psql"), *where, "-XqAt", "-c", sql]
        return subprocess.run(command, capture_output=True, text=True)

    def new_database(self) -> str:
        """Create a database, and return its address."""
        name = f"conclave_{os.getpid()}_{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"


@cache
def cluster() -> Cluster:
    """Return the server of this session, which is started when it is asked for first."""
    folder = Path(tempfile.mkdtemp(prefix="conclave-postgres-"))
    made = Cluster(folder)

    def remove() -> None:
        made.stop(signal.SIGQUIT)
        shutil.rmtree(folder, ignore_errors=True)

    atexit.register(remove)
    made.start()
    return made
