"""Rooms: create, change, read, end.

Every change begins with ``lock``; ``find`` is for reading. The order of refusals is that of decision G1: fields,
room type, ceilings, the id, accounts, then the rest.
"""

from typing import Final

import msgspec

from conclave import errors
from conclave.domain import (
    accounts,
    attendees,
    booking,
    events,
    facts,
    pending_invitations,
    pending_requests,
    publishing,
    speech,
)
from conclave.domain.operation import SYSTEM, Operation
from conclave.domain.snapshots import of_person
from conclave.errors import Field, Refusal
from conclave.store import applications as application_rows
from conclave.store import attendees as attendee_rows
from conclave.store import events as log
from conclave.store import groups
from conclave.store import rooms as rows
from conclave.store.rooms import Room

ROOM_TYPE: Final = "Conference"
NO_SEAT_MODE: Final = "None"
FREE_TO_TAKE: Final = "FreeToTake"
SEAT_MODES: Final = (FREE_TO_TAKE, "ApplyToTake")
GROUP_PREFIX: Final = "@TGS#"


class RoomChanges(msgspec.Struct, kw_only=True):
    """The fields of a room that may change later, named as in its row; ``None`` leaves one as it is, or at its default.

    Times are seconds. The last four may change only for as long as nobody was inside; who may change them, and when,
    is asked before.
    """

    name: str | None = None
    max_member_count: int | None = None
    is_video_disabled: bool | None = None
    is_audio_disabled: bool | None = None
    is_message_disabled: bool | None = None
    is_screen_sharing_disabled: bool | None = None
    is_cloud_recording_disabled: bool | None = None
    custom_info: str | None = None
    take_seat_mode: str | None = None
    is_password_enabled: bool | None = None
    password: str | None = None
    max_seat_count: int | None = None
    schedule_start_s: int | None = None
    schedule_end_s: int | None = None
    reminder_s: int | None = None


class RoomDraft(RoomChanges, kw_only=True):
    """What create_room takes."""

    room_id: str
    room_type: str
    owner: str
    is_seat_enabled: bool = False
    keep_owner_on_seat: bool = False
    invitees: list[str] = msgspec.field(default_factory=list)


async def find(op: Operation, room_id: str) -> Room:
    """Return a living room for reading; refuses with 100004."""
    room = await rows.find(op.tx, op.sdkappid, room_id)
    if room is None:
        raise _not_exist(room_id)
    return room


async def exists(op: Operation, room_id: str) -> bool:
    """Tell whether there is such a room, which is locked then."""
    return await rows.lock(op.tx, op.sdkappid, room_id) is not None


async def glance(op: Operation, room_id: str) -> Room:
    """Return a living room, perhaps from memory, for an answer that rests on it alone; refuses with 100004."""
    room = await rows.glance(op.tx, op.sdkappid, room_id)
    if room is None:
        raise _not_exist(room_id)
    return room


async def lock(op: Operation, room_id: str) -> Room:
    """Return a living room that nobody else changes until the transaction ends; refuses with 100004."""
    room = await rows.lock(op.tx, op.sdkappid, room_id)
    if room is None:
        raise _not_exist(room_id)
    return room


async def lock_in_order(op: Operation, room_id: str, other: int) -> None:
    """Lock the room of the key ``other``, where there is one, if it comes before the room that is locked next.

    Whoever locks several rooms does so in the order of their keys: nobody waits for one who waits for him.
    """
    if other:
        room = await rows.find(op.tx, op.sdkappid, room_id)
        if room is None or other < room.room_key:
            await rows.lock_by_key(op.tx, op.sdkappid, other)


def _not_exist(room_id: str) -> Refusal:
    return Refusal(errors.ROOM_NOT_EXIST, f"room {room_id!r} does not exist")


