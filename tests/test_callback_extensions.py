"""Our own callbacks: only for those who list them, in the style of the six."""

from typing import Any, Final

import pytest

from tests import backend as to
from tests.backend import Backend
from tests.house import ROOMS, SEATS
from tests.people import Enter, People

PREFIX: Final = "Room.CallbackAfter"
MEMBER: Final = {"RoomId": "room-1", "Member_Account": "robot"}
BAN: Final = {"RoomId": "room-1", "MemberList_Account": ["user9"], "Reason": "enough", "Duration": 60}
CALLS: Final[dict[str, tuple[str, dict[str, Any], dict[str, Any]]]] = {
    "MemberInfoChanged": (
        "update_room_member_info",
        {"RoomId": "room-1", "MemberInfo": {"Member_Account": "user1", "Role": "Admin", "NameCard": "one"}},
        {"MemberInfo": {"Member_Account": "user1", "Role": "Admin", "NameCard": "one", "CustomInfo": ""}},
    ),
    "MemberMarked": (
        "mark_room_member",
        {"RoomId": "room-1", "CommandType": 1, "MemberList": [{"Member_Account": "user1", "Marks": [1001]}]},
        {"MemberList": [{"Member_Account": "user1", "Marks": [1001]}]},
    ),
    "MemberBanned": ("ban_room_member", BAN, {"MemberList_Account": ["user9"], "Reason": "enough"}),
    "MemberUnbanned": (
        "unban_room_member",
        {"RoomId": "room-1", "MemberList_Account": ["user9"]},
        {"MemberList_Account": ["user9"]},
    ),
    "RobotAdded": ("add_robot", MEMBER, {"MemberCount": 2, "MemberList_Account": ["robot"]}),
    "RobotRemoved": ("delete_robot", MEMBER, {"MemberCount": 1, "MemberList_Account": ["robot"]}),
    "MessageMuteChanged": (
        "update_room_info",
        {"RoomInfo": {"RoomId": "room-1", "IsMessageDisabled": True}},
        {"IsMessageDisabled": True},
    ),
    "OwnerChanged": (
        "change_room_owner",
        {"RoomId": "room-1", "From_Account": "administrator", "NewOwner_Account": "user1"},
        {"Owner_Account": "user1", "FormerOwner_Account": "administrator"},
    ),
}


@pytest.fixture
def room(backend: Backend, enter: Enter) -> Backend:
    """A room with user1 inside, of which nothing was told."""
    backend.caller.import_accounts("robot", "user1", "user9")
    backend.caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    enter("user1")
    return backend


def play(backend: Backend) -> None:
    for command, body, _ in CALLS.values():
        backend.caller.ok(f"{ROOMS}/{command}", body)


def test_each_is_told_to_whoever_lists_it_with_these_keys(room: Backend) -> None:
    room.listen(*(f"{PREFIX}{name}" for name in CALLS))
    play(room)
    told = room.told(*(f"{PREFIX}{name}" for name in CALLS))
    for each, (_, _, expected) in zip(told, CALLS.values(), strict=True):
        body = each.body
        common = {"CallbackCommand": each.command, "Operator_Account": "administrator", "RoomId": "room-1"}
        assert type(body.pop("EventTime")) is int
        if each.command.endswith("Banned") and "Reason" in body:
            assert type(body.pop("BannedTimestamp")) is int
        assert body == {**common, **expected}
        assert dict(each.parameters)["CallbackCommand"] == each.command
        assert dict(each.parameters)["OptPlatform"] == "RESTAPI"
    assert [each.number for each in told] == list(range(1, len(told) + 1))


def test_a_receiver_that_knows_only_the_six_never_sees_them(room: Backend, people: People) -> None:
    room.listen()
    play(room)
    people["user1"].call("exitRoom")
    muted, handed, _ = room.told(to.UPDATE, to.UPDATE, to.LEAVE)  # as the public pages have them
    assert muted.body["RoomInfo"]["IsMessageDisabled"] is True
    assert handed.body["RoomInfo"]["Owner_Account"] == "user1"


def test_the_alias_is_listed_and_sent_by_its_full_name(room: Backend) -> None:
    room.listen("Room.CallbackUpdateRoomInfo")
    room.rename("other")
    (told,) = room.told(to.UPDATE)
    assert dict(told.parameters)["CallbackCommand"] == to.UPDATE


def test_one_event_that_raises_two_callbacks_tells_the_documented_one_first(room: Backend) -> None:
    room.listen(*to.ALL)
    command, body, _ = CALLS["OwnerChanged"]
    room.caller.ok(f"{ROOMS}/{command}", body)
    first, second = room.told(to.UPDATE, f"{PREFIX}OwnerChanged")
    assert first.number + 1 == second.number
    assert first.id != second.id
    assert first.body["EventTime"] == second.body["EventTime"]


def test_seats_stay_the_documented_callback_with_everything_listed(room: Backend) -> None:
    room.listen(*to.ALL)
    room.caller.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 0, "Member_Account": "user1"})
    room.told(to.SEATS_CHANGED)
