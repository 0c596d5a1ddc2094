"""The room and seat commands as data: one whole request of each, and what each of its fields refuses.

Written from the contract, not from the code: it is what the code is held against.
"""

from typing import Any, Final, NamedTuple

from tests.house import ROOMS, SEATS

Body = dict[str, Any]
Values = tuple[Any, ...]

# A request with every field given; the room of the tests has the id "room-1".
ROOM: Final[Body] = {
    "RoomId": "room-1",
    "RoomName": "weekly sync",
    "RoomType": "Conference",
    "Owner_Account": "user2",
    "MaxMemberCount": 300,
    "ScheduleStartTime": 1893456000,
    "ScheduleEndTime": 1893459600,
    "IsVideoDisabled": False,
    "IsAudioDisabled": True,
    "IsMessageDisabled": False,
    "IsScreenSharingDisabled": False,
    "IsCloudRecordingDisabled": True,
    "CustomInfo": "c1",
    "IsSeatEnabled": True,
    "MaxSeatCount": 16,
    "TakeSeatMode": "ApplyToTake",
    "IsPasswordEnabled": True,
    "Password": "123456",
}
FIXED: Final = (
    "RoomType",
    "Owner_Account",
    "ScheduleStartTime",
    "ScheduleEndTime",
    "IsSeatEnabled",
    "MaxSeatCount",
)
MEMBER: Final[Body] = {"Member_Account": "user1", "NameCard": "Bob", "Role": "Admin", "CustomInfo": "m2"}
MARKED: Final[Body] = {"Member_Account": "user1", "Marks": [1000, 1001]}
BY_ID: Final[Body] = {"RoomId": "room-1"}
OF_MEMBER: Final[Body] = {"RoomId": "room-1", "Member_Account": "user1"}
OF_TARGETS: Final[Body] = {"RoomId": "room-1", "MemberList_Account": ["user1"]}

BODIES: Final[dict[str, Body]] = {
    f"{ROOMS}/create_room": {"RoomInfo": ROOM, "ScheduleInviteeList_Account": ["user1", "user3"]},
    f"{ROOMS}/destroy_room": BY_ID,
    f"{ROOMS}/update_room_info": {"RoomInfo": {name: ROOM[name] for name in ROOM if name not in FIXED}},
    f"{ROOMS}/get_room_info": BY_ID,
    f"{ROOMS}/get_room_member_list": {**BY_ID, "Count": 50, "Next": ""},
    f"{ROOMS}/update_room_member_info": {**BY_ID, "MemberInfo": MEMBER},
    f"{ROOMS}/change_room_owner": {**BY_ID, "From_Account": "user2", "NewOwner_Account": "user1"},
    f"{ROOMS}/mark_room_member": {**BY_ID, "CommandType": 1, "MemberList": [MARKED]},
    f"{ROOMS}/ban_room_member": {**OF_TARGETS, "Reason": "spam", "Duration": 3600},
    f"{ROOMS}/unban_room_member": OF_TARGETS,
    f"{ROOMS}/get_banned_member_list": {**BY_ID, "Limit": 20, "Offset": 0, "Next": 0},
    f"{ROOMS}/kick_user_out": {**OF_TARGETS, "Reason": "left the company"},
    f"{ROOMS}/add_robot": OF_MEMBER,
    f"{ROOMS}/delete_robot": OF_MEMBER,
    f"{SEATS}/get_seat_list": BY_ID,
    f"{SEATS}/pick_user_on_seat": {**OF_MEMBER, "Index": 1},
    f"{SEATS}/kick_user_off_seat": {**OF_MEMBER, "Data": "time is up"},
    f"{SEATS}/lock_seat": {**BY_ID, "Index": 1, "ForbidTaken": True, "ForbidVideo": True, "ForbidAudio": True},
    f"{SEATS}/switch_seat": {**OF_MEMBER, "ToIndex": 3},
    f"{SEATS}/move_user_to_seat": {**OF_MEMBER, "SeatIndex": 3, "Policy": 2},
}

