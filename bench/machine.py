"""Under which circumstances: what a reader needs to judge the numbers of another machine."""

import os
import platform
import shutil
import sqlite3
import statistics
import subprocess
import time
from importlib.metadata import version
from pathlib import Path
from typing import Final

FSYNCS: Final = 50
LOOPS: Final = 400
ENTRIES: Final = 20_000
PAGE: Final = b"\0" * 4096
IN_MEMORY: Final = ("tmpfs", "ramfs")


def fsync_milliseconds(folder: Path) -> float:
    """Return how long a write of one page and its fsync take here: the floor under each durable batch."""
    taken = []
    with (folder / "fsync").open("wb", buffering=0) as file:
        for _ in range(FSYNCS):
            began = time.perf_counter()
            file.write(PAGE)
            os.fsync(file.fileno())
            taken.append(time.perf_counter() - began)
    return statistics.median(taken) * 1000


def interpreter_milliseconds() -> list[float]:
    """Return how long this Python takes, in time of the processor, to fill and sum up a dictionary, ascending.

    Builds of it differ, and so do hours; and where the processor is shared with others, so do moments.
    """
    taken = []
    for _ in range(LOOPS):
        began = time.process_time()
        sum({str(number): number for number in range(ENTRIES)}.values())
        taken.append(time.process_time() - began)
    return sorted(seconds * 1000 for seconds in taken)


def file_system(folder: Path) -> str:
    """Return the kind of the file system that holds ``folder``."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    holding = [(point, kind) for point, kind in mounts if folder.resolve().is_relative_to(point)]
    return max(holding, key=lambda mount: len(mount[0]), default=("", "unknown"))[1]


def description(folder: Path) -> list[str]:
    """Return sentences on the machine and on what runs on it."""
    kind = file_system(folder)
    wrk = subprocess.run([shutil.which("wrk") or "wrk", "-v"], capture_output=True, text=True, check=False).stdout
    loops = interpreter_milliseconds()
    lines = [
        f"{os.cpu_count()} cores ({_processor()}), Linux {platform.release()}, load {os.getloadavg()[0]:.1f} before",
        f"Python {platform.python_version()}, Granian {version('granian')}, SQLite {sqlite3.sqlite_version}, "
        f"{' '.join(wrk.split()[:2])}",
        f"this Python fills and sums up a dictionary of {ENTRIES:,} in {statistics.median(loops):.2f} ms; "
        f"nine times in ten within {loops[LOOPS * 9 // 10]:.2f}, at worst in {loops[-1]:.2f} ms",
        f"data on {kind}; a page with its fsync takes {fsync_milliseconds(folder):.2f} ms",
    ]
    if kind in IN_MEMORY:
        lines.append("The data lies in memory: durable lines look better than they are. Use --folder on a disk.")
    return lines


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()
