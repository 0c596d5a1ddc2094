"""Random moves: commands on a few rooms and accounts, so small that they meet, and what the server answers to them.

A move is drawn from a seed and the present of the model, mostly about rooms that live and people who are inside.
"""

from collections.abc import Callable
from random import Random
from typing import Any, Final, NamedTuple

from tests import model_members, model_rooms, model_seats
from tests.house import ROOMS, SEATS, Caller
from tests.model import ADMINISTRATOR, FLAGS, Body, Limits, World

RULE_BOOKS: Final = (model_rooms, model_members, model_seats)  # importing them declares the rules
LIMITS: Final = Limits(members=9, seats=3, robots=3, rooms=2, ttl=600, grace=86_400)
SETTINGS: Final = """rates = {default = 0}
max_member_count = 9
max_seat_count = 3
max_rooms = 2
empty_room_ttl = 600"""
ROOM_IDS: Final = ("blue", "green", "red")
PEOPLE: Final = ("ann", "bob", "cai", "dov", "eva", "fay", "gil", "hal")
STRANGER: Final = "stranger"
ANYBODY: Final = (*PEOPLE, ADMINISTRATOR, STRANGER)
NAMES: Final = ("", "x", "weekly sync", "é" * 16)
TIME: Final = "time passes"
BY_MEMBERS: Final = ("enter", "leave", "take_seat", "leave_seat", "vanish")
ACCOUNTS: Final = "im_open_login_svc"
LISTS: Final = {"get_room_member_list": "MemberList", "get_banned_member_list": "BannedAccountList"}


class Move(NamedTuple):
    """A command, by whom; a caller other than the administrator is a member on his own connection."""

    name: str
    body: Body
    caller: str = ADMINISTRATOR


class Hand:
    """Draws the parts of a move in a world."""

    def __init__(self, rnd: Random, world: World) -> None:
        self.rnd = rnd
        self.one_of = rnd.choice
        self.world = world
        living = sorted(world.rooms, key=lambda room: (-len(world.rooms[room].people), room))
        self.room_id = rnd.choice(living if living and self.chance(95) else world.room_ids)
        if living and self.chance(50):
            self.room_id = living[0]

    @property
    def now(self) -> int:
        """The server's second."""
        return self.world.now // 1000

    def chance(self, percent: int) -> bool:
        return self.rnd.randrange(100) < percent

    def some(self, fields: dict[str, Any], percent: int = 30) -> Body:
        """Return some of the fields, each with its drawn value."""
        return {name: draw() for name, draw in fields.items() if self.chance(percent)}

    def account(self) -> str:
        room = self.world.rooms.get(self.room_id)
        inside = sorted(room.people) if room else []
        if room and self.chance(10):
            return room.owner
        return str(self.one_of(inside if inside and self.chance(80) else ANYBODY))

    def seated(self) -> str:
        room = self.world.rooms.get(self.room_id)
        seated = [chair.user for chair in room.chairs if chair.user] if room else []
        return str(self.one_of(seated)) if seated and self.chance(70) else self.account()

    def robot(self) -> str:
        room = self.world.rooms.get(self.room_id)
        robots = [person.account for person in room.people.values() if person.robot] if room else []
        return str(self.one_of(robots)) if robots and self.chance(70) else self.account()

    def barred(self) -> list[str]:
        room = self.world.rooms.get(self.room_id)
        return [str(self.one_of(list(room.bans)))] if room and room.bans and self.chance(70) else self.people()

    def people(self) -> list[str]:
        return [self.account() for _ in range(self.rnd.randint(1, 3))]

    def flag(self) -> bool:
        return self.chance(50)

    def index(self) -> int:
        return self.one_of((-1, LIMITS.seats)) if self.chance(6) else self.rnd.randrange(LIMITS.seats)

    def changes(self) -> Body:
        return self.some(
            {
                **dict.fromkeys(FLAGS, self.flag),
                "RoomName": lambda: self.one_of(NAMES),
                "MaxMemberCount": lambda: self.rnd.randint(1, LIMITS.members + 1),
                "CustomInfo": lambda: self.one_of(NAMES),
                "TakeSeatMode": lambda: self.one_of(("FreeToTake", "ApplyToTake")),
                "IsPasswordEnabled": self.flag,
                "Password": lambda: self.one_of(("123456", "sesame")),
            },
            20,
        )

    def of_room(self, **rest: Any) -> Body:
        return {"RoomId": self.room_id, **rest}

    def of_member(self, **rest: Any) -> Body:
        return self.of_room(Member_Account=self.account(), **rest)

    def of_seated(self, **rest: Any) -> Body:
        return self.of_room(Member_Account=self.seated(), **rest)

    def of_targets(self, **rest: Any) -> Body:
        return self.of_room(MemberList_Account=self.people(), **rest)


