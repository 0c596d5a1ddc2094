"""What members are told, in the shape in which tests expect it."""

from typing import Any, Final

from tests.member import Frame, Member

NOBODY = {
    "userName": "",
    "nameCard": "",
    "avatarUrl": "",
    "userRole": 2,
    "customInfo": "",
    "marks": [],
    "isRobot": False,
    "hasAudioStream": False,
    "hasVideoStream": False,
    "hasScreenStream": False,
    "isMessageDisabled": False,
    "roomCustomInfo": {},
}

HANDED_ON: Final = ("onUserInfoChanged", "onUserRoleChanged") * 2 + ("onConferenceOwnerChanged",)
"""What those inside are told of a new owner: the former one first."""


def user(account: str, **known: Any) -> Frame:
    return {"userId": account, **NOBODY, **known}


def seat(index: int, account: str = "", **known: Any) -> Frame:
    shown = {"userId": account, "userName": "", "nameCard": "", "avatarUrl": ""}
    return {"index": index, **shown, "isLocked": False, "isVideoLocked": False, "isAudioLocked": False, **known}


def data(frames: list[Frame], seq: int | None = None) -> list[Frame]:
    """The data of frames that name their room, share a number, and repeat the room in their data."""
    assert {frame["roomId"] for frame in frames} == {"room-1"}
    assert len({frame["seq"] for frame in frames}) == 1
    assert all(frame.keys() == {"event", "roomId", "seq", "data"} for frame in frames)
    assert seq in (None, frames[0]["seq"])
    return [{name: value for name, value in frame["data"].items() if name != "roomId"} for frame in frames]


def personal(member: Member, *names: str, inside: bool = False) -> list[Frame]:
    """Expect exactly these events since then, within a room only to who is ``inside``; return their data."""
    frames = member.told()
    assert [frame["event"] for frame in frames] == list(names), frames
    assert all(frame.keys() == {"event", "data", *(("roomId", "seq") if inside else ())} for frame in frames)
    return [frame["data"] for frame in frames]
