"""Keeping order: putting people out, and keeping them from sending messages."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.api import fields
from conclave.domain import chat, departures, mutes, people
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import AS_ADMINISTRATOR, AS_ADMINISTRATOR_OVER_ANOTHER
from conclave.realtime.methods.people import PAGE, Next
from conclave.realtime.registry import method
from conclave.realtime.shapes.people import PersonInfo


class KickRemoteUserOutOfRoom(msgspec.Struct):
    """Parameters of kickRemoteUserOutOfRoom."""

    userId: Annotated[fields.Account, Meta(description="Somebody inside.")]
    reason: Annotated[
        fields.Remark, Meta(description="A sentence for the person put out; it is in the callback too.")
    ] = ""


@method(
    "kickRemoteUserOutOfRoom",
    needs="room",
    codes=AS_ADMINISTRATOR_OVER_ANOTHER,
    example={"userId": "user1", "reason": "please come back quietly"},
)
async def kick_remote_user_out_of_room(call: Call, params: KickRemoteUserOutOfRoom) -> None:
    """Put a member out, as owner or administrator; nobody puts out the owner, and only he an administrator.

    It is no ban: whoever was put out may enter again at once. Over REST there is ban_room_member [R18].
    """
    place = call.place
    await call.write(lambda op: departures.remove(op, place.room_id, place.room[1], params.userId, params.reason))


class DisableSendingMessageByAdmin(msgspec.Struct):
    """Parameters of disableSendingMessageByAdmin."""

    userId: Annotated[fields.Account, Meta(description="Somebody inside; to be allowed again, also one who has left.")]
    isDisable: Annotated[bool, Meta(description="`true` mutes, `false` ends the mute.")]


@method(
    "disableSendingMessageByAdmin",
    needs="room",
    codes=AS_ADMINISTRATOR_OVER_ANOTHER,
    example={"userId": "user1", "isDisable": True},
)
async def disable_sending_message_by_admin(call: Call, params: DisableSendingMessageByAdmin) -> None:
    """Mute a member, or end the mute, as owner or administrator; only the owner mutes an administrator.

    A mute lasts until it is ended or the room ends, also for who leaves and enters again [R23].
    """
    place, deed = call.place, mutes.mute if params.isDisable else mutes.unmute
    await call.write(lambda op: deed(op, place.room_id, place.room[1], params.userId))


class DisableSendingMessageForAllUser(msgspec.Struct):
    """Parameters of disableSendingMessageForAllUser."""

    isDisable: Annotated[bool, Meta(description="Whether general users are barred from sending messages.")]


@method(
    "disableSendingMessageForAllUser",
    needs="room",
    codes=AS_ADMINISTRATOR,
    example={"isDisable": True},
)
async def disable_sending_message_for_all_user(call: Call, params: DisableSendingMessageForAllUser) -> None:
    """Bar all general users from sending messages, or allow it again; owner and administrators always may."""
    place = call.place
    await call.write(lambda op: chat.disable_for_all(op, place.room_id, place.room[1], is_disabled=params.isDisable))


class MutedUserPage(msgspec.Struct, frozen=True):
    """Result of getBannedUserList."""

    userInfoList: Annotated[
        list[PersonInfo], Meta(description="At most 50, in the order in which they were muted; they may have left.")
    ]
    nextSequence: Annotated[int, Meta(description="Where the list goes on, 0 at its end.")]


class GetBannedUserList(msgspec.Struct):
    """Parameters of getBannedUserList."""

    nextSequence: Next = 0


@method("getBannedUserList", needs="room", codes=AS_ADMINISTRATOR, example={"nextSequence": 0})
async def get_banned_user_list(call: Call, params: GetBannedUserList) -> MutedUserPage:
    """Page through those who are muted, as owner or administrator; bans from entering are REST's to tell [R19]."""
    place = call.place

    async def work(op: Operation) -> MutedUserPage:
        found, after = await people.muted(op, place.room_id, place.room[1], params.nextSequence, PAGE)
        return MutedUserPage([PersonInfo.of(person) for person in found], after)

    return await call.read(work)
