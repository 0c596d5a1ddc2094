"""Lists in pages: whole, in order, steady under change, and as cheap at the end as at the start ([R13] [R19])."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator
from typing import Any, Final

import pytest

from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server

MEMBERS: Final = f"{ROOMS}/get_room_member_list"
BANS: Final = f"{ROOMS}/get_banned_member_list"
MANY: Final = 100_000
FACTOR: Final = 3.0
ROUNDS: Final = 60


def account(number: int) -> str:
    return f"user-{number:06}"


def crowd(server: Server, room_id: str, number: int) -> None:
    """Write members and bans into a room of a server that is stopped."""
    database = server.database
    ((sdkappid, key),) = database.query("SELECT sdkappid, group_key FROM groups WHERE group_id = ?", room_id)
    database.change(
        "INSERT INTO members (sdkappid, group_key, account, entry, entered_at, role) VALUES (?, ?, ?, ?, 0, ?)",
        ((sdkappid, key, account(place), place, "Member") for place in range(1, number + 1)),
    )
    database.change(
        "INSERT INTO bans (sdkappid, room_key, account, place, until, reason) VALUES (?, ?, ?, ?, ?, '')",
        ((sdkappid, key, account(place), place, 2**50) for place in range(1, number + 1)),
    )
    counted = (number, number, sdkappid, key)
    database.change("UPDATE groups SET member_count = ?, entries = ? WHERE sdkappid = ? AND group_key = ?", [counted])
    query = "UPDATE rooms SET bans_made = ?, closes_at = 0 WHERE sdkappid = ? AND room_key = ?"
    database.change(query, [(number, sdkappid, key)])
    database.change(
        "INSERT INTO counters VALUES (?, 'members', ?) ON CONFLICT (sdkappid, name) "
        "DO UPDATE SET value = counters.value + excluded.value",
        [(sdkappid, number)],
    )


def city(server: Server, sdkappid: int, number: int) -> None:
    """Write rooms into an application of a server that is stopped."""
    database = server.database
    database.change(
        "INSERT INTO groups (sdkappid, group_key, group_id, type, is_room, name, owner, created_at, "
        "max_member_count, info_at) VALUES (?, ?, ?, 'ChatRoom', 1, ?, 'administrator', 0, 300, 0)",
        ((sdkappid, key, f"room-{key:06}", f"room-{key:06}") for key in range(1, number + 1)),
    )
    flags = [name for name in database.columns()["rooms"] if name.startswith("is_")]
    database.change(
        "INSERT INTO rooms (sdkappid, room_key, schedule_start_s, schedule_end_s, started_at, closes_at, "
        f"custom_info, max_seat_count, take_seat_mode, password, event_at, {', '.join(flags)}) "
        f"VALUES (?, ?, 0, 3600, 1, {2**50}, '', 0, 'None', '', 0, {', '.join('0' for _ in flags)})",
        ((sdkappid, key) for key in range(1, number + 1)),
    )
    database.change("INSERT INTO counters VALUES (?, ?, ?)", [(sdkappid, name, number) for name in ("keys", "rooms")])


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    """A caller with the room `many` of 100,000 members and bans, and `few` of 230; the third has 100,000 rooms."""
    server = Server(
        tmp_path_factory.mktemp("paging"),
        applications=3,
        toml="max_member_count = 1000000\nrates = {default = 0, get_appid_group_list = 0}",
        heartbeat_grace=86_400,
    )
    with server:
        caller = Caller(server.url)
        caller.create_room("many")
        caller.create_room("few")
        assert server.stop() == 0
    crowd(server, "many", MANY)
    crowd(server, "few", 230)
    city(server, FIRST_SDKAPPID + 2, MANY)
    with server:
        yield Caller(server.url)


def members(caller: Caller, room_id: str, count: int | None = None, cursor: str = "") -> tuple[list[str], str]:
    """One page of members, and the cursor of the next."""
    page = caller.ok(MEMBERS, {"RoomId": room_id, "Count": count, "Next": cursor})
    return [member["Member_Account"] for member in page["MemberList"]], page["Next"]


def bans(caller: Caller, room_id: str, limit: int | None = None, offset: int = 0) -> tuple[list[str], int]:
    """One page of bans, and the offset of the next."""
    page = caller.ok(BANS, {"RoomId": room_id, "Limit": limit, "Offset": offset})
    return [each["Member_Account"] for each in page["BannedAccountList"]], page["NextOffset"]


def rooms(caller: Caller, _: str, count: int | None = None, cursor: str = "") -> tuple[list[str], str]:
    """One page of rooms, and the cursor of the next."""
    page = caller.ok("conclave/list_rooms", {"Count": count, "Next": cursor})
    return [room["RoomId"] for room in page["RoomList"]], page["Next"]


def groups(caller: Caller, _: str, limit: int | None = None, place: int = 0) -> tuple[list[str], int]:
    """One page of group ids, rooms among them, and where the next begins."""
    page = caller.ok("group_open_http_svc/get_appid_group_list", {"Limit": limit, "Next": place})
    return [group["GroupId"] for group in page["GroupIdList"]], page["Next"]


def pages(one: Callable[..., Any], start: Any, caller: Caller, room_id: str, size: int) -> Iterator[tuple[Any, Any]]:
    """Every page of a list, with the place where it begins."""
    place = start
    while True:
        found, after = one(caller, room_id, size, place)
        yield place, found
        if not after:
            return
        place = after


BOTH: Final = pytest.mark.parametrize(("one", "start"), [(members, ""), (bans, 0)], ids=["members", "bans"])


@pytest.mark.parametrize(
    ("asked", "shown"), [(1, 1), (49, 49), (None, 50), (99, 99), (100, 100), (101, 100), (2**63 - 1, 100)]
)
def test_a_page_of_members_has_fifty_unless_asked_and_at_most_a_hundred(
    full: Caller, asked: int | None, shown: int
) -> None:
    assert members(full, "few", asked)[0] == [account(place) for place in range(1, shown + 1)]


@BOTH
@pytest.mark.parametrize("size", [1, 7, 23, 46, 100])
def test_the_pages_are_the_whole_list_in_order(full: Caller, one: Callable[..., Any], start: Any, size: int) -> None:
    found = [found for _, found in pages(one, start, full, "few", size)]
    assert list(itertools.chain(*found)) == [account(place) for place in range(1, 231)]
    assert {len(page) for page in found[:-1]} <= {size}
    assert 0 < len(found[-1]) <= size  # the last page is never an empty one


def test_the_end_is_told_in_the_documented_types(full: Caller) -> None:
    answer = full.ok(MEMBERS, {"RoomId": "few", "Count": 2})
    assert isinstance(answer["Next"], str)
    assert answer["Next"]
    answer = full.ok(BANS, {"RoomId": "few", "Limit": 2})
    assert type(answer["NextOffset"]) is int
    assert answer["NextOffset"] > 0


@pytest.mark.parametrize(
    ("one", "start", "application"),
    [(members, "", 0), (bans, 0, 0), (rooms, "", 2), (groups, 0, 2)],
    ids=["members", "bans", "rooms", "groups"],
)
def test_a_page_costs_the_same_at_the_end_as_at_the_start(
    full: Caller, one: Callable[..., Any], start: Any, application: int
) -> None:
    caller = Caller(full.url, full.sdkappid + application)
    listed = list(pages(one, start, caller, "many", 100))
    places = [place for place, _ in listed]
    assert len(places) == MANY // 100
    assert len({each for _, found in listed for each in found}) == MANY
    first: list[float] = []
    last: list[float] = []
    for _ in range(ROUNDS):  # in turns, so that whatever else the machine does concerns both
        for place, times in ((places[0], first), (places[-1], last)):
            began = time.perf_counter()
            found, _ = one(caller, "many", 100, place)
            times.append(time.perf_counter() - began)
            assert len(found) == 100
    assert statistics.median(last) < FACTOR * statistics.median(first)


def test_one_room_of_a_hundred_thousand_costs_what_a_small_one_does(full: Caller) -> None:
    small: list[float] = []
    large: list[float] = []
    for _ in range(ROUNDS):
        for room_id, times in (("few", small), ("many", large)):
            began = time.perf_counter()
            assert full.room(room_id)["MemberCount"] in (230, MANY)
            times.append(time.perf_counter() - began)
    assert statistics.median(large) < FACTOR * statistics.median(small)


# Under change


@pytest.fixture
def room(new_server: Callable[..., Server]) -> Iterator[Caller]:
    """A caller with `room-1` of 30 robots, who come and go as they are told."""
    with new_server(toml="max_robot_count = 100\nrates = {default = 0}") as server:
        caller = Caller(server.url)
        caller.import_accounts(*(account(number) for number in range(60)))
        caller.create_room()
        for number in range(30):
            add(caller, number)
        yield caller


def add(caller: Caller, number: int) -> None:
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": account(number)})


def drop(caller: Caller, number: int) -> None:
    caller.ok(f"{ROOMS}/delete_robot", {"RoomId": "room-1", "Member_Account": account(number)})


def ban(caller: Caller, *numbers: int, seconds: int = 3600) -> None:
    targets = {"RoomId": "room-1", "MemberList_Account": [account(number) for number in numbers]}
    caller.ok(f"{ROOMS}/ban_room_member", {**targets, "Reason": "", "Duration": seconds})


def test_members_who_stay_are_listed_once_whoever_comes_and_goes(room: Caller) -> None:
    first, cursor = members(room, "room-1", 10)
    for number in (0, 9, 10, 19, 25):  # before the cursor, at it, behind it
        drop(room, number)
    add(room, 9)  # comes back: last
    add(room, 40)
    second, cursor = members(room, "room-1", 10, cursor)
    for gone in second:
        drop(room, int(gone[-6:]))  # a whole page goes, the cursor's own place with it
    third, cursor = members(room, "room-1", 10, cursor)
    assert first == [account(number) for number in range(10)]
    assert second == [account(number) for number in (*range(11, 19), 20, 21)]
    assert third == [account(number) for number in (22, 23, 24, 26, 27, 28, 29, 9, 40)]
    assert cursor == ""


def test_bans_that_stay_are_listed_once_whatever_is_lifted_and_made(room: Caller) -> None:
    for number in range(30):
        ban(room, number)
    first, offset = bans(room, "room-1", 10)
    lifted = [account(number) for number in (0, 9, 10, 19, 25)]
    room.ok(f"{ROOMS}/unban_room_member", {"RoomId": "room-1", "MemberList_Account": lifted})
    ban(room, 11)  # again: stands last now
    ban(room, 40)
    second, offset = bans(room, "room-1", 10, offset)
    third, offset = bans(room, "room-1", 10, offset)
    assert first == [account(number) for number in range(10)]
    assert second == [account(number) for number in (*range(12, 19), 20, 21, 22)]
    assert third == [account(number) for number in (23, 24, 26, 27, 28, 29, 11, 40)]
    assert offset == 0


def test_bans_that_ended_between_two_pages_are_passed_over(room: Caller) -> None:
    room.ok("conclave/set_clock", {"Freeze": True})
    for number in range(20):
        ban(room, number, seconds=10 if number % 2 else 1000)
    first, offset = bans(room, "room-1", 10)
    room.advance(10)
    second, offset = bans(room, "room-1", 10, offset)
    assert first == [account(number) for number in range(10)]
    assert (second, offset) == ([account(number) for number in range(10, 20, 2)], 0)


def test_a_foreign_cursor_is_100002(room: Caller) -> None:
    _, cursor = members(room, "room-1", 10)
    room.create_room("room-2")
    assert "Next" in room.refused(100002, MEMBERS, {"RoomId": "room-2", "Next": cursor})
    assert members(room, "room-1", 10, cursor)[0][0] == account(10)
    room.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    room.refused(100004, MEMBERS, {"RoomId": "room-1", "Next": cursor})
    room.create_room()  # the next life of the id
    assert "Next" in room.refused(100002, MEMBERS, {"RoomId": "room-1", "Next": cursor})


def test_a_cursor_of_another_application_is_100002(full: Caller) -> None:
    _, cursor = members(full, "many", 10)
    other = Caller(full.url, full.sdkappid + 1)
    other.create_room("many")  # its first room, as that of the other application was
    assert "Next" in other.refused(100002, MEMBERS, {"RoomId": "many", "Next": cursor})
