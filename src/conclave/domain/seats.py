"""Seats as backends arrange them: nobody is asked, and roles do not concern them.

What may happen on a seat stands in ``seating``; what members do there in ``seat_taking`` and ``seat_moderation``.
"""

from conclave.domain import rooms, seating
from conclave.domain.membership import require
from conclave.domain.operation import Operation
from conclave.domain.seating import every

__all__ = ["every", "kick_off", "lock", "move", "pick", "switch"]


async def pick(op: Operation, room_id: str, index: int, account: str) -> None:
    """Place a member on a given seat, without asking him; an application of his is granted by it.

    Refuses with 100004, 100211, 100252, 100005, 100203, 100200, 100210 or 100205, in this order [S2].
    """
    room = await rooms.lock(op, room_id)
    seating.require_index(room, index)
    await require(op, room, account)
    await seating.sit(op, room, index, account)


async def kick_off(op: Operation, room_id: str, account: str, data: str) -> None:
    """Take a member off the seat; refuses with 100004, 100005, 100206 or 100006 [S5]."""
    room = await rooms.lock(op, room_id)
    await require(op, room, account)
    await seating.put_off(op, room, await seating.require_seated(op, room, account), data)


async def lock(
    op: Operation, room_id: str, index: int, taken: bool | None, video: bool | None, audio: bool | None
) -> None:
    """Lock or unlock a seat, bar or allow its user's video and audio; ``None`` leaves an attribute alone [S6].

    Refuses with 100004, 100211, 100252 or 100006.
    """
    room = await rooms.lock(op, room_id)
    seating.require_index(room, index)
    await seating.bar(op, room, await seating.at(op, room, index), taken=taken, video=video, audio=audio)


async def switch(op: Operation, room_id: str, account: str, index: int) -> None:
    """Move a seated user to an empty seat [S7].

    Refuses with 100004, 100211, 100252, 100206, 100006, 100200 or 100210.
    """
    room = await rooms.lock(op, room_id)
    seating.require_index(room, index)
    await seating.switch(op, room, account, index)


async def move(op: Operation, room_id: str, account: str, index: int, policy: int) -> None:
    """Move a seated user; what happens to an occupant is the policy's: refuse, put off, or exchange [S8].

    A locked target is unlocked. Refuses with 100004, 100211, 100252, 100005, 100206, 100006 or 100210.
    """
    room = await rooms.lock(op, room_id)
    seating.require_index(room, index)
    await require(op, room, account)
    await seating.move(op, room, account, await seating.at(op, room, index), policy)
