"""``setSelfInfo`` and ``getSelfInfo``: the profile of one's account."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave.api import fields
from conclave.domain import accounts
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.registry import method
from conclave.realtime.shapes.words import AvatarUrl, UserId, UserName


class SetSelfInfo(msgspec.Struct):
    """Parameters of setSelfInfo; what is left out stays as it is."""

    userName: Annotated[
        str | None,
        fields.text(accounts.MAX_PROFILE_BYTES),
        fields.ONE_LINE,
        Meta(description="The account's nickname."),
    ] = None
    avatarUrl: Annotated[
        str | None,
        fields.text(accounts.MAX_PROFILE_BYTES),
        fields.ONE_LINE,
        Meta(description="The address of the account's picture; it is told as it is given."),
    ] = None


@method("setSelfInfo", needs="login", example={"userName": "Ann", "avatarUrl": "https://example.com/ann.png"})
async def set_self_info(call: Call, params: SetSelfInfo) -> None:
    """Change the profile of one's account; the rooms that it is in are told at once.

    Of an account that is in more than 20 rooms, the 20 that were created last; in the others it is seen when they are
    read the next time.
    """
    name, picture = params.userName, params.avatarUrl
    await call.write(lambda op: accounts.import_account(op, op.operator, name, picture, everywhere=False))


class GetSelfInfo(msgspec.Struct):
    """Parameters of getSelfInfo: none."""


class SelfInfo(msgspec.Struct, frozen=True):
    """Result of getSelfInfo."""

    userId: UserId
    userName: UserName
    avatarUrl: AvatarUrl


@method("getSelfInfo", needs="login", example={})
async def get_self_info(call: Call, params: GetSelfInfo) -> SelfInfo:
    """Look at the profile of one's account."""

    async def work(op: Operation) -> SelfInfo:
        found = await accounts.profile(op, op.operator)
        return SelfInfo(op.operator, *found)

    return await call.read(work)
