"""Rooms over REST: create, read, end (conference.md A.1, A.2, A.4)."""

import time
from collections.abc import Callable
from typing import Any, Final

import msgspec
import pytest

from tests.eventlog import EventLog
from tests.house import ROOMS, SEATS, Caller
from tests.room_commands import ROOM

CREATE: Final = f"{ROOMS}/create_room"
SIMPLE_OK: Final = ["ActionStatus", "ErrorCode", "ErrorInfo", "RequestId"]
DEFAULTS: Final = {
    "RoomId": "room-1",
    "RoomName": "room-1",
    "RoomType": "Conference",
    "Owner_Account": "administrator",
    "MaxMemberCount": 300,
    "MaxSeatCount": 0,
    "IsVideoDisabled": False,
    "IsAudioDisabled": False,
    "IsMessageDisabled": False,
    "IsScreenSharingDisabled": False,
    "IsCloudRecordingDisabled": False,
    "CustomInfo": "",
    "RoomStatus": "Running",
    "IsSeatEnabled": False,
    "TakeSeatMode": "None",
    "MemberCount": 0,
    "IsPasswordEnabled": False,
    "Password": "",
}
TIMES: Final = ("ScheduleStartTime", "ScheduleEndTime", "CreateTime")
ALL_PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F)))


def draft(**info: Any) -> dict[str, Any]:
    return {"RoomInfo": {"RoomId": "room-1", "RoomType": "Conference", **info}}


def exact(value: Any) -> bytes:
    """JSON, so that `true` is not `1` and `1` not `1.0`; the order of the keys does not matter."""
    return msgspec.json.encode(value, order="sorted")


def test_a_room_has_the_documented_defaults(caller: Caller) -> None:
    before = int(time.time())
    caller.create_room()
    after = int(time.time())
    info = caller.room()
    times = {name: info.pop(name) for name in TIMES}
    assert exact(info) == exact(DEFAULTS)
    assert all(type(value) is int for value in times.values())
    assert before <= times["CreateTime"] <= after
    assert times["ScheduleStartTime"] == times["CreateTime"]
    assert times["ScheduleEndTime"] == times["ScheduleStartTime"] + 3600


def test_every_field_is_read_back_as_the_contract_shows_it(caller: Caller) -> None:
    caller.import_accounts("user1", "user2", "user3")
    created = caller.call(CREATE, {"RoomInfo": ROOM, "ScheduleInviteeList_Account": ["user1", "user3"]})
    assert sorted(created) == SIMPLE_OK
    answer = caller.call(f"{ROOMS}/get_room_info", {"RoomId": "room-1"})
    assert sorted(answer) == sorted([*SIMPLE_OK, "Response"])
    assert list(answer["Response"]) == ["RoomInfo"]
    info = answer["Response"]["RoomInfo"]
    assert abs(info.pop("CreateTime") - time.time()) < 60
    assert exact(info) == exact({**ROOM, "RoomStatus": "NotStarted", "MemberCount": 0})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("RoomId", "r"),
        ("RoomId", "a" * 48),
        ("RoomId", ALL_PRINTABLE[:48]),
        ("RoomId", ALL_PRINTABLE[47:]),
        ("RoomId", " "),
        ("RoomName", ""),
        ("RoomName", "n" * 100),
        ("RoomName", "é" * 50),
        ("RoomName", "語" * 33 + "n"),
        ("RoomName", "🦆" * 25),
        ("RoomName", 'quote " back \\ line \n tab \t \x7f'),
        ("CustomInfo", "c" * 500),
        ("CustomInfo", "é" * 250),
        ("CustomInfo", "🦆" * 125),
        ("MaxMemberCount", 1),
        ("MaxMemberCount", 300),
        ("Owner_Account", "o" * 32),
        ("Owner_Account", "é" * 16),
        ("Password", "p"),
        ("Password", ALL_PRINTABLE[:32]),
        ("Password", ALL_PRINTABLE[-32:]),
        ("ScheduleStartTime", 0),
    ],
)
def test_a_value_at_the_edge_is_kept_as_it_is(caller: Caller, field: str, value: Any) -> None:
    caller.import_accounts("o" * 32, "é" * 16)
    body = draft(**{"RoomName": "name", field: value})
    caller.ok(CREATE, body)
    assert exact(caller.room(body["RoomInfo"]["RoomId"])[field]) == exact(value)


@pytest.mark.parametrize("name", [name for name in DEFAULTS if name.endswith("Disabled")])
def test_each_switch_is_its_own(caller: Caller, name: str) -> None:
    switch: dict[str, Any] = {name: True}
    caller.create_room(**switch)
    assert [each for each, value in caller.room().items() if value is True] == [name]


