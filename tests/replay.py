"""A room told from its events alone: whoever follows the log must arrive at what the tables say."""

from collections.abc import Iterable
from typing import Any

Data = dict[str, Any]
INFO = (
    "name",
    "owner",
    "max_member_count",
    "member_count",
    "custom_info",
    "take_seat_mode",
    "is_video_disabled",
    "is_audio_disabled",
    "is_message_disabled",
    "is_password_enabled",
    "max_seat_count",
    "schedule_start",
    "schedule_end",
    "reminder",
)

# The log leaves out what is as it is by default.
PLAIN_ROOM = {
    **dict.fromkeys(("is_video_disabled", "is_audio_disabled", "is_message_disabled"), False),
    **dict.fromkeys(("is_screen_sharing_disabled", "is_cloud_recording_disabled", "is_password_enabled"), False),
    **dict.fromkeys(("is_seat_enabled", "keep_owner_on_seat"), False),
    "custom_info": "",
    "max_seat_count": 0,
    "reminder": 0,
}
PLAIN_MEMBER = {
    **dict.fromkeys(("name_card", "custom_info"), ""),
    **dict.fromkeys(("is_robot", "is_muted"), False),
    "marks": [],
    "attributes": {},
    "devices": 0,
}


def complete(told: Any) -> Any:
    """Return what a fact holds, with everything that is known of its rooms and members."""
    if isinstance(told, list):
        return [complete(each) for each in told]
    if not isinstance(told, dict):
        return told
    plain = PLAIN_ROOM if "has_started" in told else PLAIN_MEMBER if "role" in told else {}
    return plain | {name: complete(each) for name, each in told.items()}


class Story:
    """What is known of a room so far."""

    def __init__(self) -> None:
        self.info: Data = {}
        self.members: dict[str, Data] = {}
        self.seats: dict[int, tuple[Any, ...]] = {}
        self.bans: dict[str, int] = {}
        self.invited: dict[str, str] = {}
        self.mutes: set[str] = set()
        self.metadata: dict[str, str] = {}
        self.attendees: list[str] = []

    def follow(self, kind: str, data: Data) -> None:
        if "room" in data:
            self.info = data["room"]
        self.follow_people(kind, data)
        self.follow_lists(kind, data)
        self.info["member_count"] = data.get("member_count", self.info["member_count"])

    def follow_people(self, kind: str, data: Data) -> None:
        if kind in ("MemberEntered", "RobotAdded", "MembersMarked"):
            self.members |= {member["account"]: member for member in data["members"]}
        elif kind in ("MemberLeft", "RobotRemoved"):
            for member in data["members"]:
                del self.members[member["account"]]
        elif kind == "MemberUpdated":
            self.members[data["member"]["account"]] = data["member"]
        elif kind == "OwnerChanged":
            self.members |= {who["account"]: who for who in (data["former"], data["owner"]) if self.knows(who)}
        elif kind == "DevicesChanged":
            self.switch(data["changes"])

    def follow_lists(self, kind: str, data: Data) -> None:
        if kind == "SeatsChanged":
            self.rearrange(data["seats"])
        elif kind == "MuteChanged":
            (self.mutes.add if data["is_muted"] else self.mutes.remove)(data["account"])
        elif kind == "InvitationsSent":
            self.invited |= {each["invitee"]["account"]: each["inviter"]["account"] for each in data["invitations"]}
        elif kind == "InvitationsEnded":
            for each in data["invitations"]:
                del self.invited[each["invitee"]["account"]]
        elif kind == "MetadataChanged":
            self.metadata |= data["written"]
            for key in data["deleted"]:
                del self.metadata[key]
        elif kind in ("RoomCreated", "AttendeesChanged"):
            self.attendees = data["invitees" if kind == "RoomCreated" else "attendees"]
        elif kind == "MembersBanned":
            self.bans |= dict.fromkeys(data["accounts"], data["until"])
        elif kind == "MembersUnbanned":
            for account in data["accounts"]:
                del self.bans[account]

    def knows(self, member: Data) -> bool:
        return member["account"] in self.members

    def switch(self, changes: list[Data]) -> None:
        for change in changes:
            member = self.members[change["account"]]
            assert bool(member["devices"] & change["device"]) != change["is_open"], "nothing changes"
            self.members[change["account"]] = {**member, "devices": member["devices"] ^ change["device"]}

    def rearrange(self, seats: list[Data]) -> None:
        for seat in seats:
            index, *rest = (seat[name] for name in ("index", "account", "is_locked"))
            self.seats.pop(index, None)
            if any(rest):
                flags = (seat["is_video_disabled"], seat["is_audio_disabled"])
                self.seats[index] = (rest[0], *map(int, (rest[1], *flags)))


def replay(log: Iterable[tuple[str, Data]]) -> Data:
    """Return what a room's events, from the first on, say about it now, in the shape of the tables."""
    story = Story()
    for kind, data in log:
        story.follow(kind, data)
    members = [
        (
            member["account"],
            "Admin" if member["role"] == "Admin" else "Member",
            member["name_card"],
            member["custom_info"],
            member["marks"],
            member.get("attributes", {}),
            int(member["is_robot"]),
            member["devices"],
        )
        for member in story.members.values()
    ]
    info = tuple(int(value) if isinstance(value := story.info[name], bool) else value for name in INFO)
    return {
        "info": info,
        "members": members,
        "seats": story.seats,
        "bans": story.bans,
        "invited": story.invited,
        "mutes": story.mutes,
        "metadata": story.metadata,
        "attendees": story.attendees,
    }
