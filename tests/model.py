"""A small model of conferences: what the contract says about rooms, without a database, a network or a clock.

Written from docs/contract (conference.md, members.md and the decisions), not from the house. ``World.call`` answers a
command, or a member's deed, as the server must: a code, and the payload where there is one. What must be told of it
collects in ``World.news``. The rules stand in the modules ``tests.model_…``.
"""

from collections.abc import Callable
from typing import Any

from tests.model_state import ADMINISTRATOR, CHANGEABLE, Body, Chair, Limits, News, Person, Refused, Request, Room

Rule = Callable[["World", str, Body], Any]
RULES: dict[str, Rule] = {}


def rule(function: Rule) -> Rule:
    """Declare the rule of the command of the function's name; it raises ``Refused`` before it changes anything."""
    RULES[function.__name__] = function
    return function


def deed(name: str) -> Callable[[Rule], Rule]:
    """Declare the rule of a member's method."""

    def declare(function: Rule) -> Rule:
        RULES[name] = function
        return function

    return declare


class World:
    """One application; ``now`` is the server's clock in milliseconds."""

    def __init__(self, now: int, limits: Limits, room_ids: tuple[str, ...]) -> None:
        self.now = now
        self.room_ids = room_ids  # those that the game is about
        self.limits = limits
        self.nicks: dict[str, str] = {}
        self.faces: dict[str, str] = {}
        self.rooms: dict[str, Room] = {}
        self.at: dict[str, str] = {}  # the room that a person's connection is in
        self.through: dict[str, tuple[str, str]] = {}  # the node and the device of a person's latest connection
        self.lost: dict[tuple[str, str], int] = {}  # who vanished from which room, and when
        self.away: dict[str, str] = {}  # the room that a person's latest device was in when it vanished
        self.news: list[News] = []

    def call(self, command: str, body: Body, caller: str = ADMINISTRATOR) -> tuple[int, Any]:
        """Play a command, or what a member does over his connection; return code and payload."""
        try:
            return 0, RULES[command](self, caller, body)
        except Refused as refused:
            return refused.code, None

    def room(self, body: Body) -> Room:
        """Return the room that a command is about."""
        return self.living(body["RoomId"])

    def living(self, room_id: str) -> Room:
        if room_id not in self.rooms:
            raise Refused(100004)
        return self.rooms[room_id]

    def here(self, caller: str) -> Room:
        """Return the room that the caller's connection is in."""
        if caller not in self.at:
            raise Refused(-2101)
        return self.rooms[self.at[caller]]

    def imported(self, account: str) -> bool:
        return account == ADMINISTRATOR or account in self.nicks

    def started(self, room: Room) -> bool:
        return room.began or self.now >= room.start * 1000

    def forget_place(self, room: Room, account: str) -> None:
        if self.at.get(account) == room.id:
            del self.at[account]
        self.lost.pop((account, room.id), None)

    def tell(self, room: Room, kind: str, operator: str, /, **data: Any) -> None:
        room.seq += 1
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
            "keep_owner_on_seat": False,
            "reminder": 0,
        }

    def profile_told(self, account: str) -> Body:
        return {"account": account, "nick": self.nicks.get(account, ""), "face_url": self.faces.get(account, "")}

    def person_told(self, room: Room, person: Person) -> Body:
        return {
            **self.profile_told(person.account),
            "role": room.role(person.account),
            "name_card": person.card,
            "custom_info": person.data,
            "marks": sorted(person.marks),
            "is_robot": person.robot,
            "devices": person.devices,
            "is_muted": person.account in room.people and person.account in room.mutes,
            "attributes": person.attributes,
        }

    def request_told(self, room: Room, request: Request) -> Body:
        return {
            "request_id": request.id,
            "action": request.action,
            "sender": self.person_told(room, room.people[request.sender]),
            "target": request.target,
            "seat_index": request.index,
            "extension": "",
            "at": request.at,
            "expires_at": request.expires,
        }

    def chairs_told(self, room: Room, operator: str, before: list[Chair], **lists: Any) -> None:
        """Tell which chairs are not as they were; ``before`` is a copy made in time."""
        changed = [chair_told(index, chair) for index, chair in enumerate(room.chairs) if chair != before[index]]
        if changed:
            told = {"seated": [], "left": [], "kicked": [], "data": "", **lists}
            former = [chair_told(index, chair) for index, chair in enumerate(before) if chair.user in told["left"]]
            seated = [chair["account"] for chair in changed if chair["account"]]
            concerned = dict.fromkeys([*seated, *told["seated"], *told["left"], *told["kicked"]])
            people = [self.person_told(room, room.people[account]) for account in concerned]
            former.sort(key=lambda chair: told["left"].index(chair["account"]))
            self.tell(room, "SeatsChanged", operator, seats=changed, **told, people=people, former=former)


def chair_told(index: int, chair: Chair) -> Body:
    return {
        "index": index,
        "account": chair.user,
        "is_locked": chair.locked,
        "is_video_disabled": chair.video,
        "is_audio_disabled": chair.audio,
    }


def attending(room: Room) -> Body:
    """Who is to attend: told where there is anybody [R12]."""
    return {"attendees": room.invitees} if room.invitees else {}
