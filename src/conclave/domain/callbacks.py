"""The callbacks that there are, and what may be configured about them.

Six are the original API's; the others are ours, and nobody is sent one that he did not list.
"""

from collections.abc import Iterable
from typing import Final
from urllib.parse import urlsplit

import msgspec
import yarl

MAX_URL: Final = 1024  # bytes
MAX_TOKEN: Final = 128  # characters [C2]
MAX_LISTED: Final = 100


class Callback(msgspec.Struct, frozen=True):
    """A callback that can be listed; ``document`` is the number of its public page, or ``"ours"``."""

    command: str
    document: str
    summary: str


CALLBACKS: Final[dict[str, Callback]] = {}


def _declare(command: str, document: str, summary: str) -> str:
    CALLBACKS[command] = Callback(command, document, summary)
    return command


CREATE_ROOM: Final = _declare("Room.CallbackAfterCreateRoom", "60733", "a room was created or booked")
DESTROY_ROOM: Final = _declare("Room.CallbackAfterDestroyRoom", "60732", "a room ended")
UPDATE_ROOM: Final = _declare(
    "Room.CallbackAfterUpdateRoomInfo", "60731", "room information changed, or the room has another owner"
)
MEMBER_ENTER: Final = _declare("Room.CallbackAfterMemberEnter", "60735", "somebody entered who was not inside")
MEMBER_LEAVE: Final = _declare("Room.CallbackAfterMemberLeave", "60734", "members left, were put out, or were lost")
SEATS_CHANGED: Final = _declare("Mic.CallbackAfterSeatInfoChanged", "60736", "seats were taken, left, or changed")
OWNER_CHANGED: Final = _declare("Room.CallbackAfterOwnerChanged", "ours", "the room has another owner")
MEMBER_INFO_CHANGED: Final = _declare(
    "Room.CallbackAfterMemberInfoChanged", "ours", "role, name card or custom info of a member changed"
)
MEMBER_MARKED: Final = _declare("Room.CallbackAfterMemberMarked", "ours", "marks of members were set or taken away")
MEMBER_BANNED: Final = _declare("Room.CallbackAfterMemberBanned", "ours", "accounts were banned from the room")
MEMBER_UNBANNED: Final = _declare("Room.CallbackAfterMemberUnbanned", "ours", "bans were lifted")
ROBOT_ADDED: Final = _declare("Room.CallbackAfterRobotAdded", "ours", "a robot was put into the room")
ROBOT_REMOVED: Final = _declare("Room.CallbackAfterRobotRemoved", "ours", "a robot was taken out of the room")
ROOM_STARTED: Final = _declare("Room.CallbackAfterRoomStarted", "ours", "a booked room began")
ROOM_ENDING: Final = _declare("Room.CallbackAfterRoomEnding", "ours", "the scheduled end of a room is near")
MESSAGE_MUTE: Final = _declare(
    "Room.CallbackAfterMessageMuteChanged", "ours", "messages were barred for all, or allowed again"
)
ORIGINAL: Final = tuple(each.command for each in CALLBACKS.values() if each.document != "ours")
ALIASES: Final = {"Room.CallbackUpdateRoomInfo": UPDATE_ROOM}


def check_names(names: Iterable[str]) -> None:
    """Raise ``ValueError``, in one sentence, for a callback that there is not [C1]."""
    for name in names:
        if name not in CALLBACKS and name not in ALIASES:
            raise ValueError(f"there is no callback {name!r}; there are {', '.join(CALLBACKS)}")


def proper_names(names: Iterable[str]) -> tuple[str, ...]:
    """Return callbacks under the names by which they are stored and sent, each once [C1]."""
    return tuple(dict.fromkeys(ALIASES.get(name, name) for name in names))


def check_url(url: str) -> None:
    """Raise ``ValueError``, in one sentence, for a URL that nothing can be sent to."""
    if not url.startswith(("http://", "https://")):
        raise ValueError("must start with http:// or https://")
    if len(url.encode()) > MAX_URL:
        raise ValueError(f"must have at most {MAX_URL} bytes")
    if not url.isascii() or not url.isprintable() or " " in url or "#" in url:
        raise ValueError("must be printable ASCII, without spaces or a fragment")
    try:
        host, port = _place(url)
    except ValueError as error:
        raise ValueError(f"is not a URL that can be called: {error}") from error
    if not host or port == 0:
        raise ValueError("must name a host, and no port 0")


def _place(url: str) -> tuple[str | None, int | None]:
    """Return host and port; raises ``ValueError`` for what the sender, or the resolver of names, would not take."""
    parts = urlsplit(url)  # first: it checks more of a URL than yarl does
    found = yarl.URL(url, encoded=True)
    host = found.host
    if host and ":" not in host:
        host.encode("idna")  # a label that is empty or too long has no address
    return host, parts.port


def masked(url: str) -> str:
    """Return a URL to be shown to who may not see its secrets: ``http://***@host/path?***``."""
    before, has_query, _ = url.partition("?")
    scheme, slashes, rest = before.partition("://")
    place, slash, path = rest.partition("/")
    _, at, host = place.rpartition("@")
    return f"{scheme}{slashes}{'***@' if at else ''}{host}{slash}{path}{'?***' if has_query else ''}"
