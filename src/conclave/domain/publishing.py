"""What members publish, and who may in spite of a ban: bits of their rows, changed in a locked room.

This is the lower part: it closes what others say must be closed, and asks nobody's right. Who may open what is asked
in ``devices``.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final

from conclave.domain import events, facts, pending_requests
from conclave.domain.membership import CAMERA, MEMBER, MICROPHONE, SCREEN, role_of
from conclave.domain.operation import Operation
from conclave.store import members as rows
from conclave.store.members import Member
from conclave.store.rooms import Room

EVERY: Final = MICROPHONE | CAMERA | SCREEN
BANS: Final = {
    MICROPHONE: "is_audio_disabled",
    CAMERA: "is_video_disabled",
    SCREEN: "is_screen_sharing_disabled",
}
"""The field of the room that bars general users from each device."""


async def stop(op: Operation, room: Room, accounts: Sequence[str], devices: int, *, by_admin: bool) -> None:
    """Close those of the devices that members have open, and take back their grants for them; who is gone is skipped.

    ``by_admin``: others are told that an administrator closed them, else that their users did.
    """
    await _close(op, room, await _members(op, room, accounts), devices, by_admin=by_admin)


async def stop_banned(op: Operation, room: Room, changed: Collection[str]) -> None:
    """Close what general users may not have open any more, now that these fields of the room have changed."""
    banned = sum(device for device, field in BANS.items() if field in changed and getattr(room, field))
    if banned:
        publishing = await _members(op, room, await rows.publishing(op.tx, op.sdkappid, room.room_key))
        general = [each for each in publishing if role_of(room, each.account, each.role) == MEMBER]
        await _close(op, room, general, banned, by_admin=True)


async def open_own(op: Operation, room: Room, member: Member, device: int) -> None:
    """Open a device of the operator, who may; whatever asked for it has come true."""
    member.devices |= device
    await rows.update(op.tx, op.sdkappid, room.room_key, member)
    change = facts.DeviceChange(member.account, device, is_open=True)
    await events.append(op, room, facts.DevicesChanged([change], by_admin=False))
    await pending_requests.fulfil_device(op, room, member.account, device)


async def grant(op: Operation, room: Room, account: str, device: int) -> None:
    """Let a member open a device in spite of the ban, until it is closed; the consent to it is told elsewhere."""
    member = await rows.find(op.tx, op.sdkappid, room.room_key, account)
    if member is not None and not member.grants & device:
        member.grants |= device
        await rows.update(op.tx, op.sdkappid, room.room_key, member)


async def _members(op: Operation, room: Room, accounts: Iterable[str]) -> list[Member]:
    found = [await rows.find(op.tx, op.sdkappid, room.room_key, account) for account in dict.fromkeys(accounts)]
    return [member for member in found if member is not None]


async def _close(op: Operation, room: Room, members: Iterable[Member], devices: int, *, by_admin: bool) -> None:
    changes: list[facts.DeviceChange] = []
    for member in members:
        if not (member.devices | member.grants) & devices:
            continue
        closed = member.devices & devices
        changes += [facts.DeviceChange(member.account, device, is_open=False) for device in _each_of(closed)]
        member.devices &= ~devices
        member.grants &= ~devices
        await rows.update(op.tx, op.sdkappid, room.room_key, member)
    if changes:
        await events.append(op, room, facts.DevicesChanged(changes, by_admin))


def _each_of(devices: int) -> Iterator[int]:
    """Yield the bits of several devices one by one: microphone, camera, screen."""
    return (device for device in (MICROPHONE, CAMERA, SCREEN) if devices & device)
