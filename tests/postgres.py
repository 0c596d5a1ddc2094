"""A PostgreSQL server of the tests' own: on a free port, in a folder that is gone afterwards."""

import atexit
import contextlib
import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from bench import cluster as clusters
from bench.cluster import USER, programs
from bench.ports import free_port
from bench.processes import family

from tests import requirements

__all__ = ["USER", "Cluster", "cluster", "programs"]


class Cluster(clusters.Cluster):
    """A server that need not survive the loss of power, unless a test says so."""

    def __init__(self, folder: Path) -> None:
        if programs() is None:
            requirements.missing("PostgreSQL (apt-get install postgresql)")
        super().__init__(folder, free_port(), fsync="off", shared_buffers="64MB")

    @contextlib.contextmanager
    def hung(self) -> Iterator[None]:
        """Let no process of it go on meanwhile."""
        assert self._process is not None
        starter, processes = self._process.pid, family(self.pid)
        for process in processes:
            os.kill(process, signal.SIGSTOP)
        while starter != self.pid and not _is_stopped(starter):  # runuser stops itself when its child has stopped
            time.sleep(0.01)
        try:
            yield
        finally:
            for process in {*processes, starter}:
                os.kill(process, signal.SIGCONT)


def _is_stopped(process: int) -> bool:
    return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "T"


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
