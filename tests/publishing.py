"""Devices as tests name them: how they are opened and closed, and what everybody is told then."""

from typing import Any, Final

from tests.house import ROOMS, Caller
from tests.member import Frame, Member

OPEN: Final = {1: "openLocalMicrophone", 2: "openLocalCamera", 3: "startScreenSharing"}
CLOSE: Final = {1: "closeLocalMicrophone", 2: "closeLocalCamera", 3: "stopScreenSharing"}
BANS: Final = {1: "IsAudioDisabled", 2: "IsVideoDisabled", 3: "IsScreenSharingDisabled"}
BAN_EVENTS: Final = {
    1: "onAllUserMicrophoneDisableChanged",
    2: "onAllUserCameraDisableChanged",
    3: "onScreenShareForAllUserDisableChanged",
}
BY_SELF, BY_ADMIN = 0, 1


def changed(user: str, device: int, *, is_open: bool, reason: int = BY_SELF) -> tuple[str, Frame]:
    """Name and data of the event that tells of a device."""
    if device == 1:
        return "onUserAudioStateChanged", _data(userId=user, hasAudio=is_open, reason=reason)
    stream = {2: 0, 3: 1}[device]
    return "onUserVideoStateChanged", _data(userId=user, streamType=stream, hasVideo=is_open, reason=reason)


def _data(**data: Any) -> Frame:
    return {"roomId": "room-1", **data}


def told(member: Member) -> list[tuple[str, Frame]]:
    """Name and data of what the member has been told up to now."""
    return [(frame["event"], frame["data"]) for frame in member.told()]


def publishes(member: Member) -> dict[str, set[int]]:
    """Who has which devices open, as a fresh snapshot shows it."""
    flags = {1: "hasAudioStream", 2: "hasVideoStream", 3: "hasScreenStream"}
    users = member.call("getRoomSnapshot")["members"]["list"]
    return {user["userId"]: {device for device, flag in flags.items() if user[flag]} for user in users}


def make_admin(caller: Caller, account: str, role: str = "Admin") -> None:
    info = {"Member_Account": account, "Role": role}
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})


def ban(caller: Caller, *devices: int, is_on: bool = True) -> None:
    """Ban devices for all users over REST, or lift the ban."""
    info = {"RoomId": "room-1", **{BANS[device]: is_on for device in devices}}
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": info})


class Company:
    """The owner, two administrators and two general users in one room, all of whom have been told everything so far."""

    def __init__(self, caller: Caller, join: Any, **info: Any) -> None:
        self.caller = caller
        caller.import_accounts("owner")
        caller.create_room(Owner_Account="owner", **info)
        self.owner, self.admin, self.other, self.ann, self.bob = (
            join(user) for user in ("owner", "admin", "other", "ann", "bob")
        )
        self.everybody = [self.owner, self.admin, self.other, self.ann, self.bob]
        for member in self.everybody:
            member.enter()
        for member in (self.admin, self.other):
            make_admin(caller, member.user)
        self.hush()

    def hush(self) -> None:
        """Forget what has been told."""
        for member in self.everybody:
            member.told()

    def hears(self, *events: tuple[str, Frame]) -> None:
        """Expect everybody to have been told exactly this."""
        for member in self.everybody:
            assert told(member) == list(events), member.user
