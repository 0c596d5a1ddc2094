"""Rooms that members create by themselves: so many for each, so that nobody fills the house. REST is not bounded."""

from conclave import errors
from conclave.domain import accounts, room_creation, rooms
from conclave.domain.operation import Operation
from conclave.domain.room_drafts import RoomDraft
from conclave.errors import Refusal
from conclave.store import groups
from conclave.store.rooms import Room


async def create(op: Operation, draft: RoomDraft) -> Room:
    """Create a room of the operator's; refuses with 100006, 101011, and as ``room_creation.create`` does.

    Whatever he owns counts, also what was handed to him. An id that is in use is refused as such: nothing would be
    created.
    """
    _refuse_where_none_may(op)
    await accounts.lock(op, draft.owner)  # an owner's rooms are made one after the other
    return await _create(op, draft)


def _refuse_where_none_may(op: Operation) -> None:
    if not op.application.settings.max_rooms_per_member:
        raise Refusal(errors.NOT_PERMITTED, "members of this application create no rooms")


async def _create(op: Operation, draft: RoomDraft) -> Room:
    most = op.application.settings.max_rooms_per_member
    is_free = await groups.holder(op.tx, op.sdkappid, draft.room_id) is None
    if is_free and await _owns_enough(op, draft.owner):
        raise Refusal(errors.ROOMS_AT_LIMIT, f"you own {most} rooms or more: end one before you create another")
    return await room_creation.create(op, draft)


async def _owns_enough(op: Operation, account: str) -> bool:
    most = op.application.settings.max_rooms_per_member
    return await groups.owned_rooms(op.tx, op.sdkappid, account, most) == most


async def refuse_more_than_he_may(op: Operation, heir: str) -> None:
    """Refuse with 101011 to hand an account that is not asked, and is locked, one room more than it may own.

    Where members create no rooms, nobody is kept from one by those that he was handed.
    """
    if op.application.settings.max_rooms_per_member and await _owns_enough(op, heir):
        raise Refusal(errors.ROOMS_AT_LIMIT, f"{heir!r} owns as many rooms as he may; he may take one over from inside")


async def create_where_free(op: Operation, draft: RoomDraft) -> None:
    """Create a room unless there is one of that id; refuses as ``create`` does."""
    await accounts.lock(op, draft.owner)
    if await rooms.exists(op, draft.room_id):
        return
    try:
        _refuse_where_none_may(op)
        await _create(op, draft)
    except Refusal as refusal:
        if refusal.code not in (errors.ROOM_ID_IN_USE, errors.ROOM_ID_OWN):
            raise  # otherwise somebody else has created it just now
