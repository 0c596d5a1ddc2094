"""One readable line for each event that a member is told."""

from collections.abc import Callable
from typing import Any, Final

Data = dict[str, Any]
ROLES: Final = ("the owner", "an administrator", "a general user")
PUT_OUT: Final = (
    "put out by an administrator of the room",
    "put out: the account entered on another device",
    "put out by the server",
    "put out: no sign of life in time",
    "put out: the membership ended elsewhere",
    "put out: this device entered another room",
)
DEPARTURES: Final = {"Leave": "left", "Kicked": "was put out", "Expired": "was lost"}
SEAT_MODES: Final = ("no seats", "free to take", "by application")


def _name(user: Data) -> str:
    shown = user.get("nameCard") or user.get("userName")
    return f"{shown} ({user['userId']})" if shown else str(user["userId"])


def _because(data: Data) -> str:
    return f" ({data['message']})" if data.get("message") else ""


def _barred(what: str) -> Callable[[Data], str]:
    return lambda data: f"{what} {'barred' if data['isDisable'] else 'allowed again'} for all by {data['operator']}"


def _role(data: Data) -> str:
    return f"{_name(data['userInfo'])} is {ROLES[data['userRole']]} now"


def _seats(data: Data) -> str:
    steps = [f"{_name(seat)} sat down on seat {seat['index']}" for seat in data["seatedList"]]
    steps += [f"{_name(seat)} got up from seat {seat['index']}" for seat in data["leftList"]]
    return f"{', '.join(steps) or 'seats changed'}; {seats(data['seatList'])}"


def seats(found: list[Data]) -> str:
    """Return who sits where, in a few words."""
    marks = [seat["userId"] or ("locked" if seat["isLocked"] else "-") for seat in found]
    return f"seats: {' '.join(marks)}" if marks else "no seats"


LINES: Final[dict[str, Callable[[Data], str]]] = {
    "onError": lambda data: f"the server closes the connection: {data['message']} ({data['code']})",
    "onKickedOffLine": lambda data: f"logged out: {data['message']}",
    "onUserSigExpired": lambda _: "the UserSig has expired; the next login needs a fresh one",
    "onRoomDismissed": lambda data: f"the room was ended by {data['operator']}",
    "onKickedOutOfRoom": lambda data: f"{PUT_OUT[data['reason']]}{_because(data)}",
    "onRemoteUserEnterRoom": lambda data: f"{_name(data['userInfo'])} came in",
    "onRemoteUserLeaveRoom": lambda data: f"{_name(data['userInfo'])} {DEPARTURES[data['reason']]}",
    "onRoomUserCountChanged": lambda data: f"{data['userCount']} inside",
    "onRoomNameChanged": lambda data: f"the room is called {data['roomName']!r} now, by {data['operator']}",
    "onRoomSeatModeChanged": lambda data: f"seats are {SEAT_MODES[data['seatMode']]} now, by {data['operator']}",
    "onAllUserMicrophoneDisableChanged": _barred("microphones"),
    "onAllUserCameraDisableChanged": _barred("cameras"),
    "onScreenShareForAllUserDisableChanged": _barred("screen sharing"),
    "onSendMessageForAllUserDisableChanged": _barred("messages"),
    "onRoomInfoChanged": lambda data: (
        f"the room changed: {', '.join(f'{name} {value!r}' for name, value in data['changed'].items())}"
    ),
    "onConferenceStatusChanged": lambda _: "the conference is running",
    "onConferenceOwnerChanged": lambda data: f"{_name(data['newOwner'])} owns the room now",
    "onUserInfoChanged": lambda data: f"{_name(data['userInfo'])} changed",
    "onUserRoleChanged": _role,
    "onSeatListChanged": _seats,
    "onKickedOffSeat": lambda data: f"taken off seat {data['seatIndex']} by {data['operator']['userId']}",
}
ENDINGS: Final = frozenset({"onKickedOffLine", "onRoomDismissed", "onKickedOutOfRoom"})


def line(frame: Data) -> str:
    """Return what an event says, with the room's number of it in front."""
    name, data = frame["event"], frame["data"]
    number = f"#{frame['seq']} " if "seq" in frame else ""
    return f"{number}{LINES[name](data) if name in LINES else f'{name} {data}'}"


def entrance(snapshot: Data) -> list[str]:
    """Return what one sees on entering."""
    room, members = snapshot["roomInfo"], snapshot["members"]
    more = " and more" if members["next"] else ""
    return [
        f"#{snapshot['seq']} entered {room['roomName']!r} ({room['roomId']}) as {ROLES[snapshot['role']]}",
        f"{room['roomMemberCount']} inside: {', '.join(_name(user) for user in members['list'])}{more}",
        seats(snapshot["seats"]),
    ]