@pytest.mark.parametrize("name", [*DEFAULTS, *TIMES])
def test_an_explicit_null_is_an_absent_field(caller: Caller, name: str) -> None:
    if name not in ("RoomId", "RoomType"):
        nothing: dict[str, Any] = {name: None}
        caller.create_room(**nothing)
        assert exact(caller.room().get(name)) == exact(DEFAULTS.get(name, caller.room()[name]))


@pytest.mark.parametrize(("given", "count"), [(None, 20), (1, 1), (20, 20)])
@pytest.mark.parametrize(("mode", "shown"), [(None, "FreeToTake"), ("FreeToTake",) * 2, ("ApplyToTake",) * 2])
def test_seats_have_a_count_and_a_mode(
    caller: Caller, given: int | None, count: int, mode: str | None, shown: str
) -> None:
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=given, TakeSeatMode=mode)
    info = caller.room()
    assert (info["IsSeatEnabled"], info["MaxSeatCount"], info["TakeSeatMode"]) == (True, count, shown)
    assert caller.seats() == [""] * count


@pytest.mark.parametrize("is_enabled", [False, None])
@pytest.mark.parametrize("count", [1, 20, 21, 0, -1])
@pytest.mark.parametrize("mode", ["FreeToTake", "ApplyToTake", "None", "nonsense"])
def test_with_seats_off_count_and_mode_are_ignored(
    caller: Caller, is_enabled: bool | None, count: int, mode: str
) -> None:
    caller.create_room(IsSeatEnabled=is_enabled, MaxSeatCount=count, TakeSeatMode=mode)
    info = caller.room()
    assert (info["IsSeatEnabled"], info["MaxSeatCount"], info["TakeSeatMode"]) == (False, 0, "None")


@pytest.mark.parametrize("kind", ["", "conference", "CONFERENCE", "Conference ", "Meeting", "Live"])
def test_a_room_type_other_than_Conference_is_100015(caller: Caller, kind: str) -> None:
    assert "RoomType" in caller.refused(100015, CREATE, draft(RoomType=kind))


@pytest.mark.parametrize(
    ("info", "named"),
    [
        ({"MaxMemberCount": 301}, "MaxMemberCount"),
        ({"MaxMemberCount": 2**63 - 1}, "MaxMemberCount"),
        ({"MaxSeatCount": 21, "IsSeatEnabled": True}, "MaxSeatCount"),
        ({"MaxSeatCount": 2**63 - 1, "IsSeatEnabled": True}, "MaxSeatCount"),
    ],
)
def test_above_a_ceiling_of_the_application_is_100013(caller: Caller, info: dict[str, Any], named: str) -> None:
    assert named in caller.refused(100013, CREATE, draft(**info))


def test_an_enabled_password_needs_a_password(caller: Caller) -> None:
    assert "Password" in caller.refused(100002, CREATE, draft(IsPasswordEnabled=True))
    caller.create_room(IsPasswordEnabled=False, Password="kept")
    info = caller.room()
    assert (info["IsPasswordEnabled"], info["Password"]) == (False, "kept")


@pytest.mark.parametrize("account", ["stranger", "Administrator", "user1 "])
def test_an_owner_who_is_not_imported_is_100002_and_named(caller: Caller, account: str) -> None:
    caller.import_accounts("user1")
    assert account in caller.refused(100002, CREATE, draft(Owner_Account=account))
    caller.refused(100004, f"{ROOMS}/get_room_info", {"RoomId": "room-1"})


def test_an_administrator_counts_as_imported(caller: Caller) -> None:
    caller.create_room(Owner_Account="administrator")
    assert caller.room()["Owner_Account"] == "administrator"


@pytest.mark.parametrize(
    ("holder", "wants", "code"),
    [
        (None, None, 100010),
        ("administrator", None, 100010),
        (None, "administrator", 100010),
        ("user1", "user1", 100010),
        ("user1", None, 100003),
        (None, "user1", 100003),
        ("user1", "user2", 100003),
        ("user1", "stranger", 100003),
    ],
)
def test_an_id_in_use_tells_whose_room_has_it(
    caller: Caller, log: EventLog, holder: str | None, wants: str | None, code: int
) -> None:
    caller.import_accounts("user1", "user2")
    caller.create_room(Owner_Account=holder)
    log.new()
    assert "already exists" in caller.refused(code, CREATE, draft(Owner_Account=wants, RoomName="second"))
    assert caller.room()["RoomName"] == "room-1"
    log.silent()


