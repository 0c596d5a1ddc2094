"""What a room looks like to those inside: its members and seats with their profiles, read in one transaction."""

import msgspec

from conclave.domain.facts import MemberSnapshot, RoomSnapshot, SeatSnapshot
from conclave.domain.membership import role_of
from conclave.domain.operation import Operation
from conclave.store import accounts as account_rows
from conclave.store import members as member_rows
from conclave.store import profiles
from conclave.store import seats as seat_rows
from conclave.store.members import Member, attributes_of
from conclave.store.profiles import Profiled
from conclave.store.rooms import Room


class RoomView(msgspec.Struct, frozen=True):
    """A room as a member meets it; ``seq`` is the number of the last event that it contains [M4].

    ``members`` holds the first of them in the order of entry, ``next_entry`` the place to go on after, 0 at the end.
    ``seated`` holds whoever sits on ``seats``.
    """

    room_key: int
    room_id: str
    seq: int
    room: RoomSnapshot
    owner_nick: str
    owner_face_url: str
    me: MemberSnapshot
    members: list[MemberSnapshot]
    next_entry: int
    seats: list[SeatSnapshot]
    seated: list[MemberSnapshot]


async def of_member(op: Operation, room: Room, member: Member) -> MemberSnapshot:
    """Return the member as others see it."""
    profile = await account_rows.find(op.tx, op.sdkappid, member.account)
    nick, face_url = (profile.nick, profile.face_url) if profile else ("", "")
    return _snapshot(room, Profiled(member, nick, face_url))


async def of_members(op: Operation, room: Room, accounts: list[str]) -> list[MemberSnapshot]:
    """Return those of the accounts who are members, as others see them."""
    found = [await member_rows.find(op.tx, op.sdkappid, room.room_key, account) for account in accounts]
    return [await of_member(op, room, member) for member in found if member is not None]


def _snapshot(room: Room, profiled: Profiled) -> MemberSnapshot:
    member = profiled.member
    return MemberSnapshot(
        account=member.account,
        nick=profiled.nick,
        face_url=profiled.face_url,
        role=role_of(room, member.account, member.role),
        name_card=member.name_card,
        custom_info=member.custom_info,
        marks=sorted(member.mark_set),
        is_robot=bool(member.is_robot),
        devices=member.devices,
        is_muted=bool(member.is_muted),
        attributes=attributes_of(member.attributes),
    )


async def of_room(op: Operation, room: Room, member: Member, count: int) -> RoomView:
    """Return the room as ``member`` sees it, with the first ``count`` members."""
    key = room.room_key
    found = await profiles.page(op.tx, op.sdkappid, key, 0, count + 1)
    owner = await account_rows.find(op.tx, op.sdkappid, room.owner)
    seats = await seat_rows.every(op.tx, op.sdkappid, key, room.max_seat_count)
    seated = await profiles.seated(op.tx, op.sdkappid, key) if seats else []
    return RoomView(
        room_key=key,
        room_id=room.room_id,
        seq=room.seq,
        room=RoomSnapshot.of(room, op.now),
        owner_nick=owner.nick if owner else "",
        owner_face_url=owner.face_url if owner else "",
        me=await of_member(op, room, member),
        members=[_snapshot(room, each) for each in found[:count]],
        next_entry=found[count - 1].member.entry if len(found) > count else 0,
        seats=[SeatSnapshot.of(seat) for seat in seats],
        seated=[_snapshot(room, each) for each in seated],
    )
