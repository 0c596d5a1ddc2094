"""The catalogue of refusals: every code that Conclave may answer, declared once.

A refusal is data: a code from this catalogue and a short English sentence. Code that wants to refuse imports the
constant, so a code that is not declared here fails at import. ``docs/reference/errors.md`` is generated from
``CATALOGUE``; the documentation numbers are those of the public pages of the API.
"""

from collections.abc import Mapping
from enum import StrEnum, auto
from typing import Final

import msgspec


class ErrorCode(msgspec.Struct, frozen=True):
    """A code of the wire: its number, what it means, and the public page that documents it."""

    number: int
    meaning: str
    document: str


class Field(StrEnum):
    """What a caller gave, where a rule of the domain has to speak of it; each edge knows it by its own name."""

    ROOM_ID = auto()
    ROOM_TYPE = auto()
    OWNER = auto()
    NEW_OWNER = auto()
    FORMER_OWNER = auto()
    SCHEDULE_END = auto()
    MAX_MEMBER_COUNT = auto()
    IS_SEAT_ENABLED = auto()
    MAX_SEAT_COUNT = auto()
    TAKE_SEAT_MODE = auto()
    SPEECH_MODE = auto()
    IS_PASSWORD_ENABLED = auto()
    PASSWORD = auto()
    MEMBER = auto()
    TARGETS = auto()
    INVITEES = auto()
    ATTRIBUTES = auto()
    ACCOUNT = auto()
    NICK = auto()
    FACE_URL = auto()


class Refusal(Exception):  # noqa: N818 - the field's word: a refusal is an answer, not a fault
    """A call that is answered with a code instead of a result.

    Its sentence is short, and names the field or object and the rule that it broke [G12]; it is sent to the caller, so
    it never carries a secret. It is made of parts, so that a ``Field`` in it can be called as the caller calls it.
    """

    def __init__(self, code: ErrorCode, *parts: str) -> None:
        super().__init__(f"{code.number}: {''.join(parts)}")
        self.code = code
        self._parts = parts

    @property
    def info(self) -> str:
        """The sentence, with fields as the domain calls them."""
        return "".join(self._parts)

    def told(self, names: Mapping[Field, str]) -> str:
        """Return the sentence for a caller who knows fields by these names."""
        return "".join(names.get(part, part) if isinstance(part, Field) else part for part in self._parts)


CATALOGUE: Final[dict[int, ErrorCode]] = {}


def _declare(number: int, meaning: str, document: str) -> ErrorCode:
    if number in CATALOGUE:
        raise ValueError(f"error code {number} is declared twice")
    code = CATALOGUE[number] = ErrorCode(number, meaning, document)
    return code


OK: Final = _declare(0, "success", "60703")

# The gateway: any command may answer these [G1] [G20].
BAD_REQUEST = _declare(60002, "the HTTP request could not be parsed: method, URL or size of the body", "60703")
BAD_JSON = _declare(60003, "the body is empty, not JSON, or not a JSON object", "60703")
CREDENTIALS_MISSING = _declare(60004, "identifier or usersig is absent or empty", "60703")
SDKAPPID_INVALID = _declare(60006, "sdkappid is not a number or names no application", "60703")
COMMAND_RATE_EXCEEDED = _declare(60007, "the command is called more often than its rate allows", "60703")
TIMED_OUT = _declare(60008, "the request took too long, or the database went away; it may have happened", "60703")
UNKNOWN_COMMAND = _declare(60009, "no such service or command", "60703")
NOT_ADMINISTRATOR = _declare(60010, "the identifier is not an administrator of the application", "60703")
APPLICATION_RATE_EXCEEDED = _declare(60011, "the application calls more often than its total rate allows", "60703")
SDKAPPID_MISSING = _declare(60012, "sdkappid is absent", "60703")
GATEWAY_FAILED = _declare(60013, "unexpected failure where no service is known yet", "60703")
ACCOUNT_NOT_STRING = _declare(60015, "an account in the body is not a string", "60703")
APPLICATION_DISABLED = _declare(60016, "the application is disabled", "60703")
COMMAND_DISABLED = _declare(60017, "the command is switched off for the application", "60703")
OVERLOADED = _declare(60018, "the server has too much to do; try again later", "60703")
PLAN_EXPIRED = _declare(60020, "the application's plan has ended", "60703")
ADDRESS_REFUSED = _declare(60021, "the source address is not allowed for the application", "60703")
CONTENTTYPE_INVALID = _declare(60025, "contenttype is present and not json", "34348")

