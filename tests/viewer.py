"""A member who believes what he is told: his picture of the room is the snapshot of his entry and the frames since."""

import time
from collections.abc import Callable
from typing import Any, Final

from tests.house import Caller
from tests.member import PATIENCE, Closed, Frame, Member

SWITCHES: Final = {
    "onAllUserMicrophoneDisableChanged": "isMicrophoneDisableForAllUser",
    "onAllUserCameraDisableChanged": "isCameraDisableForAllUser",
    "onScreenShareForAllUserDisableChanged": "isScreenShareDisableForAllUser",
    "onSendMessageForAllUserDisableChanged": "isMessageDisableForAllUser",
}
# Profiles are the account's, not the room's: they change without a word.
PROFILE: Final = frozenset({"userName", "avatarUrl", "ownerName", "ownerAvatarUrl"})


class Viewer:
    """One connection of one user, in one room at most; ``now`` is the server's time in milliseconds."""

    def __init__(self, caller: Caller, user: str, now: int) -> None:
        self.member = Member(caller, user)
        self.user = user
        self.room: str | None = None
        self.info: dict[str, Any] = {}
        self.people: dict[str, dict[str, Any]] = {}
        self.seats: list[dict[str, Any]] = []
        self.since = self.seq = 0
        self.heard = now

    def show_life(self, now: int, silence: int) -> None:
        """Send a ping, unless the last one is no longer ago than so many seconds."""
        if now - self.heard > silence * 1000:
            self.member.call("ping")
            self.heard = now

    def enter(self, room_id: str, password: str) -> None:
        """Enter; raises ``Refused``, and then nothing has changed."""
        snapshot = self.member.enter(room_id, password=password)
        while self.member.events:  # what came before the answer is of an earlier stay
            self.follow(self.member.events.popleft())
        self.room, self.since, self.seq = room_id, snapshot["seq"], 0
        self.info, self.seats = snapshot["roomInfo"], snapshot["seats"]
        self.people = {user["userId"]: user for user in snapshot["members"]["list"]}

    def follow(self, frame: Frame) -> None:
        """Take in one event."""
        data = frame["data"]
        if frame.get("roomId") != self.room or self.room is None:
            return
        if frame["seq"] <= self.since:
            return  # the snapshot knows
        assert frame["seq"] >= self.seq, f"{frame} came after {self.seq}"
        self.seq = frame["seq"]
        name = frame["event"]
        if name in ("onKickedOutOfRoom", "onRoomDismissed"):
            self.room = None
        elif name in SWITCHES:
            self.info[SWITCHES[name]] = data["isDisable"]
        elif name == "onSeatListChanged":
            self.seats = data["seatList"]
        else:
            self._follow_info(name, data)
            self._follow_people(name, data)

    def _follow_info(self, name: str, data: dict[str, Any]) -> None:
        news: dict[str, Callable[[], dict[str, Any]]] = {
            "onRoomNameChanged": lambda: {"roomName": data["roomName"]},
            "onRoomSeatModeChanged": lambda: {"seatMode": data["seatMode"]},
            "onRoomInfoChanged": lambda: data["changed"],
            "onConferenceStatusChanged": lambda: {"status": data["status"]},
            "onConferenceOwnerChanged": lambda: {"ownerId": data["newOwner"]["userId"]},
            "onRoomUserCountChanged": lambda: {"roomMemberCount": data["userCount"]},
        }
        if name in news:
            self.info |= news[name]()

    def _follow_people(self, name: str, data: dict[str, Any]) -> None:
        if name not in ("onRemoteUserEnterRoom", "onRemoteUserLeaveRoom", "onUserInfoChanged"):
            return
        user = data["userInfo"]
        account = user["userId"]
        if name == "onRemoteUserLeaveRoom":
            del self.people[account]
        elif name == "onRemoteUserEnterRoom" or account in self.people:
            self.people[account] = user
            self.seats = [
                seat | {"nameCard": user["nameCard"]} if seat["userId"] == account else seat for seat in self.seats
            ]

    def until(self, done: Callable[[], bool]) -> None:
        """Take in events until something is so; raises ``TimeoutError`` or ``Closed``."""
        deadline = time.monotonic() + PATIENCE
        while not done():
            events = self.member.events
            frame = events.popleft() if events else self.member.receive(max(deadline - time.monotonic(), 0.001))
            assert "event" in frame, frame
            self.follow(frame)

    def until_closed(self) -> None:
        """Expect the server to end the connection."""
        try:
            self.until(lambda: False)
        except Closed:
            return

    def check(self) -> None:
        """Compare the picture with a fresh snapshot; nothing may be under way."""
        snapshot = self.member.call("getRoomSnapshot")
        picture = {"roomInfo": self.info, "members": list(self.people.values()), "seats": self.seats}
        present = {**snapshot, "members": snapshot["members"]["list"]}
        for part, seen in picture.items():
            assert without_profiles(seen) == without_profiles(present[part]), f"{self.user} sees another {part}"


def without_profiles(value: Any) -> Any:
    """Return a frame's part without what belongs to accounts."""
    if isinstance(value, list):
        return [without_profiles(each) for each in value]
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name not in PROFILE}
    return value
