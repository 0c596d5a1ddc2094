"""Profiles of accounts: nickname and picture, as every room shows them."""

from typing import Final

from conclave.domain import events, facts
from conclave.domain.operation import Operation
from conclave.domain.snapshots import of_member
from conclave.store import accounts as rows
from conclave.store import groups
from conclave.store import members as member_rows
from conclave.store import rooms as room_rows

PAGE: Final = 100
MOST_ROOMS: Final = 20
"""How many rooms are told of what an account does by itself; nobody is in more of them to meet people."""


async def change(
    op: Operation, account: str, nick: str | None, face_url: str | None, *, everywhere: bool = True
) -> bool:
    """Change what is given of an account, and tell every room that it is in, or only the newest of them.

    In one transaction, so that no room is left with the name of before; each room is locked until its end, in the
    order of their keys. What a member does by itself is bounded by ``MOST_ROOMS``; the backend's change waits for every
    room, and happens not at all where that takes longer than a call may. Returns whether the account is imported.
    """
    known = await rows.lock(op.tx, op.sdkappid, account)
    if known is None:
        return False
    nick = known.nick if nick is None else nick
    face_url = known.face_url if face_url is None else face_url
    changed = ["nick"] * (nick != known.nick) + ["face_url"] * (face_url != known.face_url)
    if changed:
        await rows.set_profile(op.tx, op.sdkappid, known, nick, face_url)
        await (_tell_every_room if everywhere else _tell_newest_rooms)(op, account, changed)
    return True


async def _tell_newest_rooms(op: Operation, account: str, changed: list[str]) -> None:
    newest = await groups.newest_rooms(op.tx, op.sdkappid, account, MOST_ROOMS)
    for room_id in reversed(newest):  # in the order in which rooms are locked
        await _tell_room(op, room_id, account, changed)


async def _tell_every_room(op: Operation, account: str, changed: list[str]) -> None:
    joined = await groups.joined_keys(op.tx, op.sdkappid, account, 0, PAGE)
    while joined:
        for _, room_id, is_room in joined:
            if is_room:
                await _tell_room(op, room_id, account, changed)
        joined = await groups.joined_keys(op.tx, op.sdkappid, account, joined[-1][0], PAGE)


async def _tell_room(op: Operation, room_id: str, account: str, changed: list[str]) -> None:
    room = await room_rows.lock(op.tx, op.sdkappid, room_id)
    member = room and await member_rows.find(op.tx, op.sdkappid, room.room_key, account)
    if room and member:
        await events.append(op, room, facts.MemberUpdated(await of_member(op, room, member), changed))
