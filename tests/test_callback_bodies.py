"""The six documented callbacks, key by key, for changes by REST, by members and by the system."""

from collections.abc import Callable
from typing import Any

import pytest

from tests import backend as to
from tests.backend import Backend, asked, passed, whole
from tests.house import ROOMS, Caller, Server
from tests.people import Enter
from tests.receiver import Receiver

REST = ("127.0.0.1", "RESTAPI")
START = 1_893_456_000
SWITCHES = {
    "IsVideoDisabled": False,
    "IsAudioDisabled": False,
    "IsMessageDisabled": False,
    "IsScreenSharingDisabled": False,
    "IsCloudRecordingDisabled": False,
}


def test_a_creation_with_every_field_is_told_with_every_field(backend: Backend) -> None:
    backend.listen()
    backend.caller.import_accounts("user1", "user2", "user3")
    info = {
        "RoomName": 'weekly "1" ä\n',
        "Owner_Account": "user1",
        "MaxMemberCount": 30,
        "MaxSeatCount": 7,
        "IsVideoDisabled": True,
        "IsAudioDisabled": True,
        "IsMessageDisabled": True,
        "IsScreenSharingDisabled": True,
        "IsCloudRecordingDisabled": True,
        "CustomInfo": "c" * 500,
        "ScheduleStartTime": START,
        "ScheduleEndTime": START + 3600,
        "IsSeatEnabled": True,
        "TakeSeatMode": "ApplyToTake",
        "Password": "secret",
    }
    call = {"RoomInfo": {"RoomId": "weekly-1", "RoomType": "Conference", **info}}
    backend.caller.ok(f"{ROOMS}/create_room", {**call, "ScheduleInviteeList_Account": ["user2", "user3"]})
    (told,) = backend.told(to.CREATE)
    asked(told, backend.caller.sdkappid)
    room = {
        "RoomId": "weekly-1",
        "RoomName": info["RoomName"],
        "RoomType": "Conference",
        "Owner_Account": "user1",
        "MaxMemberCount": 30,
        "MaxSeatCount": 7,
        **dict.fromkeys(SWITCHES, True),
        "CustomInfo": "c" * 500,
        "ScheduleStartTime": START,
        "ScheduleEndTime": START + 3600,
        "RoomStatus": "NotStarted",
        "IsSeatEnabled": True,
        "TakeSeatMode": "ApplyToTake",
        "CreateTime": told.body["EventTime"] // 1000,
    }
    invited = {"ScheduleInviteeList_Account": ["user2", "user3"]}
    whole(told, {"Operator_Account": "administrator", "RoomInfo": room, **invited})
    assert "secret" not in told.text


@pytest.mark.parametrize(
    ("seats", "told_seats"),
    [
        ({}, (False, 0, "None")),
        ({"MaxSeatCount": 5, "TakeSeatMode": "ApplyToTake"}, (False, 0, "None")),
        ({"IsSeatEnabled": True, "MaxSeatCount": 5}, (True, 5, "FreeToTake")),
    ],
)
def test_a_bare_creation_is_told_with_what_the_room_has_then(
    backend: Backend, seats: dict[str, Any], told_seats: tuple[bool, int, str]
) -> None:
    backend.listen()
    backend.caller.create_room("bare", **seats)
    (told,) = backend.told(to.CREATE)
    now = backend.caller.room("bare")
    room = {
        "RoomId": "bare",
        "RoomName": now["RoomName"],
        "RoomType": "Conference",
        "Owner_Account": "administrator",
        "MaxMemberCount": now["MaxMemberCount"],
        "MaxSeatCount": told_seats[1],
        **SWITCHES,
        "CustomInfo": "",
        "ScheduleStartTime": now["ScheduleStartTime"],
        "ScheduleEndTime": now["ScheduleEndTime"],
        "RoomStatus": "Running",
        "IsSeatEnabled": told_seats[0],
        "TakeSeatMode": told_seats[2],
        "CreateTime": now["CreateTime"],
    }
    moment = whole(told, {"Operator_Account": "administrator", "RoomInfo": room})
    assert moment // 1000 == now["CreateTime"]
    backend.caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "bare", "CustomInfo": "x"}})
    (updated,) = backend.told(to.UPDATE)
    assert updated.body["RoomInfo"]["TakeSeatMode"] == told_seats[2]


