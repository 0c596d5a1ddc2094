"""Draws what members do: mostly somebody who may, with whom and what there is."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from tests import model_clock
from tests.hand import NAMES, PEOPLE, Hand
from tests.model import World
from tests.model_state import ADMINISTRATOR, Body, Request, Room

# How often a deed is drawn, beside the commands.
WEIGHTS: Final = {
    "enterRoom": 16,
    "exitRoom": 2,
    "vanish": 7,
    "reconnect": 2,
    "resume": 7,
    "takeSeat": 12,
    "leaveSeat": 2,
    "moveToSeat": 3,
    "takeUserOnSeatByAdmin": 5,
    "kickUserOffSeatByAdmin": 2,
    "lockSeatByAdmin": 4,
    "moveUserToSeatByAdmin": 5,
    "openLocalMicrophone": 5,
    "openLocalCamera": 5,
    "startScreenSharing": 5,
    "closeLocalMicrophone": 1,
    "closeLocalCamera": 1,
    "stopScreenSharing": 1,
    "closeRemoteDeviceByAdmin": 3,
    "disableDeviceForAllUserByAdmin": 4,
    "openRemoteDeviceByAdmin": 6,
    "applyToAdminToOpenLocalDevice": 6,
    "acceptRemoteRequest": 12,
    "rejectRemoteRequest": 3,
    "cancelRequest": 3,
    "changeUserRole": 6,
    "changeUserNameCard": 3,
    "setCustomInfoForUser": 4,
    "setSelfInfo": 2,
    "kickRemoteUserOutOfRoom": 2,
    "addCategoryTagForUsers": 3,
    "removeCategoryTagForUsers": 1,
    "disableSendingMessageByAdmin": 4,
    "disableSendingMessageForAllUser": 2,
    "sendTextMessage": 5,
    "updateRoomNameByAdmin": 1,
    "updateRoomPasswordByAdmin": 1,
    "updateRoomSeatModeByAdmin": 3,
    "setRoomMetadataByAdmin": 3,
    "deleteRoomMetadataByAdmin": 2,
}
OPENING: Final = ("openLocalMicrophone", "openLocalCamera", "startScreenSharing")
CLOSING: Final = ("closeLocalMicrophone", "closeLocalCamera", "stopScreenSharing")
# What games like to do more of, together.
THEMES: Final = (
    ("takeSeat", "acceptRemoteRequest", "takeUserOnSeatByAdmin", "updateRoomSeatModeByAdmin", "changeUserRole"),
    ("applyToAdminToOpenLocalDevice", "openRemoteDeviceByAdmin", "acceptRemoteRequest", "openLocalCamera"),
    ("applyToAdminToOpenLocalDevice", "acceptRemoteRequest", *OPENING, *CLOSING, "closeRemoteDeviceByAdmin"),
    ("startScreenSharing", "openLocalMicrophone", "disableDeviceForAllUserByAdmin", "takeSeat", "changeUserRole"),
    ("takeSeat", "moveUserToSeatByAdmin", "lockSeatByAdmin", "openLocalCamera", "openLocalMicrophone"),
    ("sendTextMessage", "disableSendingMessageByAdmin", "disableSendingMessageForAllUser", "changeUserRole"),
    ("vanish", "resume", "sendTextMessage", "openLocalCamera", "takeSeat"),
    ("setRoomMetadataByAdmin", "deleteRoomMetadataByAdmin", "setCustomInfoForUser", "vanish", "resume"),
)
ASKING: Final = ("takeSeat", "applyToAdminToOpenLocalDevice", "openRemoteDeviceByAdmin", "takeUserOnSeatByAdmin")
BY_OWNER: Final = ("changeUserRole", "addCategoryTagForUsers", "removeCategoryTagForUsers")
ANSWERS: Final = ("acceptRemoteRequest", "rejectRemoteRequest", "cancelRequest")
KEYS: Final = tuple(f"key {number}" for number in range(12))


def draw(name: str, rnd: Random, world: World) -> tuple[str, str, Body] | None:
    """Return what is done, by whom, and its parameters; ``None`` where it would end in a tie of the clock's watches."""
    hand = Hand(rnd, world)
    connected = sorted(world.at)
    if not connected and hand.chance(80):
        name = "enterRoom"
    if name in ("enterRoom", "resume", "reconnect", "setSelfInfo", "vanish"):
        drawn = _of_connections(name, hand)
        return drawn and (name, *drawn)
    if not connected or hand.chance(2):
        caller = str(hand.one_of((*PEOPLE, ADMINISTRATOR)))
        return name, caller, _body(name, hand, caller, None)
    caller = str(hand.one_of(connected))
    hand.room_id = world.at[caller]
    room = world.rooms[hand.room_id]
    if name in ANSWERS and not room.requests and hand.chance(80):
        name = hand.one_of(ASKING)
    request = hand.one_of(room.requests) if room.requests and name in ANSWERS else None
    caller = _one_who_may(name, hand, room, request) or caller
    return name, caller, _body(name, hand, caller, request)


