"""What a room looks like to those inside: its members and seats with their profiles, read in one transaction."""

from collections.abc import Sequence
from typing import Final

import msgspec

from conclave.domain import metadata
from conclave.domain.facts import (
    InvitationSnapshot,
    MemberSnapshot,
    PersonSnapshot,
    RequestSnapshot,
    RoomSnapshot,
    SeatSnapshot,
)
from conclave.domain.membership import MEMBER, role_of
from conclave.domain.operation import Operation
from conclave.store import accounts as account_rows
from conclave.store import invitations as invitation_rows
from conclave.store import members as member_rows
from conclave.store import profiles
from conclave.store import requests as request_rows
from conclave.store import seats as seat_rows
from conclave.store.accounts import Account
from conclave.store.invitations import Invitation
from conclave.store.members import Member, attributes_of
from conclave.store.profiles import Profiled
from conclave.store.requests import Request
from conclave.store.room_contents import INVITATIONS, REQUESTS
from conclave.store.rooms import Room

MOST_REQUESTS: Final = 300
"""How many pending requests are listed at once; whoever answers them sees the next."""
MOST_PENDING: Final = 50
"""How many pending requests, and invitations, a room shows to whoever comes in; the lists have the rest."""


class RoomView(msgspec.Struct, frozen=True):
    """A room as a member meets it; ``seq`` is the number of the last event that it contains [M4].

    ``members`` holds the first of them in the order of entry, ``next_entry`` the place to go on after, 0 at the end.
    ``seated`` holds whoever sits on ``seats``, ``requests`` the oldest that the member may answer, and his own,
    ``invitations`` the oldest that are pending, to a general user only those that he sent.
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
    requests: list[RequestSnapshot]
    metadata: dict[str, str]
    invitations: list[InvitationSnapshot]


async def of_member(op: Operation, room: Room, member: Member) -> MemberSnapshot:
    """Return the member as others see it."""
    return of_profiled(room, _profiled(member, await account_rows.find(op.tx, op.sdkappid, member.account)))


def _profiled(member: Member, profile: Account | None) -> Profiled:
    return Profiled(member, profile.nick, profile.face_url) if profile else Profiled(member, "", "")


async def of_members(op: Operation, room: Room, accounts: list[str]) -> list[MemberSnapshot]:
    """Return those of the accounts who are members, as others see them."""
    return await of_all(op, room, await member_rows.among(op.tx, op.sdkappid, room.room_key, accounts))


async def of_all(op: Operation, room: Room, members: Sequence[Member]) -> list[MemberSnapshot]:
    """Return several members as others see them."""
    known = await account_rows.among(op.tx, op.sdkappid, [member.account for member in members])
    return [of_profiled(room, _profiled(member, known.get(member.account))) for member in members]


async def of_person(op: Operation, account: str) -> PersonSnapshot:
    """Return the account as others see it, whether it is inside a room or not."""
    known = await account_rows.find(op.tx, op.sdkappid, account)
    return PersonSnapshot(account, known.nick if known else "", known.face_url if known else "")


def of_profiled(room: Room, profiled: Profiled) -> MemberSnapshot:
    """Return a member whose profile is at hand as others see him."""
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


async def of_requests(op: Operation, room: Room, requests: Sequence[Request]) -> list[RequestSnapshot]:
    """Return pending requests as others see them; their senders are members."""
    people = await of_members(op, room, list(dict.fromkeys(request.sender for request in requests)))
    senders = {member.account: member for member in people}
    return [
        RequestSnapshot(
            request_id=request_id(room, request.number),
            action=request.action,
            sender=senders[request.sender],
            target=request.target,
            seat_index=request.seat_index,
            extension=request.extension,
            at=request.at,
            expires_at=request.expires_at,
        )
        for request in requests
    ]


def request_id(room: Room, number: int) -> str:
    """Return how members name a request: the life of the room, and the number of the event that sent it."""
    return f"{room.room_key}.{number}"


async def visible_requests(op: Operation, room: Room, member: Member, most: int) -> list[RequestSnapshot]:
    """Return the oldest pending requests that the member may answer, or has sent himself."""
    if not room.holds & REQUESTS:
        return []
    tx, sdkappid, key = op.tx, op.sdkappid, room.room_key
    found = await request_rows.of_sender(tx, sdkappid, key, member.account)
    found += await request_rows.to(tx, sdkappid, key, member.account, most)
    if role_of(room, member.account, member.role) != MEMBER:
        found += await request_rows.to(tx, sdkappid, key, "", most)
    by_number = {request.number: request for request in found if not op.is_past(request.expires_at)}
    return await of_requests(op, room, [by_number[number] for number in sorted(by_number)][:most])


async def of_invitations(op: Operation, invitations: Sequence[Invitation]) -> list[InvitationSnapshot]:
    """Return invitations as others see them."""
    accounts = dict.fromkeys(account for each in invitations for account in (each.inviter, each.invitee))
    people = {account: await of_person(op, account) for account in accounts}
    return [
        InvitationSnapshot(
            inviter=people[each.inviter],
            invitee=people[each.invitee],
            status=each.status,
            extension=each.extension,
            expires_at=each.expires_at,
        )
        for each in invitations
    ]


async def visible_invitations(op: Operation, room: Room, member: Member) -> list[InvitationSnapshot]:
    """Return the oldest invitations that are pending, to a general user those that he sent himself."""
    if not room.holds & INVITATIONS:
        return []
    tx, sdkappid, key = op.tx, op.sdkappid, room.room_key
    if role_of(room, member.account, member.role) == MEMBER:
        found = await invitation_rows.oldest_of(tx, sdkappid, key, member.account, MOST_PENDING)
    else:
        found = await invitation_rows.oldest(tx, sdkappid, key, MOST_PENDING)
    return await of_invitations(op, found)


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
        members=[of_profiled(room, each) for each in found[:count]],
        next_entry=found[count - 1].member.entry if len(found) > count else 0,
        seats=[SeatSnapshot.of(seat) for seat in seats],
        seated=[of_profiled(room, each) for each in seated],
        requests=await visible_requests(op, room, member, MOST_PENDING),
        metadata=await metadata.of(op, room),
        invitations=await visible_invitations(op, room, member),
    )
