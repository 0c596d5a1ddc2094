"""What the model of conferences consists of: rooms, people, chairs, requests; and how a command is refused."""

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
MICROPHONE, CAMERA, SCREEN = 1, 2, 4


class Refused(Exception):  # noqa: N818 - an answer
    """A command is answered with this code, and nothing changes."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


def no(code: int, when: bool) -> None:
    if when:
        raise Refused(code)


def unique(accounts: list[str]) -> list[str]:
    return list(dict.fromkeys(accounts))


class News(NamedTuple):
    """What the log must say: the room's id, what kind of fact, by whom, and the fact itself."""

    room: str
    kind: str
    operator: str
    data: Body


@dataclass
class Person:
    """Somebody inside a room; ``devices`` are open, ``grants`` may be opened in spite of a ban: sums of their bits.

    ``node`` answers for his presence, where there are several.
    """

    account: str
    robot: bool = False
    admin: bool = False
    card: str = ""
    data: str = ""
    marks: set[int] = field(default_factory=set)
    devices: int = 0
    grants: int = 0
    attributes: dict[str, str] = field(default_factory=dict)
    node: str = ""


@dataclass(frozen=True)
class Chair:
    """A seat, and what is barred to whoever sits on it."""

    user: str = ""
    locked: bool = False
    video: bool = False
    audio: bool = False


@dataclass(frozen=True)
class Request:
    """A request that is pending; ``target`` is empty where owner and administrators answer, ``expires`` 0 for never."""

    id: str
    action: int
    sender: str
    target: str
    index: int
    at: int
    expires: int


@dataclass
class Room:
    """A living room; ``info`` holds the changeable fields by their wire names, ``people`` in the order of entry.

    ``life`` is its number among all that the application had, ``seq`` that of its last fact.
    """

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
    key: int = 0  # what the server says that it is: requests are named after it
    seq: int = 0
    people: dict[str, Person] = field(default_factory=dict)
    bans: dict[str, int] = field(default_factory=dict)
    invitees: list[str] = field(default_factory=list)
    mutes: set[str] = field(default_factory=set)
    metadata: dict[str, str] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)
    messages: int = 0

    def role(self, account: str) -> str:
        person = self.people.get(account, Person(account))
        if account == self.owner:
            return "Owner"
        return "Admin" if person.admin else "Member"

    def administers(self, account: str) -> bool:
        return self.role(account) != "Member"

    def administrators(self) -> list[str]:
        """Owner and administrators who are inside."""
        return sorted(filter(self.administers, self.people), key=lambda account: account != self.owner)

    def speech_mode(self) -> int:
        """As older clients call it: 1 free, 2 by application, 3 on a seat (members.md 3.3)."""
        if self.seats:
            return 3
        return 2 if self.info["IsAudioDisabled"] and self.info["IsVideoDisabled"] else 1

    def robots(self) -> int:
        return sum(person.robot for person in self.people.values())

    def chair_of(self, account: str) -> int | None:
        return next((index for index, chair in enumerate(self.chairs) if chair.user == account), None)

    def is_empty(self) -> bool:
        """Nobody but robots is inside [R22]."""
        return all(person.robot for person in self.people.values())


@dataclass
class Limits:
    """The application's ceilings; ``ttl`` and ``grace`` in seconds."""

    members: int = 300
    seats: int = 20
    robots: int = 3
    rooms: int = 0
    ttl: int = 6 * 3600
    grace: int = 60
