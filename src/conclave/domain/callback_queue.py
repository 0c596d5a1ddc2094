"""What operators see of the queue of callbacks, and what they may do with it [C12].

List, send again, discard, pause, resume.
"""

import re
from typing import Final, Literal

import msgspec

from conclave import errors
from conclave.domain import directory, paging
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store import callback_endpoints as endpoints
from conclave.store import callbacks as rows
from conclave.store.callback_endpoints import BY_OPERATOR, Endpoint
from conclave.store.callbacks import WAITING, CallbackRow
from conclave.store.statements import LATEST

START: Final = (0, 0)
What = Literal["delivered", "refused", "failed"]
Place = tuple[int, int]
_IDENTIFIER: Final = re.compile(r"evt_([1-9]\d{0,15})_([1-9]\d{0,17})_([1-9]\d{0,17})_([1-9]\d{0,17})", re.ASCII)


class Attempt(msgspec.Struct, frozen=True, omit_defaults=True):
    """One attempt as it is kept with the callback: ``at`` in milliseconds, ``status`` 0 where there was no answer.

    ``outcome`` is a ``What``, or a word of a newer version, which is kept as it is.
    """

    at: int
    outcome: str
    milliseconds: int
    status: int = 0
    detail: str = ""


_attempts: Final = msgspec.json.Decoder(list[Attempt])


def attempts_of(row: CallbackRow) -> list[Attempt]:
    """Return the latest attempts at a callback, the oldest first."""
    return _attempts.decode(row.attempts)


def identifier(row: CallbackRow) -> str:
    """Return the ``webhook-id``: the same at every attempt; the number behind the last ``_`` has no gap [C11].

    The time keeps it apart from what had the same position before a backup was restored.
    """
    return f"evt_{row.sdkappid}_{row.at}_{row.position}_{row.number}"


async def page(
    op: Operation, state: str | None, room_id: str | None, after: Place, limit: int
) -> tuple[list[CallbackRow], Place]:
    """Return callbacks, the latest first, and the place to go on after: ``START`` at the end.

    ``state`` and ``room_id`` leave others out. A bounded number of callbacks is looked at for one page.
    """

    async def read(after: Place, most: int) -> list[CallbackRow]:
        if room_id is None:
            return await rows.page(op.tx, op.sdkappid, (LATEST, LATEST) if after == START else after, most)
        return await rows.page_of_room(op.tx, op.sdkappid, room_id, LATEST if after == START else after[1], most)

    def wanted(row: CallbackRow) -> CallbackRow | None:
        return row if state in (None, row.state) else None

    return await paging.look_through(
        read, lambda row: (row.position, row.number), wanted, after=after, end=START, limit=limit
    )


async def endpoint(op: Operation) -> Endpoint:
    """Return how the endpoint is; one that never had anything to do is fine."""
    return await endpoints.find(op.tx, op.sdkappid) or Endpoint(sdkappid=op.sdkappid)


async def is_configured(op: Operation) -> bool:
    """Tell whether there is a URL to send to, as it is stored now."""
    found = await directory.find(op.tx, op.sdkappid)
    return found is not None and bool(found[0].callback_url)


async def find(op: Operation, webhook_id: str) -> CallbackRow:
    """Return a callback; refuses with 100002 what is no id of one, or of one that is gone."""
    parts = _IDENTIFIER.fullmatch(webhook_id)
    if parts is None:
        raise Refusal(
            errors.PARAMETER, "WebhookId must be evt_SDKAPPID_TIME_POSITION_NUMBER, as in the header webhook-id"
        )
    sdkappid, at, position, number = map(int, parts.groups())
    row = await rows.find_at(op.tx, op.sdkappid, position, number) if sdkappid == op.sdkappid else None
    if row is None or row.at != at:
        raise Refusal(errors.PARAMETER, f"WebhookId: the application has no callback {webhook_id}")
    return row


async def find_of_room(op: Operation, room_id: str, number: int) -> CallbackRow:
    """Return a callback by its number within the room id; refuses with 100002."""
    row = await rows.find(op.tx, op.sdkappid, room_id, number)
    if row is None:
        raise Refusal(errors.PARAMETER, f"Number: room {room_id!r} has no callback {number}")
    return row


async def send_again(op: Operation, row: CallbackRow) -> None:
    """Put a callback that is delivered or dead into the queue again, before all that its room id has there.

    Refuses with 100301 where no URL is configured, and with 100006 when it waits already.
    """
    if not await is_configured(op):
        raise Refusal(errors.CALLBACK_NOT_EXIST, "no callback is configured, so nothing can be sent; use set_callback")
    found = await endpoints.lock(op.tx, op.sdkappid) or Endpoint(sdkappid=op.sdkappid)
    row = await rows.find_at(op.tx, op.sdkappid, row.position, row.number) or row
    if row.state == WAITING:
        raise Refusal(errors.NOT_PERMITTED, f"callback {identifier(row)} waits to be sent already")
    if found.watched_version != found.version:  # a removal that the reader has not passed would drop it again
        raise Refusal(errors.NOT_PERMITTED, "the configuration has just changed; try again in a moment")
    await rows.send_again(op.tx, row)


async def discard(op: Operation, row: CallbackRow) -> None:
    """Forget a dead callback for good; refuses with 100006 what is delivered, which is pruned, or waits."""
    if not await rows.discard(op.tx, row):
        raise Refusal(errors.NOT_PERMITTED, f"callback {identifier(row)} is {row.state}: only dead ones are discarded")


async def discard_all(op: Operation, found: list[CallbackRow]) -> int:
    """Forget those of some callbacks that are dead, for good; return how many."""
    return sum([await rows.discard(op.tx, row) for row in found])


async def pause(op: Operation) -> Endpoint:
    """Send nothing until ``resume``; refuses with 100301 where nothing was ever configured."""
    found = await _known(op)
    if found.paused != BY_OPERATOR:
        found.paused, found.paused_at = BY_OPERATOR, op.now
        await endpoints.set_health(op.tx, found)
    return found


async def resume(op: Operation) -> Endpoint:
    """Send what waits, now, whoever paused the endpoint; refuses with 100301 where nothing was ever configured."""
    found = await _known(op)
    found.begin_anew()
    await endpoints.set_health(op.tx, found)
    await rows.release(op.tx, op.sdkappid)
    return found


async def _known(op: Operation) -> Endpoint:
    found = await endpoints.lock(op.tx, op.sdkappid)
    if found is None:
        raise Refusal(errors.CALLBACK_NOT_EXIST, "no callback was ever configured; use set_callback")
    return found
