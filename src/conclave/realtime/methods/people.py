"""``getUserList`` and ``getUserInfo``: who is inside."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import cursors, fields
from conclave.api.cursors import Cursor
from conclave.domain import people
from conclave.domain.facts import MemberSnapshot
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import GONE
from conclave.realtime.registry import method
from conclave.realtime.shapes.people import UserInfo

PAGE: Final = 50
Next = Annotated[
    fields.Natural, Meta(description="Where the list goes on: the `nextSequence` of the page before; 0 at the start.")
]


class UserPage(msgspec.Struct, frozen=True):
    """Members in the order of their entry."""

    userInfoList: Annotated[list[UserInfo], Meta(description="At most 50 members.")]
    nextSequence: Annotated[int, Meta(description="Where the list goes on, 0 at its end.")]

    @classmethod
    def of(cls, members: list[MemberSnapshot], after: int) -> "UserPage":
        """Return a page."""
        return cls([UserInfo.of(member) for member in members], after)


class GetUserList(msgspec.Struct):
    """Parameters of getUserList."""

    nextSequence: Next = 0
    next: Annotated[
        Cursor, Meta(description="Instead of `nextSequence`: the `next` of a snapshot's members, to go on from there.")
    ] = ""


@method(
    "getUserList",
    needs="room",
    codes=GONE,
    example={"nextSequence": 0},
)
async def get_user_list(call: Call, params: GetUserList) -> UserPage:
    """Page through the members, in the order of their entry, 50 at a time [R13]."""
    place = call.place
    key = cursors.of_group(place.room[0], place.room[1])
    after = params.nextSequence or cursors.read(params.next, key, "next", errors.REQUEST_INVALID)

    async def work(op: Operation) -> UserPage:
        return UserPage.of(*await people.page(op, place.room_id, place.room[1], after, PAGE))

    return await call.read(work)


class GetUserInfo(msgspec.Struct):
    """Parameters of getUserInfo."""

    userId: Annotated[fields.Account, Meta(description="Somebody inside.")]


@method(
    "getUserInfo",
    needs="room",
    codes=GONE,
    example={"userId": "user1"},
)
async def get_user_info(call: Call, params: GetUserInfo) -> UserInfo:
    """Look at one member."""
    place = call.place

    async def work(op: Operation) -> UserInfo:
        return UserInfo.of(await people.one(op, place.room_id, place.room[1], params.userId))

    return await call.read(work)
