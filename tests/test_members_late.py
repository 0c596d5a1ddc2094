"""Whose deed it is that somebody's time was over, where a call comes upon it before the clock does."""

import asyncio
from pathlib import Path
from typing import Any, Final

import pytest

from conclave.clock import AdjustableClock
from conclave.domain import accounts, invitations, members, requests, room_creation
from conclave.domain.application_settings import ApplicationSettings
from conclave.domain.applications import Application
from conclave.domain.membership import MICROPHONE
from conclave.domain.operation import Operation
from conclave.domain.room_drafts import RoomDraft
from conclave.store.engine import Engine
from conclave.store.statements import Statement, Transaction
from tests.engines import opened_either

SDKAPPID: Final = 1_400_000_001
APPLICATION: Final = Application(SDKAPPID, ApplicationSettings(), (), frozenset({"administrator"}))
TOLD: Final = Statement("SELECT kind, operator, platform, client_ip FROM events WHERE room_key > 0 ORDER BY position")


async def invite(op: Operation, room_key: int) -> None:
    await invitations.invite(op, "room-1", room_key, ["eve"], 60, "")


async def apply(op: Operation, room_key: int) -> None:
    await requests.apply_for_device(op, "room-1", room_key, MICROPHONE, 60)


def asked(tx: Transaction, who: str) -> Operation:
    return Operation(tx, APPLICATION, who, "iOS", "192.0.2.7")


async def furnish(engine: Engine) -> int:
    """Let bob be in ann's room; return its key."""

    async def work(tx: Transaction) -> int:
        await accounts.import_many(asked(tx, "ann"), ["ann", "bob", "eve"])
        draft = RoomDraft(room_id="room-1", room_type="Conference", owner="ann")
        await room_creation.create(asked(tx, "ann"), draft)
        return (await members.enter(asked(tx, "bob"), "room-1", None)).room_key

    return await engine.write(work)


@pytest.mark.parametrize(
    ("deed", "ended", "sent"),
    [(invite, "InvitationsEnded", "InvitationsSent"), (apply, "RequestsEnded", "RequestSent")],
)
def test_the_clock_ends_what_is_late_whoever_asks_anew(tmp_path: Path, deed: Any, ended: str, sent: str) -> None:
    async def main() -> None:
        clock = AdjustableClock()
        async with opened_either(tmp_path, clock) as engine:
            room_key = await furnish(engine)
            for _ in range(2):
                await engine.write(lambda tx: deed(asked(tx, "bob"), room_key))
                clock.advance(60)
            told = await engine.read(lambda tx: tx.all(TOLD))
            by_bob = ("bob", "iOS", "192.0.2.7")
            by_the_clock = ("@TIM#SYSTEM", "Unknown", "127.0.0.1")
            assert told[-3:] == [(sent, *by_bob), (ended, *by_the_clock), (sent, *by_bob)]

    asyncio.run(main())
