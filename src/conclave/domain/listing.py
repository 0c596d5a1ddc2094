"""Lists that cross rooms and groups: an application's rooms and groups, an account's groups, a group's members.

What a page costs is bounded whatever the size of the tables: a list that filters looks at most at ``MAX_LOOKED_AT``
rows, and then hands back the place where it stopped, even if it found fewer than it was asked for.
"""

from collections.abc import Collection
from typing import Final, Literal

import msgspec

from conclave import errors
from conclave.domain import accounts, groups, paging
from conclave.domain.membership import ADMIN, MEMBER, OWNER, Role, role_of
from conclave.domain.operation import Operation
from conclave.errors import Field, Refusal
from conclave.store import groups as group_rows
from conclave.store import listing as rows
from conclave.store import members as member_rows
from conclave.store.groups import Group
from conclave.store.listing import Joined
from conclave.store.members import Member
from conclave.store.rooms import Room, RoomHead

EVERYTHING: Final = 2**31 - 1
WHOLE_GROUP: Final = 6000
Status = Literal["NotStarted", "Running"]


class RoomFilter(msgspec.Struct, frozen=True):
    """Which rooms are wanted; ``None`` asks for all. Times are seconds, both ends included."""

    status: Status | None = None
    owner: str | None = None
    name_prefix: str | None = None
    created_since: int | None = None
    created_until: int | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether every room is wanted."""
        return all(value is None for value in msgspec.structs.astuple(self))

    def admits(self, room: RoomHead, now_ms: int) -> bool:
        """Tell whether a room is wanted."""
        created = room.created_at // 1000
        return (
            (self.status is None or status_of(room, now_ms) == self.status)
            and (self.owner is None or room.owner == self.owner)
            and (self.name_prefix is None or room.name.startswith(self.name_prefix))
            and (self.created_since is None or created >= self.created_since)
            and (self.created_until is None or created <= self.created_until)
        )


def status_of(room: RoomHead, now_ms: int) -> Status:
    """Return the room's RoomStatus [R9]."""
    return "Running" if room.has_started(now_ms) else "NotStarted"


async def rooms(op: Operation, wanted: RoomFilter, after: int, limit: int) -> tuple[list[RoomHead], int]:
    """Return rooms in the order of their creation, and the place to go on after: 0 at the end."""

    async def read(after: int, most: int) -> list[RoomHead | int]:
        return await rows.rooms_after(op.tx, op.sdkappid, wanted.owner, after, most)

    def place_of(room: RoomHead | int) -> int:
        return room if isinstance(room, int) else room.room_key

    def admitted(room: RoomHead | int) -> RoomHead | None:
        return None if isinstance(room, int) or not wanted.admits(room, op.now) else room

    return await paging.look_through(read, place_of, admitted, after=after, end=0, limit=limit)


async def count_rooms(op: Operation) -> int:
    """Return the number of the application's rooms, from the maintained counter [R30]."""
    return await group_rows.counter(op.tx, op.sdkappid, "rooms")


async def group_ids(op: Operation, group_type: str, after: int, limit: int) -> tuple[list[str], int]:
    """Return group ids in the order of creation, and the place to go on after: 0 at the end."""
    found = await rows.ids(op.tx, op.sdkappid, group_type, after, limit + 1)
    page = found[:limit]
    return [group_id for _, group_id in page], page[-1][0] if len(found) > limit else 0


async def count_groups(op: Operation, group_type: str) -> int:
    """Return the number of groups of a type, rooms counted as ChatRoom; of all for an empty type."""
    counters = await group_rows.counters(op.tx, op.sdkappid)
    counted = ("rooms", *(groups.COUNTER + kind for kind in groups.KINDS))
    if group_type:
        counted = (groups.COUNTER + group_type, *(("rooms",) if group_type == "ChatRoom" else ()))
    return sum(counters.get(name, 0) for name in counted)


async def members(
    op: Operation, group: Group, roles: Collection[str] | None, *, after: int = 0, offset: int = 0, limit: int
) -> list[Member]:
    """Return members, the owner first, then in the order of entry; ``roles`` ``None`` means every role.

    ``after`` is the place of the last member of the page before, ``offset`` a number of members to step over.
    """
    chosen = {OWNER, ADMIN, MEMBER} if roles is None else set(roles)
    owner = None
    if group.owner and OWNER in chosen:
        owner = await member_rows.find(op.tx, op.sdkappid, group.group_key, group.owner)
    found = [owner] if owner is not None and not after and not offset else []
    if owner is not None and offset:
        offset -= 1
    others = chosen - {OWNER}
    if others and limit > len(found):
        role = others.pop() if len(others) == 1 else ""
        rest = limit - len(found)
        found += await rows.members(op.tx, op.sdkappid, group.group_key, group.owner, role, after, rest, offset)
    return found


class MemberPage(msgspec.Struct, frozen=True):
    """Members of a room as of its event ``seq``: ``(account, name_card, role, marks, custom_info)`` of each.

    ``last`` is the place to go on after, 0 at the end.
    """

    seq: int
    members: list[tuple[str, str, Role, list[int], str]]
    last: int

    def __len__(self) -> int:
        return len(self.members)


async def room_members(op: Operation, room: Room, after: int, limit: int) -> MemberPage:
    """Return members in the order of entry, perhaps from memory.

    A page holds until the room's next event, as nothing in it changes without one.
    """
    key = ("members", op.sdkappid, room.room_key, after, limit)
    known: MemberPage | None = op.tx.recall(key)
    if known is None or known.seq != room.seq:
        found = await member_rows.page(op.tx, op.sdkappid, room.room_key, after, limit + 1)
        members = [
            (account, name_card, role_of(room, account, role), member_rows.marks_of(marks), custom_info)
            for account, name_card, role, marks, custom_info, _ in found[:limit]
        ]
        known = MemberPage(room.seq, members, found[limit - 1][-1] if len(found) > limit else 0)
        op.tx.remember(key, known)
    return known


async def joined(
    op: Operation,
    account: str,
    group_type: str,
    *,
    inactive: bool,
    topics: int,
    limit: int | None,
    offset: int,
    most: int,
) -> tuple[list[Joined], int]:
    """Return the groups that an account is in, in the order of creation, and how many there are in all.

    Without a ``limit`` that is all of them; one more than ``most`` says that there are too many, uncounted. Refuses an
    account that is not imported with 10019.
    """
    await accounts.require(op, account, Field.MEMBER, errors.GROUP_ACCOUNT_NOT_EXIST)
    asked = most + 1 if limit is None else limit
    page = await rows.joined(
        op.tx, op.sdkappid, account, group_type, inactive=inactive, topics=topics, limit=asked, offset=offset
    )
    if (limit is None or len(page) < limit) and (page or not offset):
        return page, offset + len(page)  # the end was reached: nothing is left to be counted
    return page, await rows.count_joined(op.tx, op.sdkappid, account, group_type, inactive=inactive, topics=topics)


def refuse_unstored(group: Group) -> None:
    """Refuse with 10007 where the members are not stored."""
    if group.type == "AVChatRoom":
        raise Refusal(errors.GROUP_NOT_PERMITTED, "the members of an AVChatRoom are not stored")
