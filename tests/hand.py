"""Draws requests: a few rooms, accounts and words, so small that they meet, and mostly what is there already."""

from collections.abc import Callable
from random import Random
from typing import Any, Final

from tests import model_clock
from tests.model import World
from tests.model_state import ADMINISTRATOR, FLAGS, Body, Limits

LIMITS: Final = Limits(members=9, seats=3, robots=3, rooms=2, ttl=600, grace=900)
SETTINGS: Final = """rates = {default = 0}
max_member_count = 9
max_seat_count = 3
max_rooms = 2
empty_room_ttl = 600
message_rate = 0"""
ROOM_IDS: Final = ("blue", "green", "red")
PEOPLE: Final = ("ann", "bob", "cai", "dov", "eva", "fay", "gil", "hal")
STRANGER: Final = "stranger"
ANYBODY: Final = (*PEOPLE, ADMINISTRATOR, STRANGER)
NAMES: Final = ("", "x", "weekly sync", "é" * 16)
TIME: Final = "time passes"
SECONDS: Final = (1, 60, 900, 3600, 9000)


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

    def seconds(self) -> int:
        """Some time; mostly until the clock does something, or until a second before that."""
        soon = [moment for moment in model_clock.moments(self.world) if moment <= self.world.now + max(SECONDS) * 1000]
        if not soon or self.chance(40):
            return int(self.one_of(SECONDS))
        whole = -(-(self.one_of(soon) - self.world.now) // 1000)
        return max(1, whole - self.rnd.randrange(2))

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
        "ban_room_member": lambda: hand.of_targets(
            Reason=hand.one_of(NAMES), Duration=hand.one_of((1, 60, 3600, 10**6))
        ),
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
        TIME: lambda: {"seconds": hand.seconds()},
        "account_delete": lambda: {"DeleteItem": [{"UserID": hand.one_of(ANYBODY)}]},
    }
    return make.get(name, hand.of_room)()
