"""``room_engine_http_srv``, continued: who is put out, and who may not come in (docs 60708-60711)."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import cursors, fields
from conclave.api.registry import Example, command
from conclave.api.services.room_engine_http_srv import SERVICE
from conclave.domain import bans, departures
from conclave.domain.operation import Operation
from conclave.errors import Refusal

Targets = Annotated[list[fields.Account], Meta(min_length=1, max_length=20)]


class BanRoomMember(msgspec.Struct):
    """Request of ban_room_member; ``Duration`` in seconds."""

    RoomId: fields.RoomId
    MemberList_Account: Targets
    Reason: fields.Reason
    Duration: fields.Positive


@command(
    SERVICE,
    document="60711",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "MemberList_Account": ["user1"], "Reason": "spam", "Duration": 3600}),
)
async def ban_room_member(op: Operation, request: BanRoomMember) -> None:
    """Put accounts out and bar them from entering for a time; they need not be members."""
    await bans.ban(op, request.RoomId, request.MemberList_Account, request.Reason, request.Duration)


class UnbanRoomMember(msgspec.Struct):
    """Request of unban_room_member."""

    RoomId: fields.RoomId
    MemberList_Account: Targets


@command(
    SERVICE,
    document="60710",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "MemberList_Account": ["user1"]}),
)
async def unban_room_member(op: Operation, request: UnbanRoomMember) -> None:
    """Lift bans; an account without one is no error."""
    await bans.unban(op, request.RoomId, request.MemberList_Account)


class GetBannedMemberList(msgspec.Struct):
    """Request of get_banned_member_list; ``Next`` counts where ``Offset`` is absent, ``Limit`` is clamped [R19]."""

    RoomId: fields.RoomId
    Limit: fields.Int64 = 100
    Offset: fields.Natural | None = None
    Next: fields.Natural | str | None = None


class BannedAccount(msgspec.Struct):
    """A ban in force; ``BannedUntil`` in seconds, rounded up."""

    Member_Account: str
    BannedUntil: int


class GetBannedMemberListReply(msgspec.Struct):
    """Reply of get_banned_member_list; ``NextOffset`` is 0 at the end."""

    BannedAccountList: list[BannedAccount]
    NextOffset: int


@command(
    SERVICE,
    document="60709",
    access="point",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "Limit": 20, "Offset": 0}),
)
async def get_banned_member_list(op: Operation, request: GetBannedMemberList) -> GetBannedMemberListReply:
    """Page through the bans in force, in the order of their time."""
    limit = max(1, min(request.Limit, cursors.LONGEST_PAGE))
    offset = (request.Next or 0) if request.Offset is None else request.Offset
    if isinstance(offset, str):
        raise Refusal(errors.PARAMETER, "Next must be a number, as NextOffset was")
    found = await bans.page(op, request.RoomId, offset, limit + 1)
    more = len(found) > limit
    return GetBannedMemberListReply(
        [BannedAccount(ban.account, -(-ban.until // 1000)) for ban in found[:limit]],
        found[limit - 1].place if more else 0,
    )


class KickUserOut(msgspec.Struct):
    """Request of kick_user_out."""

    RoomId: fields.RoomId
    MemberList_Account: Targets
    Reason: fields.Reason


@command(
    SERVICE,
    document="60708",
    access="write",
    codes=(errors.ROOM_NOT_EXIST, errors.NOT_MEMBER, errors.NOT_PERMITTED),
    example=Example({"RoomId": "room-1", "MemberList_Account": ["user1"], "Reason": "left the company"}),
)
async def kick_user_out(op: Operation, request: KickUserOut) -> None:
    """Put members out; they may enter again at once."""
    await departures.kick(op, request.RoomId, request.MemberList_Account, request.Reason)
