"""``conclave``: who came into a room, left, or was put out."""

import msgspec

from conclave.api import cursors, fields
from conclave.api.registry import Example, command
from conclave.api.services.conclave_svc import SERVICE
from conclave.domain import history
from conclave.domain.operation import Operation


class GetRoomHistory(msgspec.Struct):
    """Request of get_room_history; times are seconds, both included; a larger ``Count`` is clamped to 100."""

    RoomId: fields.RoomId
    Member_Account: fields.Account | None = None
    Since: fields.Second | None = None
    Until: fields.Second | None = None
    Count: fields.Positive = 50
    Next: str | None = None


class HistoryEntry(msgspec.Struct):
    """What happened to whom, and when (milliseconds); ``MemberCount`` is the count after it.

    ``MemberList_Account`` is empty where it happened to the room itself. ``Life`` tells the rooms apart that had the
    id one after another.
    """

    EventTime: int
    Event: history.What
    MemberList_Account: list[str]
    Operator_Account: str
    Reason: str
    MemberCount: int
    Life: int


class GetRoomHistoryReply(msgspec.Struct):
    """Reply of get_room_history, in the order of time; ``Next`` is empty at the end."""

    HistoryList: list[HistoryEntry]
    Next: str


@command(
    SERVICE,
    document="ours",
    access="point",
    large=lambda request: request.Member_Account is not None,
    example=Example({"RoomId": "room-1", "Member_Account": "user1"}),
)
async def get_room_history(op: Operation, request: GetRoomHistory) -> GetRoomHistoryReply:
    """Tell who came into a room, left or was put out, and when, across all rooms that had the id.

    It outlives the room for the setting ``event_retention``; an id without history answers an empty list. A page
    looks at a bounded number of events: the list has ended when ``Next`` is empty.
    """
    key = cursors.of_filters(op.sdkappid, request.RoomId, request.Member_Account, request.Since, request.Until)
    at, position = cursors.read_places(request.Next or "", key, 2, "Next")
    found, after = await history.page(
        op,
        request.RoomId,
        request.Member_Account,
        request.Since or 0,
        request.Until,
        (at, position),
        min(request.Count, cursors.LONGEST_PAGE),
    )
    return GetRoomHistoryReply(
        HistoryList=[
            HistoryEntry(
                moment.at,
                moment.what,
                moment.accounts,
                moment.operator,
                moment.reason,
                moment.member_count,
                moment.life,
            )
            for moment in found
        ],
        Next=cursors.write(key, *after) if after != history.START else "",
    )
