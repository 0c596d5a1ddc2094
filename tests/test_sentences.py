"""Refusals name fields as their callers know them: over REST by the API's names, to members by theirs."""

from typing import Any, get_type_hints

import msgspec
import pytest

from conclave.api import field_names as of_rest
from conclave.api import registry
from conclave.api.checks import item_of, struct_of
from conclave.errors import Field
from conclave.realtime import declared
from conclave.realtime import field_names as of_members
from tests.house import ROOMS, Caller
from tests.member import Join


def names_in(struct: type[msgspec.Struct], path: str = "") -> set[str]:
    """Every field of a request, nested ones with their paths."""
    hints, found = get_type_hints(struct), set()
    for field in msgspec.structs.fields(struct):
        found.add(f"{path}{field.encode_name}")
        inner = struct_of(hints[field.name]) or struct_of(item_of(hints[field.name]))
        if inner is not None:
            found |= names_in(inner, f"{path}{field.encode_name}.")
    return found


def test_every_name_is_that_of_a_declared_field() -> None:
    over_rest = set().union(*(names_in(command.request) for command in registry.load().values()))
    by_members = set().union(*(names_in(method.params) for method in declared.load().values()))
    assert set(of_rest.NAMES.values()) <= over_rest
    assert set(of_members.NAMES.values()) <= by_members
    assert {*of_rest.NAMES, *of_members.NAMES} == set(Field)


def book(**info: Any) -> dict[str, Any]:
    return {"RoomInfo": {"RoomId": "room-1", "RoomType": "Conference", **info}}


@pytest.mark.parametrize(
    ("code", "command", "body", "sentence"),
    [
        (
            100013,
            "create_room",
            book(IsSeatEnabled=True, MaxSeatCount=21),
            "RoomInfo.MaxSeatCount is above the ceiling 20",
        ),
        (100013, "create_room", book(MaxMemberCount=301), "RoomInfo.MaxMemberCount is above the ceiling 300"),
        (100015, "create_room", book(RoomType="Live"), "RoomInfo.RoomType must be 'Conference'"),
        (100002, "create_room", book(IsPasswordEnabled=True), "RoomInfo.IsPasswordEnabled needs a RoomInfo.Password"),
        (
            100002,
            "create_room",
            book(ScheduleStartTime=1000, ScheduleEndTime=1001),
            "RoomInfo.ScheduleEndTime must be 300 to 86400 seconds after the start",
        ),
        (
            100002,
            "create_room",
            book(Owner_Account="nobody"),
            "RoomInfo.Owner_Account 'nobody' is not an imported account",
        ),
        (
            100005,
            "kick_user_out",
            {"RoomId": "room-0", "MemberList_Account": ["ann"], "Reason": ""},
            "none of MemberList_Account is a member of room 'room-0'",
        ),
        (
            100002,
            "change_room_owner",
            {"RoomId": "room-0", "From_Account": "ann", "NewOwner_Account": "administrator"},
            "From_Account 'ann' is not the owner of room 'room-0'",
        ),
    ],
)
def test_over_rest(caller: Caller, code: int, command: str, body: dict[str, Any], sentence: str) -> None:
    caller.create_room("room-0")
    assert caller.refused(code, f"{ROOMS}/{command}", body) == sentence


@pytest.mark.parametrize(
    ("code", "method", "params", "sentence"),
    [
        (100013, "createRoom", {"isSeatEnabled": True, "maxSeatCount": 21}, "maxSeatCount is above the ceiling 20"),
        (100015, "createRoom", {"roomType": 2}, "roomType must be 1, a conference"),
        (
            100002,
            "scheduleConference",
            {"scheduleStartTime": 1000, "scheduleEndTime": 1001},
            "scheduleEndTime must be 300 to 86400 seconds after the start",
        ),
        (100002, "createRoom", {"roomId": "@TGS#1"}, "roomId must not begin with @TGS#"),
    ],
)
def test_to_members(
    caller: Caller, member: Join, code: int, method: str, params: dict[str, Any], sentence: str
) -> None:
    assert member("ann").refused(code, method, **{"roomId": "room-1", **params}) == sentence


def test_to_members_of_a_room(caller: Caller, member: Join) -> None:
    ann = member("ann")
    ann.call("createRoom", roomId="room-1")
    told = ann.refused(100002, "transferConferenceOwner", roomId="room-1", userId="nobody")
    assert told == "userId 'nobody' is not an imported account"
    ann.enter()
    assert ann.refused(-2104, "updateRoomSpeechModeByAdmin", speechMode=3).startswith("speechMode changes ")
    assert ann.refused(100013, "inviteUsers", roomId="room-1", userIdList=[*"abcdefghijklmnopqrstu"]).startswith(
        "userIdList has "
    )
    many = {str(number): "x" for number in range(11)}
    assert ann.refused(100002, "setCustomInfoForUser", userId="ann", customInfo=many).startswith("customInfo would ")


def test_at_login(caller: Caller, member: Join) -> None:
    nameless = member("ann", login=False)
    told = nameless.refused(7002, "login", sdkAppId=caller.sdkappid, userId="@TIM#x", userSig=caller.token("@TIM#x"))
    assert told == "userId '@TIM#x' begins with a reserved prefix"
