"""Looking at a booked room, and listing one's own."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import cursors, fields
from conclave.api.cursors import Cursor
from conclave.domain import conferences
from conclave.domain.listing import Status
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.methods.conferences import Conference
from conclave.realtime.registry import method
from conclave.realtime.shapes.conferences import ConferenceInfo
from conclave.realtime.shapes.words import NOT_STARTED, RUNNING

LONGEST_LIST: Final = 20
STATUSES: Final[dict[int, Status]] = {NOT_STARTED: "NotStarted", RUNNING: "Running"}


class FetchConferenceInfo(msgspec.Struct):
    """Parameters of fetchConferenceInfo."""

    roomId: Conference


@method(
    "fetchConferenceInfo",
    needs="login",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_PERMITTED),
    example={"roomId": "room-1"},
)
async def fetch_conference_info(call: Call, params: FetchConferenceInfo) -> ConferenceInfo:
    """Look at a booked room; its owner may, whoever is to attend it, and whoever is inside."""

    async def work(op: Operation) -> ConferenceInfo:
        return ConferenceInfo.seen(await conferences.view(op, await conferences.find(op, params.roomId)))

    return await call.read(work)


class FetchScheduledConferenceList(msgspec.Struct):
    """Parameters of fetchScheduledConferenceList."""

    statusArray: Annotated[list[int], Meta(max_length=10, description="1 not started, 2 running; by default both.")] = (
        msgspec.field(default_factory=list)
    )
    cursor: Annotated[Cursor, Meta(description='The `cursor` of the page before, `""` at the start.')] = ""
    count: Annotated[fields.Positive, Meta(description="How many at most; more than 20 is 20.")] = LONGEST_LIST


class ConferencePage(msgspec.Struct, frozen=True, kw_only=True):
    """Result of fetchScheduledConferenceList."""

    conferences: Annotated[list[ConferenceInfo], Meta(description="In the order of creation.")] = msgspec.field(
        name="list"
    )
    cursor: Annotated[str, Meta(description='Where the list goes on, `""` at its end.')]


@method(
    "fetchScheduledConferenceList",
    needs="login",
    example={"statusArray": [1], "cursor": "", "count": 10},
)
async def fetch_scheduled_conference_list(call: Call, params: FetchScheduledConferenceList) -> ConferencePage:
    """List the rooms that one owns or is to attend.

    A page looks at a bounded number of rooms: it may hold fewer than `count`, or none, and still have a `cursor`.
    """
    wanted = {status for number, status in STATUSES.items() if number in params.statusArray or not params.statusArray}
    key = cursors.of_filters(call.identity.sdkappid, "conferences", call.identity.account, sorted(wanted))
    place = cursors.read(params.cursor, key, "cursor", errors.REQUEST_INVALID)

    async def work(op: Operation) -> ConferencePage:
        found, after = await conferences.of_operator(op, wanted, place, min(params.count, LONGEST_LIST))
        cursor = cursors.write(key, after) if after else ""
        return ConferencePage(conferences=[ConferenceInfo.seen(view) for view in found], cursor=cursor)

    return await call.read(work)
