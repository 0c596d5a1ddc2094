"""``ping`` and ``logout``."""

import msgspec

from conclave import errors
from conclave.domain.operation import Operation
from conclave.realtime.call import Call
from conclave.realtime.entrance import give_up, leave_behind
from conclave.realtime.methods.login import ServerTime
from conclave.realtime.registry import method


class Ping(msgspec.Struct):
    """Parameters of ping: none."""


class Pong(msgspec.Struct, frozen=True):
    """Result of ping."""

    serverTime: ServerTime


@method("ping", needs="login", example={})
async def ping(call: Call, params: Ping) -> Pong:
    """Show a sign of life; any frame is one. Send it every 15 seconds [M9].

    The answer comes after the news of whatever the server had answered before the frame arrived.
    """
    await call.house.feed.caught_up()
    return Pong(call.house.clock.now_ms())


class Logout(msgspec.Struct):
    """Parameters of logout: none."""


@method("logout", needs="login", codes=(errors.OWNER_MAY_NOT_LEAVE,), example={})
async def logout(call: Call, params: Logout) -> None:
    """Leave the room that the device is in, if any, and end the session; the connection may log in anew."""
    identity = call.identity
    place = call.house.hub.on_device(identity.sdkappid, identity.account, identity.device)
    if place is None:
        _end_session(call)
        return

    async def work(op: Operation) -> None:
        await leave_behind(op, place)
        op.tx.on_commit(lambda: give_up(call, place))

    await call.write(work)
    _end_session(call)


def _end_session(call: Call) -> None:
    connection = call.connection
    call.house.hub.log_out(connection)
    connection.log_out(call.house.clock.monotonic_ns())
