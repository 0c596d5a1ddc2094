"""Requests: who may ask whom for what, who may answer, and what an answer brings about.

A seat is given, and a device allowed, at the moment of the answer: what has changed since the request counts. If that
refuses, the request stays pending.
"""

from contextlib import suppress
from typing import Final

from conclave import errors
from conclave.domain import pending_requests, publishing, seating, snapshots
from conclave.domain.facts import ACCEPTED, CANCELLED, REJECTED, RequestSnapshot
from conclave.domain.membership import administering, as_administrator, as_member, as_reader, subordinate
from conclave.domain.operation import Operation
from conclave.domain.pending_requests import ADMINISTRATORS, INVITE_TO_SEAT, TAKE_SEAT, TO_BE_ALLOWED, TO_OPEN
from conclave.errors import Refusal
from conclave.store.requests import Request
from conclave.store.rooms import Room

_DEVICE_OF: Final = {action: device for actions in (TO_OPEN, TO_BE_ALLOWED) for device, action in actions.items()}
NOT_NEEDED: Final = ""
"""The id of a request that was not sent, because nobody has to consent any more."""


async def open_remote_device(
    op: Operation, room_id: str, room_key: int, account: str, device: int, timeout: int
) -> str:
    """Ask a member to open his microphone or camera, for ``timeout`` seconds; return the request's id.

    One that is open already needs no request: ``NOT_NEEDED``. Refuses with 100004, 100005, -2301, 100006, 100102 (he
    has applied for it himself), -2312 or 100013.
    """
    inside = await as_administrator(op, room_id, room_key)
    target = await subordinate(op, inside, account)
    pending_requests.refuse_robot(target)
    if target.devices & device:
        return NOT_NEEDED
    if await pending_requests.sent(op, inside.room, account, TO_BE_ALLOWED[device]):
        raise Refusal(errors.REQUEST_CONFLICT, f"account {account!r} has applied for it: accept that instead")
    return await pending_requests.add(op, inside.room, TO_OPEN[device], account, timeout=timeout)


async def apply_for_device(op: Operation, room_id: str, room_key: int, device: int, timeout: int) -> str:
    """Ask owner and administrators to let the operator open a device, for ``timeout`` seconds; return the request's id.

    Whoever administers the room, may open it in spite of a ban, or has it open needs no consent: ``NOT_NEEDED``.
    Refuses with 100004, 100005, 100102 (an administrator has asked him to open it), -2312 or 100013.
    """
    inside = await as_member(op, room_id, room_key)
    if inside.administers or (inside.member.devices | inside.member.grants) & device:
        return NOT_NEEDED
    if device in TO_OPEN and await pending_requests.received(op, inside.room, op.operator, TO_OPEN[device]):
        raise Refusal(errors.REQUEST_CONFLICT, "an administrator asks you to open it: accept that instead")
    return await pending_requests.add(op, inside.room, TO_BE_ALLOWED[device], ADMINISTRATORS, timeout=timeout)


async def respond(op: Operation, room_id: str, room_key: int, request_id: str, *, agree: bool, extension: str) -> None:
    """Answer a request; the first answer counts. ``extension`` goes to the sender.

    Refuses with 100004, 100005, -2311 or -2310; and to agree with 100200, 100210 or 100205, when the seat cannot be
    had: the request stays pending then.
    """
    inside = await as_member(op, room_id, room_key)
    request = await pending_requests.find(op, inside.room, request_id)
    if not pending_requests.may_answer(inside.room, request, inside.member):
        raise Refusal(errors.REQUEST_NOT_YOURS, f"request {request_id!r} was not sent to you")
    if not agree:
        await pending_requests.end(op, inside.room, [request], REJECTED, answered=request, message=extension)
    elif request.action in (TAKE_SEAT, INVITE_TO_SEAT):
        account = request.sender if request.action == TAKE_SEAT else op.operator
        await seating.sit(op, inside.room, request.seat_index, account, request, extension)
    else:
        await _allow_device(op, inside.room, request, extension)


async def _allow_device(op: Operation, room: Room, request: Request, extension: str) -> None:
    """Let the one whom a request concerns open the device; whoever else asked him the same is served by it, too."""
    account, device = request.target or request.sender, _DEVICE_OF[request.action]
    await publishing.grant(op, room, account, device)
    served = await pending_requests.received(op, room, account, request.action) if request.target else [request]
    await pending_requests.end(op, room, served, ACCEPTED, answered=request, message=extension)


async def cancel(op: Operation, room_id: str, room_key: int, request_id: str) -> None:
    """Withdraw a request of the operator; refuses with 100004, 100005, -2311 or -2310."""
    inside = await as_member(op, room_id, room_key)
    request = await pending_requests.find(op, inside.room, request_id)
    if request.sender != op.operator:
        raise Refusal(errors.REQUEST_NOT_YOURS, f"request {request_id!r} was not sent by you")
    await pending_requests.end(op, inside.room, [request], CANCELLED, answered=request)


async def promoted(op: Operation, room: Room, account: str) -> None:
    """Settle what somebody who is an administrator now, or the owner, has asked for: he needs no consent any more.

    If he has applied for a seat he gets it, or any other; his applications end as cancelled where there is none, and
    those for devices, which he may just open now.
    """
    for request in await pending_requests.sent(op, room, account, TAKE_SEAT):
        await _seat(op, room, request)
    moot = await pending_requests.sent(op, room, account, TAKE_SEAT, *TO_BE_ALLOWED.values())
    await pending_requests.end(op, room, moot, CANCELLED)


async def _seat(op: Operation, room: Room, application: Request) -> None:
    """Seat whoever has applied where he wanted to sit, else anywhere, if that is possible."""
    for index in dict.fromkeys((application.seat_index, seating.ANY_SEAT)):
        with suppress(Refusal):  # before anything was written
            await seating.sit(op, room, index, application.sender)
            return


async def visible(op: Operation, room_id: str, room_key: int) -> list[RequestSnapshot]:
    """Return the pending requests that the operator may answer, and his own; refuses with 100004 or 100005."""
    inside = await as_reader(op, room_id, room_key)
    return await snapshots.visible_requests(op, inside.room, inside.member, snapshots.MOST_REQUESTS)


async def applications(op: Operation, room_id: str, room_key: int) -> list[RequestSnapshot]:
    """Return the applications for seats that are pending; refuses with 100004, 100005 or -2301."""
    room = administering(await as_reader(op, room_id, room_key)).room
    found = await pending_requests.received(op, room, ADMINISTRATORS, TAKE_SEAT)
    return await snapshots.of_requests(op, room, found[: snapshots.MOST_REQUESTS])
