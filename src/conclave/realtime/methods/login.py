"""``login``: who a connection is, and by which rules it lives."""

import itertools
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from conclave import errors
from conclave.api import fields
from conclave.api.usersig import UserSig
from conclave.domain import accounts
from conclave.domain.operation import Operation
from conclave.errors import Refusal
from conclave.realtime import elsewhere
from conclave.realtime.call import Call, House
from conclave.realtime.connection import Identity
from conclave.realtime.field_names import NAMES
from conclave.realtime.frames import MAX_FRAME
from conclave.realtime.logging_in import AccountKey
from conclave.realtime.patience import PING_SECONDS, SECOND_NS
from conclave.realtime.registry import method
from conclave.store import nodes
from conclave.store.statements import Transaction

VERSION: Final = 1
ServerTime = Annotated[int, Meta(description="The server's clock, in milliseconds.")]
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
    version: Annotated[
        fields.Positive, Meta(description="The version of this protocol that the client speaks; there is version 1.")
    ] = VERSION


class LoginResult(msgspec.Struct, frozen=True):
    """Result of login: by which rules the connection lives."""

    version: Annotated[int, Meta(description="The version that both sides speak from here on.")]
    serverTime: ServerTime
    pingInterval: Annotated[int, Meta(description="Seconds after which a client that has nothing to say sends `ping`.")]
    silence: Annotated[float, Meta(description="Seconds without a frame after which the member counts as lost [M9].")]
    grace: Annotated[float, Meta(description="Seconds after that until the member leaves the room as Expired [M9].")]
    maxFrame: Annotated[int, Meta(description="Bytes that a frame of the client may have.")]
    frameRate: Annotated[int, Meta(description="Frames a second that the connection may send; 0: no limit.")]
    maxRooms: Annotated[int, Meta(description="Rooms that a device may be in at the same time [M3].")]


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
async def login(call: Call, params: Login) -> LoginResult:
    """Prove who one is; it comes before everything else.

    The UserSig is checked as for REST [G2], by the same limits [G14]. One of before the account's last kick is refused
    [G14b]. Logging in again on the same connection, as the same user, renews the UserSig.
    """
    house, connection = call.house, call.connection
    if params.version != VERSION:
        raise Refusal(errors.REQUEST_INVALID, f"version must be {VERSION}, the only one that this server speaks")
    now_ms = house.clock.now_ms()
    gate = house.gate(params.sdkAppId)
    gate.check_open(now_ms)
    gate.check_address(connection.client_ip)
    _check_user_id(params.userId)
    usersig = gate.verify(params.userId, params.userSig, now_ms)
    device = _device(call, params)
    result = _rules(house, now_ms)

    async def operation(tx: Transaction) -> LoginResult:
        op = Operation(tx, gate.application, params.userId, params.platform, connection.client_ip)
        # Whoever kicks or deletes the account once it is held waits for this commit. What tells of it is behind the
        # position then, and is read when the connection is in the books, which the commit's callbacks write.
        while not await accounts.hold_unless_revoked(op, params.userId, usersig.time):
            if gate.application.is_administrator(params.userId):
                break  # he counts as imported without a row [R4]
            await accounts.import_account(op, params.userId)
        position, moment = await nodes.moment(tx)
        identity = _identity(params, usersig, device, position, moment)
        tx.on_commit(lambda: _enter_books(call, identity))
        call.answer_at_commit(tx, result)
        return result

    account = (params.sdkAppId, params.userId)
    _refuse_crowd(house, account, device)
    house.hub.logging_in.add(account, device)
    try:
        return await house.engine.write(operation)
    finally:
        house.hub.logging_in.remove(account, device)


def _refuse_crowd(house: House, account: AccountKey, device: str) -> None:
    """Refuse with 60018 one device more than an account may be logged in on: its connections cost memory.

    Those count as well whose login is under way.
    """
    devices = house.hub.sessions.get(account, {}).keys() | house.hub.logging_in.devices(account)
    if device not in devices and len(devices) >= house.devices:
        raise Refusal(errors.OVERLOADED, f"the account is logged in on {house.devices} devices already")


def _rules(house: House, now_ms: int) -> LoginResult:
    return LoginResult(
        version=VERSION,
        serverTime=now_ms,
        pingInterval=PING_SECONDS,
        silence=house.patience.silence / SECOND_NS,
        grace=house.patience.grace / SECOND_NS,
        maxFrame=MAX_FRAME,
        frameRate=house.rate,
        maxRooms=1,
    )


def _check_user_id(user_id: str) -> None:
    broken = accounts.import_fault(user_id, None, None)
    if broken is not None:
        raise Refusal(errors.USER_ID_INVALID, broken.told(NAMES))


def _device(call: Call, params: Login) -> str:
    known = call.connection.identity
    if known is None:
        # A name of ours cannot be mistaken for one of theirs: theirs is never this long.
        return params.deviceId or f"{call.house.engine.node}{next(_unnamed_devices):065}"
    if (known.sdkappid, known.account) != (params.sdkAppId, params.userId):
        raise Refusal(errors.REQUEST_INVALID, f"the connection is logged in as {known.account!r} already")
    if params.deviceId not in (None, known.device):
        raise Refusal(errors.REQUEST_INVALID, "the connection is logged in on another deviceId already")
    return known.device


def _identity(params: Login, usersig: UserSig, device: str, position: int, moment: int) -> Identity:
    return Identity(
        params.sdkAppId, params.userId, device, params.platform, usersig.time, usersig.valid_until, position, moment
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
        elsewhere.replace(house, replaced)
    elsewhere.tell_login(house, identity)
