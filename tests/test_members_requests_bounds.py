"""How many requests may be pending in a room."""

import asyncio
from pathlib import Path
from typing import Final

import pytest

from conclave import errors
from conclave.clock import AdjustableClock
from conclave.domain import accounts, members, requests, room_creation
from conclave.domain.application_settings import ApplicationSettings
from conclave.domain.applications import Application
from conclave.domain.membership import CAMERA, MICROPHONE, SCREEN
from conclave.domain.operation import Operation
from conclave.domain.pending_requests import MAX_PENDING
from conclave.domain.room_drafts import RoomDraft
from conclave.errors import Refusal
from conclave.store.statements import Transaction
from tests.engines import opened_either

APPLICATION: Final = Application(1_400_000_001, ApplicationSettings(max_member_count=500), (), frozenset({"owner"}))
PEOPLE: Final = [f"user{number}" for number in range(MAX_PENDING // 3 + 1)]


def asked(tx: Transaction, who: str) -> Operation:
    return Operation(tx, APPLICATION, who)


async def apply(tx: Transaction, who: str, room_key: int, device: int) -> str:
    return await requests.apply_for_device(asked(tx, who), "room-1", room_key, device, 60)


async def fill(tx: Transaction) -> int:
    """Let everybody apply for every device, but for the last one's; return the room's key."""
    await accounts.import_many(asked(tx, "owner"), PEOPLE)
    draft = RoomDraft(room_id="room-1", room_type="Conference", owner="owner", max_member_count=500)
    room_key = (await room_creation.create(asked(tx, "owner"), draft)).room_key
    for who in PEOPLE:
        await members.enter(asked(tx, who), "room-1", None)
    wanted = [(who, device) for who in PEOPLE for device in (MICROPHONE, CAMERA, SCREEN)]
    for who, device in wanted[:MAX_PENDING]:
        await apply(tx, who, room_key, device)
    return room_key


def test_a_room_has_so_many_requests_and_more_when_their_time_is_over(tmp_path: Path) -> None:
    async def main() -> None:
        clock = AdjustableClock()
        async with opened_either(tmp_path, clock) as engine:
            room_key = await engine.write(fill)
            with pytest.raises(Refusal) as refused:
                await engine.write(lambda tx: apply(tx, PEOPLE[-1], room_key, SCREEN))
            assert refused.value.code is errors.OVER_CEILING
            clock.advance(61)
            assert await engine.write(lambda tx: apply(tx, PEOPLE[-1], room_key, SCREEN))

    asyncio.run(main())
