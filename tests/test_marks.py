"""mark_room_member: numeric marks on members (conference.md A.8, [R17])."""

from typing import Any, Final

import pytest

from tests.eventlog import EventLog
from tests.house import ROOMS, Caller
from tests.people import Enter
from tests.test_rooms import SIMPLE_OK

MARK: Final = f"{ROOMS}/mark_room_member"
SET, REMOVE = 1, 2


def marks(command: Any, *entries: tuple[str, list[int]]) -> dict[str, Any]:
    listed = [{"Member_Account": account, "Marks": wanted} for account, wanted in entries]
    return {"RoomId": "room-1", "CommandType": command, "MemberList": listed}


@pytest.fixture
def room(caller: Caller, enter: Enter, log: EventLog) -> Caller:
    """A room with user1 to user4 inside."""
    people = [f"user{n}" for n in range(1, 5)]
    caller.import_accounts(*people)
    caller.create_room()
    enter(*people)
    log.new()
    return caller


def marked(caller: Caller) -> dict[str, list[int]]:
    return {account: member["Marks"] for account, member in caller.members().items() if member["Marks"]}


@pytest.mark.parametrize("as_string", [False, True])
def test_marks_are_set_and_removed(room: Caller, log: EventLog, as_string: bool) -> None:
    kind = str if as_string else int
    assert sorted(room.call(MARK, marks(kind(SET), ("user1", [1001, 1000]), ("user3", [1002])))) == SIMPLE_OK
    assert marked(room) == {"user1": [1000, 1001], "user3": [1002]}
    (told,) = log.told("MembersMarked")
    assert [(each["account"], each["marks"]) for each in told.data["members"]] == [
        ("user1", [1000, 1001]),
        ("user3", [1002]),
    ]
    assert sorted(room.call(MARK, marks(kind(REMOVE), ("user1", [1000]), ("user3", [1002])))) == SIMPLE_OK
    assert marked(room) == {"user1": [1001]}
    (told,) = log.told("MembersMarked")
    assert [(each["account"], each["marks"]) for each in told.data["members"]] == [("user1", [1001]), ("user3", [])]


@pytest.mark.parametrize("number", [1000, 2**31, 2**63 - 1])
def test_a_mark_at_the_edge_is_kept(room: Caller, number: int) -> None:
    room.ok(MARK, marks(SET, ("user1", [number])))
    assert marked(room) == {"user1": [number]}


def test_marks_add_up_over_calls_and_entries(room: Caller, log: EventLog) -> None:
    room.ok(MARK, marks(SET, ("user1", [1000, 1001, 1002]), ("user1", [1003, 1004, 1000])))
    room.ok(MARK, marks(SET, ("user1", [1005, 1006, 1006])))
    assert marked(room) == {"user1": [1000, 1001, 1002, 1003, 1004, 1005, 1006]}
    first, second = log.told("MembersMarked", "MembersMarked")
    assert len(first.data["members"]) == len(second.data["members"]) == 1


@pytest.mark.parametrize(
    ("command", "entries"),
    [
        (SET, [("user1", [1000])]),
        (SET, [("user1", [1000, 1000]), ("user1", [1000])]),
        (REMOVE, [("user1", [1001])]),
        (REMOVE, [("user2", [1000, 1001, 1002])]),
    ],
)
def test_a_call_that_changes_nothing_is_no_event(
    room: Caller, log: EventLog, command: int, entries: list[tuple[str, list[int]]]
) -> None:
    room.ok(MARK, marks(SET, ("user1", [1000])))
    log.new()
    room.ok(MARK, marks(command, *entries))
    assert marked(room) == {"user1": [1000]}
    log.silent()


def test_only_who_changed_is_told(room: Caller, log: EventLog) -> None:
    room.ok(MARK, marks(SET, ("user1", [1000])))
    log.new()
    room.ok(MARK, marks(SET, ("user1", [1000]), ("user2", [1000])))
    (told,) = log.told("MembersMarked")
    assert [each["account"] for each in told.data["members"]] == ["user2"]


@pytest.mark.parametrize("command", [SET, REMOVE])
@pytest.mark.parametrize("absent", ["stranger", "administrator"])
def test_one_target_that_is_not_inside_fails_the_whole_call(
    room: Caller, log: EventLog, command: int, absent: str
) -> None:
    room.ok(MARK, marks(SET, ("user1", [1000])))
    log.new()
    assert absent in room.refused(100005, MARK, marks(command, ("user1", [1000, 1001]), (absent, [1000])))
    assert marked(room) == {"user1": [1000]}
    log.silent()


def test_an_eleventh_distinct_mark_is_100009_and_changes_nothing(room: Caller, log: EventLog) -> None:
    for account, first in (("user1", 1000), ("user2", 1003), ("user3", 1006)):
        room.ok(MARK, marks(SET, (account, [first, first + 1, first + 2])))
    room.ok(MARK, marks(SET, ("user4", [1009, 1000])))  # ten now; 1000 is not a new one
    before = marked(room)
    log.new()
    assert "marks" in room.refused(100009, MARK, marks(SET, ("user1", [1001]), ("user4", [1010])))
    assert marked(room) == before
    log.silent()
    room.ok(MARK, marks(SET, ("user4", [1001, 1002, 1003])))
    # A mark is gone when nobody carries it any more, not before.
    room.ok(MARK, marks(REMOVE, ("user1", [1000])))
    room.refused(100009, MARK, marks(SET, ("user4", [1010])))
    room.ok(MARK, marks(REMOVE, ("user4", [1000])))
    room.ok(MARK, marks(SET, ("user4", [1010])))


def test_who_is_not_inside_comes_before_too_many_marks(room: Caller) -> None:
    crowd = [("user1", [1000, 1001, 1002]), ("user2", [1003, 1004, 1005]), ("user3", [1006, 1007, 1008])]
    room.refused(100009, MARK, marks(SET, *crowd, ("user4", [1009, 1010])))
    room.refused(100005, MARK, marks(SET, *crowd, ("user4", [1009, 1010]), ("stranger", [1000])))
    assert marked(room) == {}


def test_leaving_takes_the_marks_along(room: Caller, enter: Enter) -> None:
    numbers = [1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009]
    for at in (0, 3, 6, 7):
        room.ok(MARK, marks(SET, ("user1", numbers[at : at + 3])))
    room.refused(100009, MARK, marks(SET, ("user2", [2000])))
    room.ok(f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": ["user1"], "Reason": ""})
    room.ok(MARK, marks(SET, ("user2", [2000])))
    enter("user1")
    assert marked(room) == {"user2": [2000]}


def test_ten_entries_are_one_call(room: Caller, log: EventLog, enter: Enter) -> None:
    crowd = [f"crowd{n}" for n in range(10)]
    room.import_accounts(*crowd)
    enter(*crowd)
    log.new()
    room.ok(MARK, marks(SET, *((account, [1000]) for account in crowd)))
    assert len(log.told("MembersMarked")[0].data["members"]) == 10


def test_marks_of_one_room_do_not_count_in_another(room: Caller, enter: Enter) -> None:
    room.create_room("room-2")
    for first in (1000, 1003, 1006):
        room.ok(MARK, marks(SET, ("user2", [first, first + 1, first + 2])))
    room.ok(MARK, marks(SET, ("user2", [1009])))
    room.import_accounts("other")
    enter("other", room_id="room-2")
    room.ok(MARK, {**marks(SET, ("other", [5000])), "RoomId": "room-2"})