# UserSig: any command and the members' login answer these [G2].
USERSIG_EXPIRED = _declare(70001, "the UserSig has expired", "34348")
USERSIG_MALFORMED = _declare(70003, "the UserSig cannot be decoded, or carries a userbuf", "34348")
USERSIG_FORGED = _declare(70009, "the UserSig was not made with a key of the application", "34348")
USERSIG_OTHER_IDENTIFIER = _declare(70013, "the UserSig was made for another identifier", "34348")
USERSIG_OTHER_APPLICATION = _declare(70014, "the UserSig was made for another application", "34348")
TOO_MANY_FAILURES = _declare(70050, "too many UserSigs of this identifier failed; wait a minute", "34348")
USERSIG_REVOKED = _declare(70052, "the UserSig was made before the account was kicked", "34348")

# Accounts (im_open_login_svc).
ACCOUNT_NOT_IMPORTED = _declare(70107, "the account is not imported", "34348")
ACCOUNT_PARAMETER = _declare(70402, "a parameter of an account command is not valid", "34348")
ACCOUNT_FAILED = _declare(70500, "internal error in an account command; try again", "34348")
DELETION_NOT_ALLOWED = _declare(71000, "the application does not allow accounts to be deleted", "34348")
PROFILE_TOO_LONG = _declare(40601, "a profile value is longer than 500 bytes", "34348")

# Chat groups (group_open_http_svc).
GROUP_FAILED = _declare(10002, "internal error in a group command; try again", "34348")
GROUP_PARAMETER = _declare(10004, "a parameter of a group command is not valid", "34348")
GROUP_TOO_MANY_ACCOUNTS = _declare(10005, "too many accounts in one request", "34348")
GROUP_NOT_PERMITTED = _declare(10007, "the group's type or its room does not permit this", "34348")
GROUP_NOT_EXIST = _declare(10010, "the group does not exist or was disbanded", "34348")
GROUP_ID_INVALID = _declare(10015, "the group id is not valid", "34348")
GROUP_REPLY_TOO_LARGE = _declare(10018, "the answer would be larger than 1 MiB; ask for less", "34348")
GROUP_ACCOUNT_NOT_EXIST = _declare(10019, "the account does not exist", "34348")
GROUP_ID_IN_USE = _declare(10021, "the group id is held by a group of another owner", "34348")
GROUP_ID_OWN = _declare(10025, "the group id is held by a group of the same owner", "34348")
GROUP_MEMBERS_OVER_LIMIT = _declare(10038, "more members than the application allows in a group", "34348")
GROUP_PAGES_NEEDED = _declare(10054, "the group has too many members for one answer; ask page by page", "34348")