def test_an_update_of_everything_is_told_with_the_documented_set(backend: Backend) -> None:
    backend.listen()
    backend.caller.import_accounts("user1")
    backend.caller.create_room("room-1", IsSeatEnabled=True, MaxSeatCount=3)
    backend.told(to.CREATE)
    changed = {
        "RoomName": "other",
        "TakeSeatMode": "ApplyToTake",
        "MaxMemberCount": 20,
        **dict.fromkeys(SWITCHES, True),
        "CustomInfo": "123",
    }
    backend.caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", **changed}})
    (told,) = backend.told(to.UPDATE)
    asked(told, backend.caller.sdkappid)
    room = {
        "RoomId": "room-1",
        "RoomName": "other",
        "Owner_Account": "administrator",
        "TakeSeatMode": "ApplyToTake",
        "MaxMemberCount": 20,
        **dict.fromkeys(SWITCHES, True),
        "CustomInfo": "123",
    }
    whole(told, {"Operator_Account": "administrator", "RoomInfo": room})


def test_one_field_is_told_with_all_the_others(backend: Backend) -> None:
    backend.listen()
    backend.caller.create_room("room-1", RoomName="before", CustomInfo="kept")
    backend.rename("after")
    _, told = backend.told(to.CREATE, to.UPDATE)
    now = backend.caller.room()
    room = {
        "RoomId": "room-1",
        "RoomName": "after",
        "Owner_Account": "administrator",
        "TakeSeatMode": "None",
        "MaxMemberCount": now["MaxMemberCount"],
        **SWITCHES,
        "CustomInfo": "kept",
    }
    whole(told, {"Operator_Account": "administrator", "RoomInfo": room})


def test_a_change_of_nothing_is_not_told(backend: Backend) -> None:
    backend.listen()
    backend.caller.create_room("room-1", RoomName="same")
    backend.rename("same", "other")
    backend.told(to.CREATE, to.UPDATE)


def test_a_new_owner_is_told_as_an_update(backend: Backend, enter: Enter) -> None:
    backend.listen()
    backend.caller.create_room()
    enter("user1")
    backend.told(to.CREATE, to.ENTER)
    change = {"RoomId": "room-1", "From_Account": "administrator", "NewOwner_Account": "user1"}
    backend.caller.ok(f"{ROOMS}/change_room_owner", change)
    (told,) = backend.told(to.UPDATE)
    assert told.body["RoomInfo"]["Owner_Account"] == "user1"
    assert told.body["Operator_Account"] == "administrator"
    backend.rename("later")
    (update,) = backend.told(to.UPDATE)
    assert list(update.body["RoomInfo"]) == list(told.body["RoomInfo"])  # [R16]: an update like every other


def test_an_end_is_told_without_those_who_were_inside(backend: Backend, enter: Enter) -> None:
    backend.listen()
    backend.caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    enter("user1", "user2")
    backend.told(to.CREATE, to.ENTER, to.ENTER)
    backend.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    backend.caller.create_room()
    told, _ = backend.told(to.DESTROY, to.CREATE)  # [C6]: nobody is said to have left
    asked(told, backend.caller.sdkappid)
    whole(told, {"Operator_Account": "administrator", "RoomId": "room-1", "EventType": "DestroyByUser"})


def test_what_is_not_listed_is_never_sent_and_takes_no_number(backend: Backend, enter: Enter) -> None:
    backend.listen(to.CREATE, to.DESTROY)
    backend.caller.create_room()
    enter("user1")
    backend.rename("one", "two")
    backend.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    told = backend.told(to.CREATE, to.DESTROY)
    assert [each.number for each in told] == [1, 2]


def test_nothing_listed_is_nothing_sent(backend: Backend, canary: Backend) -> None:
    configuration = {"Url": backend.receiver.url(backend.path), "CallbackCommandList": []}
    backend.caller.ok("room_config/set_callback", configuration)
    backend.caller.create_room()
    passed(canary)
    assert backend.rows() == []


def test_meeting_is_the_other_spelling(new_server: Callable[..., Server], receiver: Receiver) -> None:
    configured = f"callback_commands = {list(to.SIX)}\ncallback_room_type = 'Meeting'\n"
    server = new_server()
    path = f"/{server.port}/meeting"
    server.configure(f"{configured}callback_url = '{receiver.url(path)}'")
    with server:
        backend = Backend(server, Caller(server.url), receiver, path)
        backend.caller.create_room()
        (told,) = backend.told(to.CREATE)
        assert told.body["RoomInfo"]["RoomType"] == "Meeting"
