"""Microphones, cameras and shared screens: what is published, by oneself and by administrators' order.

Some deeds have two names in the client API, which tells capturing from sending; here both are what others see.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import devices
from conclave.domain.membership import CAMERA, MICROPHONE, SCREEN
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import AS_ADMINISTRATOR, AS_ADMINISTRATOR_OVER_ANOTHER, GONE
from conclave.realtime.registry import method
from conclave.realtime.shapes.words import DEVICES, Device

MAY_OPEN_MICROPHONE = (*GONE, errors.NOT_SEATED, errors.MICROPHONE_LOCKED, errors.MICROPHONE_NOT_ALLOWED)
MAY_OPEN_CAMERA = (*GONE, errors.NOT_SEATED, errors.CAMERA_LOCKED, errors.CAMERA_NOT_ALLOWED)
MAY_SHARE = (*GONE, errors.NOT_SEATED, errors.SCREEN_LOCKED, errors.SCREEN_NOT_ALLOWED, errors.SOMEBODY_SHARES)


class OwnDevice(msgspec.Struct):
    """Parameters of a method for one's own device: none."""


async def _open(call: Call, device: int) -> None:
    place = call.place
    await call.write(lambda op: devices.open_own(op, place.room_id, place.room[1], device))


async def _close(call: Call, device: int) -> None:
    place = call.place
    await call.write(lambda op: devices.close_own(op, place.room_id, place.room[1], device))


@method("unmuteLocalAudio", needs="room", codes=MAY_OPEN_MICROPHONE, example={})
@method("openLocalMicrophone", needs="room", codes=MAY_OPEN_MICROPHONE, example={})
async def open_microphone(call: Call, params: OwnDevice) -> None:
    """Say that one speaks from now on; what is open stays open.

    General users may not under the ban for all without consent (-2361), nor without a seat in a room that has seats
    (100206); nobody may on a seat that is barred from audio (-2360). `openLocalMicrophone` and `unmuteLocalAudio` are
    the same here.
    """
    await _open(call, MICROPHONE)


@method("muteLocalAudio", needs="room", codes=GONE, example={})
@method("closeLocalMicrophone", needs="room", codes=GONE, example={})
async def close_microphone(call: Call, params: OwnDevice) -> None:
    """Say that one does not speak any more; a consent to do so in spite of a ban ends with it.

    `closeLocalMicrophone` and `muteLocalAudio` are the same here.
    """
    await _close(call, MICROPHONE)


@method("startPushLocalVideo", needs="room", codes=MAY_OPEN_CAMERA, example={})
@method("openLocalCamera", needs="room", codes=MAY_OPEN_CAMERA, example={})
async def open_camera(call: Call, params: OwnDevice) -> None:
    """Say that one shows oneself from now on; what is open stays open.

    General users may not under the ban for all without consent (-2371), nor without a seat in a room that has seats
    (100206); nobody may on a seat that is barred from video (-2370). `openLocalCamera` and `startPushLocalVideo` are
    the same here.
    """
    await _open(call, CAMERA)


@method("stopPushLocalVideo", needs="room", codes=GONE, example={})
@method("closeLocalCamera", needs="room", codes=GONE, example={})
async def close_camera(call: Call, params: OwnDevice) -> None:
    """Say that one does not show oneself any more; a consent to do so in spite of a ban ends with it.

    `closeLocalCamera` and `stopPushLocalVideo` are the same here.
    """
    await _close(call, CAMERA)


@method("startScreenSharing", needs="room", codes=MAY_SHARE, example={})
async def start_screen_sharing(call: Call, params: OwnDevice) -> None:
    """Say that one shares a screen from now on: one member of a room at a time (-1109).

    General users may not under the ban for all without consent (-2373), nor without a seat in a room that has seats
    (100206); nobody may on a seat that is barred from video (-2372).
    """
    await _open(call, SCREEN)


@method("stopScreenSharing", needs="room", codes=GONE, example={})
async def stop_screen_sharing(call: Call, params: OwnDevice) -> None:
    """Say that one shares no screen any more; a consent to do so in spite of a ban ends with it."""
    await _close(call, SCREEN)


class CloseRemoteDevice(msgspec.Struct):
    """Parameters of closeRemoteDeviceByAdmin."""

    userId: Annotated[fields.Account, Meta(description="Whose device to close.")]
    device: Device


@method(
    "closeRemoteDeviceByAdmin",
    needs="room",
    codes=AS_ADMINISTRATOR_OVER_ANOTHER,
    example={"userId": "user2", "device": 1},
)
async def close_remote_device(call: Call, params: CloseRemoteDevice) -> None:
    """Close a device of another member at once, without asking him; owner and administrators only.

    Nobody does it to the owner, an administrator not to another (100006). It is no ban: while there is none for all,
    the member may open the device again.
    """
    place = call.place
    device = DEVICES[params.device]
    await call.write(lambda op: devices.close_anothers(op, place.room_id, place.room[1], params.userId, device))


class DisableDeviceForAllUser(msgspec.Struct):
    """Parameters of disableDeviceForAllUserByAdmin."""

    device: Device
    isDisable: Annotated[bool, Meta(description="`true` bars general users from it, `false` allows it again.")]


@method(
    "disableDeviceForAllUserByAdmin",
    needs="room",
    codes=AS_ADMINISTRATOR,
    example={"device": 1, "isDisable": True},
)
async def disable_device_for_all_user(call: Call, params: DisableDeviceForAllUser) -> None:
    """Bar general users from a device, or allow it again; owner and administrators only, and they are exempt.

    What general users have open is closed, and consents to open it end. Allowing it again opens nothing.
    """
    place = call.place
    device = DEVICES[params.device]

    async def work(op: Operation) -> None:
        await devices.disable_for_all(op, place.room_id, place.room[1], device, is_disabled=params.isDisable)

    await call.write(work)