async def create(op: Operation, draft: RoomDraft) -> Room:
    """Create a room and its Chat group [R1]; nobody is inside yet.

    Refuses with 100002, 100015, 100013, 100003, 100010, 100011, 100012, 100007 or 101011.
    """
    start, end = booking.times(draft.schedule_start_s, draft.schedule_end_s, op.now // 1000)
    _check_password(draft.is_password_enabled, draft.password)
    max_seat_count, take_seat_mode = _seats(op, draft)
    await _refuse_assigned(op, draft.room_id)
    if draft.room_type != ROOM_TYPE:
        raise Refusal(errors.ROOM_TYPE_INVALID, Field.ROOM_TYPE, f" must be {ROOM_TYPE!r}")
    _check_ceiling(op, draft.max_member_count)
    check_seat_ceiling(op, max_seat_count)
    room = _new(op, draft, start, end)
    room.max_seat_count, room.take_seat_mode = max_seat_count, take_seat_mode
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
    await accounts.hold(op, *wanted)
    invitees = await attendees.known(op, wanted)
    if not invitees:
        return fact
    room.holds = rows.INVITEES
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
        take_seat_mode=NO_SEAT_MODE,
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


def _check_password(enabled: bool | None, password: str | None) -> None:
    if enabled and not password:
        raise Refusal(errors.PARAMETER, Field.IS_PASSWORD_ENABLED, " needs a ", Field.PASSWORD)


def _seats(op: Operation, draft: RoomDraft) -> tuple[int, str]:
    """Return seat count and mode; with seats off both requests are ignored [R7]."""
    if not draft.is_seat_enabled:
        return 0, NO_SEAT_MODE
    ceiling = op.application.settings.max_seat_count
    if ceiling == 0:
        raise Refusal(errors.PARAMETER, Field.IS_SEAT_ENABLED, ": not support seat for this application")
    count = ceiling if draft.max_seat_count is None else draft.max_seat_count
    if count < 1:
        raise Refusal(errors.PARAMETER, Field.MAX_SEAT_COUNT, " must be at least 1")
    return count, _seat_mode(SEAT_MODES[0] if draft.take_seat_mode is None else draft.take_seat_mode)


def _seat_mode(mode: str) -> str:
    if mode not in SEAT_MODES:
        raise Refusal(errors.PARAMETER, Field.TAKE_SEAT_MODE, f" must be one of {', '.join(SEAT_MODES)}")
    return mode


def _check_ceiling(op: Operation, max_member_count: int | None) -> None:
    ceiling = op.application.settings.max_member_count
    if max_member_count is not None and max_member_count > ceiling:
        raise Refusal(errors.OVER_CEILING, Field.MAX_MEMBER_COUNT, f" is above the ceiling {ceiling}")


def check_seat_ceiling(op: Operation, max_seat_count: int) -> None:
    """Refuse with 100013 more seats than the application allows [R7]."""
    ceiling = op.application.settings.max_seat_count
    if max_seat_count > ceiling:
        raise Refusal(errors.OVER_CEILING, Field.MAX_SEAT_COUNT, f" is above the ceiling {ceiling}")


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
    if room_id.startswith(GROUP_PREFIX) and await groups.holder(op.tx, op.sdkappid, room_id) is None:
        raise Refusal(errors.PARAMETER, Field.ROOM_ID, f" must not begin with {GROUP_PREFIX}")


async def _refuse_hurry(op: Operation, room_id: str) -> None:
    """Refuse an id that was destroyed a moment ago, where the application asks for that [R26]."""
    interval = op.application.settings.create_room_interval * 1000
    if interval and await log.was_destroyed(op.tx, op.sdkappid, room_id, op.now - interval):
        raise Refusal(errors.TOO_FREQUENT, f"room {room_id!r} was destroyed a moment ago")


async def update(op: Operation, room_id: str, changes: RoomChanges) -> Room:
    """Change what is given; refuses with 100002, 100013 or 100004."""
    room = await rows.lock(op.tx, op.sdkappid, room_id)
    if changes.take_seat_mode is not None and (room is None or room.is_seat_enabled):
        _seat_mode(changes.take_seat_mode)
    _check_ceiling(op, changes.max_member_count)
    if room is None:
        raise _not_exist(room_id)
    return await change(op, room, changes)


async def change(op: Operation, before: Room, changes: RoomChanges) -> Room:
    """Change what is given of a locked room, whoever asks; refuses with 100002 where no password is stored [R25]."""
    if not before.is_seat_enabled:
        changes.take_seat_mode = None  # ignored, whatever it says [R7]
    changes.password = changes.password or None  # an empty one leaves the stored one alone [R25]
    given = {field: value for field, value in msgspec.structs.asdict(changes).items() if value is not None}
    after = msgspec.structs.replace(
        before, **{field: int(value) if isinstance(value, bool) else value for field, value in given.items()}
    )
    _check_password(changes.is_password_enabled, after.password)
    changed = [field for field in given if getattr(after, field) != getattr(before, field)]
    if not changed:
        return before
    if booking.is_moved(changed):
        after.closes_at = booking.closes_at(op, after.created_at, after.schedule_end_s)
        await rows.set_schedule(op.tx, op.sdkappid, after, booking.notice_at(op, after), booking.remind_at(op, after))
    snapshot, mode = facts.RoomSnapshot.of(after, op.now), speech.mode_if_changed(before, after)
    await events.change(op, after, facts.RoomUpdated(snapshot, changed, await attendees.of(op, after), mode))
    await publishing.stop_banned(op, after, changed)
    if "take_seat_mode" in changed and after.take_seat_mode == FREE_TO_TAKE:
        await pending_requests.withdraw_applications(op, after)
    return after


async def destroy(op: Operation, room_id: str) -> None:
    """End a room: members, seats, bans, marks, robots and group go with it; refuses with 100004."""
    await end(op, await lock(op, room_id))


async def end(op: Operation, room: Room) -> None:
    """End a locked room."""
    await pending_invitations.withdraw_all(op, room)
    fact = facts.RoomDestroyed(by_system=op.operator == SYSTEM, by_owner=op.operator == room.owner)
    if not room.has_started(op.now):  # those who were to come are told that they need not
        fact = msgspec.structs.replace(
            fact,
            room=facts.RoomSnapshot.of(room, op.now),
            host=await of_person(op, room.owner),
            attendees=await attendees.of(op, room),
        )
    await events.end(op, room, fact)
    await rows.delete(op.tx, op.sdkappid, room)
    await groups.delete(op.tx, op.sdkappid, room.room_key, room.entries)
    await groups.count(op.tx, op.sdkappid, rooms=-1, members=-room.member_count)
