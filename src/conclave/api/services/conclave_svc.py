"""``conclave``: our own commands, beyond the original API: list rooms, tell what happened, move the clock of tests."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from conclave import errors
from conclave.api import cursors, fields
from conclave.api.registry import Example, command, service
from conclave.clock import AdjustableClock, Clock
from conclave.domain import history, listing
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.store.rooms import RoomHead

SERVICE = service("conclave", "Beyond the original API: list rooms, tell what is possible and what happened.")
FARTHEST_ADVANCE = 10 * 366 * 86_400


class ListRooms(msgspec.Struct):
    """Request of list_rooms; times are seconds, both included; a larger ``Count`` is clamped to 100."""

    Status: listing.Status | None = None
    Owner_Account: fields.Account | None = None
    NamePrefix: Annotated[str, fields.text(100)] | None = None
    CreatedSince: fields.Second | None = None
    CreatedUntil: fields.Second | None = None
    Count: fields.Positive = 50
    Next: str | None = None


class RoomSummary(msgspec.Struct):
    """A room in a list; times in seconds."""

    RoomId: str
    RoomName: str
    Owner_Account: str
    RoomStatus: listing.Status
    MemberCount: int
    MaxMemberCount: int
    ScheduleStartTime: int
    ScheduleEndTime: int
    CreateTime: int
    IsSeatEnabled: bool
    IsPasswordEnabled: bool

    @classmethod
    def of(cls, room: RoomHead, now_ms: int) -> "RoomSummary":
        """Show a row; the password stays with get_room_info."""
        return cls(
            room.room_id,
            room.name,
            room.owner,
            listing.status_of(room, now_ms),
            room.member_count,
            room.max_member_count,
            room.schedule_start_s,
            room.schedule_end_s,
            room.created_at // 1000,
            room.is_seat_enabled == 1,
            room.is_password_enabled == 1,
        )


class ListRoomsReply(msgspec.Struct):
    """Reply of list_rooms; ``Next`` is empty at the end, ``TotalCount`` is told where nothing is filtered [R30]."""

    RoomList: list[RoomSummary]
    Next: str
    TotalCount: int | UnsetType = UNSET


@command(
    SERVICE,
    document="ours",
    access="read",
    large=lambda request: not _wanted(request).is_empty,
    example=Example({"Status": "Running", "NamePrefix": "weekly", "Count": 20}),
)
async def list_rooms(op: Operation, request: ListRooms) -> ListRoomsReply:
    """Page through the rooms in the order of their creation, filtered by status, owner, name and time.

    A page looks at a bounded number of rooms: with a filter it may hold fewer than ``Count`` rooms, or none, and still
    have a ``Next``. The list has ended when ``Next`` is empty.
    """
    wanted = _wanted(request)
    key = cursors.of_filters(op.sdkappid, wanted)
    place = cursors.read(request.Next or "", key, "Next")
    found, after = await listing.rooms(op, wanted, place, min(request.Count, cursors.LONGEST_PAGE))
    return ListRoomsReply(
        RoomList=[RoomSummary.of(room, op.now) for room in found],
        Next=cursors.write(key, after) if after else "",
        TotalCount=await listing.count_rooms(op) if wanted.is_empty else UNSET,
    )


def _wanted(request: ListRooms) -> listing.RoomFilter:
    return listing.RoomFilter(
        status=request.Status,
        owner=request.Owner_Account,
        name_prefix=request.NamePrefix or None,
        created_since=request.CreatedSince,
        created_until=request.CreatedUntil,
    )


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


class SetClock(msgspec.Struct):
    """Request of set_clock; ``Advance`` is seconds, ``Freeze`` stops the clock or lets it run on."""

    Advance: Annotated[float, Meta(ge=0, le=FARTHEST_ADVANCE)] | None = None
    Freeze: bool | None = None


class SetClockReply(msgspec.Struct):
    """Reply of set_clock: the server's time in milliseconds."""

    Time: int


@command(
    SERVICE,
    document="ours",
    access="control",
    codes=(errors.COMMAND_DISABLED,),
    example=Example({"Advance": 3600, "Freeze": False}),
)
async def set_clock(clock: Clock, request: SetClock) -> SetClockReply:
    """Move the server's clock ahead, freeze it, let it run on; for tests, with ``insecure_test_clock`` only.

    It moves for every application of the server. Never use it where real meetings are held.
    """
    if not isinstance(clock, AdjustableClock):
        raise Refusal(errors.COMMAND_DISABLED, "conclave/set_clock is switched off on this server")
    if request.Freeze is not None:
        clock.freeze(request.Freeze)
    if request.Advance is not None:
        clock.advance(request.Advance)
    return SetClockReply(clock.now_ms())
