"""The rules of the model: what members publish, and who keeps them from it (members.md 1.5, 4.5, 4.11)."""

from tests.model import World, deed
from tests.model_ladder import as_administrator, below
from tests.model_pending import fulfil_device
from tests.model_publishing import BANS, stop
from tests.model_rooms import change
from tests.model_state import CAMERA, MICROPHONE, SCREEN, Body, Room, no

DEVICES = {1: MICROPHONE, 2: CAMERA, 3: SCREEN}
LOCKED = {MICROPHONE: -2360, CAMERA: -2370, SCREEN: -2372}
BANNED = {MICROPHONE: -2361, CAMERA: -2371, SCREEN: -2373}


def _open(world: World, caller: str, device: int) -> None:
    room = world.here(caller)
    person = room.people[caller]
    if person.devices & device:
        return
    _check_seat(room, caller, device)
    may = room.administers(caller) or person.grants & device
    no(BANNED[device], room.info[BANS[device]] and not may)
    no(-1109, device == SCREEN and any(each.devices & SCREEN for each in room.people.values()))
    person.devices |= device
    changes = [{"account": caller, "device": device, "is_open": True}]
    world.tell(room, "DevicesChanged", caller, changes=changes, by_admin=False)
    fulfil_device(world, caller, room, device)


def _check_seat(room: Room, caller: str, device: int) -> None:
    """In a room with seats general users publish while they sit; what a seat is barred from nobody publishes."""
    index = room.chair_of(caller)
    no(100206, room.seats and index is None and not room.administers(caller))
    if index is not None:
        chair = room.chairs[index]
        no(LOCKED[device], chair.audio if device == MICROPHONE else chair.video)


def _close(world: World, caller: str, device: int) -> None:
    stop(world, caller, world.here(caller), [caller], (device,), by_admin=False)


@deed("openLocalMicrophone")
def open_microphone(world: World, caller: str, body: Body) -> None:
    _open(world, caller, MICROPHONE)


@deed("openLocalCamera")
def open_camera(world: World, caller: str, body: Body) -> None:
    _open(world, caller, CAMERA)


@deed("startScreenSharing")
def share(world: World, caller: str, body: Body) -> None:
    _open(world, caller, SCREEN)


@deed("closeLocalMicrophone")
def close_microphone(world: World, caller: str, body: Body) -> None:
    _close(world, caller, MICROPHONE)


@deed("closeLocalCamera")
def close_camera(world: World, caller: str, body: Body) -> None:
    _close(world, caller, CAMERA)


@deed("stopScreenSharing")
def stop_sharing(world: World, caller: str, body: Body) -> None:
    _close(world, caller, SCREEN)


@deed("closeRemoteDeviceByAdmin")
def close_anothers(world: World, caller: str, body: Body) -> None:
    room = as_administrator(world, caller)
    below(room, caller, body["userId"])
    stop(world, caller, room, [body["userId"]], (DEVICES[body["device"]],), by_admin=True)


@deed("disableDeviceForAllUserByAdmin")
def disable_for_all(world: World, caller: str, body: Body) -> None:
    room = as_administrator(world, caller)
    change(world, caller, room, {BANS[DEVICES[body["device"]]]: body["isDisable"]})