def _of_connections(name: str, hand: Hand) -> tuple[str, Body] | None:
    world = hand.world
    caller = str(hand.one_of((*PEOPLE, ADMINISTRATOR)))
    away, connected = sorted(world.away), sorted(world.at)
    if name in ("resume", "reconnect") and away and hand.chance(85):
        caller = hand.one_of(away)
    if name in ("vanish", "setSelfInfo") and connected and hand.chance(90):
        caller = hand.one_of(connected)
    if name == "vanish" and world.now + world.limits.grace * 1000 in model_clock.timeouts(world):
        return None
    if name == "enterRoom":
        if hand.room_id in world.rooms and hand.chance(25):
            caller = world.rooms[hand.room_id].owner
        return caller, {"roomId": hand.room_id, "password": hand.one_of(("", "123456", "123456", "sesame"))}
    if name == "resume":
        room = world.away.get(caller, hand.room_id) if hand.chance(90) else hand.room_id
        others = [each for each in world.room_ids if each != world.at.get(caller)]
        return caller, {"roomId": room if room in others else hand.one_of(others)}
    if name == "vanish":
        return caller, {"known": hand.rnd.randrange(8)}
    return caller, _body(name, hand, caller, None)


def _one_who_may(name: str, hand: Hand, room: Room, request: Request | None) -> str | None:
    """Return somebody who may do it, mostly, if anybody is there."""
    inside = [account for account in sorted(room.people) if hand.world.at.get(account) == room.id]
    if request:
        askers = [request.target] if request.target else room.administrators()
        able = [request.sender] if name == "cancelRequest" else askers
    elif name in BY_OWNER:
        able = [room.owner]
    elif name in OPENING:
        able = _general_first(
            hand, room, [each for each in inside if not room.seats or room.chair_of(each) is not None]
        )
    elif name == "takeSeat":
        able = _general_first(hand, room, [each for each in inside if room.chair_of(each) is None])
    elif name == "applyToAdminToOpenLocalDevice":
        able = _general_first(hand, room, inside)
    elif name in CLOSING:
        able = [account for account in inside if room.people[account].devices]
    elif name.endswith("ByAdmin") or name == "disableSendingMessageForAllUser":
        able = room.administrators()
    else:
        return None
    able = [account for account in able if account in inside]
    return str(hand.one_of(able)) if able and hand.chance(80) else None


def _general_first(hand: Hand, room: Room, able: list[str]) -> list[str]:
    general = [account for account in able if not room.administers(account)]
    return general if general and hand.chance(50) else able


def _timeout(hand: Hand) -> int:
    """Some time, or none: never one that ends when somebody's grace does."""
    seconds = int(hand.one_of((0, 0, 15, 60, 600)))
    while seconds and hand.world.now + seconds * 1000 in model_clock.graces(hand.world):
        seconds += 1
    return seconds


def _index(hand: Hand) -> int:
    return hand.rnd.randrange(4 if hand.chance(10) else 3)


def _target(hand: Hand, caller: str, *, seated: bool = False) -> str:
    """Return somebody, mostly one on whom the caller may act, or who sits."""
    room = hand.world.rooms.get(hand.room_id)
    below = [account for account in sorted(room.people) if account not in (caller, room.owner)] if room else []
    if room and caller != room.owner:
        below = [account for account in below if not room.administers(account)]
    if room and seated:
        below = [account for account in below if room.chair_of(account) is not None]
    if below and hand.chance(65):
        return str(hand.one_of(below))
    return hand.seated() if seated else hand.account()


