"""Making a room.

The order of refusals is that of decision G1: fields, room type, ceilings, the id, accounts, then the rest.
"""

import msgspec

from conclave import errors
from conclave.domain import accounts, attendees, booking, events, facts, room_drafts
from conclave.domain.groups import ASSIGNED
from conclave.domain.operation import Operation
from conclave.domain.room_drafts import RoomDraft
from conclave.domain.snapshots import of_person
from conclave.errors import Field, Refusal
from conclave.store import applications as application_rows
from conclave.store import attendees as attendee_rows
from conclave.store import events as log
from conclave.store import groups, room_contents
from conclave.store import rooms as rows
from conclave.store.rooms import Room


async def create(op: Operation, draft: RoomDraft) -> Room:
    """Create a room and its Chat group [R1]; nobody is inside yet.

    Refuses with 100002, 100015, 100013, 100003, 100010, 100011, 100012, 100007 or 101011.
    """
    start, end = booking.times(draft.schedule_start_s, draft.schedule_end_s, op.now // 1000)
    room_drafts.check_password(draft.is_password_enabled, draft.password)
    max_seat_count, take_seat_mode = room_drafts.seats(op, draft)
    await _refuse_assigned(op, draft.room_id)
    if draft.room_type != room_drafts.ROOM_TYPE:
        raise Refusal(errors.ROOM_TYPE_INVALID, Field.ROOM_TYPE, f" must be {room_drafts.ROOM_TYPE!r}")
    room_drafts.check_ceiling(op, draft.max_member_count)
    room_drafts.check_seat_ceiling(op, max_seat_count)
    room = _new(op, draft, start, end)
    room.max_seat_count, room.take_seat_mode = max_seat_count, take_seat_mode
    await accounts.hold(op, *draft.invitees)
    while not await rows.claim(op.tx, op.sdkappid, room):
        await _refuse_held(op, draft)
    await accounts.require(op, draft.owner, Field.OWNER)
    await _refuse_hurry(op, draft.room_id)
    if not op.application.settings.allow_rooms:
        raise Refusal(errors.PLAN_MISSING, "the application has no plan that allows rooms")
    await _refuse_beyond_ceiling(op)
    fact = facts.RoomCreated(facts.RoomSnapshot.of(room, op.now), [])
    if draft.invitees:
        fact = await _invite(op, room, fact, draft.invitees)
    await groups.count(op.tx, op.sdkappid, keys=1, rooms=1)  # last: others may count in the same row
    await events.begin(op, room, fact, booking.notice_at(op, room), booking.remind_at(op, room))
    return room


async def _refuse_beyond_ceiling(op: Operation) -> None:
    ceiling = op.application.settings.max_rooms
    if not ceiling:
        return
    await application_rows.lock(op.tx, op.sdkappid)  # where there is a ceiling, rooms are made one after the other
    if await groups.counter(op.tx, op.sdkappid, "rooms") >= ceiling:
        raise Refusal(errors.ROOMS_AT_LIMIT, f"the application has {ceiling} rooms, its ceiling")


async def _invite(op: Operation, room: Room, fact: facts.RoomCreated, wanted: list[str]) -> facts.RoomCreated:
    """Write who is to attend a new room, and return its fact with that."""
    invitees = await attendees.known(op, wanted)
    if not invitees:
        return fact
    room.holds = room_contents.INVITEES
    await attendee_rows.add(op.tx, op.sdkappid, room.room_key, invitees)
    return msgspec.structs.replace(fact, invitees=invitees, host=await of_person(op, room.owner))


def _new(op: Operation, draft: RoomDraft, start: int, end: int) -> Room:
    """Return a room that has no key yet."""
    now = op.now
    return Room(
        room_key=0,
        room_id=draft.room_id,
        name=draft.room_id if draft.name is None else draft.name,
        owner=draft.owner,
        created_at=now,
        member_count=0,
        max_member_count=draft.max_member_count or op.application.settings.max_member_count,
        entries=0,
        schedule_start_s=start,
        schedule_end_s=end,
        started_at=now if start * 1000 <= now else 0,
        closes_at=booking.closes_at(op, now, end),
        is_video_disabled=int(draft.is_video_disabled or False),
        is_audio_disabled=int(draft.is_audio_disabled or False),
        is_message_disabled=int(draft.is_message_disabled or False),
        is_screen_sharing_disabled=int(draft.is_screen_sharing_disabled or False),
        is_cloud_recording_disabled=int(draft.is_cloud_recording_disabled or False),
        custom_info=draft.custom_info or "",
        is_seat_enabled=int(draft.is_seat_enabled),
        max_seat_count=0,
        take_seat_mode=room_drafts.NO_SEAT_MODE,
        is_password_enabled=int(draft.is_password_enabled or False),
        password=draft.password or "",
        robot_count=0,
        administrator_count=0,
        bans_made=0,
        seq=0,
        event_at=now,
        keep_owner_on_seat=int(draft.keep_owner_on_seat),
        reminder_s=draft.reminder_s or 0,
        holds=0,
    )


async def _refuse_held(op: Operation, draft: RoomDraft) -> None:
    """Refuse an id that is held, saying by whom [R3]; whoever held it a moment ago may be gone by now."""
    holder = await groups.holder(op.tx, op.sdkappid, draft.room_id)
    if holder is None:
        return
    _, is_room, owner = holder
    if not is_room:
        raise Refusal(errors.ROOM_ID_OF_GROUP, Field.ROOM_ID, f" {draft.room_id!r} is the id of a Chat group")
    code = errors.ROOM_ID_OWN if owner == draft.owner else errors.ROOM_ID_IN_USE
    raise Refusal(code, f"room {draft.room_id!r} already exists")


async def _refuse_assigned(op: Operation, room_id: str) -> None:
    """Refuse an id of the form that the server assigns, unless a group holds it: that is told later [R2]."""
    if room_id.startswith(ASSIGNED) and await groups.holder(op.tx, op.sdkappid, room_id) is None:
        raise Refusal(errors.PARAMETER, Field.ROOM_ID, f" must not begin with {ASSIGNED}")


async def _refuse_hurry(op: Operation, room_id: str) -> None:
    """Refuse an id that was destroyed a moment ago, where the application asks for that [R26]."""
    interval = op.application.settings.create_room_interval * 1000
    if interval and await log.was_destroyed(op.tx, op.sdkappid, room_id, op.now - interval):
        raise Refusal(errors.TOO_FREQUENT, f"room {room_id!r} was destroyed a moment ago")
