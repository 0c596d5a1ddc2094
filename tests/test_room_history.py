"""conclave/get_room_history: who came, left and was put out, and when."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.house import ROOMS, Caller, Server
from tests.people import Enter

HISTORY = "conclave/get_room_history"
CLOCK = "conclave/set_clock"


def history(caller: Caller, room_id: str = "room-1", **body: Any) -> list[dict[str, Any]]:
    """The history of all pages."""
    found: list[dict[str, Any]] = []
    after = ""
    while True:
        page = caller.ok(HISTORY, {"RoomId": room_id, **body, "Next": after})
        found += page["HistoryList"]
        after = page["Next"]
        if not after:
            return found


def told(entries: list[dict[str, Any]]) -> list[tuple[str, list[str]]]:
    return [(entry["Event"], entry["MemberList_Account"]) for entry in entries]


def test_the_history_of_a_room_outlives_it(caller: Caller) -> None:
    caller.import_accounts("ann", "bob")
    caller.create_room()
    for account in ("ann", "bob"):
        caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": account})
    caller.ok(f"{ROOMS}/delete_robot", {"RoomId": "room-1", "Member_Account": "ann"})
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": "not told"}})
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    caller.create_room()
    entries = history(caller)
    assert told(entries) == [
        ("RoomCreated", []),
        ("RobotAdded", ["ann"]),
        ("RobotAdded", ["bob"]),
        ("RobotRemoved", ["ann"]),
        ("RoomDestroyed", []),
        ("RoomCreated", []),
    ]
    first = entries[1]
    assert first.keys() == {
        "EventTime",
        "Event",
        "MemberList_Account",
        "Operator_Account",
        "Reason",
        "MemberCount",
        "Life",
    }
    assert [entry["MemberCount"] for entry in entries] == [0, 1, 2, 1, 0, 0]
    assert {entry["Operator_Account"] for entry in entries} == {"administrator"}
    lives = [entry["Life"] for entry in entries]
    assert lives == [lives[0]] * 5 + [lives[-1]]
    assert lives[0] != lives[-1]
    times = [entry["EventTime"] for entry in entries]
    assert times == sorted(times)
    assert abs(times[0] // 1000 - caller.room()["CreateTime"]) < 60  # in milliseconds


def test_the_comings_and_goings_of_one_account(caller: Caller) -> None:
    caller.import_accounts("ann", "bob")
    caller.create_room()
    for account in ("ann", "bob", "ann"):
        caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": account})
        caller.ok(f"{ROOMS}/delete_robot", {"RoomId": "room-1", "Member_Account": account})
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    twice = [("RobotAdded", ["ann"]), ("RobotRemoved", ["ann"])] * 2
    for size in (1, 2, 50):
        entries = history(caller, Member_Account="ann", Count=size)
        assert told(entries) == [("RoomCreated", []), *twice, ("RoomDestroyed", [])]
    assert told(history(caller, Member_Account="eve")) == [("RoomCreated", []), ("RoomDestroyed", [])]


def test_whoever_was_put_out_is_told_with_the_reason(caller: Caller, enter: Enter) -> None:
    caller.import_accounts("ann", "bob", "eve")
    caller.create_room()
    enter("ann", "bob", "eve")
    before = len(history(caller))
    assert told(history(caller))[-3:] == [("Entered", [account]) for account in ("ann", "bob", "eve")]
    body = {"RoomId": "room-1", "MemberList_Account": ["ann", "bob"], "Reason": "rules"}
    caller.ok(f"{ROOMS}/kick_user_out", body)
    ban = {"RoomId": "room-1", "MemberList_Account": ["eve"], "Duration": 60, "Reason": "more rules"}
    caller.ok(f"{ROOMS}/ban_room_member", ban)
    kicked, banned = history(caller)[before:]
    assert told([kicked, banned]) == [("Kicked", ["ann", "bob"]), ("Kicked", ["eve"])]
    assert (kicked["Reason"], kicked["MemberCount"]) == ("rules", 1)
    assert (banned["Reason"], banned["MemberCount"]) == ("more rules", 0)
    only = history(caller, Member_Account="bob")[-1]
    assert told([only]) == [("Kicked", ["bob"])]


def test_history_is_narrowed_to_a_time(clocked: Caller) -> None:
    clocked.create_room()
    clocked.import_accounts("ann")
    start_ms = clocked.ok(CLOCK, {"Freeze": True})["Time"]
    clocked.advance((1000 - start_ms % 1000) / 1000)  # things happen at the first millisecond of a second
    start = start_ms // 1000 + 1
    for _ in range(3):
        clocked.advance(10)
        clocked.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "ann"})
        clocked.ok(f"{ROOMS}/delete_robot", {"RoomId": "room-1", "Member_Account": "ann"})
    clocked.ok(CLOCK, {"Freeze": False})
    pair = ["RobotAdded", "RobotRemoved"]

    def kinds(**body: Any) -> list[str]:
        return [entry["Event"] for entry in history(clocked, **body)]

    for size in (1, 2, 3, 50):
        assert kinds(Count=size) == ["RoomCreated", *pair * 3]
        assert kinds(Count=size, Since=start + 20) == pair * 2
        assert kinds(Count=size, Since=start + 21) == pair
        assert kinds(Count=size, Until=start + 20) == ["RoomCreated", *pair * 2]
        assert kinds(Count=size, Until=start + 19) == ["RoomCreated", *pair]
        assert kinds(Count=size, Since=start + 20, Until=start + 20) == pair
        assert kinds(Count=size, Since=start + 30, Until=start + 10) == []


@pytest.mark.parametrize("count", [1, 100, 101])
def test_history_is_paged_to_its_end_while_more_happens(caller: Caller, count: int) -> None:
    caller.import_accounts("ann")
    caller.create_room()
    for _ in range(60):
        caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "ann"})
        caller.ok(f"{ROOMS}/delete_robot", {"RoomId": "room-1", "Member_Account": "ann"})
    page = caller.ok(HISTORY, {"RoomId": "room-1", "Count": count})
    assert len(page["HistoryList"]) == min(count, 100)
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    found = page["HistoryList"]
    while page["Next"]:
        page = caller.ok(HISTORY, {"RoomId": "room-1", "Count": count, "Next": page["Next"]})
        found += page["HistoryList"]
    expected = ["RoomCreated", *["RobotAdded", "RobotRemoved"] * 60, "RoomDestroyed"]
    assert [entry["Event"] for entry in found] == expected
    assert found == history(caller)
    assert caller.ok(HISTORY, {"RoomId": "room-1", "Until": 0, "Count": count})["Next"] == ""
    last = {"RoomId": "room-1", "Since": found[-1]["EventTime"] // 1000 + 1, "Count": count}
    assert caller.ok(HISTORY, last) == {"HistoryList": [], "Next": ""}
    assert len(caller.ok(HISTORY, {"RoomId": "room-1"})["HistoryList"]) == 50


def test_a_room_that_never_was_has_no_history(caller: Caller) -> None:
    absent = dict.fromkeys(("Member_Account", "Since", "Until", "Count", "Next"))
    assert caller.ok(HISTORY, {"RoomId": "never", **absent}) == {"HistoryList": [], "Next": ""}


@pytest.mark.parametrize(
    ("code", "body"),
    [
        (100002, {"RoomId": None}),
        (100002, {"RoomId": ""}),
        (100002, {"RoomId": "a" * 49}),
        (100002, {"RoomId": 5}),
        (60015, {"Member_Account": 5}),
        (100002, {"Member_Account": "a" * 33}),
        (100002, {"Since": -1}),
        (100002, {"Until": 253_402_300_800}),
        (100002, {"Since": "0"}),
        (100002, {"Count": 0}),
        (100002, {"Next": "nonsense"}),
        (100002, {"Next": "1.2"}),
    ],
)
def test_bad_fields_of_get_room_history_are_refused(caller: Caller, code: int, body: dict[str, Any]) -> None:
    assert next(iter(body)) in caller.refused(code, HISTORY, {"RoomId": "room-1", **body})


def test_a_cursor_of_another_history_is_refused(caller: Caller) -> None:
    for room_id in ("room-1", "room-2"):
        caller.create_room(room_id)
        caller.ok(f"{ROOMS}/destroy_room", {"RoomId": room_id})
    after = caller.ok(HISTORY, {"RoomId": "room-1", "Count": 1})["Next"]
    assert told(caller.ok(HISTORY, {"RoomId": "room-1", "Next": after})["HistoryList"]) == [("RoomDestroyed", [])]
    for other in ({"RoomId": "room-2"}, {"RoomId": "room-1", "Since": 1}, {"RoomId": "room-1", "Member_Account": "a"}):
        caller.refused(100002, HISTORY, {**other, "Next": after})


def test_history_ends_with_its_retention(new_server: Callable[..., Server]) -> None:
    with new_server(event_retention=3600) as server:
        caller = Caller(server.url)
        caller.create_room()
        caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
        assert len(history(caller)) == 2
        caller.create_room("room-2")
        for _ in range(100):
            caller.advance(3700)  # old events go when the server looks the next time
            if not history(caller):
                break
        assert history(caller) == []


def test_applications_do_not_share_history(caller: Caller, new_caller: Callable[[], Caller]) -> None:
    other = new_caller()
    caller.create_room()
    assert history(other) == []
    assert len(history(caller)) == 1
