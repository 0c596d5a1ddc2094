"""What is told of a conference that was booked, inside and outside of its room."""

from collections.abc import Iterator
from typing import Final

from msgspec import UNSET

from conclave.domain import facts
from conclave.realtime.events import base
from conclave.realtime.events import conferences as told
from conclave.realtime.events.members import UserInfoChanged, UserRoleChanged
from conclave.realtime.hub import Audience
from conclave.realtime.shapes.conferences import ConferenceInfo
from conclave.realtime.shapes.people import Operator, PersonInfo, UserInfo
from conclave.realtime.shapes.words import RUNNING
from conclave.realtime.translation.base import Notice, Telling, notifies, tells
from conclave.store.events import EventRow

_IF_CHANGED: Final = {
    "is_message_disabled": "isMessageDisableForAllUser",
    "is_video_disabled": "isCameraDisableForAllUser",
    "is_audio_disabled": "isMicrophoneDisableForAllUser",
    "is_screen_sharing_disabled": "isScreenShareDisableForAllUser",
    "is_password_enabled": "isPasswordEnabled",
}


def _concerned(attendees: list[str], *owners: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*attendees, *owners)))


@notifies
def _created(fact: facts.RoomCreated, row: EventRow) -> Iterator[Notice]:
    if fact.invitees and fact.host is not None:
        info = ConferenceInfo.of(row.room_id, fact.room, fact.host, fact.invitees)
        yield Notice(told.ConferenceScheduled(row.room_id, info, row.operator), tuple(fact.invitees))


@notifies
def _starting_soon(fact: facts.RoomStartingSoon, row: EventRow) -> Iterator[Notice]:
    info = ConferenceInfo.of(row.room_id, fact.room, fact.host, fact.attendees)
    yield Notice(told.ConferenceWillStart(row.room_id, info), _concerned(fact.attendees, fact.room.owner))


@notifies
def _destroyed(fact: facts.RoomDestroyed, row: EventRow) -> Iterator[Notice]:
    if fact.room is not None and fact.host is not None:
        info = ConferenceInfo.of(row.room_id, fact.room, fact.host, fact.attendees)
        yield from _cancelled(row, info, told.CANCELLED, _concerned(fact.attendees, fact.room.owner))


def _cancelled(row: EventRow, info: ConferenceInfo, reason: int, accounts: tuple[str, ...]) -> Iterator[Notice]:
    operator = Operator(row.operator)
    yield Notice(told.ConferenceCancelled(row.room_id, reason, operator), accounts)
    yield Notice(told.ConferenceDidCancelled(row.room_id, info, reason, operator), accounts)


@notifies
def _updated(fact: facts.RoomUpdated, row: EventRow) -> Iterator[Notice]:
    flags = {told.MODIFY_FLAGS[field] for field in fact.changed if field in told.MODIFY_FLAGS}
    if not flags:
        return
    room = fact.room
    info = told.ConferenceModifyInfo(
        roomId=row.room_id,
        roomName=room.name,
        scheduleStartTime=room.schedule_start,
        scheduleEndTime=room.schedule_end,
        reminderSecondsBeforeStart=room.reminder,
        **{name: getattr(room, field) if field in fact.changed else UNSET for field, name in _IF_CHANGED.items()},
    )
    changed = told.ConferenceInfoChanged(row.room_id, info, sum(flags), row.operator)
    yield Notice(changed, _concerned(fact.attendees, room.owner), outside_only=True)


@notifies
def _attendees_changed(fact: facts.AttendeesChanged, row: EventRow) -> Iterator[Notice]:
    joined = tuple(person.account for person in fact.joined)
    left = tuple(person.account for person in fact.left)
    info = ConferenceInfo.of(row.room_id, fact.room, fact.host, fact.attendees)
    if joined:
        yield Notice(told.ConferenceScheduled(row.room_id, info, row.operator), joined)
    if left:
        yield from _cancelled(row, info, told.REMOVED, left)
    others = tuple(account for account in _concerned(fact.attendees, fact.room.owner) if account not in joined)
    people = [PersonInfo.of(person) for person in fact.left], [PersonInfo.of(person) for person in fact.joined]
    yield Notice(told.ScheduleAttendeesChanged(row.room_id, *people, row.operator), others)


@notifies
def _started(fact: facts.RoomStarted, row: EventRow) -> Iterator[Notice]:
    status = told.ConferenceStatusChanged(row.room_id, RUNNING)
    yield Notice(status, _concerned(fact.attendees, fact.room.owner), outside_only=True)


@tells
def _owner_changed(fact: facts.OwnerChanged, row: EventRow, _: Audience) -> Iterator[Telling]:
    for member in (fact.former, fact.owner):
        user = UserInfo.of(member)
        yield Telling(UserInfoChanged(row.room_id, user, base.ROLE_CHANGED, row.operator))
        yield Telling(UserRoleChanged(user.userId, user.userRole, user))
    yield Telling(_handed_on(fact, row))


@notifies
def _owner_changed_outside(fact: facts.OwnerChanged, row: EventRow) -> Iterator[Notice]:
    # Who hands it on himself knows: nobody is told of what his own exit did.
    former = () if row.operator == fact.former.account else (fact.former.account,)
    concerned = _concerned(fact.attendees, fact.owner.account, *former)
    yield Notice(_handed_on(fact, row), concerned, outside_only=True)


def _handed_on(fact: facts.OwnerChanged, row: EventRow) -> told.ConferenceOwnerChanged:
    return told.ConferenceOwnerChanged(
        roomId=row.room_id,
        conferenceInfo=ConferenceInfo.of(row.room_id, fact.room, fact.owner, fact.attendees),
        newOwner=UserInfo.of(fact.owner),
        oldOwner=UserInfo.of(fact.former),
        operator=row.operator,
    )
