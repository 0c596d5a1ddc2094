"""kick_user_out: who is put out, what goes along, what is told (conference.md A.12, [R20] [R23])."""

from typing import Any, Final

import pytest

from tests.eventlog import EventLog
from tests.house import ROOMS, SEATS, Caller
from tests.people import Enter
from tests.test_room_members import room, update
from tests.test_rooms import SIMPLE_OK, exact

__all__ = ["room"]  # a fixture
KICK: Final = f"{ROOMS}/kick_user_out"


def kick(*accounts: str, reason: str = "left the company") -> dict[str, Any]:
    return {"RoomId": "room-1", "MemberList_Account": list(accounts), "Reason": reason}


def test_members_among_the_targets_are_put_out_together(room: Caller, log: EventLog) -> None:
    update(room, "user1", NameCard="Bob", Role="Admin")
    log.new()
    answer = room.call(KICK, kick("user2", "user1", "stranger", "user2", reason="left the company"))
    assert sorted(answer) == SIMPLE_OK
    assert list(room.members()) == ["user0"]
    assert room.room()["MemberCount"] == 1
    (left,) = log.told("MemberLeft")
    assert [member["account"] for member in left.data["members"]] == ["user2", "user1"]
    assert [member["role"] for member in left.data["members"]] == ["Member", "Admin"]
    rest = {name: left.data[name] for name in ("how", "reason", "member_count", "by_server")}
    assert exact(rest) == exact({"how": "Kicked", "reason": "left the company", "member_count": 1, "by_server": True})
    assert left.operator == "administrator"


def test_what_leaving_drops(room: Caller, enter: Enter) -> None:
    update(room, "user1", NameCard="Bob", Role="Admin", CustomInfo="m")
    marks = {"RoomId": "room-1", "CommandType": 1, "MemberList": [{"Member_Account": "user1", "Marks": [1000]}]}
    room.ok(f"{ROOMS}/mark_room_member", marks)
    room.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 3, "Member_Account": "user1"})
    room.ok(KICK, kick("user1", reason=""))
    assert set(room.seats()) == {""}
    enter("user1")  # at once: a kick is no ban
    assert room.members()["user1"] == {
        "Member_Account": "user1",
        "NameCard": "",
        "Role": "Member",
        "Marks": [],
        "CustomInfo": "",
    }


def test_putting_out_tells_of_the_seat_first(room: Caller, log: EventLog) -> None:
    for index, account in enumerate(("user1", "user2")):
        room.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": index, "Member_Account": account})
    log.new()
    room.ok(KICK, kick("user2", "user1"))
    seats, left = log.told("SeatsChanged", "MemberLeft")
    assert [seat["index"] for seat in seats.data["seats"]] == [0, 1]
    assert sorted(seats.data["left"]) == ["user1", "user2"]
    assert [member["account"] for member in left.data["members"]] == ["user2", "user1"]


@pytest.mark.parametrize(
    ("targets", "code"),
    [
        (("user3",), 100005),
        (("user3", "stranger"), 100005),
        (("user0",), 100006),
        (("user1", "user0"), 100006),
        (("user3", "user0"), 100006),  # before 100005
    ],
)
def test_putting_out_is_refused_as_a_whole(room: Caller, log: EventLog, targets: tuple[str, ...], code: int) -> None:
    room.refused(code, KICK, kick(*targets))
    assert list(room.members()) == ["user0", "user1", "user2"]
    log.silent()


def test_an_owner_who_is_not_inside_is_still_no_target(caller: Caller) -> None:
    caller.create_room()
    caller.refused(100006, KICK, kick("administrator"))
    caller.refused(100005, KICK, kick("somebody"))


@pytest.mark.parametrize("reason", ["", "r" * 1000, "🦆" * 250])
def test_a_reason_at_the_edge_is_told(room: Caller, log: EventLog, reason: str) -> None:
    room.ok(KICK, kick("user1", reason=reason))
    assert log.told("MemberLeft")[0].data["reason"] == reason


def test_twenty_targets_are_one_call(room: Caller, enter: Enter, log: EventLog) -> None:
    crowd = [f"crowd{n}" for n in range(18)]
    room.import_accounts(*crowd)
    enter(*crowd)
    log.new()
    room.ok(KICK, kick("user1", "user2", *crowd))
    (left,) = log.told("MemberLeft")
    assert len(left.data["members"]) == 20
    assert list(room.members()) == ["user0"]