# The room engine (room_engine_http_srv, room_engine_http_mic, conclave).
INTERNAL = _declare(100001, "internal error; try again", "57276")
PARAMETER = _declare(100002, "a parameter is not valid", "57276")
ROOM_ID_IN_USE = _declare(100003, "the room id is in use by a room of another owner", "57276")
ROOM_NOT_EXIST = _declare(100004, "the room does not exist or was dissolved", "57276")
NOT_MEMBER = _declare(100005, "not a member of the room", "57276")
NOT_PERMITTED = _declare(100006, "the operation is not permitted", "57276")
PLAN_MISSING = _declare(100007, "the application has no plan that allows rooms", "57276")
ROOM_FULL = _declare(100008, "the room is full", "57276")
TOO_MANY_MARKS = _declare(100009, "more than 10 distinct marks in the room", "57276")
ROOM_ID_OWN = _declare(100010, "the room id is in use by a room of the same owner", "57276")
ROOM_ID_OF_GROUP = _declare(100011, "the room id is taken by a Chat group that is no room", "57276")
TOO_FREQUENT = _declare(100012, "a room of this id was destroyed a moment ago", "57276")
OVER_CEILING = _declare(100013, "over a ceiling of the application", "57276")
ROOM_TYPE_INVALID = _declare(100015, "the room type is not valid", "57276")
BANNED = _declare(100016, "the account is banned from the room", "57276")
MUTED = _declare(100017, "the member may not send messages", "57276")
PASSWORD_NEEDED = _declare(100018, "the room needs a password", "57276")
PASSWORD_WRONG = _declare(100019, "the password of the room is another one", "57276")
TOO_MANY_ADMINISTRATORS = _declare(100020, "more than 5 administrators in the room", "57276")
REQUEST_CONFLICT = _declare(100102, "the request contradicts one that is pending", "57276")
SEAT_LOCKED = _declare(100200, "the seat is locked", "57276")
SEAT_APPLIED_FOR = _declare(100202, "the user has applied for a seat already", "57276")
ALREADY_SEATED = _declare(100203, "the user is on a seat already", "57276")
ALL_SEATS_TAKEN = _declare(100205, "all seats are taken", "57276")
NOT_SEATED = _declare(100206, "the user is on no seat", "57276")
SEAT_OCCUPIED = _declare(100210, "somebody sits on that seat", "57276")
NO_SEATS = _declare(100211, "the room has no seats", "57276")
SEAT_INDEX_INVALID = _declare(100252, "the seat index is outside the room's seats", "57276")
CALLBACK_EXISTS = _declare(100300, "a callback is configured already", "57276")
CALLBACK_NOT_EXIST = _declare(100301, "no callback is configured", "57276")
CALLBACK_TOKEN_NOT_SET = _declare(100302, "no callback token is set", "57276")
METADATA_TOO_MANY = _declare(100500, "more than 10 keys of metadata in the room", "57276")
METADATA_VALUE_TOO_LARGE = _declare(100501, "a value of metadata is larger than 2 KiB", "57276")
METADATA_TOO_LARGE = _declare(100502, "the room's metadata is larger than 16 KiB", "57276")
METADATA_NO_KEY = _declare(100503, "the room has no metadata of these keys", "57276")
METADATA_KEY_TOO_LARGE = _declare(100504, "a key of metadata is empty or longer than 50 bytes", "57276")
ROBOTS_AT_LIMIT = _declare(100700, "more than 3 robots in the room", "70467")
ROOMS_AT_LIMIT = _declare(101011, "too many rooms in the application, or of a member", "57276")

# The member protocol only: never answered over REST [M10].
REQUEST_INVALID = _declare(-1001, "unknown method or bad parameters", "57276")
NOT_LOGGED_IN = _declare(-1002, "login comes before anything else", "57276")
NOT_IN_ROOM = _declare(-2101, "enter a room first", "57276")
OWNER_MAY_NOT_LEAVE = _declare(-2102, "the owner may not leave; transfer the room first", "57276")
WRONG_ROOM_SETTINGS = _declare(-2104, "the room's settings do not allow this", "57276")
NEEDS_OWNER = _declare(-2300, "only the owner may do this", "57276")
NEEDS_ADMINISTRATOR = _declare(-2301, "only the owner and the administrators may do this", "57276")
REQUEST_NOT_YOURS = _declare(-2310, "the request is not yours to answer or to cancel", "57276")
REQUEST_UNKNOWN = _declare(-2311, "there is no such request, or it was answered already", "57276")
REQUEST_REPEATED = _declare(-2312, "the same request is pending already", "57276")
MICROPHONE_LOCKED = _declare(-2360, "the seat is barred from audio", "57276")
MICROPHONE_NOT_ALLOWED = _declare(-2361, "opening the microphone needs an administrator's consent", "57276")
CAMERA_LOCKED = _declare(-2370, "the seat is barred from video", "57276")
CAMERA_NOT_ALLOWED = _declare(-2371, "opening the camera needs an administrator's consent", "57276")
SCREEN_LOCKED = _declare(-2372, "the seat is barred from sharing a screen", "57276")
SCREEN_NOT_ALLOWED = _declare(-2373, "sharing a screen needs an administrator's consent", "57276")
SOMEBODY_SHARES = _declare(-1109, "somebody else is sharing a screen", "57276")
MESSAGES_DISABLED = _declare(-2380, "messages are disabled for all users of the room", "57276")
TOO_MANY_FRAMES = _declare(-2, "more frames, messages or wrong passwords than may be sent; wait a moment", "57276")
APPLICATION_NOT_FOUND = _declare(-1000, "sdkAppId names no application", "57276")
USER_ID_INVALID = _declare(7002, "the user id is not valid", "57276")
MESSAGE_TOO_LONG = _declare(9522, "the message is too long", "57276")
