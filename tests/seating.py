"""A room with seats and somebody on them, and the seat commands in short."""

from typing import Any, Final

import pytest

from tests.eventlog import EventLog
from tests.house import ROOMS, SEATS, Caller

PICK: Final = f"{SEATS}/pick_user_on_seat"
OFF: Final = f"{SEATS}/kick_user_off_seat"
LOCK: Final = f"{SEATS}/lock_seat"
SWITCH: Final = f"{SEATS}/switch_seat"
MOVE: Final = f"{SEATS}/move_user_to_seat"
REFUSE, REPLACE, EXCHANGE = 0, 1, 2


def pick(account: str, index: int, room_id: str = "room-1") -> dict[str, Any]:
    return {"RoomId": room_id, "Index": index, "Member_Account": account}


def off(account: str, **data: str) -> dict[str, Any]:
    return {"RoomId": "room-1", "Member_Account": account, **data}


def lock(index: int, **flags: bool | None) -> dict[str, Any]:
    return {"RoomId": "room-1", "Index": index, **flags}


def switch(account: str, index: int) -> dict[str, Any]:
    return {"RoomId": "room-1", "ToIndex": index, "Member_Account": account}


def move(account: str, index: int, policy: int) -> dict[str, Any]:
    return {"RoomId": "room-1", "SeatIndex": index, "Member_Account": account, "Policy": policy}


def seat(index: int, account: str = "", *, locked: bool = False, video: bool = False, audio: bool = False) -> Any:
    """A seat as get_seat_list shows it."""
    return {
        "Index": index,
        "Member_Account": account,
        "IsTakenDisabled": locked,
        "IsVideoDisabled": video,
        "IsAudioDisabled": audio,
    }


def seats(caller: Caller) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = caller.ok(f"{SEATS}/get_seat_list", {"RoomId": "room-1"})["SeatList"]
    return found


def told(log: EventLog) -> dict[str, Any]:
    """What the one event of a call says; the seats as get_seat_list would show them [S9]."""
    (event,) = log.told("SeatsChanged")
    changed = [
        seat(
            each["index"],
            each["account"],
            locked=each["is_locked"],
            video=each["is_video_disabled"],
            audio=each["is_audio_disabled"],
        )
        for each in event.data["seats"]
    ]
    return {**{name: event.data[name] for name in ("seated", "left", "kicked", "data")}, "seats": changed}


@pytest.fixture
def room(caller: Caller, log: EventLog) -> Caller:
    """A room with four seats; user1, user2 and user3 are inside, user4 is not.

    They are robots: members like others, and three calls cheaper than three connections.
    """
    caller.import_accounts("user1", "user2", "user3", "user4")
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=4)
    for account in ("user1", "user2", "user3"):
        caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": account})
    log.new()
    return caller


@pytest.fixture
def seated(room: Caller, log: EventLog) -> Caller:
    """The same room: user1 on seat 0 with video barred, user2 on seat 1 with audio barred, seat 3 locked."""
    room.ok(PICK, pick("user1", 0))
    room.ok(PICK, pick("user2", 1))
    room.ok(LOCK, lock(0, ForbidVideo=True))
    room.ok(LOCK, lock(1, ForbidAudio=True))
    room.ok(LOCK, lock(3, ForbidTaken=True))
    log.new()
    return room


FIRST: Final = [seat(0, "user1", video=True), seat(1, "user2", audio=True), seat(2), seat(3, locked=True)]
