"""From a fact of the log to the events that tell it: what is said, and to whom.

One function per fact, found by its first argument's type. Facts without a function are not told to members: bans, and
the creation of a room, at which nobody is inside.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final, get_type_hints

import msgspec

from conclave.domain import facts
from conclave.domain.facts import Fact
from conclave.realtime import events as told
from conclave.realtime.hub import Audience
from conclave.realtime.shapes import RUNNING, SEAT_MODES, Operator, SeatInfo, UserInfo
from conclave.store.events import EventRow

REST: Final = "RESTAPI"


class Telling(msgspec.Struct, frozen=True):
    """An event's data; ``only`` names the receivers, ``without`` those left out of all."""

    data: msgspec.Struct
    only: tuple[str, ...] | None = None
    without: tuple[str, ...] = ()


Translator = Callable[[Any, EventRow, Audience], Iterator[Telling]]
TOLD: Final[dict[type[Fact], Translator]] = {}


def _translates(translator: Translator) -> Translator:
    fact = next(iter(get_type_hints(translator).values()))
    TOLD[fact] = translator
    return translator


def translate(fact: Fact, row: EventRow, audience: Audience) -> list[Telling]:
    """Return what an audience is told of a fact, in order; the audience's seats follow along."""
    translator = TOLD.get(type(fact))
    return [] if translator is None else list(translator(fact, row, audience))


@_translates
def _destroyed(fact: facts.RoomDestroyed, row: EventRow, _: Audience) -> Iterator[Telling]:
    by_owner = fact.by_owner and row.platform != REST
    reason = told.DISMISSED_BY_OWNER if by_owner else told.DISMISSED_BY_SERVER
    yield Telling(told.RoomDismissed(row.room_id, reason, row.operator))


_SWITCHES: Final[dict[str, Callable[[str, bool, str], msgspec.Struct]]] = {
    "is_audio_disabled": told.AllUserMicrophoneDisableChanged,
    "is_video_disabled": told.AllUserCameraDisableChanged,
    "is_screen_sharing_disabled": told.ScreenShareForAllUserDisableChanged,
    "is_message_disabled": told.SendMessageForAllUserDisableChanged,
}
_REST_OF_INFO: Final = {
    "max_member_count": "maxMemberCount",
    "custom_info": "customInfo",
    "is_cloud_recording_disabled": "isCloudRecordingDisabled",
    "is_password_enabled": "isPasswordEnabled",
}


@_translates
def _updated(fact: facts.RoomUpdated, row: EventRow, _: Audience) -> Iterator[Telling]:
    room_id, operator = row.room_id, row.operator
    if "name" in fact.changed:
        yield Telling(told.RoomNameChanged(room_id, fact.room.name, operator))
    if "take_seat_mode" in fact.changed:
        yield Telling(told.RoomSeatModeChanged(room_id, SEAT_MODES[fact.room.take_seat_mode], operator))
    for field, event in _SWITCHES.items():
        if field in fact.changed:
            yield Telling(event(room_id, getattr(fact.room, field), operator))
    other = {name: getattr(fact.room, field) for field, name in _REST_OF_INFO.items() if field in fact.changed}
    if other:
        yield Telling(told.RoomInfoChanged(room_id, told.ChangedRoomInfo(**other), operator))


@_translates
def _started(_fact: facts.RoomStarted, row: EventRow, _: Audience) -> Iterator[Telling]:
    yield Telling(told.ConferenceStatusChanged(row.room_id, RUNNING))


@_translates
def _owner_changed(fact: facts.OwnerChanged, row: EventRow, _: Audience) -> Iterator[Telling]:
    former, owner = UserInfo.of(fact.former), UserInfo.of(fact.owner)
    for user in (former, owner):
        yield Telling(told.UserInfoChanged(row.room_id, user, told.ROLE_CHANGED, row.operator))
    yield Telling(told.ConferenceOwnerChanged(row.room_id, owner, former, row.operator))


