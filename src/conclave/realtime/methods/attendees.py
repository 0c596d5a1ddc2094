"""Who is to attend a booked room: ``fetchAttendeeList``, ``addAttendeesByAdmin`` and ``removeAttendeesByAdmin``."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import cursors, fields
from conclave.api.cursors import LONGEST_PAGE, Cursor
from conclave.domain import attendees, conferences
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import AS_OWNER_FROM_ANYWHERE
from conclave.realtime.methods.conferences import Conference
from conclave.realtime.registry import method
from conclave.realtime.shapes.people import PersonInfo

Accounts = Annotated[list[fields.Account], Meta(min_length=1, max_length=attendees.MAX_ATTENDEES)]


class FetchAttendeeList(msgspec.Struct):
    """Parameters of fetchAttendeeList."""

    roomId: Conference
    cursor: Annotated[Cursor, Meta(description='The `cursor` of the page before, `""` at the start.')] = ""
    count: Annotated[fields.Positive, Meta(description="How many at most; more than 100 is 100.")] = 50


class AttendeeList(msgspec.Struct, frozen=True):
    """Result of fetchAttendeeList."""

    users: Annotated[list[PersonInfo], Meta(description="Who is to attend, in the order of the list.")]
    cursor: Annotated[str, Meta(description='Where the list goes on, `""` at its end.')]
    totalAttendeeCount: Annotated[int, Meta(description="How many are to attend in all.")]


@method(
    "fetchAttendeeList",
    needs="login",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_PERMITTED),
    example={"roomId": "room-1", "cursor": "", "count": 50},
)
async def fetch_attendee_list(call: Call, params: FetchAttendeeList) -> AttendeeList:
    """Page through those who are to attend; the owner may, they themselves, and whoever is inside."""

    async def work(op: Operation) -> AttendeeList:
        room = await conferences.find(op, params.roomId)
        key = cursors.of_filters(op.sdkappid, "attendees", room.room_key)
        first = cursors.read(params.cursor, key, "cursor", errors.REQUEST_INVALID)
        page = await conferences.list_attendees(op, room, first, min(params.count, LONGEST_PAGE))
        cursor = cursors.write(key, page.next) if page.next else ""
        return AttendeeList([PersonInfo.of(attendee) for attendee in page.attendees], cursor, page.total)

    return await call.read(work)


class AddAttendees(msgspec.Struct):
    """Parameters of addAttendeesByAdmin."""

    roomId: Conference
    userIdList: Annotated[Accounts, Meta(description="Whom to add; unknown accounts are ignored [R4].")]


@method(
    "addAttendeesByAdmin",
    needs="login",
    codes=(*AS_OWNER_FROM_ANYWHERE, errors.PARAMETER),
    example={"roomId": "room-1", "userIdList": ["user3"]},
)
async def add_attendees(call: Call, params: AddAttendees) -> None:
    """Put accounts on the list of those who are to attend; the owner may, inside or not.

    Whoever is added hears of the room as if he had been on the list from the first. More than 300 in all is 100002.
    """
    await call.write(lambda op: conferences.add_attendees(op, params.roomId, params.userIdList))


class RemoveAttendees(msgspec.Struct):
    """Parameters of removeAttendeesByAdmin."""

    roomId: Conference
    userIdList: Annotated[Accounts, Meta(description="Whom to take off the list; others are ignored.")]


@method(
    "removeAttendeesByAdmin",
    needs="login",
    codes=AS_OWNER_FROM_ANYWHERE,
    example={"roomId": "room-1", "userIdList": ["user3"]},
)
async def remove_attendees(call: Call, params: RemoveAttendees) -> None:
    """Take accounts off the list of those who are to attend; the owner may. Whoever is inside stays inside."""
    await call.write(lambda op: conferences.remove_attendees(op, params.roomId, params.userIdList))
