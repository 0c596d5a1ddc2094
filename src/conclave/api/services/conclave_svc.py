"""``conclave``: our own commands, beyond the original API; here the one that moves the clock of tests.

Those that list rooms, tell their history, or are about callbacks have a module each beside this one.
"""

from typing import Annotated

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api.registry import Example, command, service
from conclave.clock import AdjustableClock, Clock
from conclave.errors import Refusal

SERVICE = service("conclave", "Beyond the original API: list rooms, tell what is possible and what happened.")
FARTHEST_ADVANCE = 10 * 366 * 86_400


class SetClock(msgspec.Struct):
    """Request of set_clock; ``Advance`` is seconds, ``Freeze`` stops the clock or lets it run on."""

    Advance: Annotated[float, Meta(ge=0, le=FARTHEST_ADVANCE)] | None = None
    Freeze: bool | None = None


class SetClockReply(msgspec.Struct):
    """Reply of set_clock: the server's time in milliseconds."""

    Time: int


@command(
    SERVICE,
    document="ours",
    access="control",
    codes=(errors.COMMAND_DISABLED,),
    example=Example({"Advance": 3600, "Freeze": False}),
)
async def set_clock(clock: Clock, request: SetClock) -> SetClockReply:
    """Move the server's clock ahead, freeze it, let it run on; for tests, with ``insecure_test_clock`` only.

    It moves for every application of the server. Never use it where real meetings are held.
    """
    if not isinstance(clock, AdjustableClock):
        raise Refusal(errors.COMMAND_DISABLED, "conclave/set_clock is switched off on this server")
    if request.Freeze is not None:
        clock.freeze(request.Freeze)
    if request.Advance is not None:
        clock.advance(request.Advance)
    return SetClockReply(clock.now_ms())
