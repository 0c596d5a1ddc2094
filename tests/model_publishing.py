"""The model's devices, the lower part: what closes them, and with them the consents to open them (members.md 4.5)."""

from tests.model import World
from tests.model_state import CAMERA, MICROPHONE, SCREEN, Room

EVERY = (MICROPHONE, CAMERA, SCREEN)
BANS = {MICROPHONE: "IsAudioDisabled", CAMERA: "IsVideoDisabled", SCREEN: "IsScreenSharingDisabled"}


def stop(
    world: World, operator: str, room: Room, accounts: list[str], devices: tuple[int, ...], *, by_admin: bool
) -> None:
    """Close devices of people, those of them who are inside, and end the consents to open them."""
    changes = []
    for person in (room.people[account] for account in accounts if account in room.people):
        for device in devices:
            if person.devices & device:
                changes.append({"account": person.account, "device": device, "is_open": False})
            person.devices &= ~device
            person.grants &= ~device
    if changes:
        world.tell(room, "DevicesChanged", operator, changes=changes, by_admin=by_admin)


def stop_banned(world: World, operator: str, room: Room, changed: list[str]) -> None:
    """Close what general users may not have open any more: of these fields, those that are on."""
    banned = tuple(device for device, flag in BANS.items() if flag in changed and room.info[flag])
    general = sorted(account for account in room.people if not room.administers(account))
    stop(world, operator, room, general, banned, by_admin=True)
