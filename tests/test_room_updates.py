"""update_room_info: what may change, what may not, and what is told of it (conference.md A.3)."""

import asyncio
import time
from pathlib import Path
from typing import Any, Final

import pytest

from conclave.domain import accounts, room_creation, rooms
from conclave.domain.application_settings import ApplicationSettings
from conclave.domain.applications import Application
from conclave.domain.operation import Operation
from conclave.domain.room_drafts import RoomChanges, RoomDraft
from conclave.store.statements import Transaction
from tests.engines import opened_either
from tests.eventlog import EventLog
from tests.house import ROOMS, Caller
from tests.room_commands import ROOM
from tests.test_rooms import exact

UPDATE: Final = f"{ROOMS}/update_room_info"
CHANGES: Final[dict[str, tuple[str, Any]]] = {
    "RoomName": ("name", "renamed"),
    "MaxMemberCount": ("max_member_count", 200),
    "IsVideoDisabled": ("is_video_disabled", True),
    "IsAudioDisabled": ("is_audio_disabled", False),
    "IsMessageDisabled": ("is_message_disabled", True),
    "IsScreenSharingDisabled": ("is_screen_sharing_disabled", True),
    "IsCloudRecordingDisabled": ("is_cloud_recording_disabled", False),
    "CustomInfo": ("custom_info", "c2"),
    "TakeSeatMode": ("take_seat_mode", "FreeToTake"),
    "IsPasswordEnabled": ("is_password_enabled", False),
    "Password": ("password", "secret-2"),
}


def update(caller: Caller, **changes: Any) -> None:
    answer = caller.call(UPDATE, {"RoomInfo": {"RoomId": "room-1", **changes}})
    assert (answer["ErrorCode"], "Response" in answer) == (0, False), answer


@pytest.fixture
def room(caller: Caller, log: EventLog) -> Caller:
    """A room with every field set."""
    caller.import_accounts("user2")
    caller.ok(f"{ROOMS}/create_room", {"RoomInfo": ROOM})
    log.new()
    return caller


@pytest.mark.parametrize("field", CHANGES)
def test_one_field_changes_and_the_others_keep_their_value(room: Caller, log: EventLog, field: str) -> None:
    name, value = CHANGES[field]
    before = room.room()
    update(room, **{field: value})
    assert exact(room.room()) == exact({**before, field: value})
    (updated,) = log.told("RoomUpdated")
    assert updated.data["changed"] == [name]
    assert updated.data["room"].get(name, "never told") == ("never told" if name == "password" else value)


def test_all_fields_change_in_one_event_that_tells_everything_but_the_password(room: Caller, log: EventLog) -> None:
    before = room.room()
    update(room, **{field: value for field, (_, value) in CHANGES.items()})
    assert exact(room.room()) == exact({**before, **{field: value for field, (_, value) in CHANGES.items()}})
    (updated,) = log.told("RoomUpdated")
    assert (updated.seq, updated.operator, updated.platform) == (2, "administrator", "RESTAPI")
    assert abs(updated.at - time.time() * 1000) < 10_000
    assert sorted(updated.data["changed"]) == sorted(name for name, _ in CHANGES.values())
    expected = {name: value for name, value in CHANGES.values() if name != "password"}
    assert exact(updated.data["room"]) == exact(
        {
            **expected,
            "owner": "user2",
            "member_count": 0,
            "schedule_start": ROOM["ScheduleStartTime"],
            "schedule_end": ROOM["ScheduleEndTime"],
            "has_started": False,
            "is_seat_enabled": True,
            "max_seat_count": 16,
            "created": before["CreateTime"],
            "keep_owner_on_seat": False,
            "reminder": 0,
        }
    )
    assert "secret-2" not in str(updated)
    assert ROOM["Password"] not in str(updated)


@pytest.mark.parametrize("field", CHANGES)
def test_a_value_that_is_there_already_is_no_event(room: Caller, log: EventLog, field: str) -> None:
    update(room, **{field: ROOM[field]})
    log.silent()
    update(room, **{field: None})
    update(room)
    log.silent()


def test_only_what_differs_is_called_changed(room: Caller, log: EventLog) -> None:
    update(room, RoomName="renamed", CustomInfo="c1", IsAudioDisabled=True)
    (updated,) = log.told("RoomUpdated")
    assert updated.data["changed"] == ["name"]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("RoomType", "Live"),
        ("Owner_Account", "user1"),
        ("IsSeatEnabled", False),
        ("MaxSeatCount", 3),
        ("ScheduleStartTime", 1),
        ("ScheduleEndTime", 2),
        ("RoomStatus", "Running"),
        ("MemberCount", 7),
        ("CreateTime", 5),
        ("Unknown", {"deep": [1]}),
    ],
)
def test_what_cannot_change_is_ignored(room: Caller, log: EventLog, field: str, value: Any) -> None:
    before = room.room()
    update(room, **{field: value})
    assert room.room() == before
    log.silent()


