"""What members are told, in the shape in which tests expect it."""

from typing import Any

from tests.member import Frame

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
