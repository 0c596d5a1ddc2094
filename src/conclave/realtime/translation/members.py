"""What members are told of members: they come, go and change."""

from collections.abc import Iterator

import msgspec

from conclave.domain import facts
from conclave.realtime.events import base
from conclave.realtime.events import members as told
from conclave.realtime.hub import Audience
from conclave.realtime.shapes.people import UserInfo
from conclave.realtime.translation.base import Telling, tells
from conclave.store.events import EventRow


@tells
def _entered(fact: facts.MemberEntered, row: EventRow, _: Audience) -> Iterator[Telling]:
    yield from _came(fact.members, fact.member_count, row)


@tells
def _robot_added(fact: facts.RobotAdded, row: EventRow, _: Audience) -> Iterator[Telling]:
    yield from _came(fact.members, fact.member_count, row)


def _came(members: list[facts.MemberSnapshot], count: int, row: EventRow) -> Iterator[Telling]:
    for member in members:
        yield Telling(told.RemoteUserEnterRoom(row.room_id, UserInfo.of(member)), without=(member.account,))
    yield Telling(told.RoomUserCountChanged(row.room_id, count))


@tells
def _left(fact: facts.MemberLeft, row: EventRow, audience: Audience) -> Iterator[Telling]:
    by = base.BY_SERVER if fact.by_server else base.BY_ADMIN
    for member in fact.members:
        place = audience.places.get(member.account)
        if place is not None:
            ended = base.MEMBERSHIP_ENDED if place.farewell is None else place.farewell
            reason = {"Leave": ended, "Kicked": by, "Expired": base.TIMED_OUT}[fact.how]
            yield Telling(told.KickedOutOfRoom(row.room_id, reason, fact.reason), only=(member.account,))
    yield from _went(fact.members, fact.how, fact.member_count, row)


@tells
def _robot_removed(fact: facts.RobotRemoved, row: EventRow, _: Audience) -> Iterator[Telling]:
    yield from _went(fact.members, "Leave", fact.member_count, row)


def _went(members: list[facts.MemberSnapshot], how: facts.Departure, count: int, row: EventRow) -> Iterator[Telling]:
    gone = tuple(member.account for member in members)
    for member in members:
        yield Telling(told.RemoteUserLeaveRoom(row.room_id, UserInfo.of(member), how), without=gone)
    yield Telling(told.RoomUserCountChanged(row.room_id, count), without=gone)


@tells
def _member_updated(fact: facts.MemberUpdated, row: EventRow, audience: Audience) -> Iterator[Telling]:
    user = UserInfo.of(fact.member)
    flag = ("role" in fact.changed) * base.ROLE_CHANGED + ("name_card" in fact.changed) * base.NAME_CARD_CHANGED
    seat = audience.seat_of(user.userId)
    if seat is not None:
        audience.seats[seat.index] = msgspec.structs.replace(
            seat, userName=user.userName, nameCard=user.nameCard, avatarUrl=user.avatarUrl
        )
    yield Telling(told.UserInfoChanged(row.room_id, user, flag, row.operator))
    if "role" in fact.changed:
        yield Telling(told.UserRoleChanged(user.userId, user.userRole, user))


@tells
def _marked(fact: facts.MembersMarked, row: EventRow, _: Audience) -> Iterator[Telling]:
    for member in fact.members:
        yield Telling(told.UserInfoChanged(row.room_id, UserInfo.of(member), 0, row.operator))
