"""What is recorded beside what this version cannot read: a word of a newer one, and what nobody can read."""

import asyncio
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

import pytest

from conclave.callbacks.ledger import Ledger
from conclave.callbacks.outcome import Outcome
from conclave.callbacks.settling import LEFT_OUT_MS, Rules
from conclave.store import callback_endpoints as endpoints
from conclave.store import callbacks as queue
from conclave.store.callback_endpoints import Endpoint
from conclave.store.callbacks import CallbackRow
from conclave.store.engine import Engine
from conclave.store.statements import LATEST, Statement, Transaction
from tests import invariants
from tests.backend import CREATE, Backend
from tests.engines import opened_either
from tests.house import Caller, Server
from tests.member import until
from tests.receiver import Receiver
from tests.standstill import LONGEST, STEPS, of_room, until_recorded
from tests.terminal import Terminal

GARBAGE: Final = ('{"at":1}', "[{}]", "nonsense", "")
SPOIL: Final = Statement("UPDATE callbacks SET attempts = $3 WHERE sdkappid = $1 AND position = $2")
WRITE: Final = "UPDATE callbacks SET attempts = ? WHERE room_id = ?"


@pytest.fixture
def backend(new_server: Callable[..., Server], receiver: Receiver) -> Backend:
    """A backend whose receiver has refused the callbacks of two rooms once; its server is stopped."""
    server = new_server().start()
    backend = Backend(server, Caller(server.url), receiver)
    backend.listen(CREATE)
    backend.rule("answer", status=400)
    for room_id in ("one", "other"):
        backend.caller.create_room(room_id)
    for room_id in ("one", "other"):
        until_recorded(backend, 1, room_id)
    backend.server.stop()
    return backend


def state(backend: Backend, room_id: str) -> str:
    return next((str(row["state"]) for row in backend.rows() if row["room_id"] == room_id), "")


def test_an_outcome_of_a_newer_version_is_kept_and_shown_as_it_is(backend: Backend) -> None:
    newer = {"at": 1, "outcome": "post\x1bponed", "milliseconds": 7, "why": "full"}
    backend.server.database.change(WRITE, [(json.dumps([newer]), "one")])
    backend.proper()
    backend.server.start()
    backend.caller.advance(STEPS[0] * LONGEST)
    backend.until_quiet()
    assert backend.states() == ["delivered", "delivered"]
    listed = backend.caller.ok("conclave/list_callback_deliveries", {"RoomId": "one"})["DeliveryList"]
    assert [each["Outcome"] for each in listed[0]["AttemptList"]] == ["post\x1bponed", "Delivered"]
    shown = Terminal(backend.server.folder).ok("callbacks", "show", listed[0]["WebhookId"])
    assert "post\\x1bponed after 7 ms" in shown
    invariants.check(backend.server.database)


def test_attempts_that_nobody_can_read_hold_back_their_own_room_only(backend: Backend) -> None:
    server = backend.server
    server.database.change(WRITE, [(GARBAGE[0], "one")])
    backend.proper()
    server.start()
    backend.caller.advance(STEPS[0] * LONGEST)
    until(lambda: state(backend, "other") == "delivered")
    until(lambda: "left out" in server.log.read_text())
    before = len(of_room(backend, "one"))
    backend.caller.create_room("later")
    until(lambda: state(backend, "later") == "delivered")
    assert state(backend, "one") == "waiting"
    assert len(of_room(backend, "one")) == before == 2  # it is held back
    server.database.change(WRITE, [("[]", "one")])
    backend.caller.advance(LEFT_OUT_MS / 1000)
    backend.until_quiet()
    assert backend.states() == ["delivered"] * 3
    invariants.check(server.database)


# All of one batch.


async def prepared(tx: Transaction) -> list[CallbackRow]:
    """Put a callback for each of several rooms into the queue; of some, the attempts cannot be read."""
    await endpoints.new_version(tx, 1)
    for n, attempts in enumerate((*GARBAGE, "[]", "[]"), 1):
        await queue.enqueue(tx, CallbackRow(1, n, 0, f"room-{n}", n, CREATE, "Web", "127.0.0.1", "{}"))
        await tx.run(SPOIL, 1, n, attempts)
    await endpoints.count(tx, 1, waiting=len(GARBAGE) + 2)
    await endpoints.set_health(tx, Endpoint(sdkappid=1, failures=9, paused=endpoints.BY_FAILURES, probe_at=1))
    return await queue.due(tx, 1, LATEST, 100)


async def recorded(engine: Engine, rows: list[CallbackRow], *, are_probes: bool = False) -> None:
    """Let a ledger record in one batch that all were delivered."""
    ledger = Ledger(engine, Rules((), 3))
    entries = [ledger.record(row, Outcome("delivered", 200, "", 1), are_probes, "") for row in rows]
    waiting = asyncio.gather(*entries)
    await asyncio.sleep(0)  # all of them are handed in before it begins
    running = asyncio.ensure_future(ledger.run())
    done, _ = await asyncio.wait((running, waiting), timeout=20, return_when=asyncio.FIRST_COMPLETED)
    assert done == {waiting}, running
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running


def test_of_a_batch_all_is_recorded_but_what_cannot_be(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened_either(tmp_path) as engine:
            rows = await engine.write(prepared)
            await recorded(engine, rows)
            left = await engine.read(lambda tx: queue.due(tx, 1, LATEST, 100))
            assert sorted(row.attempts for row in left) == sorted(GARBAGE)
            assert [row.state for row in left] == ["waiting"] * len(GARBAGE)
            soon = await engine.read(lambda tx: queue.due(tx, 1, tx.now + LEFT_OUT_MS - 20_000, 100))
            assert soon == []
            endpoint = await engine.read(lambda tx: endpoints.find(tx, 1))
            assert endpoint is not None
            assert (endpoint.waiting, endpoint.delivered, endpoint.paused) == (len(GARBAGE), 2, "")

    asyncio.run(scenario())


def test_a_probe_that_cannot_be_recorded_is_not_sent_without_end(tmp_path: Path) -> None:
    async def scenario() -> None:
        async with opened_either(tmp_path) as engine:
            rows = await engine.write(prepared)
            await recorded(engine, [row for row in rows if row.attempts == GARBAGE[0]], are_probes=True)
            endpoint = await engine.read(lambda tx: endpoints.find(tx, 1))
            assert endpoint is not None
            now = await engine.read(_now)
            assert endpoint.paused == endpoints.BY_FAILURES
            assert now + LEFT_OUT_MS - 20_000 < endpoint.probe_at <= now + LEFT_OUT_MS

    asyncio.run(scenario())


async def _now(tx: Transaction) -> int:
    return tx.now
