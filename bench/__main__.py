"""``python -m bench``: measure, and print the table."""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from bench import cluster, machine, report, sizes, wrk
from bench.cluster import Cluster
from bench.house import PLANS, House
from bench.lines import LINES, Measured
from bench.nodes import NODE_LINES
from bench.ports import free_port
from bench.processes import Failed
from bench.report import Line

ALL = {**LINES, **NODE_LINES}
cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@cli.command()
def main(
    plan: Annotated[str, typer.Option(help=f"How long: {', '.join(PLANS)}.")] = "full",
    quick: Annotated[bool, typer.Option("--quick", help="The same as --plan quick: a minute, and rough.")] = False,
    only: Annotated[list[str] | None, typer.Option(help=f"Measure only these: {', '.join(ALL)}.")] = None,
    nodes: Annotated[bool, typer.Option("--nodes", help="On a PostgreSQL server of its own, and two nodes.")] = False,
    weigh: Annotated[
        bool, typer.Option("--sizes", help="In the place of all lines: what rows take on PostgreSQL.")
    ] = False,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table in Markdown.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the data folders are made; should be on a disk.")] = Path("build"),
) -> None:
    """Measure Conclave beside a bare server, and print one table."""
    if not wrk.is_installed():
        sys.exit(wrk.MISSING)
    if weigh and (only or nodes or markdown):
        sys.exit("--sizes measures no lines: it goes with --plan, --quick and --folder only")
    if (nodes or weigh) and cluster.programs() is None:
        sys.exit(cluster.NEEDED)
    lines = ALL if nodes else LINES
    unknown = sorted(set(only or ()) - lines.keys())
    if unknown:
        sys.exit(f"there is no line {unknown[0]!r}; there are {', '.join(lines)}")
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="bench-", dir=folder)).resolve()
    try:
        began = time.monotonic()
        circumstances = machine.description(work)
        with database(work, nodes or weigh) as server:
            if server is not None:
                circumstances.append(server.description())
            house = House(work, PLANS["quick" if quick else plan], server)
            if weigh:
                text = sizes.measure(house)
            else:
                measured = measure(house, {name: line for name, line in lines.items() if not only or name in only})
                text = [(report.as_markdown if markdown else report.as_text)(measured)]
        circumstances.append(f"the run took {time.monotonic() - began:.0f} s")
    finally:
        shutil.rmtree(work)
    print(*text, sep="\n")
    print("", *(f"- {sentence}" for sentence in circumstances), sep="\n")


@contextmanager
def database(work: Path, is_wanted: bool) -> Iterator[Cluster | None]:
    """Run a PostgreSQL server for a while, if it is wanted: as it comes, durable, with its data in ``work``."""
    if not is_wanted:
        yield None
        return
    folder = work / "postgres"
    folder.mkdir()
    work.chmod(0o711)  # PostgreSQL runs as a user of its own, who must get through
    server = Cluster(folder, free_port())
    server.start()
    try:
        yield server
    finally:
        server.stop()


def measure(house: House, wanted: Mapping[str, Measured]) -> list[Line]:
    """Return the lines; one that fails becomes a line that says so."""
    lines: list[Line] = []
    with house:
        for name, line in wanted.items():
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            try:
                lines += line(house)
            except Failed as failure:
                lines.append(report.skipped(name, str(failure)))
    return lines


if __name__ == "__main__":
    cli()
