"""Callbacks as lines of text; nothing that came from outside is printed as it is."""

import datetime as dt
from typing import TYPE_CHECKING, Final

from conclave.cli.plain import plain, plain_line

if TYPE_CHECKING:
    from conclave.domain.callback_queue import Attempt
    from conclave.store.callback_endpoints import Endpoint
    from conclave.store.callbacks import CallbackRow

PAUSES: Final = {"failures": "paused after failures", "operator": "paused by an operator"}


def moment(milliseconds: int) -> str:
    """Return a time of the server's clock, to the millisecond."""
    try:
        return dt.datetime.fromtimestamp(milliseconds / 1000, dt.UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]
    except (ValueError, OverflowError, OSError):
        return f"millisecond {milliseconds}"


def _attempt(attempt: "Attempt") -> str:
    why = f": {plain(attempt.detail)}" if attempt.detail else ""
    return f"{moment(attempt.at)}  {plain(attempt.outcome)} after {attempt.milliseconds} ms{why}"


def callback(row: "CallbackRow", identifier: str, attempts: "list[Attempt]") -> str:
    """Return a callback in one line, with what came of the last attempt."""
    last = ""
    if attempts:
        detail = f", {plain(attempts[-1].detail)}" if attempts[-1].detail else f", {attempts[-1].milliseconds} ms"
        last = f"  ({len(attempts)} attempt{'s' if len(attempts) > 1 else ''}{detail})"
    return f"{moment(row.at)}  {row.state:<9}  {identifier}  {plain(row.room_id)}  {row.command}{last}"


def whole(row: "CallbackRow", identifier: str, attempts: "list[Attempt]") -> str:
    """Return everything about a callback: where it stands, each attempt, and its body."""
    import msgspec

    lines = [
        f"webhook-id  {identifier}",
        f"room        {plain(row.room_id)}, callback {row.number} of it",
        f"command     {row.command}",
        f"happened    {moment(row.at)} UTC, over {plain(row.platform)} from {plain(row.client_ip)}",
        f"state       {row.state}, refused {row.refusals} times",
        *(f"attempt     {_attempt(each)}" for each in attempts),
        *map(plain_line, msgspec.json.format(row.body.encode(), indent=2).decode().split("\n")),
    ]
    return "\n".join(lines)


def endpoint(found: "Endpoint", url: str) -> str:
    """Return how an endpoint is, in one line; the URL without its secrets."""
    from conclave.domain.callbacks import masked

    counts = f"{found.waiting} waiting, {found.delivered} delivered, {found.dead} dead"
    health = PAUSES.get(found.paused, "in use")
    if found.paused:
        health += f" since {moment(found.paused_at)} UTC"
    if found.reason:
        health += f", after {found.failures} failures in a row: {plain(found.reason)}"
    return f"{plain(masked(url)) if url else 'no URL is configured'}: {counts}; {health}"
