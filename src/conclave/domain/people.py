"""Who is inside, as members ask for it: page by page, one by one, by tag; and who is muted."""

from conclave.domain import paging
from conclave.domain.facts import MemberSnapshot, PersonSnapshot
from conclave.domain.membership import administering, as_reader, require
from conclave.domain.operation import Operation
from conclave.domain.snapshots import of_member, of_profiled
from conclave.store import mutes, profiles
from conclave.store.profiles import Profiled
from conclave.store.room_contents import MUTES


async def page(
    op: Operation, room_id: str, room_key: int, after: int, count: int, mark: int | None = None
) -> tuple[list[MemberSnapshot], int]:
    """Return members in the order of their entry, and the place to go on after: 0 at the end.

    With a ``mark`` only those that carry it: a page may then hold fewer than ``count``, and still go on. Refuses with
    100004 or 100005.
    """
    room = (await as_reader(op, room_id, room_key)).room

    async def read(after: int, most: int) -> list[Profiled]:
        return await profiles.page(op.tx, op.sdkappid, room_key, after, most)

    def wanted(found: Profiled) -> MemberSnapshot | None:
        return of_profiled(room, found) if mark is None or mark in found.member.mark_set else None

    return await paging.look_through(read, lambda found: found.member.entry, wanted, after=after, end=0, limit=count)


async def one(op: Operation, room_id: str, room_key: int, account: str) -> MemberSnapshot:
    """Return a member of the room; refuses with 100004 or 100005."""
    room = (await as_reader(op, room_id, room_key)).room
    return await of_member(op, room, await require(op, room, account))


async def muted(op: Operation, room_id: str, room_key: int, after: int, count: int) -> tuple[list[PersonSnapshot], int]:
    """Return those who are muted in the order of their mutes, and the place to go on after: 0 at the end.

    Refuses with 100004, 100005 or -2301.
    """
    room = administering(await as_reader(op, room_id, room_key)).room
    if not room.holds & MUTES:
        return [], 0
    found = await mutes.page(op.tx, op.sdkappid, room_key, after, count + 1)
    muted_people = [PersonSnapshot(mute.account, mute.nick, mute.face_url) for mute in found[:count]]
    return muted_people, found[count - 1].place if len(found) > count else 0
