"""What somebody inside a room believes of it: a snapshot, and the frames since, each of which must fit."""

from collections.abc import Callable
from typing import Any, Final

from tests.member import Frame

Data = dict[str, Any]
SWITCHES: Final = {
    "onAllUserMicrophoneDisableChanged": "isMicrophoneDisableForAllUser",
    "onAllUserCameraDisableChanged": "isCameraDisableForAllUser",
    "onScreenShareForAllUserDisableChanged": "isScreenShareDisableForAllUser",
    "onSendMessageForAllUserDisableChanged": "isMessageDisableForAllUser",
}
STREAMS: Final = ("hasVideoStream", "hasScreenStream")
# The owner may be outside, and then nobody is told of his profile.
PROFILE: Final = frozenset({"ownerName", "ownerAvatarUrl"})
SHOWN_ON_SEATS: Final = ("userName", "nameCard", "avatarUrl")
GENERAL: Final = 2


class Picture:
    """Of one user; ``place`` is what he says when he resumes."""

    def __init__(self, user: str) -> None:
        self.user = user
        self.is_promoted = False
        self.answers: set[str] = set()  # what he answered himself, perhaps before he took in that he was asked

    def start(self, snapshot: Data) -> None:
        self.seq, self.frames = snapshot["seq"], None
        self.info, self.seats, self.metadata = snapshot["roomInfo"], snapshot["seats"], snapshot["metadata"]
        self.people: dict[str, Data] = {user["userId"]: user for user in snapshot["members"]["list"]}
        self.role = snapshot["role"]
        self.message: int | None = None
        self.is_promoted = False
        self.take_requests(snapshot["requests"])

    seq: int
    frames: int | None

    @property
    def place(self) -> Data:
        return {"seq": self.seq} | ({} if self.frames is None else {"frames": self.frames})

    def take_requests(self, found: list[Data]) -> None:
        self.requests = {each["requestId"]: self._ours(each) for each in found}

    def _ours(self, request: Data) -> bool:
        own: bool = request["fromUser"]["userId"] == self.user
        return own or request["toUser"] == self.user

    def answered(self, asked: Data, result: Data | None) -> None:
        """Take in what the answer to a deed of one's own tells: nobody else will."""
        if "requestId" in asked:
            self.answers.add(asked["requestId"])
            self.requests.pop(asked["requestId"], None)
        elif result and result.get("requestId"):
            self.requests[result["requestId"]] = True

    def follow(self, frame: Frame) -> None:
        """Take in a frame; each must come once, and in its order."""
        seq, name, data = frame["seq"], frame["event"], frame["data"]
        assert seq > self.seq or (seq == self.seq and self.frames is not None), f"{frame} came after {self.seq}"
        self.frames = (self.frames or 0) + 1 if seq == self.seq else 1
        self.seq = seq
        if name in SWITCHES:
            assert self.info[SWITCHES[name]] is not data["isDisable"], frame
            self.info[SWITCHES[name]] = data["isDisable"]
        elif name == "onSeatListChanged":
            self.seats = data["seatList"]
        elif name.startswith("onRequest"):
            self._follow_requests(name, data)
        else:
            self._follow_info(name, data)
            self._follow_people(name, data)
            self._follow_words(name, data)

    def _follow_info(self, name: str, data: Data) -> None:
        news: dict[str, Callable[[], Data]] = {
            "onRoomNameChanged": lambda: {"roomName": data["roomName"]},
            "onRoomSeatModeChanged": lambda: {"seatMode": data["seatMode"]},
            "onRoomInfoChanged": lambda: data["changed"],
            "onConferenceStatusChanged": lambda: {"status": data["status"]},
            "onConferenceOwnerChanged": lambda: {"ownerId": data["newOwner"]["userId"]},
            "onRoomUserCountChanged": lambda: {"roomMemberCount": data["userCount"]},
        }
        if name in news:
            self.info |= news[name]()
        assert name != "onRoomUserCountChanged" or data["userCount"] == len(self.people), data

    def _follow_people(self, name: str, data: Data) -> None:
        if name == "onUserAudioStateChanged":
            self._switch(data["userId"], "hasAudioStream", data["hasAudio"])
        elif name == "onUserVideoStateChanged":
            self._switch(data["userId"], STREAMS[data["streamType"]], data["hasVideo"])
        elif name == "onSendMessageForUserDisableChanged" and data["userId"] in self.people:
            self._switch(data["userId"], "isMessageDisabled", data["isDisable"])
        elif name in ("onRemoteUserEnterRoom", "onRemoteUserLeaveRoom", "onUserInfoChanged"):
            self._follow_person(name, data["userInfo"])

    def _switch(self, account: str, field: str, is_so: bool) -> None:
        assert self.people[account][field] is not is_so, f"{account}: {field} was {is_so} already"
        self.people[account] = self.people[account] | {field: is_so}

    def _follow_person(self, name: str, user: Data) -> None:
        account = user["userId"]
        if name == "onRemoteUserLeaveRoom":
            del self.people[account]
            return
        assert name == "onUserInfoChanged" or account not in self.people, f"{account} is inside already"
        if name == "onRemoteUserEnterRoom" or account in self.people:
            self.people[account] = user
            shown = {name: user[name] for name in SHOWN_ON_SEATS}
            self.seats = [seat | shown if seat["userId"] == account else seat for seat in self.seats]
        if account == self.user and user["userRole"] != self.role:
            self.is_promoted = self.role == GENERAL
            self.role = user["userRole"]
            if self.role == GENERAL:
                self.requests = {number: ours for number, ours in self.requests.items() if ours}

    def _follow_words(self, name: str, data: Data) -> None:
        if name == "onRoomMetadataChanged":
            self.metadata.pop(data["key"], None)
            if not data["isDeleted"]:
                self.metadata[data["key"]] = data["value"]
        elif name == "onReceiveTextMessage":
            assert self.message in (None, data["sequence"] - 1), f"{data} came after {self.message}"
            self.message = data["sequence"]

    def _follow_requests(self, name: str, data: Data) -> None:
        if name == "onRequestReceived":
            if data["request"]["requestId"] not in self.answers:
                self.requests[data["request"]["requestId"]] = self._ours(data["request"])
        elif name == "onRequestCallback":
            self.requests.pop(data["requestId"], None)
        else:
            self.requests.pop(data["request"]["requestId"], None)

    def parts(self) -> Data:
        return {
            "roomInfo": self.info,
            "members": list(self.people.values()),
            "seats": self.seats,
            "metadata": self.metadata,
            "role": self.role,
            "requests": sorted(self.requests),
        }

    @staticmethod
    def parts_of(snapshot: Data) -> Data:
        return {
            **snapshot,
            "members": snapshot["members"]["list"],
            "requests": sorted(each["requestId"] for each in snapshot["requests"]),
        }


def without_profiles(value: Any) -> Any:
    """Return a frame's part without the owner's profile."""
    if isinstance(value, list):
        return [without_profiles(each) for each in value]
    if isinstance(value, dict):
        return {name: each for name, each in value.items() if name not in PROFILE}
    return value
