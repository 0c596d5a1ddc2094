"""Requests that are pending in a locked room: what waits for somebody's consent, and how it ends.

This is the lowest part: it asks nobody's right and grants nothing; what an answer brings about stands in ``requests``.
A request hangs on the membership of its sender and of its target, not on their connections.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from conclave import errors
from conclave.domain import events, facts, snapshots
from conclave.domain.facts import ACCEPTED, CANCELLED, EXPIRED, FAILED
from conclave.domain.membership import CAMERA, MEMBER, MICROPHONE, SCREEN, role_of
from conclave.domain.operation import Operation, of_the_clock
from conclave.errors import ErrorCode, Refusal
from conclave.store import members as member_rows
from conclave.store import requests as rows
from conclave.store import room_contents
from conclave.store.members import Member
from conclave.store.requests import Request
from conclave.store.rooms import Room

# TUIRequestAction.
OPEN_CAMERA, OPEN_MICROPHONE = 1, 2
TAKE_SEAT, INVITE_TO_SEAT = 4, 5
APPLY_CAMERA, APPLY_MICROPHONE, APPLY_SCREEN = 6, 7, 8

TO_OPEN: Final = {CAMERA: OPEN_CAMERA, MICROPHONE: OPEN_MICROPHONE}
"""By device, what an administrator asks of its user; nobody is asked to share a screen."""
TO_BE_ALLOWED: Final = {CAMERA: APPLY_CAMERA, MICROPHONE: APPLY_MICROPHONE, SCREEN: APPLY_SCREEN}
"""By device, what its user asks of the administrators."""
ASKED_BY_ADMINISTRATORS: Final = (*TO_OPEN.values(), INVITE_TO_SEAT)
ADMINISTRATORS: Final = ""
"""The target of what owner and administrators may answer."""
NO_SEAT: Final = -1
MAX_PENDING: Final = 1000
"""How many requests may be pending in a room: all that ends at once is one fact."""
_EVERY: Final = 2**31 - 1
_MOST_DIGITS: Final = 18


async def add(
    op: Operation,
    room: Room,
    action: int,
    target: str,
    *,
    timeout: int,
    seat_index: int = NO_SEAT,
    extension: str = "",
) -> str:
    """Write a request of the operator and tell its receivers; return its id.

    ``timeout`` is in seconds, 0 for never. Refuses with -2312 while the same one is pending, and with 100013
    where too many are.
    """
    await expire(op, room)  # one whose time is over keeps nobody from asking again
    expires_at = op.now + timeout * 1000 if timeout else 0
    request = Request(room.seq + 1, action, op.operator, target, seat_index, extension, op.now, expires_at)
    if not await rows.insert(op.tx, op.sdkappid, room.room_key, request):
        raise Refusal(errors.REQUEST_REPEATED, "the same request is pending already; cancel it or wait")
    if room.holds & room_contents.REQUESTS and await rows.count(op.tx, op.sdkappid, room.room_key) > MAX_PENDING:
        raise Refusal(errors.OVER_CEILING, f"room {room.room_id!r} would have more than {MAX_PENDING} requests")
    room.holds |= room_contents.REQUESTS
    receivers = [target] if target else await administrators(op, room)
    (told,) = await snapshots.of_requests(op, room, [request])
    await events.append(op, room, facts.RequestSent(told, receivers))
    return told.request_id


async def find(op: Operation, room: Room, request_id: str) -> Request:
    """Return a pending request; refuses with -2311, also when its time is over and nobody was told so yet."""
    number = request_id.partition(".")[2]
    is_number = number.isascii() and number.isdecimal() and len(number) <= _MOST_DIGITS
    is_here = is_number and request_id == snapshots.request_id(room, int(number))
    request = await rows.find(op.tx, op.sdkappid, room.room_key, int(number)) if is_here else None
    if request is None or op.is_past(request.expires_at):
        raise Refusal(errors.REQUEST_UNKNOWN, f"request {request_id!r} is not pending (any more)")
    return request


async def sent(op: Operation, room: Room, account: str, *actions: int) -> list[Request]:
    """Return what an account has asked for, of these actions."""
    if not room.holds & room_contents.REQUESTS:
        return []
    found = await rows.of_sender(op.tx, op.sdkappid, room.room_key, account)
    return [request for request in found if request.action in actions and not op.is_past(request.expires_at)]


async def received(op: Operation, room: Room, target: str, *actions: int) -> list[Request]:
    """Return what a target was asked, of these actions, the oldest first."""
    if not room.holds & room_contents.REQUESTS:
        return []
    found = await rows.to(op.tx, op.sdkappid, room.room_key, target, _EVERY)
    return [request for request in found if request.action in actions and not op.is_past(request.expires_at)]


async def end(
    op: Operation,
    room: Room,
    requests: Sequence[Request],
    outcome: int,
    *,
    answered: Request | None = None,
    code: ErrorCode = errors.OK,
    message: str = "",
    without: Iterable[str] = (),
) -> None:
    """Delete requests and say how they ended; ``answered`` is the one that the operator answered or cancelled.

    ``without`` are administrators who are leaving.
    """
    if not requests:
        return
    for request in requests:
        await rows.delete(op.tx, op.sdkappid, room.room_key, request.number)
    told = await snapshots.of_requests(op, room, requests)
    to_administrators = any(request.target == ADMINISTRATORS for request in requests)
    present = await administrators(op, room) if to_administrators else []
    fact = facts.RequestsEnded(
        requests=told,
        outcome=outcome,
        answered=snapshots.request_id(room, answered.number) if answered else "",
        code=code.number,
        message=message,
        administrators=[account for account in present if account not in without],
    )
    await events.append(op, room, fact)


async def administrators(op: Operation, room: Room) -> list[str]:
    """Return the owner and the administrators who are inside."""
    owner = await member_rows.find(op.tx, op.sdkappid, room.room_key, room.owner)
    others = []
    if room.administrator_count:
        others = await member_rows.administrators(op.tx, op.sdkappid, room.room_key)
    return [*([owner.account] if owner else []), *others]


async def fulfil_seat(op: Operation, room: Room, account: str, answered: Request | None, message: str) -> None:
    """End what was asked for an account that sits now: its own application, and invitations to it."""
    wanted = await sent(op, room, account, TAKE_SEAT) + await received(op, room, account, INVITE_TO_SEAT)
    await end(op, room, wanted, ACCEPTED, answered=answered, message=message)


async def fulfil_device(op: Operation, room: Room, account: str, device: int) -> None:
    """End what was asked for about a device that its user has opened: his own application, and requests to open it."""
    wanted = await sent(op, room, account, TO_BE_ALLOWED[device])
    if device in TO_OPEN:
        wanted += await received(op, room, account, TO_OPEN[device])
    await end(op, room, wanted, ACCEPTED)


async def withdraw_applications(op: Operation, room: Room) -> None:
    """End the applications for seats: whoever wants one may just take it now."""
    await end(op, room, await received(op, room, ADMINISTRATORS, TAKE_SEAT), CANCELLED)


async def forget(op: Operation, room: Room, leaving: Sequence[Member]) -> None:
    """End what members who are about to leave asked for, and were asked."""
    if not room.holds & room_contents.REQUESTS:
        return
    gone = {member.account for member in leaving}
    own = [each for who in gone for each in await rows.of_sender(op.tx, op.sdkappid, room.room_key, who)]
    asked = [each for who in gone for each in await rows.to(op.tx, op.sdkappid, room.room_key, who, _EVERY)]
    await end(op, room, sorted(own, key=_by_number), CANCELLED, without=gone)
    orphaned = sorted((request for request in asked if request.sender not in gone), key=_by_number)
    await end(op, room, orphaned, FAILED, code=errors.NOT_MEMBER, message="the user left the room")


async def demote(op: Operation, room: Room, account: str) -> None:
    """End what an account asked of others as owner or administrator, which it is no more."""
    await end(op, room, await sent(op, room, account, *ASKED_BY_ADMINISTRATORS), CANCELLED)


async def expire(op: Operation, room: Room) -> None:
    """End the requests of a room whose time is over, in the name of the clock."""
    if room.holds & room_contents.REQUESTS:
        over = await rows.over(op.tx, op.sdkappid, room.room_key)
        clock = of_the_clock(op.tx, op.application)
        await end(clock, room, sorted(over, key=_by_number), EXPIRED)


def refuse_robot(member: Member) -> None:
    """Refuse with 100006 to ask a robot, which would never answer."""
    if member.is_robot:
        raise Refusal(errors.NOT_PERMITTED, f"account {member.account!r} is a robot, and answers nothing")


def may_answer(room: Room, request: Request, member: Member) -> bool:
    """Tell whether a member is among those who may answer."""
    if request.target == ADMINISTRATORS:
        return role_of(room, member.account, member.role) != MEMBER
    return request.target == member.account


def _by_number(request: Request) -> int:
    return request.number
