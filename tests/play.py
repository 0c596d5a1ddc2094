"""Random moves: commands and deeds of members, and what the server answers to the commands.

A move is drawn from a seed and the present of the model, mostly about rooms that live and people who are inside.
"""

from collections.abc import Iterable
from random import Random
from typing import Any, Final, NamedTuple

from tests import (
    hand_deeds,
    model_devices,
    model_meeting,
    model_members,
    model_presence,
    model_requests,
    model_rooms,
    model_seat_deeds,
    model_seats,
)
from tests.hand import PEOPLE, ROOM_IDS, TIME, Hand, body_of
from tests.house import ROOMS, SEATS, Caller
from tests.model import World
from tests.model_state import ADMINISTRATOR, Body

RULE_BOOKS: Final = (  # importing them declares the rules
    model_devices,
    model_meeting,
    model_members,
    model_presence,
    model_requests,
    model_rooms,
    model_seat_deeds,
    model_seats,
)
BY_MEMBERS: Final = tuple(hand_deeds.WEIGHTS)
ACCOUNTS: Final = "im_open_login_svc"
LISTS: Final = {"get_room_member_list": "MemberList", "get_banned_member_list": "BannedAccountList"}


class Move(NamedTuple):
    """A command, by whom; a caller other than the administrator is a member on his own connection."""

    name: str
    body: Body
    caller: str = ADMINISTRATOR


# How often a command is drawn; a room must exist before anything interesting happens in it.
WEIGHTS: Final = {
    "create_room": 12,
    "destroy_room": 1,
    "update_room_info": 5,
    "get_room_info": 3,
    "get_room_member_list": 3,
    "update_room_member_info": 9,
    "change_room_owner": 4,
    "mark_room_member": 5,
    "ban_room_member": 5,
    "unban_room_member": 3,
    "get_banned_member_list": 2,
    "kick_user_out": 3,
    "add_robot": 12,
    "delete_robot": 4,
    "get_seat_list": 2,
    "pick_user_on_seat": 12,
    "kick_user_off_seat": 4,
    "lock_seat": 6,
    "switch_seat": 4,
    "move_user_to_seat": 8,
    "account_import": 4,
    "account_delete": 3,
    TIME: 10,
    **hand_deeds.WEIGHTS,
}
SERVICES: Final = {
    **{name: SEATS if "seat" in name else ROOMS for name in WEIGHTS},
    "account_import": ACCOUNTS,
    "account_delete": ACCOUNTS,
}


def mood(rnd: Random) -> dict[str, int]:
    """Return weights for one game: some moves are its favourites, so that it gets where an even mixture never does."""
    changes = [name for name in WEIGHTS if not name.startswith(("get_", "account_"))]
    favourites = rnd.choice((rnd.sample(changes, 4), *hand_deeds.THEMES))
    return {name: weight * (15 if name in favourites else 1) for name, weight in WEIGHTS.items()}


def opening(rnd: Random) -> list[Move]:
    """Return how a game begins: mostly with a room that has seats, and people in it, at times administrators."""
    if rnd.randrange(5) == 0:
        return []
    room = ROOM_IDS[0]
    info = {
        "RoomId": room,
        "RoomType": "Conference",
        "Owner_Account": PEOPLE[0],
        "IsSeatEnabled": rnd.randrange(4) > 0,
        "TakeSeatMode": rnd.choice(("FreeToTake", "ApplyToTake", "ApplyToTake")),
        **{flag: rnd.randrange(3) == 0 for flag in ("IsAudioDisabled", "IsVideoDisabled", "IsScreenSharingDisabled")},
    }
    people = rnd.sample(PEOPLE, rnd.choice((2, 5, len(PEOPLE))))
    enter = [Move("enterRoom", {"roomId": room, "password": ""}, person) for person in people]
    helpers = [person for person in people if person != PEOPLE[0]][: rnd.choice((0, 0, 4, 5))]
    promote = [
        Move("update_room_member_info", {"RoomId": room, "MemberInfo": {"Member_Account": person, "Role": "Admin"}})
        for person in helpers
    ]
    return [Move("create_room", {"RoomInfo": info}), *enter, *promote]


def draw(rnd: Random, world: World, weights: dict[str, int] = WEIGHTS) -> Move:
    """Return a random command of an administrator, or a deed of a member."""
    name = rnd.choices(tuple(weights), tuple(weights.values()))[0]
    if not world.rooms and rnd.randrange(10) < 8:
        name = "create_room"
    if name not in BY_MEMBERS:
        return Move(name, body_of(name, Hand(rnd, world)))
    drawn = hand_deeds.draw(name, rnd, world)
    return Move(TIME, {"seconds": 1}) if drawn is None else Move(drawn[0], drawn[2], drawn[1])


# What is seen of a room over REST, the lists in one page; and what of it the clock alone may change.
READS: Final[dict[str, Body]] = {
    "get_room_info": {},
    "get_room_member_list": {"Count": 100},
    "get_seat_list": {},
    "get_banned_member_list": {"Limit": 100},
}
BY_THE_CLOCK: Final = ("get_room_info", "get_banned_member_list")


def looks(rooms: Iterable[str], *names: str) -> list[Move]:
    """Return the moves that read all there is to see of rooms, or only some of it."""
    return [Move(name, {"RoomId": room, **READS[name]}) for room in rooms for name in names or READS]


def play(caller: Caller, move: Move) -> tuple[int, Any]:
    """Send a command; return code and payload, lists whole, page by page."""
    path = f"{SERVICES[move.name]}/{move.name}"
    envelope = caller.call(path, move.body)
    code, payload = envelope["ErrorCode"], envelope.get("Response")
    if move.name == "account_delete" and code == 0:
        results = [{name: item[name] for name in ("UserID", "ResultCode")} for item in envelope["ResultItem"]]
        return code, {"ResultItem": results}
    if code == 0 and move.name in LISTS:
        return code, {LISTS[move.name]: _pages(caller, path, move, payload)}
    return code, payload


def _pages(caller: Caller, path: str, move: Move, payload: Any) -> list[Any]:
    name = LISTS[move.name]
    size: int = min(move.body.get("Count") or move.body["Limit"], 100)
    found: list[Any] = []
    while True:
        found += payload[name]
        following = payload.get("Next") or payload.get("NextOffset")
        if not following:
            assert len(payload[name]) <= size
            return found
        assert len(payload[name]) == size  # only the last page may be short
        field = "Next" if "Next" in payload else "Offset"
        payload = caller.ok(path, {**move.body, field: following})
