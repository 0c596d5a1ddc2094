"""What is written of callbacks that were sent, and of their endpoints: of many at once, in one operation."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Final

import msgspec

from conclave.callbacks.outcome import Outcome
from conclave.domain import callback_schedule as schedule
from conclave.domain import directory
from conclave.domain.callback_queue import Attempt, attempts_of
from conclave.store import callback_endpoints as endpoints
from conclave.store import callbacks as queue
from conclave.store.callback_endpoints import Endpoint, Health
from conclave.store.callbacks import CallbackRow
from conclave.store.statements import Transaction

KEPT_ATTEMPTS: Final = 20
LEFT_OUT_MS: Final = 60_000  # what cannot be recorded is sent again after that
_encode: Final = msgspec.json.Encoder().encode


class Rules(msgspec.Struct, frozen=True):
    """The schedule of retries in seconds, empty for none, and the failures in a row that pause an endpoint."""

    schedule: tuple[int, ...]
    pause_after: int


class Entry(msgspec.Struct, eq=False):
    """A callback that was sent to ``url``, and what came of it; ``written`` is done once that is durable."""

    row: CallbackRow
    outcome: Outcome
    is_probe: bool
    url: str
    written: asyncio.Future[None]


async def write(tx: Transaction, batch: Iterable[Entry], rules: Rules) -> list[Endpoint]:
    """Write a batch; return the endpoints that were paused or resumed by it."""
    of: dict[int, list[Entry]] = {}
    for entry in batch:
        of.setdefault(entry.row.sdkappid, []).append(entry)
    changed = []
    for sdkappid, entries in sorted(of.items()):
        endpoint = await endpoints.lock(tx, sdkappid)
        assert endpoint is not None, "whatever was sent was queued for an endpoint"
        health, paused = endpoint.health, endpoint.paused
        url = await _present_url(tx, entries)
        counted = Counter([await _settle(tx, endpoint, entry, rules, url) for entry in entries])
        ended = {state: counted[state] for state in (queue.DELIVERED, queue.DEAD)}
        if any(ended.values()):
            await endpoints.count(tx, sdkappid, waiting=-sum(ended.values()), **ended)
        if endpoint.health != health:
            await endpoints.set_health(tx, endpoint)
        if endpoint.paused != paused:
            changed.append(endpoint)
    return changed


async def put_off(tx: Transaction, entry: Entry) -> None:
    """Hold back a callback that cannot be recorded, and the next probe, if it was one: it would be the same."""
    endpoint = await endpoints.lock(tx, entry.row.sdkappid)
    until = tx.now + LEFT_OUT_MS
    await queue.hold_back(tx, entry.row, until)
    if endpoint is not None and endpoint.paused and entry.is_probe:
        endpoint.probe_at = until
        await endpoints.set_health(tx, endpoint)


async def _present_url(tx: Transaction, entries: Sequence[Entry]) -> str:
    """Return where an application's callbacks go now; it is of interest only where something went wrong."""
    if all(entry.outcome.kind == "delivered" for entry in entries):
        return entries[0].url
    return await directory.callback_url(tx, entries[0].row.sdkappid)


async def _settle(tx: Transaction, endpoint: Endpoint, entry: Entry, rules: Rules, url: str) -> str | None:
    """Write what became of one callback; return its state, ``None`` when there is nothing to write.

    That is when it was dropped or given up meanwhile, and when this was written before, by a COMMIT whose answer was
    lost: what is not written does not count against the endpoint either. What another URL did says nothing of the
    endpoint at ``url``, and nothing of the callback: it is due there at once.
    """
    # A copy: when the transaction is lost, this is done again, and nothing may count twice.
    row, outcome = msgspec.structs.replace(entry.row), entry.outcome
    attempts = attempts_of(row)
    attempts.append(Attempt(tx.now, outcome.kind, outcome.milliseconds, outcome.status, outcome.detail))
    row.attempts = _encode(attempts[-KEPT_ATTEMPTS:]).decode()
    is_elsewhere = entry.url != url and outcome.kind != "delivered"
    row.refusals += outcome.kind == "refused" and not is_elsewhere
    if outcome.kind == "delivered":
        row.state = queue.DELIVERED
    elif not rules.schedule or row.refusals > len(rules.schedule):
        row.state = queue.DEAD
    if not await queue.settle(tx, entry.row, row):
        return None
    if not is_elsewhere:
        if outcome.kind == "failed":
            _note_failure(tx.now, endpoint, entry, rules)
        else:
            _note_answer(endpoint)
    if row.state != queue.WAITING:
        await queue.advance(tx, row)
    else:
        await queue.hold_back(tx, row, tx.now + (0 if is_elsewhere else _wait_ms(row, outcome, rules)))
    return row.state


def _wait_ms(row: CallbackRow, outcome: Outcome, rules: Rules) -> int:
    place = row.refusals - 1 if outcome.kind == "refused" else 0
    return max(schedule.step_ms(rules.schedule, place), outcome.wait_s * 1000)


def _note_answer(endpoint: Endpoint) -> None:
    """The endpoint is there; what an operator paused stays so, and so does what another answer's Retry-After asked."""
    is_paused = endpoint.paused == endpoints.BY_OPERATOR
    endpoint.health = Health(
        paused=endpoint.paused if is_paused else "",
        paused_at=endpoint.paused_at if is_paused else 0,
        not_before=endpoint.not_before,
    )


def _note_failure(now: int, endpoint: Endpoint, entry: Entry, rules: Rules) -> None:
    """Count against the endpoint; others that were on their way when it was paused change nothing any more.

    While all failures in a row are of one room id, that one is suspected: it alone may be what the endpoint fails at.
    """
    outcome, room_id = entry.outcome, entry.row.room_id
    if outcome.wait_s:
        endpoint.not_before = max(endpoint.not_before, now + outcome.wait_s * 1000)
    if not rules.schedule or (endpoint.paused and not entry.is_probe):
        return
    is_alone = not endpoint.failures or endpoint.suspect == room_id
    endpoint.suspect = room_id if is_alone and not outcome.is_gone else ""
    endpoint.failures += 1
    endpoint.reason = outcome.detail
    if endpoint.paused:
        endpoint.probes += 1
    elif endpoint.failures >= rules.pause_after or outcome.is_gone:
        endpoint.paused, endpoint.paused_at = endpoints.BY_FAILURES, now
    if endpoint.paused == endpoints.BY_FAILURES:
        endpoint.probe_at = now + schedule.step_ms(rules.schedule, endpoint.probes)
