"""``login`` and ``ping``."""

import itertools
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.api.usersig import UserSig
from conclave.domain import accounts
from conclave.domain.applications import Application
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.realtime.call import Call
from conclave.realtime.connection import POLICY, Identity
from conclave.realtime.events import KickedOffLine
from conclave.realtime.registry import method
from conclave.store import events as log
from conclave.store.engine import Transaction

_unnamed_devices: Final = itertools.count(1)


class Login(msgspec.Struct, kw_only=True):
    """Parameters of login."""

    sdkAppId: Annotated[fields.Positive, Meta(description="The application's id.")]
    userId: Annotated[str, Meta(description="Who logs in; imported at the first login.")]
    userSig: Annotated[str, Meta(description="The UserSig that the application's backend made for the user.")]
    deviceId: Annotated[
        str | None,
        fields.text(64, 1),
        Meta(
            description="The same on every login of one device: the newer connection replaces the older [M1]. Without "
            "it every connection is a device of its own."
        ),
    ] = None
    platform: Annotated[
        Literal["Web", "Android", "iOS", "Windows", "Mac", "iPad", "Unknown"],
        Meta(description="What callbacks call OptPlatform."),
    ] = "Unknown"


@method(
    "login",
    needs="nothing",
    codes=(
        errors.APPLICATION_NOT_FOUND,
        errors.APPLICATION_DISABLED,
        errors.PLAN_EXPIRED,
        errors.ADDRESS_REFUSED,
        errors.USER_ID_INVALID,
        errors.TOO_MANY_FAILURES,
        errors.USERSIG_MALFORMED,
        errors.USERSIG_OTHER_APPLICATION,
        errors.USERSIG_OTHER_IDENTIFIER,
        errors.USERSIG_FORGED,
        errors.USERSIG_EXPIRED,
        errors.USERSIG_REVOKED,
        errors.OVERLOADED,
    ),
    example={"sdkAppId": 1400000001, "userId": "user1", "userSig": "eJw…", "deviceId": "phone-1"},
)
async def login(call: Call, params: Login) -> None:
    """Prove who one is; it comes before everything else.

    The UserSig is checked as for REST [G2], by the same limits [G14]. One of before the account's last kick is refused
    [G14b]. Logging in again on the same connection, as the same user, renews the UserSig.
    """
    house, connection = call.house, call.connection
    now_ms = house.clock.now_ms()
    gate = house.gate(params.sdkAppId)
    gate.check_open(now_ms)
    gate.check_address(connection.client_ip)
    _check_user_id(params.userId)
    usersig = gate.verify(params.userId, params.userSig, now_ms)
    device = _device(call, params)

    async def operation(tx: Transaction) -> None:
        op = Operation(tx, gate.application, params.userId, params.platform, connection.client_ip)
        await accounts.refuse_revoked(op, params.userId, usersig.time)
        await _import(op, gate.application, params.userId)
        identity = _identity(params, usersig, device, await log.last_position(tx))
        tx.on_commit(lambda: _enter_books(call, identity))
        call.answer_at_commit(tx, None)

    await house.engine.write(operation)


def _check_user_id(user_id: str) -> None:
    broken = accounts.import_fault(user_id, None, None)
    if broken is not None:
        raise Refusal(errors.USER_ID_INVALID, broken.info.replace("UserID", "userId"))


def _device(call: Call, params: Login) -> str:
    known = call.connection.identity
    if known is None:
        # A name of ours cannot be mistaken for one of theirs: theirs is never this long.
        return params.deviceId or f"{next(_unnamed_devices):065}"
    if (known.sdkappid, known.account) != (params.sdkAppId, params.userId):
        raise Refusal(errors.REQUEST_INVALID, f"the connection is logged in as {known.account!r} already")
    if params.deviceId not in (None, known.device):
        raise Refusal(errors.REQUEST_INVALID, "the connection is logged in on another deviceId already")
    return known.device


async def _import(op: Operation, application: Application, account: str) -> None:
    if not application.is_administrator(account):  # an administrator counts as imported [R4]
        await accounts.import_account(op, account)


def _identity(params: Login, usersig: UserSig, device: str, position: int) -> Identity:
    return Identity(
        params.sdkAppId, params.userId, device, params.platform, usersig.time, usersig.valid_until, position
    )


def _enter_books(call: Call, identity: Identity) -> None:
    connection, house = call.connection, call.house
    house.feed.listen_from(identity.position)
    if connection not in house.hub.connections:
        return  # it ended meanwhile
    connection.identity = identity
    connection.knows_expiry = False
    replaced = house.hub.log_in(connection)
    if replaced is not None:
        house.hub.forget(replaced, house.clock.monotonic_ns())
        replaced.tell(KickedOffLine("the account logged in on this device again"))
        replaced.end(POLICY)


class Ping(msgspec.Struct):
    """Parameters of ping: none."""


class Pong(msgspec.Struct, frozen=True):
    """Result of ping."""

    serverTime: Annotated[int, Meta(description="The server's clock, in milliseconds.")]


@method("ping", needs="login", example={})
async def ping(call: Call, params: Ping) -> Pong:
    """Show a sign of life; any frame is one. Send it every 15 seconds [M9]."""
    return Pong(call.house.clock.now_ms())
