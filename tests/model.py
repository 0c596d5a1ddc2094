"""A small model of conferences: what the contract says about rooms, without a database, a network or a clock.

Written from docs/contract (conference.md and the decisions), not from the house. ``World.call`` answers a command as
the server must: a code, and the payload where there is one. What must be told of it collects in ``World.news``. The
rules stand in ``tests.model_rooms``, ``tests.model_members`` and ``tests.model_seats``.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

Body = dict[str, Any]
ADMINISTRATOR: Final = "administrator"
SYSTEM: Final = "@TIM#SYSTEM"
# The name of a room's field on the wire, and in the event log.
FLAGS: Final = {
    "IsVideoDisabled": "is_video_disabled",
    "IsAudioDisabled": "is_audio_disabled",
    "IsMessageDisabled": "is_message_disabled",
    "IsScreenSharingDisabled": "is_screen_sharing_disabled",
    "IsCloudRecordingDisabled": "is_cloud_recording_disabled",
}
CHANGEABLE: Final = {
    "RoomName": "name",
    "MaxMemberCount": "max_member_count",
    **FLAGS,
    "CustomInfo": "custom_info",
    "TakeSeatMode": "take_seat_mode",
    "IsPasswordEnabled": "is_password_enabled",
    "Password": "password",
}


class Refused(Exception):  # noqa: N818 - an answer
    """A command is answered with this code, and nothing changes."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class News(NamedTuple):
    """What the log must say: the room's id, what kind of fact, by whom, and the fact itself."""

    room: str
    kind: str
    operator: str
    data: Body


@dataclass
class Person:
    """Somebody inside a room."""

    account: str
    robot: bool = False
    admin: bool = False
    card: str = ""
    data: str = ""
    marks: set[int] = field(default_factory=set)


@dataclass(frozen=True)
class Chair:
    """A seat, and what is barred to whoever sits on it."""

    user: str = ""
    locked: bool = False
    video: bool = False
    audio: bool = False


@dataclass
class Room:
    """A living room; ``info`` holds the changeable fields by their wire names, ``people`` in the order of entry."""

    id: str
    owner: str
    info: Body
    start: int
    end: int
    created: int
    began: bool
    closes: int
    chairs: list[Chair]
    seats: bool
    people: dict[str, Person] = field(default_factory=dict)
    bans: dict[str, int] = field(default_factory=dict)

    def role(self, account: str) -> str:
        person = self.people.get(account, Person(account))
        if account == self.owner:
            return "Owner"
        return "Admin" if person.admin else "Member"

    def robots(self) -> int:
        return sum(person.robot for person in self.people.values())

    def chair_of(self, account: str) -> int | None:
        return next((index for index, chair in enumerate(self.chairs) if chair.user == account), None)


@dataclass
class Limits:
    """The application's ceilings; ``ttl`` and ``grace`` in seconds."""

    members: int = 300
    seats: int = 20
    robots: int = 3
    rooms: int = 0
    ttl: int = 6 * 3600
    grace: int = 60


Rule = Callable[["World", str, Body], Any]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """Declare the rule of the command of the function's name; it raises ``Refused`` before it changes anything."""
    RULES[function.__name__] = function
    return function


