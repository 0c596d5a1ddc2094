"""``conclave``: listing the rooms of an application."""

from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

from conclave.api import cursors, fields
from conclave.api.registry import Example, command
from conclave.api.services.conclave_svc import SERVICE
from conclave.domain import listing
from conclave.domain.operation import Operation
from conclave.store.rooms import RoomHead


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
