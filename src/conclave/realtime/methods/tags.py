"""Tags of members: the marks of REST [R17]."""

from typing import Annotated, Final

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import marks, people
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import AS_OWNER, GONE
from conclave.realtime.methods.people import PAGE, Next, UserPage
from conclave.realtime.registry import method

MOST_USERS: Final = 20  # each is told to everybody in a frame of its own
Tag = Annotated[fields.Mark, Meta(description="The number that the application gives the kind.")]


class CategoryTag(msgspec.Struct):
    """Parameters of addCategoryTagForUsers and removeCategoryTagForUsers."""

    tag: Tag
    userList: Annotated[
        list[fields.Account], Meta(min_length=1, max_length=MOST_USERS, description="Members, all of them inside.")
    ]


@method(
    "addCategoryTagForUsers",
    needs="room",
    codes=(*AS_OWNER, errors.TOO_MANY_MARKS),
    example={"tag": 1000, "userList": ["user1", "user2"]},
)
async def add_category_tag_for_users(call: Call, params: CategoryTag) -> None:
    """Put a tag on members, as the owner; one who is not inside fails the whole call [R17]."""
    await _tag(call, params, remove=False)


@method(
    "removeCategoryTagForUsers",
    needs="room",
    codes=AS_OWNER,
    example={"tag": 1000, "userList": ["user1"]},
)
async def remove_category_tag_for_users(call: Call, params: CategoryTag) -> None:
    """Take a tag off members, as the owner; that somebody did not carry it is as good [R17]."""
    await _tag(call, params, remove=True)


async def _tag(call: Call, params: CategoryTag, *, remove: bool) -> None:
    place = call.place
    await call.write(lambda op: marks.tag(op, place.room_id, place.room[1], params.tag, params.userList, remove=remove))


class GetUserListByTag(msgspec.Struct):
    """Parameters of getUserListByTag."""

    tag: Tag
    nextSequence: Next = 0


@method(
    "getUserListByTag",
    needs="room",
    codes=GONE,
    example={"tag": 1000},
)
async def get_user_list_by_tag(call: Call, params: GetUserListByTag) -> UserPage:
    """Page through the members that carry a tag, in the order of their entry; a page may be short, and still go on."""
    place = call.place

    async def work(op: Operation) -> UserPage:
        key, after = place.room[1], params.nextSequence
        return UserPage.of(*await people.page(op, place.room_id, key, after, PAGE, params.tag))

    return await call.read(work)