def creation(hand: Hand) -> Body:
    """A room, mostly with seats, at times booked for later or with something wrong."""
    now = hand.now
    kind = "Karaoke" if hand.chance(3) else "Conference"
    info = {"RoomId": hand.one_of(hand.world.room_ids), "RoomType": kind, **hand.changes()}
    if hand.chance(60):
        info["Owner_Account"] = hand.one_of(ANYBODY)
    if hand.chance(40):
        info["ScheduleStartTime"] = now + hand.one_of((-86_400, -60, 0, 60, 3600))
    if hand.chance(30):
        info["ScheduleEndTime"] = info.get("ScheduleStartTime", now) + hand.one_of(
            (299, 300, 300, 7200, 7200, 86_400, 86_401)
        )
    if hand.chance(90):
        info["IsSeatEnabled"] = hand.chance(95)
    if hand.chance(30):
        info["MaxSeatCount"] = hand.one_of((*range(1, LIMITS.seats + 1), *range(LIMITS.seats + 2)))
    body: Body = {"RoomInfo": info}
    if hand.chance(20):
        body["ScheduleInviteeList_Account"] = hand.people()
    return body


def owner_of(hand: Hand) -> str:
    room = hand.world.rooms.get(hand.room_id)
    return room.owner if room and hand.chance(80) else hand.account()


def marking(hand: Hand) -> Body:
    entries = [
        {
            "Member_Account": hand.account(),
            "Marks": [hand.rnd.randint(1000, 1012) for _ in range(hand.rnd.randint(1, 3))],
        }
        for _ in range(hand.rnd.randint(1, 3))
    ]
    return hand.of_room(CommandType=hand.one_of((1, 1, 1, "1", "1", 2)), MemberList=entries)


def member_change(hand: Hand) -> Body:
    wanted = {
        "NameCard": lambda: hand.one_of(NAMES),
        "Role": lambda: hand.one_of(("Admin",) * 5 + ("Member",)),
        "CustomInfo": lambda: hand.one_of(NAMES),
    }
    return hand.of_room(MemberInfo={"Member_Account": hand.account(), **hand.some(wanted, 60)})


def body_of(name: str, hand: Hand) -> Body:
    """Draw the body of a command."""
    make: dict[str, Callable[[], Body]] = {
        "create_room": lambda: creation(hand),
        "update_room_info": lambda: {"RoomInfo": {**hand.of_room(), **hand.changes()}},
        "get_room_member_list": lambda: hand.of_room(Count=hand.one_of((1, 2, 50, 200))),
        "update_room_member_info": lambda: member_change(hand),
        "change_room_owner": lambda: hand.of_room(From_Account=owner_of(hand), NewOwner_Account=hand.account()),
        "mark_room_member": lambda: marking(hand),
        "ban_room_member": lambda: hand.of_targets(Reason=hand.one_of(NAMES), Duration=hand.one_of((1, 60, 10**6))),
        "unban_room_member": lambda: hand.of_room(MemberList_Account=hand.barred()),
        "get_banned_member_list": lambda: hand.of_room(Limit=hand.one_of((1, 2, 100, 1000))),
        "kick_user_out": lambda: hand.of_targets(Reason=hand.one_of(NAMES)),
        "add_robot": lambda: hand.of_room(Member_Account=hand.one_of(ANYBODY)),
        "delete_robot": lambda: hand.of_room(Member_Account=hand.robot()),
        "pick_user_on_seat": lambda: hand.of_member(Index=hand.index()),
        "kick_user_off_seat": lambda: hand.of_seated(**hand.some({"Data": lambda: hand.one_of(NAMES)})),
        "lock_seat": lambda: hand.of_room(
            Index=hand.index(), **hand.some(dict.fromkeys(("ForbidTaken", "ForbidVideo", "ForbidAudio"), hand.flag), 50)
        ),
        "switch_seat": lambda: hand.of_seated(ToIndex=hand.index()),
        "move_user_to_seat": lambda: hand.of_seated(SeatIndex=hand.index(), Policy=hand.rnd.randint(0, 2)),
        "account_import": lambda: {"UserID": hand.one_of(PEOPLE), **hand.some({"Nick": lambda: hand.one_of(NAMES)})},
        TIME: lambda: {"seconds": hand.one_of((1, 1, 1, 60, 60, 60, 900, 900, 3600, 90_000))},
        "enter": lambda: hand.of_room(password=hand.one_of(("", "123456", "123456", "sesame"))),
        "take_seat": lambda: {"seatIndex": hand.index()},
        "account_delete": lambda: {"DeleteItem": [{"UserID": hand.one_of(ANYBODY)}]},
    }
    return make.get(name, hand.of_room)()


