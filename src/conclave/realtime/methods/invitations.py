"""Invitations into a meeting that is under way: sent, taken back and listed from inside."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import cursors, fields
from conclave.api.cursors import LONGEST_PAGE, Cursor
from conclave.domain import invitations
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import GONE
from conclave.realtime.registry import method
from conclave.realtime.shapes.requests import InvitationInfo
from conclave.realtime.shapes.words import Timeout

InsideRoom = Annotated[fields.RoomId, Meta(description="The room that the connection is in.")]
Invitees = Annotated[list[fields.Account], Meta(min_length=1, max_length=invitations.MAX_PENDING)]


class InviteUsers(msgspec.Struct):
    """Parameters of inviteUsers."""

    roomId: InsideRoom
    userIdList: Annotated[Invitees, Meta(description="Whom to invite: at most `max_invitees`, 20 as it comes.")]
    timeout: Timeout = 0
    extensionInfo: Annotated[fields.Remark, Meta(description="What the invitees get along.")] = ""


class InviteUsersResult(msgspec.Struct, frozen=True):
    """Result of inviteUsers."""

    results: Annotated[
        dict[str, int],
        Meta(
            description="For each account 0 invited, 1 an invitation of the account is pending already, 2 it is inside "
            "already. Accounts that are not imported are left out [R4]."
        ),
    ]


@method(
    "inviteUsers",
    needs="room",
    codes=(*GONE, errors.OVER_CEILING),
    example={"roomId": "room-1", "userIdList": ["user2"], "timeout": 60, "extensionInfo": ""},
)
async def invite_users(call: Call, params: InviteUsers) -> InviteUsersResult:
    """Ask accounts to come in; everybody inside may.

    Who is logged in is told now, who is not is not told later. It lets nobody in who could not enter without it, and
    ends when it is answered, when the invitee enters (which accepts it), when its time is over, when it is taken back,
    when its inviter is put out, or when nobody is inside any more. At most 300 are pending in a room, and 100 of one
    inviter (100013).
    """
    place = call.place_in(params.roomId)

    async def work(op: Operation) -> InviteUsersResult:
        results = await invitations.invite(
            op, place.room_id, place.room[1], params.userIdList, params.timeout, params.extensionInfo
        )
        return InviteUsersResult(results)

    return await call.write(work)


class CancelInvitation(msgspec.Struct):
    """Parameters of cancelInvitation."""

    roomId: InsideRoom
    userIdList: Annotated[
        Invitees, Meta(description="Whose invitations to take back: as many as one may invite at once.")
    ]


@method(
    "cancelInvitation",
    needs="room",
    codes=(*GONE, errors.OVER_CEILING, errors.REQUEST_NOT_YOURS),
    example={"roomId": "room-1", "userIdList": ["user2"]},
)
async def cancel_invitation(call: Call, params: CancelInvitation) -> None:
    """Take pending invitations back: one's own, or as owner or administrator also those of others.

    One that is not pending any more is skipped; one of another, asked for by a general user, fails the call (-2310).
    """
    place = call.place_in(params.roomId)
    await call.write(lambda op: invitations.cancel(op, place.room_id, place.room[1], params.userIdList))


class GetInvitationList(msgspec.Struct):
    """Parameters of getInvitationList."""

    roomId: InsideRoom
    cursor: Annotated[Cursor, Meta(description='Where to go on: `""`, or what the last page gave.')] = ""
    count: Annotated[fields.Positive, Meta(description="How many at most; more than 100 is 100.")] = 20


class InvitationPage(msgspec.Struct, frozen=True):
    """Result of getInvitationList."""

    invitations: Annotated[list[InvitationInfo], Meta(description="In the order in which they were sent.")]
    cursor: Annotated[str, Meta(description='Where the list goes on, `""` at its end.')]


@method(
    "getInvitationList",
    needs="room",
    codes=GONE,
    example={"roomId": "room-1", "cursor": "", "count": 20},
)
async def get_invitation_list(call: Call, params: GetInvitationList) -> InvitationPage:
    """Read whom somebody invited, and what became of it: what is pending, and the latest 300 that are not any more.

    Of each account it is the latest invitation; one that was taken back is not listed.
    """
    place = call.place_in(params.roomId)
    sdkappid, room_key = place.room
    key = cursors.of_group(sdkappid, room_key)
    after = cursors.read(params.cursor, key, "cursor", errors.REQUEST_INVALID)

    async def work(op: Operation) -> InvitationPage:
        limit = min(params.count, LONGEST_PAGE)
        shown, place_after = await invitations.page(op, place.room_id, room_key, after, limit)
        cursor = cursors.write(key, place_after) if place_after else ""
        return InvitationPage([InvitationInfo.of(invitation) for invitation in shown], cursor)

    return await call.read(work)