@_translates
def _entered(fact: facts.MemberEntered, row: EventRow, _: Audience) -> Iterator[Telling]:
    yield from _came(fact.members, fact.member_count, row)


@_translates
def _robot_added(fact: facts.RobotAdded, row: EventRow, _: Audience) -> Iterator[Telling]:
    yield from _came(fact.members, fact.member_count, row)


def _came(members: list[facts.MemberSnapshot], count: int, row: EventRow) -> Iterator[Telling]:
    for member in members:
        yield Telling(told.RemoteUserEnterRoom(row.room_id, UserInfo.of(member)), without=(member.account,))
    yield Telling(told.RoomUserCountChanged(row.room_id, count))


@_translates
def _left(fact: facts.MemberLeft, row: EventRow, audience: Audience) -> Iterator[Telling]:
    by = told.BY_SERVER if fact.by_server else told.BY_ADMIN
    for member in fact.members:
        place = audience.places.get(member.account)
        if place is not None:
            ended = told.MEMBERSHIP_ENDED if place.farewell is None else place.farewell
            reason = {"Leave": ended, "Kicked": by, "Expired": told.TIMED_OUT}[fact.how]
            yield Telling(told.KickedOutOfRoom(row.room_id, reason, fact.reason), only=(member.account,))
    yield from _went(fact.members, fact.how, fact.member_count, row)


@_translates
def _robot_removed(fact: facts.RobotRemoved, row: EventRow, _: Audience) -> Iterator[Telling]:
    yield from _went(fact.members, "Leave", fact.member_count, row)


def _went(members: list[facts.MemberSnapshot], how: facts.Departure, count: int, row: EventRow) -> Iterator[Telling]:
    gone = tuple(member.account for member in members)
    for member in members:
        yield Telling(told.RemoteUserLeaveRoom(row.room_id, UserInfo.of(member), how), without=gone)
    yield Telling(told.RoomUserCountChanged(row.room_id, count), without=gone)


@_translates
def _member_updated(fact: facts.MemberUpdated, row: EventRow, audience: Audience) -> Iterator[Telling]:
    user = UserInfo.of(fact.member)
    flag = ("role" in fact.changed) * told.ROLE_CHANGED + ("name_card" in fact.changed) * told.NAME_CARD_CHANGED
    seat = audience.seat_of(user.userId)
    if seat is not None:
        audience.seats[seat.index] = msgspec.structs.replace(seat, nameCard=user.nameCard)
    yield Telling(told.UserInfoChanged(row.room_id, user, flag, row.operator))
    if "role" in fact.changed:
        yield Telling(told.UserRoleChanged(user.userId, user.userRole, user))


@_translates
def _marked(fact: facts.MembersMarked, row: EventRow, _: Audience) -> Iterator[Telling]:
    for member in fact.members:
        yield Telling(told.UserInfoChanged(row.room_id, UserInfo.of(member), 0, row.operator))


@_translates
def _seats_changed(fact: facts.SeatsChanged, row: EventRow, audience: Audience) -> Iterator[Telling]:
    people = {member.account: member for member in fact.people}
    before = {account: seat for account in fact.left if (seat := audience.seat_of(account))}
    for snapshot in fact.seats:
        audience.seats[snapshot.index] = SeatInfo.of(snapshot, people)
    after = {account: seat for account in fact.seated if (seat := audience.seat_of(account))}
    yield Telling(
        told.SeatListChanged(
            roomId=row.room_id,
            seatList=[audience.seats[index] for index in sorted(audience.seats)],
            seatedList=list(after.values()),
            leftList=list(before.values()),
            newlySeatedUsers=[UserInfo.of(people[account]) for account in fact.seated if account in people],
            newlyLeftUsers=[UserInfo.of(people[account]) for account in fact.left if account in people],
        )
    )
    for account in fact.kicked:
        if account in before:
            seat_index = before[account].index
            kicked = told.KickedOffSeat(row.room_id, seat_index, Operator(row.operator), fact.data)
            yield Telling(kicked, only=(account,))