# How often a command is drawn; a room must exist before anything interesting happens in it.
WEIGHTS: Final = {
    "create_room": 12,
    "destroy_room": 1,
    "update_room_info": 5,
    "get_room_info": 3,
    "get_room_member_list": 3,
    "update_room_member_info": 6,
    "change_room_owner": 4,
    "mark_room_member": 5,
    "ban_room_member": 3,
    "unban_room_member": 2,
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
    "account_import": 2,
    "account_delete": 1,
    TIME: 3,
    "enter": 16,
    "leave": 2,
    "take_seat": 8,
    "leave_seat": 3,
    "vanish": 2,
}
SERVICES: Final = {
    **{name: SEATS if "seat" in name else ROOMS for name in WEIGHTS},
    "account_import": ACCOUNTS,
    "account_delete": ACCOUNTS,
}


def mood(rnd: Random) -> dict[str, int]:
    """Return weights for one game: some moves are its favourites, so that it gets where an even mixture never does."""
    changes = [name for name in WEIGHTS if not name.startswith(("get_", "account_")) and name != TIME]
    favourites = rnd.sample(changes, 4)
    return {name: weight * (15 if name in favourites else 1) for name, weight in WEIGHTS.items()}


def opening(rnd: Random) -> list[Move]:
    """Return how a game begins: mostly with a room that has seats, and people in it."""
    if rnd.randrange(4) == 0:
        return []
    room = ROOM_IDS[0]
    info = {"RoomId": room, "RoomType": "Conference", "Owner_Account": PEOPLE[0], "IsSeatEnabled": True}
    people = rnd.sample(PEOPLE, rnd.choice((2, 5, len(PEOPLE))))
    enter = [Move("enter", {"RoomId": room, "password": ""}, person) for person in people]
    return [Move("create_room", {"RoomInfo": info}), *enter]


def draw(rnd: Random, world: World, weights: dict[str, int] = WEIGHTS) -> Move:
    """Return a random command of an administrator, or a deed of a member."""
    name = rnd.choices(tuple(weights), tuple(weights.values()))[0]
    if not world.rooms and rnd.randrange(10) < 8:
        name = "create_room"
    hand = Hand(rnd, world)
    connected = sorted(world.at)
    body = body_of(name, hand)
    if name not in BY_MEMBERS:
        return Move(name, body)
    if name == "enter" and hand.room_id in world.rooms and hand.chance(25):
        return Move(name, body, world.rooms[hand.room_id].owner)
    if name == "enter" or not connected or hand.chance(5):
        return Move(name, body, hand.one_of((*PEOPLE, ADMINISTRATOR)))
    return Move(name, body, hand.one_of(connected))


# What is seen of a room over REST; the lists in one page.
READS: Final[dict[str, Body]] = {
    "get_room_info": {},
    "get_room_member_list": {"Count": 100},
    "get_seat_list": {},
    "get_banned_member_list": {"Limit": 100},
}


def looks(world: World) -> list[Move]:
    """Return the moves that read all there is to see."""
    return [Move(name, {"RoomId": room, **body}) for room in world.room_ids for name, body in READS.items()]


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
