"""An explicit ``null`` counts as absent, in every command [G9]."""

import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from conclave.api import registry
from tests.house import ROOMS, Caller

COMMANDS = {
    f"{service}/{name}": command for (service, name), command in registry.load().items() if command.access != "control"
}


def plain(answer: dict[str, Any]) -> tuple[int, str]:
    return answer["ErrorCode"], answer["ErrorInfo"]


@pytest.mark.parametrize("command", COMMANDS)
def test_null_is_answered_as_absence_is(new_caller: Callable[[], Caller], command: str) -> None:
    """Two applications in the same state: one is told null, the other is told nothing."""
    told_null, told_nothing = new_caller(), new_caller()
    declared = COMMANDS[command]
    example = declared.example.request
    for field in msgspec.structs.fields(declared.request):
        name = field.encode_name
        without = {each: value for each, value in example.items() if each != name}
        answer = told_null.call(command, {**without, name: None})
        assert plain(answer) == plain(told_nothing.call(command, without)), name
        if field.required:
            assert answer["ErrorCode"] == declared.service.parameter.number
            assert name in answer["ErrorInfo"]


def test_null_counts_as_absent_in_objects_within(caller: Caller) -> None:
    nothing = dict.fromkeys(("Owner_Account", "RoomName", "MaxMemberCount", "IsSeatEnabled", "Password", "CustomInfo"))
    info = {"RoomId": "room-1", "RoomType": "Conference", **nothing}
    caller.ok(f"{ROOMS}/create_room", {"RoomInfo": info, "ScheduleInviteeList_Account": None})
    assert caller.room()["Owner_Account"] == "administrator"
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": "kept"}})
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": None, "CustomInfo": "c"}})
    assert (caller.room()["RoomName"], caller.room()["CustomInfo"]) == ("kept", "c")
    wanted = caller.refused(100002, f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": None}})
    assert wanted == caller.refused(100002, f"{ROOMS}/update_room_info", {"RoomInfo": {}})


def test_null_in_a_list_is_a_value_and_a_wrong_one(caller: Caller) -> None:
    caller.create_room()
    marked = {"Member_Account": "user1", "Marks": [None]}
    body = {"RoomId": "room-1", "CommandType": 1, "MemberList": [marked]}
    caller.refused(100002, f"{ROOMS}/mark_room_member", body)
    caller.refused(100002, f"{ROOMS}/mark_room_member", {**body, "MemberList": [None]})
    ban = {"RoomId": "room-1", "MemberList_Account": [None], "Reason": "r", "Duration": 60}
    caller.refused(60015, f"{ROOMS}/ban_room_member", json.dumps(ban))
