"""``python -m bench``: measure, and print the table."""

import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Annotated

import typer

from bench import machine, report, wrk
from bench.house import PLANS, House
from bench.lines import LINES
from bench.processes import Failed
from bench.report import Line

cli = typer.Typer(add_completion=False, pretty_exceptions_enable=False)


@cli.command()
def main(
    plan: Annotated[str, typer.Option(help=f"How long: {', '.join(PLANS)}.")] = "full",
    quick: Annotated[bool, typer.Option("--quick", help="The same as --plan quick: a minute, and rough.")] = False,
    only: Annotated[list[str] | None, typer.Option(help=f"Measure only these: {', '.join(LINES)}.")] = None,
    markdown: Annotated[bool, typer.Option("--markdown", help="Print the table in Markdown.")] = False,
    folder: Annotated[Path, typer.Option(help="Where the data folders are made; should be on a disk.")] = Path("build"),
) -> None:
    """Measure Conclave beside a bare server, and print one table."""
    if not wrk.is_installed():
        sys.exit(wrk.MISSING)
    unknown = sorted(set(only or ()) - LINES.keys())
    if unknown:
        sys.exit(f"there is no line {unknown[0]!r}; there are {', '.join(LINES)}")
    folder.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix="bench-", dir=folder)).resolve()
    try:
        began = time.monotonic()
        circumstances = machine.description(work)
        lines = measure(House(work, PLANS["quick" if quick else plan]), only or list(LINES))
        circumstances.append(f"the run took {time.monotonic() - began:.0f} s")
    finally:
        shutil.rmtree(work)
    print(report.as_markdown(lines) if markdown else report.as_text(lines))
    print("", *(f"- {sentence}" for sentence in circumstances), sep="\n")


def measure(house: House, names: list[str]) -> list[Line]:
    """Return the lines of that name; one that fails becomes a line that says so."""
    lines: list[Line] = []
    with house:
        for name in (name for name in LINES if name in names):
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            try:
                lines += LINES[name](house)
            except Failed as failure:
                lines.append(report.skipped(name, str(failure)))
    return lines


if __name__ == "__main__":
    cli()