# What kinds of fields refuse, beside their own edges.
FLAG: Final[Values] = (0, 1, "true", [True], {})
OBJECT: Final[Values] = ("x", 1, True, [], [{}])
NO_STRING: Final[Values] = (1, 1.5, True, ["a"], {})
NO_ACCOUNT: Final[Values] = ("", "a" * 33, "é" * 16 + "a", "🦆" * 8 + "a", "tab\t", "nul\0", "\x7f", "\u0085")
NO_ACCOUNTS: Final[Values] = (
    [],
    [f"u{n}" for n in range(21)],
    "user1",
    {},
    1,
    True,
    [""],
    ["user1", "a" * 33],
    ["tab\t"],
)
STRANGE: Final[Values] = (1, 1.5, True, ["user1"], {"a": "b"})
STRANGERS: Final[Values] = ([1], ["user1", 1.5], [True], [["user1"]], [{}], [None])


def integer(*outside: int) -> Values:
    """What a whole number refuses: ``outside`` its range, outside 64 bits, and other types [G10] [G18]."""
    return (*outside, "1", 1.0, True, [1], {"a": 1}, 2**63, -(2**63) - 1)


def text(most: int) -> Values:
    """One byte too many, in characters of one to four bytes; other types; U+0000."""
    wide = ("é", "語", "🦆")
    return ("a" * (most + 1), *(sign * (most // len(sign.encode()) + 1) for sign in wide), "nul\0", *NO_STRING)


def printable(most: int) -> Values:
    """As ``text``, and whatever is not printable ASCII."""
    return ("", *text(most), "é", "語", "tab\t", "\x1f", "\x7f")


class Field(NamedTuple):
    """A field, the values that it refuses with 100002, and those that it refuses with 60015."""

    path: str
    bad: Values
    strange: Values = ()
    is_mandatory: bool = False


def may(path: str, bad: Values, strange: Values = ()) -> Field:
    return Field(path, bad, strange)


def must(path: str, bad: Values, strange: Values = ()) -> Field:
    return Field(path, bad, strange, is_mandatory=True)


ROOM_ID: Final = must("RoomId", printable(48))
ID_IN_ROOM: Final = must("RoomInfo.RoomId", printable(48))
A_MEMBER: Final = must("Member_Account", NO_ACCOUNT, STRANGE)
TARGETS: Final = must("MemberList_Account", NO_ACCOUNTS, STRANGERS)
REASON: Final = must("Reason", text(1000))
SECOND: Final = integer(-1, 253_402_300_800)
NO_MARKS: Final[Values] = (
    [],
    [1000, 1001, 1002, 1003],
    [999],
    [-1],
    [2**63],
    ["1000"],
    [1000.0],
    [True],
    [None],
    1000,
    {},
)
NO_CURSOR: Final[Values] = (
    "nonsense",
    "1",
    "1.",
    ".1",
    "1.1.1",
    "g.1",
    " 1.1",
    "-1.1",
    f"{'1' * 17}.1",
    "nul\0",
    *NO_STRING,
)
CHANGEABLE: Final = (
    may("RoomInfo.RoomName", text(100)),
    may("RoomInfo.MaxMemberCount", integer(0, -1)),
    may("RoomInfo.IsVideoDisabled", FLAG),
    may("RoomInfo.IsAudioDisabled", FLAG),
    may("RoomInfo.IsMessageDisabled", FLAG),
    may("RoomInfo.IsScreenSharingDisabled", FLAG),
    may("RoomInfo.IsCloudRecordingDisabled", FLAG),
    may("RoomInfo.CustomInfo", text(500)),
    may("RoomInfo.TakeSeatMode", ("", "freetotake", "None", "ApplyToTake ", *NO_STRING)),
    may("RoomInfo.IsPasswordEnabled", FLAG),
    may("RoomInfo.Password", printable(32)[1:]),
)
FIELDS: Final[dict[str, tuple[Field, ...]]] = {
    f"{ROOMS}/create_room": (
        must("RoomInfo", OBJECT),
        ID_IN_ROOM,
        must("RoomInfo.RoomType", NO_STRING),
        may("RoomInfo.Owner_Account", NO_ACCOUNT, STRANGE),
        may("RoomInfo.ScheduleStartTime", SECOND),
        may("RoomInfo.ScheduleEndTime", SECOND),
        may("RoomInfo.IsSeatEnabled", FLAG),
        may("RoomInfo.MaxSeatCount", integer(0, -1)),
        may("ScheduleInviteeList_Account", ([f"u{n}" for n in range(301)], "user1", {}, 1, [""]), STRANGERS),
        *CHANGEABLE,
    ),
    f"{ROOMS}/destroy_room": (ROOM_ID,),
    f"{ROOMS}/update_room_info": (must("RoomInfo", OBJECT), ID_IN_ROOM, *CHANGEABLE),
    f"{ROOMS}/get_room_info": (ROOM_ID,),
    f"{ROOMS}/get_room_member_list": (ROOM_ID, may("Count", integer(0, -1)), may("Next", NO_CURSOR)),
    f"{ROOMS}/update_room_member_info": (
        ROOM_ID,
        must("MemberInfo", OBJECT),
        must("MemberInfo.Member_Account", NO_ACCOUNT, STRANGE),
        may("MemberInfo.NameCard", text(32)),
        may("MemberInfo.Role", ("", "Owner", "admin", "Guest", *NO_STRING)),
        may("MemberInfo.CustomInfo", text(60)),
    ),
    f"{ROOMS}/change_room_owner": (
        ROOM_ID,
        must("From_Account", NO_ACCOUNT, STRANGE),
        must("NewOwner_Account", NO_ACCOUNT, STRANGE),
    ),
    f"{ROOMS}/mark_room_member": (
        ROOM_ID,
        must("CommandType", (0, 3, "0", "3", "", "one", 1.0, True, [1], {}, 2**63)),
        must("MemberList", ([], [MARKED] * 11, MARKED, ["user1"], "user1", 1)),
        must("MemberList.0.Member_Account", NO_ACCOUNT, STRANGE),
        must("MemberList.0.Marks", NO_MARKS),
    ),
    f"{ROOMS}/ban_room_member": (ROOM_ID, TARGETS, REASON, must("Duration", integer(0, -1))),
    f"{ROOMS}/unban_room_member": (ROOM_ID, TARGETS),
    f"{ROOMS}/get_banned_member_list": (
        ROOM_ID,
        may("Limit", integer()),
        may("Offset", integer(-1)),
        may("Next", tuple(value for value in integer(-1) if value != "1")),  # not read beside Offset [R19]
    ),
    f"{ROOMS}/kick_user_out": (ROOM_ID, TARGETS, REASON),
    f"{ROOMS}/add_robot": (ROOM_ID, A_MEMBER),
    f"{ROOMS}/delete_robot": (ROOM_ID, A_MEMBER),
    f"{SEATS}/get_seat_list": (ROOM_ID,),
    f"{SEATS}/pick_user_on_seat": (ROOM_ID, must("Index", integer()), A_MEMBER),
    f"{SEATS}/kick_user_off_seat": (ROOM_ID, A_MEMBER, may("Data", text(1000))),
    f"{SEATS}/lock_seat": (
        ROOM_ID,
        must("Index", integer()),
        may("ForbidTaken", FLAG),
        may("ForbidVideo", FLAG),
        may("ForbidAudio", FLAG),
    ),
    f"{SEATS}/switch_seat": (ROOM_ID, must("ToIndex", integer()), A_MEMBER),
    f"{SEATS}/move_user_to_seat": (ROOM_ID, must("SeatIndex", integer()), A_MEMBER, must("Policy", integer(-1, 3))),
}
