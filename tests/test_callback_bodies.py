"""The six documented callbacks, key by key, for changes by REST, by members and by the system."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from tests import backend as to
from tests.backend import Backend, passed
from tests.house import ROOMS, SEATS, Caller, Server
from tests.member import Join
from tests.people import Enter, People
from tests.receiver import Receiver, Told

REST = ("127.0.0.1", "RESTAPI")
START = 1_893_456_000
SWITCHES = {
    "IsVideoDisabled": False,
    "IsAudioDisabled": False,
    "IsMessageDisabled": False,
    "IsScreenSharingDisabled": False,
    "IsCloudRecordingDisabled": False,
}


def whole(told: Told, expected: dict[str, Any]) -> int:
    """Expect a body of exactly these keys in this order, but for EventTime, which is returned."""
    body = told.body
    assert list(body) == ["CallbackCommand", *expected, "EventTime"]
    moment = body.pop("EventTime")
    assert type(moment) is int
    assert body.pop("CallbackCommand") == told.command
    assert body == expected
    for key, value in expected.get("RoomInfo", {}).items():
        assert type(body["RoomInfo"][key]) is type(value), key
    return int(moment)


def asked(told: Told, sdkappid: int, client_ip: str = "127.0.0.1", platform: str = "RESTAPI") -> None:
    """Expect the documented request."""
    assert told.parameters == [
        ("SdkAppid", str(sdkappid)),
        ("CallbackCommand", told.command),
        ("contenttype", "json"),
        ("ClientIP", client_ip),
        ("OptPlatform", platform),
    ]
    assert told.headers["content-type"] == "application/json"
    assert told.headers["user-agent"].startswith("Conclave/")
    assert int(told.headers["content-length"]) == len(told.text.encode())
    assert told.id.startswith(f"evt_{sdkappid}_")
    assert told.headers["webhook-timestamp"].isdigit()


def seat(index: int, account: str = "", *, locked: bool = False, video: bool = False, audio: bool = False) -> Any:
    taken = {"Member_Account": account} if account else {}
    return {"Index": index, **taken, "IsTakenDisabled": locked, "IsVideoDisabled": video, "IsAudioDisabled": audio}


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


@pytest.mark.parametrize("platform", ["Web", "Android", "iOS", "Windows", "Mac", "iPad", "Unknown"])
def test_members_come_and_go_with_their_platform(backend: Backend, member: Join, platform: str) -> None:
    backend.listen()
    backend.caller.create_room()
    ann = member("ann", platform=platform, address="127.0.0.2")
    member("bob", platform="Web").enter()
    ann.enter()
    ann.enter()  # again, which is no entering
    ann.call("exitRoom")
    _, bob, entered, left = backend.told(to.CREATE, to.ENTER, to.ENTER, to.LEAVE)
    assert bob.body["MemberCount"] == 1
    for told in (entered, left):
        asked(told, backend.caller.sdkappid, "127.0.0.2", platform)
    common = {"Operator_Account": "ann", "RoomId": "room-1"}
    whole(entered, {**common, "MemberCount": 2, "Type": "Enter", "MemberList_Account": ["ann"]})
    whole(left, {**common, "MemberCount": 1, "Type": "Leave", "MemberList_Account": ["ann"], "Reason": ""})


def test_a_call_is_told_with_its_own_address(backend: Backend) -> None:
    backend.listen()
    backend.caller.http = httpx.Client(
        base_url=backend.server.url, transport=httpx.HTTPTransport(local_address="127.0.0.3")
    )
    backend.caller.create_room()
    (told,) = backend.told(to.CREATE)
    asked(told, backend.caller.sdkappid, "127.0.0.3")


def test_a_second_device_is_no_second_entry(backend: Backend, member: Join) -> None:
    backend.listen()
    backend.caller.create_room()
    member("ann", platform="Web").enter()
    member("ann", platform="iOS").enter()
    backend.rename("after")
    backend.told(to.CREATE, to.ENTER, to.UPDATE)


def test_kicks_of_several_are_one_callback_with_their_reason(backend: Backend, enter: Enter) -> None:
    backend.listen()
    backend.caller.create_room()
    enter("user1", "user2", "user3")
    backend.told(to.CREATE, to.ENTER, to.ENTER, to.ENTER)
    kick = {"RoomId": "room-1", "MemberList_Account": ["user3", "user1"], "Reason": "too loud \x1b[31m"}
    backend.caller.ok(f"{ROOMS}/kick_user_out", kick)
    (told,) = backend.told(to.LEAVE)
    asked(told, backend.caller.sdkappid)
    gone = sorted(told.body["MemberList_Account"])
    assert gone == ["user1", "user3"]
    whole(
        told,
        {
            "Operator_Account": "administrator",
            "RoomId": "room-1",
            "MemberCount": 1,
            "Type": "Kicked",
            "MemberList_Account": told.body["MemberList_Account"],
            "Reason": "too loud \x1b[31m",
        },
    )


def test_a_ban_tells_of_those_who_were_inside_alone(backend: Backend, enter: Enter) -> None:
    backend.listen()
    backend.caller.create_room()
    backend.caller.import_accounts("absent")
    enter("user1")
    backend.told(to.CREATE, to.ENTER)
    ban = {"RoomId": "room-1", "MemberList_Account": ["absent", "user1"], "Reason": "enough", "Duration": 60}
    backend.caller.ok(f"{ROOMS}/ban_room_member", ban)
    backend.rename("after")
    told, _ = backend.told(to.LEAVE, to.UPDATE)
    assert told.body["Type"] == "Kicked"
    assert told.body["MemberList_Account"] == ["user1"]
    assert told.body["Reason"] == "enough"
    assert told.body["MemberCount"] == 0


def test_an_owner_who_leaves_is_told_like_everybody(backend: Backend, enter: Enter, people: People) -> None:
    backend.listen()
    backend.caller.import_accounts("user1")
    backend.caller.create_room(Owner_Account="user1")
    enter("user1")
    people["user1"].call("exitRoom")
    told = backend.told(to.CREATE, to.ENTER, to.LEAVE)
    assert told[1].body["Operator_Account"] == "user1"  # the creator, when he actually enters
    assert told[2].body["Type"] == "Leave"
    assert told[2].body["MemberCount"] == 0


def test_robots_are_neither_entering_nor_leaving(backend: Backend) -> None:
    backend.listen()
    backend.caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    backend.caller.import_accounts("robot")
    robot = {"RoomId": "room-1", "Member_Account": "robot"}
    backend.caller.ok(f"{ROOMS}/add_robot", robot)
    backend.caller.ok(f"{SEATS}/pick_user_on_seat", {**robot, "Index": 1})
    backend.caller.ok(f"{ROOMS}/delete_robot", robot)
    _, picked, freed = backend.told(to.CREATE, to.SEATS_CHANGED, to.SEATS_CHANGED)
    assert picked.body["SeatList"] == [seat(1, "robot")]
    assert freed.body["SeatList"] == [seat(1)]


def test_seats_are_told_as_they_changed(backend: Backend, enter: Enter, people: People) -> None:
    backend.listen(to.SEATS_CHANGED)
    call = backend.caller.ok
    backend.caller.create_room(IsSeatEnabled=True, MaxSeatCount=4)
    enter("user1", "user2")
    call(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 1, "Member_Account": "user1"})
    people["user2"].call("takeSeat", seatIndex=2)
    call(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 3, "ForbidTaken": True})
    call(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 1, "ForbidVideo": True, "ForbidAudio": True})
    move = {"RoomId": "room-1", "SeatIndex": 2, "Member_Account": "user1", "Policy": 2}
    call(f"{SEATS}/move_user_to_seat", move)
    people["user1"].call("leaveSeat")
    call(f"{SEATS}/kick_user_off_seat", {"RoomId": "room-1", "Member_Account": "user2"})
    told = backend.told(*[to.SEATS_CHANGED] * 7)
    expected = [
        ("administrator", [seat(1, "user1")]),
        ("user2", [seat(2, "user2")]),
        ("administrator", [seat(3, locked=True)]),
        ("administrator", [seat(1, "user1", video=True, audio=True)]),
        ("administrator", None),
        ("user1", None),
        ("administrator", None),
    ]
    for each, (operator, seats) in zip(told, expected, strict=True):
        if seats is not None:
            whole(each, {"Operator_Account": operator, "RoomId": "room-1", "SeatList": seats})
    assert {each["Index"]: each.get("Member_Account") for each in told[4].body["SeatList"]} == {1: "user2", 2: "user1"}
    assert [each["Index"] for each in told[5].body["SeatList"]] == [2]
    assert [each["Index"] for each in told[6].body["SeatList"]] == [1]
    assert "Member_Account" not in told[6].body["SeatList"][0]  # [S3]
    asked(told[0], backend.caller.sdkappid)
    asked(told[1], backend.caller.sdkappid, "127.0.0.1", dict(told[1].parameters)["OptPlatform"])


def test_whoever_sits_and_is_kicked_is_told_with_his_seat(backend: Backend, enter: Enter) -> None:
    backend.listen()
    backend.caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    enter("user1")
    backend.caller.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 0, "Member_Account": "user1"})
    backend.told(to.CREATE, to.ENTER, to.SEATS_CHANGED)
    backend.caller.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["user1"], "Reason": ""})
    found = backend.got(5)[3:]
    assert sorted(each.command for each in found) == sorted([to.LEAVE, to.SEATS_CHANGED])
    of = {each.command: each.body for each in found}
    assert of[to.SEATS_CHANGED]["SeatList"] == [seat(0)]
    assert of[to.LEAVE]["Reason"] == ""


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