def test_two_applications_may_use_one_id(caller: Caller, new_caller: Callable[[], Caller]) -> None:
    other = new_caller()
    caller.create_room(RoomName="mine")
    other.create_room(RoomName="theirs")
    assert (caller.room()["RoomName"], other.room()["RoomName"]) == ("mine", "theirs")
    other.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    assert caller.room()["RoomName"] == "mine"


def test_a_room_ends_with_all_that_is_in_it(caller: Caller, log: EventLog) -> None:
    caller.import_accounts("robot", "user1")
    caller.create_room(IsSeatEnabled=True, RoomName="first life")
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    caller.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 1, "Member_Account": "robot"})
    caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 2, "ForbidTaken": True})
    marks = [{"Member_Account": "robot", "Marks": [1000]}]
    caller.ok(f"{ROOMS}/mark_room_member", {"RoomId": "room-1", "CommandType": 1, "MemberList": marks})
    ban = {"RoomId": "room-1", "MemberList_Account": ["user1"], "Reason": "", "Duration": 3600}
    caller.ok(f"{ROOMS}/ban_room_member", ban)
    first = log.new()[-1].room_key

    assert sorted(caller.call(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})) == SIMPLE_OK
    (destroyed,) = log.told("RoomDestroyed")  # and no leaving [C6]
    assert destroyed.data == {"by_system": False, "by_owner": True}
    assert "not exist" in caller.refused(100004, f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    caller.refused(100004, f"{ROOMS}/get_room_info", {"RoomId": "room-1"})

    caller.create_room(IsSeatEnabled=True)
    (created,) = log.told("RoomCreated")
    assert (created.seq, created.room_key > first) == (1, True)  # the key is never used again [R0]
    assert (caller.room()["RoomName"], caller.room()["MemberCount"]) == ("room-1", 0)
    assert (caller.members(), set(caller.seats())) == ({}, {""})
    assert caller.ok(f"{ROOMS}/get_banned_member_list", {"RoomId": "room-1"})["BannedAccountList"] == []
    caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 2, "ForbidTaken": True})
    log.told("SeatsChanged")  # it was not locked any more


def test_the_end_tells_whether_the_owner_ordered_it(caller: Caller, log: EventLog) -> None:
    caller.import_accounts("user1")
    caller.create_room(Owner_Account="user1")
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    _, destroyed = log.told("RoomCreated", "RoomDestroyed")
    assert destroyed.data == {"by_system": False, "by_owner": False}
    assert destroyed.operator == "administrator"


def test_invitees_are_told_once_each_without_those_who_are_not_imported(caller: Caller, log: EventLog) -> None:
    guests = [f"guest{number}" for number in range(297)]
    caller.import_accounts(*guests[:100])
    caller.import_accounts(*guests[100:200])
    caller.import_accounts(*guests[200:])
    invited = [*guests, "stranger", "administrator", "guest5"]
    caller.ok(CREATE, {**draft(), "ScheduleInviteeList_Account": invited})
    assert log.told("RoomCreated")[0].data["invitees"] == [*guests, "administrator"]


@pytest.mark.parametrize("invited", [[], None])
def test_nobody_need_be_invited(caller: Caller, log: EventLog, invited: list[str] | None) -> None:
    caller.ok(CREATE, {**draft(), "ScheduleInviteeList_Account": invited})
    assert log.told("RoomCreated")[0].data["invitees"] == []


def test_creating_tells_everything_but_the_password(caller: Caller, log: EventLog) -> None:
    caller.import_accounts("user1", "user2", "user3")
    before = int(time.time() * 1000)
    caller.ok(CREATE, {"RoomInfo": ROOM, "ScheduleInviteeList_Account": ["user3", "user1"]})
    (created,) = log.told("RoomCreated")
    assert before <= created.at <= time.time() * 1000 + 1
    assert (created.seq, created.room_id, created.operator) == (1, "room-1", "administrator")
    assert (created.platform, created.client_ip) == ("RESTAPI", "127.0.0.1")
    assert exact(created.data) == exact(
        {
            "room": {
                "name": "weekly sync",
                "owner": "user2",
                "max_member_count": 300,
                "member_count": 0,
                "schedule_start": 1893456000,
                "schedule_end": 1893459600,
                "has_started": False,
                "is_video_disabled": False,
                "is_audio_disabled": True,
                "is_message_disabled": False,
                "is_screen_sharing_disabled": False,
                "is_cloud_recording_disabled": True,
                "custom_info": "c1",
                "is_seat_enabled": True,
                "max_seat_count": 16,
                "take_seat_mode": "ApplyToTake",
                "is_password_enabled": True,
                "created": created.at // 1000,
                "keep_owner_on_seat": False,
                "reminder": 0,
            },
            "invitees": ["user3", "user1"],
            "host": {"account": "user2", "nick": "", "face_url": ""},
        }
    )
