"""Asking a member to open a device, and asking to be allowed to."""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.domain import requests
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.methods.codes import AS_ADMINISTRATOR_OVER_ANOTHER, GONE
from conclave.realtime.methods.requests import SentResult
from conclave.realtime.registry import method
from conclave.realtime.shapes.words import DEVICES, Device, Timeout


class OpenRemoteDevice(msgspec.Struct):
    """Parameters of openRemoteDeviceByAdmin."""

    userId: Annotated[fields.Account, Meta(description="Who is to open the device.")]
    device: Annotated[int, Meta(ge=1, le=2, description="1 the microphone, 2 the camera.")]
    timeout: Timeout = 0


@method(
    "openRemoteDeviceByAdmin",
    needs="room",
    codes=(
        *AS_ADMINISTRATOR_OVER_ANOTHER,
        errors.REQUEST_CONFLICT,
        errors.REQUEST_REPEATED,
        errors.OVER_CEILING,
    ),
    example={"userId": "user2", "device": 1, "timeout": 15},
)
async def open_remote_device(call: Call, params: OpenRemoteDevice) -> SentResult:
    """Ask a member to open his microphone or camera; he consents, and opens it himself, also under a ban for all.

    Nobody asks the owner, and only he asks administrators. 100102: the member has applied for it himself.
    """
    place, device = call.place, DEVICES[params.device]

    async def work(op: Operation) -> SentResult:
        return SentResult(
            await requests.open_remote_device(op, place.room_id, place.room[1], params.userId, device, params.timeout)
        )

    return await call.write(work)


class ApplyToOpenDevice(msgspec.Struct):
    """Parameters of applyToAdminToOpenLocalDevice."""

    device: Device
    timeout: Timeout = 0


@method(
    "applyToAdminToOpenLocalDevice",
    needs="room",
    codes=(*GONE, errors.REQUEST_CONFLICT, errors.REQUEST_REPEATED, errors.OVER_CEILING),
    example={"device": 1, "timeout": 60},
)
async def apply_to_open_device(call: Call, params: ApplyToOpenDevice) -> SentResult:
    """Ask the owner and the administrators to be allowed to open a device in spite of a ban for all.

    They themselves need no consent. 100102: one of them asks to open it already, which is to be accepted instead.
    """
    place, device = call.place, DEVICES[params.device]

    async def work(op: Operation) -> SentResult:
        return SentResult(await requests.apply_for_device(op, place.room_id, place.room[1], device, params.timeout))

    return await call.write(work)