class World:
    """One application; ``now`` is the server's clock in milliseconds."""

    def __init__(self, now: int, limits: Limits, room_ids: tuple[str, ...]) -> None:
        self.now = now
        self.room_ids = room_ids  # those that the game is about
        self.limits = limits
        self.nicks: dict[str, str] = {}
        self.rooms: dict[str, Room] = {}
        self.at: dict[str, str] = {}  # the room that a person's connection is in
        self.lost: dict[tuple[str, str], int] = {}  # who vanished from which room, and when
        self.news: list[News] = []

    def call(self, command: str, body: Body, caller: str = ADMINISTRATOR) -> tuple[int, Any]:
        """Play a command, or what a member does over his connection; return code and payload."""
        try:
            return 0, RULES[command](self, caller, body)
        except Refused as refused:
            return refused.code, None

    def room(self, body: Body) -> Room:
        if body["RoomId"] not in self.rooms:
            raise Refused(100004)
        return self.rooms[body["RoomId"]]

    def imported(self, account: str) -> bool:
        return account == ADMINISTRATOR or account in self.nicks

    def started(self, room: Room) -> bool:
        return room.began or self.now >= room.start * 1000

    def pass_time(self, seconds: int) -> None:
        """Let the clock run, and do what is due then."""
        self.now += seconds * 1000
        self.run_due()

    def run_due(self) -> None:
        """First the starts, then the ends."""
        for room in self.rooms.values():
            if not room.began and room.start * 1000 <= self.now:
                room.began = True
                self.tell(room, "RoomStarted", SYSTEM, room=self.room_told(room))
        for room in list(self.rooms.values()):
            if empty_of_people(room) and room.closes <= self.now:
                self.end(room, SYSTEM)

    def overdue(self) -> list[tuple[str, str]]:
        """Return whose grace has ended, as account and room [M9]."""
        return [key for key, moment in self.lost.items() if self.now - moment >= self.limits.grace * 1000]

    def moments(self) -> list[int]:
        """Return when the clock does something next: starts and ends of rooms, ends of bans and of grace times."""
        found = [moment + self.limits.grace * 1000 for moment in self.lost.values()]
        for room in self.rooms.values():
            found += [*room.bans.values(), room.start * 1000]
            if empty_of_people(room):
                found.append(room.closes)
        return sorted(moment for moment in found if moment > self.now)

    def end(self, room: Room, operator: str) -> None:
        self.tell(room, "RoomDestroyed", operator, by_system=operator == SYSTEM, by_owner=operator == room.owner)
        for account in room.people:
            self.forget_place(room, account)
        del self.rooms[room.id]

    def forget_place(self, room: Room, account: str) -> None:
        if self.at.get(account) == room.id:
            del self.at[account]
        self.lost.pop((account, room.id), None)

    def tell(self, room: Room, kind: str, operator: str, /, **data: Any) -> None:
        self.news.append(News(room.id, kind, operator, data))

    def room_told(self, room: Room) -> Body:
        return {
            **{told: room.info[name] for name, told in CHANGEABLE.items() if name != "Password"},
            "owner": room.owner,
            "member_count": len(room.people),
            "schedule_start": room.start,
            "schedule_end": room.end,
            "has_started": self.started(room),
            "is_seat_enabled": room.seats,
            "max_seat_count": len(room.chairs),
            "created": room.created // 1000,
        }

    def person_told(self, room: Room, person: Person) -> Body:
        return {
            "account": person.account,
            "nick": self.nicks.get(person.account, ""),
            "face_url": "",
            "role": room.role(person.account),
            "name_card": person.card,
            "custom_info": person.data,
            "marks": sorted(person.marks),
            "is_robot": person.robot,
        }

    def chairs_told(self, room: Room, operator: str, before: list[Chair], **lists: Any) -> None:
        """Tell which chairs are not as they were; ``before`` is a copy made in time."""
        changed = [
            {
                "index": index,
                "account": chair.user,
                "is_locked": chair.locked,
                "is_video_disabled": chair.video,
                "is_audio_disabled": chair.audio,
            }
            for index, chair in enumerate(room.chairs)
            if chair != before[index]
        ]
        if changed:
            told = {"seated": [], "left": [], "kicked": [], "data": "", **lists}
            seated = [chair["account"] for chair in changed if chair["account"]]
            concerned = dict.fromkeys([*seated, *told["seated"], *told["left"], *told["kicked"]])
            people = [self.person_told(room, room.people[account]) for account in concerned]
            self.tell(room, "SeatsChanged", operator, seats=changed, **told, people=people)

    def remove(self, room: Room, operator: str, accounts: list[str]) -> list[Body]:
        """Take people out of a room, and off their chairs; return what is told of them as they were."""
        gone = [self.person_told(room, room.people[account]) for account in accounts]
        before = list(room.chairs)
        seated = [account for account in accounts if room.chair_of(account) is not None]
        room.chairs = [Chair() if chair.user in accounts else chair for chair in room.chairs]
        self.chairs_told(room, operator, before, left=seated)
        had_people = not empty_of_people(room)
        for account in accounts:
            del room.people[account]
            self.forget_place(room, account)
        if had_people and empty_of_people(room):
            room.closes = max(self.now + self.limits.ttl * 1000, room.end * 1000)
        return gone

    def put_out(self, room: Room, operator: str, accounts: list[str], how: str, reason: str = "") -> None:
        gone = self.remove(room, operator, accounts)
        by_server = how == "Kicked"
        told = {"members": gone, "how": how, "reason": reason, "member_count": len(room.people), "by_server": by_server}
        self.tell(room, "MemberLeft", operator, **told)


def empty_of_people(room: Room) -> bool:
    """Nobody but robots is inside [R22]."""
    return all(person.robot for person in room.people.values())
