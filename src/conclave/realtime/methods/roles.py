"""Roles, name cards, and what the application keeps with a member."""

from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import ownership, roles
from conclave.domain.membership import ADMIN, MEMBER, Role
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import AS_ADMINISTRATOR_OVER_ANOTHER, AS_OWNER
from conclave.realtime.registry import method

TRANSFER: Final = 0
APPOINTED: Final[dict[int, Role]] = {1: ADMIN, 2: MEMBER}


class ChangeUserRole(msgspec.Struct):
    """Parameters of changeUserRole."""

    userId: Annotated[fields.Account, Meta(description="Somebody inside.")]
    userRole: Annotated[
        Literal[0, 1, 2], Meta(description="0 hands the room over, 1 makes an administrator, 2 a general user.")
    ]


@method(
    "changeUserRole",
    needs="room",
    codes=(*AS_OWNER, errors.NOT_PERMITTED, errors.TOO_MANY_ADMINISTRATORS),
    example={"userId": "user1", "userRole": 1},
)
async def change_user_role(call: Call, params: ChangeUserRole) -> None:
    """Give a member another role, as the owner; an owner who hands the room over is a general user then [R16].

    A room has five administrators at most, and the owner's own role changes with the ownership only [R15]. A new owner
    who was muted may send messages again.
    """
    room_id, key = call.place.room_id, call.place.room[1]
    if params.userRole == TRANSFER:
        await call.write(lambda op: ownership.transfer(op, room_id, key, params.userId))
    else:
        role = APPOINTED[params.userRole]
        await call.write(lambda op: roles.appoint(op, room_id, key, params.userId, role))


class ChangeUserNameCard(msgspec.Struct):
    """Parameters of changeUserNameCard."""

    userId: Annotated[fields.Account, Meta(description="Somebody inside, oneself perhaps.")]
    nameCard: Annotated[
        fields.NameCard, fields.ONE_LINE, Meta(description='The name to go by in this room, `""` for none.')
    ]


@method(
    "changeUserNameCard",
    needs="room",
    codes=AS_ADMINISTRATOR_OVER_ANOTHER,
    example={"userId": "user1", "nameCard": "Ann, sales"},
)
async def change_user_name_card(call: Call, params: ChangeUserNameCard) -> None:
    """Change a name card: everybody his own, an administrator those of general users, the owner all."""
    place = call.place
    await call.write(lambda op: roles.set_name_card(op, place.room_id, place.room[1], params.userId, params.nameCard))


class SetCustomInfoForUser(msgspec.Struct):
    """Parameters of setCustomInfoForUser."""

    userId: Annotated[fields.Account, Meta(description="Somebody inside, oneself perhaps.")]
    customInfo: Annotated[
        dict[fields.Line, fields.Line],
        Meta(
            min_length=1,
            description="What to keep, by names of the application's own; an empty value takes its name away. With "
            "what is kept already at most 10 names, and 1024 bytes as JSON.",
        ),
    ]


@method(
    "setCustomInfoForUser",
    needs="room",
    codes=(*AS_ADMINISTRATOR_OVER_ANOTHER, errors.PARAMETER),
    example={"userId": "user1", "customInfo": {"team": "blue"}},
)
async def set_custom_info_for_user(call: Call, params: SetCustomInfoForUser) -> None:
    """Keep something with a member, to be seen by all as `roomCustomInfo` until he leaves.

    Everybody may do so with himself, an administrator with general users, the owner with all.
    """
    place = call.place
    await call.write(
        lambda op: roles.set_attributes(op, place.room_id, place.room[1], params.userId, params.customInfo)
    )
