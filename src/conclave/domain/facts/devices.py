"""What happens to what members publish: the state of their microphones, cameras and shared screens."""

import msgspec

from conclave.domain.facts.base import Fact


class DeviceChange(msgspec.Struct, frozen=True):
    """A device of a member that was opened or closed; ``device`` is its bit: 1 microphone, 2 camera, 4 screen."""

    account: str
    device: int
    is_open: bool


class DevicesChanged(Fact, frozen=True):
    """Devices were opened or closed, in this order: by their users, or by an administrator or a rule of the room."""

    changes: list[DeviceChange]
    by_admin: bool