def test_with_seats_off_the_mode_is_ignored(caller: Caller, log: EventLog) -> None:
    caller.create_room()
    log.new()
    for mode in ("FreeToTake", "ApplyToTake", "None", "nonsense"):
        update(caller, TakeSeatMode=mode)
    assert caller.room()["TakeSeatMode"] == "None"
    log.silent()


def test_a_password_is_kept_while_it_is_not_asked_for(caller: Caller, log: EventLog) -> None:
    caller.create_room()
    log.new()
    info = caller.refused(100002, UPDATE, {"RoomInfo": {"RoomId": "room-1", "IsPasswordEnabled": True}})
    assert "Password" in info
    log.silent()
    update(caller, IsPasswordEnabled=True, Password="first")
    update(caller, IsPasswordEnabled=False)
    assert (caller.room()["IsPasswordEnabled"], caller.room()["Password"]) == (False, "first")
    update(caller, IsPasswordEnabled=True)
    assert (caller.room()["IsPasswordEnabled"], caller.room()["Password"]) == (True, "first")
    update(caller, Password="second")
    assert (caller.room()["IsPasswordEnabled"], caller.room()["Password"]) == (True, "second")
    changed = [event.data["changed"] for event in log.told(*["RoomUpdated"] * 4)]
    assert changed == [
        ["is_password_enabled", "password"],
        ["is_password_enabled"],
        ["is_password_enabled"],
        ["password"],
    ]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("RoomName", ""),
        ("RoomName", "語" * 33 + "n"),
        ("CustomInfo", ""),
        ("CustomInfo", "🦆" * 125),
        ("MaxMemberCount", 1),
        ("MaxMemberCount", 300),
        ("Password", "p" * 32),
    ],
)
def test_a_value_at_the_edge_is_kept_as_it_is(room: Caller, field: str, value: Any) -> None:
    update(room, **{field: value})
    assert exact(room.room()[field]) == exact(value)


@pytest.mark.parametrize("count", [301, 2**63 - 1])
def test_above_the_ceiling_is_100013(room: Caller, log: EventLog, count: int) -> None:
    room.refused(100013, UPDATE, {"RoomInfo": {"RoomId": "room-1", "MaxMemberCount": count, "RoomName": "no"}})
    assert room.room()["RoomName"] == "weekly sync"
    log.silent()


def test_a_capacity_below_the_present_count_puts_nobody_out(caller: Caller) -> None:
    caller.import_accounts("r1", "r2", "r3")
    caller.create_room()
    for robot in ("r1", "r2"):
        caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": robot})
    update(caller, MaxMemberCount=1)
    assert list(caller.members()) == ["r1", "r2"]
    assert "full" in caller.refused(100008, f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "r3"})
    update(caller, MaxMemberCount=3)
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "r3"})


def test_numbers_of_events_have_no_gap_and_their_times_never_decrease(caller: Caller, log: EventLog) -> None:
    caller.create_room()
    for round_ in range(20):
        update(caller, RoomName=f"name {round_ // 2}")  # every second call changes nothing
    events = log.all()
    assert [event.seq for event in events] == list(range(1, 12))
    assert [event.at for event in events] == sorted(event.at for event in events)


def test_an_empty_password_says_that_there_is_none(caller: Caller, log: EventLog) -> None:
    caller.create_room(IsPasswordEnabled=False, Password="")
    update(caller, IsPasswordEnabled=True, Password="kept")
    update(caller, IsPasswordEnabled=False, Password="")
    assert (caller.room()["IsPasswordEnabled"], caller.room()["Password"]) == (False, "kept")
    caller.create_room("room-2")
    shown = {**caller.room("room-2"), "RoomName": "as it was shown"}
    caller.ok(UPDATE, {"RoomInfo": shown})
    shown["IsPasswordEnabled"] = True
    assert "Password" in caller.refused(100002, UPDATE, {"RoomInfo": shown})


def test_changes_are_the_same_after_they_were_made(tmp_path: Path) -> None:
    """An operation may run twice, on a room that is another one by then."""
    changes = RoomChanges(take_seat_mode="ApplyToTake", password="", name="renamed")

    async def work(tx: Transaction) -> list[str]:
        op = Operation(tx, Application(1_400_000_001, ApplicationSettings(), (), frozenset()), "ann")
        await accounts.import_account(op, "ann")
        modes = []
        for room_id, has_seats in (("room-1", False), ("room-2", True)):
            draft = RoomDraft(room_id=room_id, room_type="Conference", owner="ann", is_seat_enabled=has_seats)
            room = await rooms.change(op, await room_creation.create(op, draft), changes)
            modes.append(room.take_seat_mode)
        return modes

    async def main() -> None:
        async with opened_either(tmp_path) as engine:
            assert await engine.write(work) == ["None", "ApplyToTake"]
            assert changes == RoomChanges(take_seat_mode="ApplyToTake", password="", name="renamed")

    asyncio.run(main())