def _body(name: str, hand: Hand, caller: str, request: Request | None) -> Body:
    def user(**rest: Any) -> Body:
        return {"userId": _target(hand, caller), **rest}

    def anybody(**rest: Any) -> Body:
        return {"userId": caller if hand.chance(30) else _target(hand, caller), **rest}

    def seated(**rest: Any) -> Body:
        return {"userId": _target(hand, caller, seated=True), **rest}

    def device(most: int) -> int:
        return hand.rnd.randint(1, most)

    def tag() -> int:
        return hand.rnd.randint(1000, 1011)

    def role() -> Body:
        account = _target(hand, caller)
        room = hand.world.rooms.get(hand.room_id)
        is_helper = room is not None and room.administers(account)
        return {"userId": account, "userRole": hand.one_of((0, 2, 2, 2, 1) if is_helper else (0, 1, 1, 1, 2))}

    def seat_mode() -> int:
        room = hand.world.rooms.get(hand.room_id)
        is_free = room is None or room.info["TakeSeatMode"] == "FreeToTake"
        return 2 if is_free == hand.chance(80) else 1

    def texts(values: tuple[str, ...]) -> dict[str, str]:
        return {hand.one_of(KEYS): hand.one_of(values) for _ in range(hand.rnd.randint(1, 4))}

    def kept() -> tuple[str, ...]:
        room = hand.world.rooms.get(hand.room_id)
        return tuple(sorted(room.metadata)) if room and room.metadata and hand.chance(80) else KEYS

    def answer() -> Body:
        return {"requestId": request.id if request else "1.1", "extensionInfo": hand.one_of(NAMES)}

    make: dict[str, Callable[[], Body]] = {
        "takeSeat": lambda: {"seatIndex": hand.one_of((-1, _index(hand))), "timeout": _timeout(hand)},
        "moveToSeat": lambda: {"targetSeatIndex": _index(hand)},
        "takeUserOnSeatByAdmin": lambda: user(seatIndex=hand.one_of((-1, _index(hand))), timeout=_timeout(hand)),
        "kickUserOffSeatByAdmin": lambda: seated(
            seatIndex=hand.one_of((-1, -1, _index(hand))), extensionInfo=hand.one_of(NAMES)
        ),
        "lockSeatByAdmin": lambda: {
            "seatIndex": _index(hand),
            "lockFlag": hand.one_of((7, 7, hand.rnd.randrange(8))),
            **hand.some(dict.fromkeys(("lockSeat", "lockVideo", "lockAudio"), hand.flag), 50),
        },
        "moveUserToSeatByAdmin": lambda: seated(targetSeatIndex=_index(hand), policy=hand.rnd.randint(0, 2)),
        "closeRemoteDeviceByAdmin": lambda: user(device=device(3)),
        "disableDeviceForAllUserByAdmin": lambda: {"device": device(3), "isDisable": hand.chance(70)},
        "openRemoteDeviceByAdmin": lambda: user(device=device(2), timeout=_timeout(hand)),
        "applyToAdminToOpenLocalDevice": lambda: {"device": device(3), "timeout": _timeout(hand)},
        "acceptRemoteRequest": answer,
        "rejectRemoteRequest": answer,
        "cancelRequest": lambda: {"requestId": request.id if request else "1.1"},
        "changeUserRole": role,
        "changeUserNameCard": lambda: anybody(nameCard=hand.one_of(NAMES)),
        "setCustomInfoForUser": lambda: anybody(customInfo=texts(("", "a", "a", "é" * 200))),
        "setSelfInfo": lambda: hand.some(dict.fromkeys(("userName", "avatarUrl"), lambda: hand.one_of(NAMES)), 60),
        "kickRemoteUserOutOfRoom": lambda: user(reason=hand.one_of(NAMES)),
        "addCategoryTagForUsers": lambda: {"tag": tag(), "userList": hand.people()},
        "removeCategoryTagForUsers": lambda: {"tag": tag(), "userList": hand.people()},
        "disableSendingMessageByAdmin": lambda: user(isDisable=hand.chance(60)),
        "disableSendingMessageForAllUser": lambda: {"isDisable": hand.flag()},
        "sendTextMessage": lambda: {"textContent": hand.one_of(NAMES) or "hello", "extensionInfo": {}},
        "updateRoomNameByAdmin": lambda: {"roomName": hand.one_of(NAMES) or "room"},
        "updateRoomPasswordByAdmin": lambda: {"password": hand.one_of(("", "123456", "sesame"))},
        "updateRoomSeatModeByAdmin": lambda: {"seatMode": seat_mode()},
        "setRoomMetadataByAdmin": lambda: {"metadata": texts(("", "a", "b"))},
        "deleteRoomMetadataByAdmin": lambda: {"keys": [hand.one_of(kept()), hand.one_of(KEYS)]},
    }
    return make[name]() if name in make else {}
