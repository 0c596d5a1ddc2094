"""The table: what was measured, what it was measured beside, what it should reach, and whether it does."""

import statistics
from collections.abc import Sequence
from typing import Final

import msgspec

from bench.measure import Comparison, median
from bench.steady import Result

HEADINGS: Final = ("what", "ours", "bare", "ratio", "p50 ms", "p99 ms", "CPU µs", "target", "verdict")
PAIR: Final = " / "


class Line(msgspec.Struct, frozen=True):
    """One line; what does not apply is empty. p50, p99 and CPU hold ours and the twin's."""

    what: str
    ours: str
    twin: str = ""
    ratio: str = ""
    p50: str = ""
    p99: str = ""
    cpu: str = ""
    target: str = ""
    verdict: str = ""


def skipped(what: str, why: str) -> Line:
    """Return the line of something that could not be measured, with the sentence that says why."""
    return Line(what, "not measured", verdict=why)


def compared(what: str, comparison: Comparison, target: float | None = None, note: str = "") -> Line:
    """Return the line of a comparison in calls per second."""
    ours, twin = median(comparison.ours), median(comparison.twin)
    ratio = statistics.median(comparison.ratios)
    verdicts = [_ratio_verdict(comparison.ratios, target)] if target is not None else []
    if comparison.refused:
        verdicts.append(f"{comparison.refused} calls were refused: not a valid measurement")
    if note:
        verdicts.append(note)
    return Line(
        what,
        f"{ours.per_second:,.0f}/s",
        f"{twin.per_second:,.0f}/s",
        f"{ratio:.2f}",
        f"{ours.p50:.2f}{PAIR}{twin.p50:.2f}",
        f"{ours.p99:.2f}{PAIR}{twin.p99:.2f}",
        f"{ours.cpu:.0f}{PAIR}{twin.cpu:.0f}",
        f"ratio ≥ {target:.2f}" if target is not None else "",
        "; ".join(verdicts),
    )


def steady(what: str, ours: Sequence[Result], twins: Sequence[Result], p99_target: float) -> Line:
    """Return the line of rounds at a given rate: the medians, and how far the rounds lie apart."""
    p99s, longest = [each.p99 for each in ours], max(each.longest for each in ours)
    verdicts = [at_most(statistics.median(p99s), p99_target)]
    if lost := sum(each.refused + each.unanswered for each in ours):
        verdicts.append(f"{lost} calls were refused or not answered: not a valid measurement")
    verdicts.append(f"rounds {min(p99s):.1f} to {max(p99s):.1f} ms, longest call {longest:.0f} ms")
    seconds = [p99 for each in ours for p99 in each.seconds]
    verdicts.append(f"met in {sum(p99 <= p99_target for p99 in seconds)} of {len(seconds)} seconds by themselves")
    p50, p99 = (
        PAIR.join(f"{statistics.median(getattr(each, name) for each in side):.2f}" for side in (ours, twins))
        for name in ("p50", "p99")
    )
    return Line(
        what,
        f"{ours[0].offered_per_second:,.0f}/s offered",
        f"{twins[0].offered_per_second:,.0f}/s offered",
        p50=p50,
        p99=p99,
        target=f"p99 ≤ {p99_target:.0f} ms",
        verdict="; ".join(verdicts),
    )


def _ratio_verdict(ratios: Sequence[float], target: float) -> str:
    verdict = "met" if statistics.median(ratios) >= target else "missed"
    if min(ratios) < target <= max(ratios):
        verdict += f", within the noise (rounds {min(ratios):.2f} to {max(ratios):.2f})"
    return verdict


def at_most(measured: float, target: float) -> str:
    """Return the verdict on a number that should be small."""
    return "met" if measured <= target else f"missed: {measured / target:.2f} × the target"


def _cells(lines: Sequence[Line]) -> list[tuple[str, ...]]:
    return [HEADINGS, *(msgspec.structs.astuple(line) for line in lines)]


def as_text(lines: Sequence[Line]) -> str:
    """Return the table in plain text, columns aligned."""
    rows = _cells(lines)
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADINGS))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)


def as_markdown(lines: Sequence[Line]) -> str:
    """Return the table in Markdown."""
    rows = _cells(lines)
    rows.insert(1, tuple("---" for _ in HEADINGS))
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
