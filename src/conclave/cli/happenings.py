"""One readable line for each event that a member is told."""

from collections.abc import Callable
from typing import Any, Final

from conclave.cli.plain import plain_line

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
ACTIONS: Final = {
    1: "to open the camera",
    2: "to open the microphone",
    4: "for a seat",
    5: "to sit down",
    6: "for the camera",
    7: "for the microphone",
    8: "for the screen",
}
OUTCOMES: Final = ("accepted", "rejected", "cancelled", "not answered in time", "over: who was asked has left")
CANCELLED: Final = ("was cancelled", "goes on without you")


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


def _request(outcome: str) -> Callable[[Data], str]:
    def say(data: Data) -> str:
        request = data["request"]
        return f"request of {_name(request['fromUser'])} {ACTIONS[request['requestAction']]} {outcome}"

    return say


def _invitation(outcome: str) -> Callable[[Data], str]:
    def say(data: Data) -> str:
        invitation = data["invitation"]
        return f"invitation of {_name(invitation['invitee'])} by {_name(invitation['inviter'])} {outcome}"

    return say


def _muted(data: Data) -> str:
    return f"{data['userId']} {'may not write any more' if data['isDisable'] else 'may write again'}"


def _device(what: str, name: str) -> Callable[[Data], str]:
    return lambda data: f"{what} of {data['userId']} {'on' if data[name] else 'off'}"


def _video(data: Data) -> str:
    return _device("screen" if data["streamType"] else "camera", "hasVideo")(data)


def _attendees(data: Data) -> str:
    joined, left = ([_name(person) for person in data[key]] for key in ("joinedUsers", "leftUsers"))
    steps = [f"{', '.join(people)} {what}" for people, what in ((joined, "joined"), (left, "left")) if people]
    return f"attendees of {data['roomId']!r}: {'; '.join(steps)}"


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
    "onUserAudioStateChanged": _device("microphone", "hasAudio"),
    "onUserVideoStateChanged": _video,
    "onReceiveTextMessage": lambda data: f"{_name(data['sender'])}: {data['textContent']}",
    "onReceiveCustomMessage": lambda data: f"{_name(data['sender'])}: [{data['businessId']}] {data['data']}",
    "onSendMessageForUserDisableChanged": _muted,
    "onRequestReceived": _request("waits for an answer"),
    "onRequestCancelled": _request("is over"),
    "onRequestProcessed": _request("was answered"),
    "onRequestCallback": lambda data: f"your request was {OUTCOMES[data['requestCallbackType']]}{_because(data)}",
    "onRoomMetadataChanged": lambda data: f"metadata {data['key']!r} is {data['value']!r} now",
    "onRoomSpeechModeChanged": lambda data: f"the speech mode is {data['speechMode']} now, by {data['operator']}",
    "onRoomMaxSeatCountChanged": lambda data: f"the room has {data['maxSeatCount']} seats now",
    "onConferenceScheduled": lambda data: f"you are to attend {data['roomId']!r}, by {data['operator']}",
    "onConferenceWillStart": lambda data: f"{data['roomId']!r} starts soon",
    "onConferenceCancelled": lambda data: f"{data['roomId']!r} {CANCELLED[data['reason']]}",
    "onConferenceDidCancelled": lambda data: f"{data['roomId']!r} {CANCELLED[data['reason']]}",
    "onConferenceInfoChanged": lambda data: f"{data['roomId']!r} was changed by {data['operator']}",
    "onScheduleAttendeesChanged": _attendees,
    "onReceiveInvitation": lambda data: f"{_name(data['invitation']['inviter'])} invites you into {data['roomId']!r}",
    "onInvitationHandledByOtherDevice": lambda data: f"another device answered the invitation into {data['roomId']!r}",
    "onInvitationCancelled": _invitation("was taken back"),
    "onInvitationRevokedByAdmin": _invitation("was taken back"),
    "onInvitationAccepted": _invitation("was accepted"),
    "onInvitationRejected": _invitation("was declined"),
    "onInvitationTimeout": _invitation("was not answered in time"),
    "onInvitationAdded": _invitation("waits for an answer"),
    "onInvitationRemoved": _invitation("was taken back"),
    "onInvitationStatusChanged": _invitation("has ended"),
    "onKickedOffSeat": lambda data: f"taken off seat {data['seatIndex']} by {data['operator']['userId']}",
}
ENDINGS: Final = frozenset({"onKickedOffLine", "onRoomDismissed", "onKickedOutOfRoom"})


def line(frame: Data) -> str:
    """Return what an event says, with the room's number of it in front.

    What people wrote cannot steer a terminal: characters that are not printed stand there escaped.
    """
    name, data = frame["event"], frame["data"]
    number = f"#{frame['seq']} " if "seq" in frame else ""
    return f"{number}{plain_line(LINES[name](data) if name in LINES else f'{name} {data}')}"


def entrance(snapshot: Data) -> list[str]:
    """Return what one sees on entering."""
    room, members = snapshot["roomInfo"], snapshot["members"]
    more = " and more" if members["next"] else ""
    lines = (
        f"#{snapshot['seq']} entered {room['roomName']!r} ({room['roomId']}) as {ROLES[snapshot['role']]}",
        f"{room['roomMemberCount']} inside: {', '.join(_name(user) for user in members['list'])}{more}",
        seats(snapshot["seats"]),
    )
    return [plain_line(each) for each in lines]
