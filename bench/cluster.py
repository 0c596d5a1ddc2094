"""A PostgreSQL server of one's own: on a free port, in a folder of its own. The tests have theirs from here, too."""

import itertools
import os
import shutil
import signal
import subprocess
import time
from pathlib import Path
from typing import Final

from bench.processes import cpu_seconds, family

USER: Final = "postgres"
NEEDED: Final = "PostgreSQL is not installed; apt-get install postgresql"
START_SECONDS: Final = 30.0
STOP_SECONDS: Final = 30.0
POLL_SECONDS: Final = 0.05
LOG: Final = "log"
_numbers: Final = itertools.count(1)


def programs() -> Path | None:
    """Return the folder of initdb and postgres, or ``None`` when PostgreSQL is not installed."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).resolve().parent
    installed = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
    return installed[-1] if installed else None


class Cluster:
    """A PostgreSQL server; it may be stopped, killed and started again.

    ``folder`` is empty, and PostgreSQL's user may get there: it does not run as root.
    """

    def __init__(self, folder: Path, port: int, **settings: str) -> None:
        self.folder = folder
        self.data = folder / "data"
        self.port = port
        self._settings = settings
        found = programs()
        assert found is not None, NEEDED
        self._programs = found
        self._process: subprocess.Popen[bytes] | None = None
        if os.geteuid() == 0:
            shutil.chown(folder, USER, USER)
        initdb = ["initdb", "-D", str(self.data), "-U", USER, "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "-N"]
        subprocess.run(self._as_user(*initdb), check=True, stdout=subprocess.DEVNULL, cwd="/")

    def _as_user(self, program: str, *arguments: str) -> list[str]:
        wrapper = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
        return [*wrapper, str(self._programs / program), *arguments]

    def start(self, **settings: str) -> None:
        """Start, and return when it answers; ``settings`` are beside, or in the place of, those of the cluster."""
        chosen = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": str(self.folder),
            "max_connections": "500",
            **self._settings,
            **settings,
        }
        options = [part for name, value in chosen.items() for part in ("-c", f"{name}={value}")]
        with (self.folder / LOG).open("ab") as log:
            command = self._as_user("postgres", "-D", str(self.data), *options)
            self._process = subprocess.Popen(command, stdout=log, stderr=log, cwd="/")
        deadline = time.monotonic() + START_SECONDS
        while self._ask("SELECT 1", USER).returncode:
            assert time.monotonic() < deadline, (self.folder / LOG).read_text()
            time.sleep(POLL_SECONDS)

    @property
    def pid(self) -> int:
        """The process whose children serve."""
        return int((self.data / "postmaster.pid").read_text().split()[0])

    def description(self) -> str:
        """Return a sentence on which server it is, and on the settings on which durable lines depend."""
        shown = {
            name: self.execute(f"SHOW {name}")
            for name in ("server_version", "fsync", "synchronous_commit", "shared_buffers")
        }
        version = shown.pop("server_version").split()[0]
        return f"PostgreSQL {version}, {', '.join(f'{name} = {value}' for name, value in shown.items())}"

    def cpu_seconds(self) -> float:
        """Processor time that the server has used so far, its connections that have ended included."""
        return cpu_seconds(family(self.pid)) + cpu_seconds([self.pid], of_ended=True)

    def stop(self, number: int = signal.SIGINT) -> None:
        """SIGINT: end every connection, and stop."""
        assert self._process is not None
        if self._process.poll() is not None:
            return
        os.kill(self.pid, number)
        self._process.wait(STOP_SECONDS)

    def execute(self, sql: str, database: str = USER) -> str:
        """Run SQL with psql and return what it prints."""
        done = self._ask(sql, database)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    def _ask(self, sql: str, database: str) -> subprocess.CompletedProcess[str]:
        command = [self.program("psql"), *self.where(database), "-XqAt", "-c", sql]
        return subprocess.run(command, capture_output=True, text=True, check=False)

    def program(self, name: str) -> str:
        """Return the path of one of PostgreSQL's programs."""
        return str(self._programs / name)

    def where(self, database: str) -> list[str]:
        """Return the options by which PostgreSQL's programs find a database."""
        return ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER, "-d", database]

    def new_database(self) -> str:
        """Create a database, and return its address."""
        name = f"conclave_{os.getpid()}_{next(_numbers)}"
        self.execute(f"CREATE DATABASE {name}")
        return f"postgresql://{USER}@127.0.0.1:{self.port}/{name}"


def name_of(url: str) -> str:
    """Return the name of the database at an address."""
    return url.rpartition("/")[2]
