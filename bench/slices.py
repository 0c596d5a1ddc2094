"""A slice of the processor for a server, as a smaller machine would have it: Linux' control groups, with a quota."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from bench.processes import Server

GROUPS: Final = Path("/sys/fs/cgroup")
PERIOD_US: Final = 10_000  # short, so that whoever has used up his slice does not stand still for long


def can_be() -> bool:
    """Tell whether this process may make control groups that divide the processor."""
    return _root() is not None


def _root() -> Path | None:
    if os.access(GROUPS / "cpu" / "cgroup.procs", os.W_OK):  # version 1
        return GROUPS / "cpu"
    controllers = GROUPS / "cgroup.subtree_control"
    is_divided = controllers.exists() and "cpu" in controllers.read_text().split()
    return GROUPS if is_divided and os.access(GROUPS / "cgroup.procs", os.W_OK) else None


@contextmanager
def of_a_core(share: float, server: Server) -> Iterator[None]:
    """Let a server that runs have so much of one core, and no more, for a while."""
    root = _root()
    assert root is not None, "ask can_be first"
    pids = [str(pid) for pid in server.pids()]
    group = root / f"conclave-bench-{pids[0]}"
    group.mkdir()
    try:
        quota = round(share * PERIOD_US)
        if (group / "cpu.max").exists():
            (group / "cpu.max").write_text(f"{quota} {PERIOD_US}")
        else:
            (group / "cpu.cfs_period_us").write_text(str(PERIOD_US))
            (group / "cpu.cfs_quota_us").write_text(str(quota))
        _move(pids, group)
        yield
    finally:
        _move(pids, root)
        group.rmdir()


def _move(pids: list[str], group: Path) -> None:
    for pid in pids:
        (group / "cgroup.procs").write_text(pid)
