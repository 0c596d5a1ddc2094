"""Bans over REST: put out, bar, lift, list, and their end (conference.md A.9-A.11, [R18] [R19])."""

import time
from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.clockwork import Lives
from tests.eventlog import EventLog
from tests.house import ROOMS, SEATS, Caller, Server
from tests.member import Member
from tests.people import Enter, People
from tests.test_rooms import SIMPLE_OK, exact

BAN: Final = f"{ROOMS}/ban_room_member"
UNBAN: Final = f"{ROOMS}/unban_room_member"
LIST: Final = f"{ROOMS}/get_banned_member_list"


def ban(*accounts: str, reason: str = "spam", seconds: int = 3600) -> dict[str, Any]:
    return {"RoomId": "room-1", "MemberList_Account": list(accounts), "Reason": reason, "Duration": seconds}


def unban(*accounts: str) -> dict[str, Any]:
    return {"RoomId": "room-1", "MemberList_Account": list(accounts)}


def banned(caller: Caller, **page: int) -> dict[str, int]:
    """The bans of one page: account and end, in the order of the list."""
    found = caller.ok(LIST, {"RoomId": "room-1", **page})["BannedAccountList"]
    return {each["Member_Account"]: each["BannedUntil"] for each in found}


@pytest.fixture
def room(caller: Caller, enter: Enter, log: EventLog) -> Caller:
    """A room with its owner user0, and user1, user2 inside."""
    caller.import_accounts("user0", "user1", "user2")
    caller.create_room(Owner_Account="user0", IsSeatEnabled=True)
    enter("user0", "user1", "user2")
    log.new()
    return caller


def test_a_ban_is_listed_as_documented(room: Caller) -> None:
    assert sorted(room.call(BAN, ban("user1"))) == SIMPLE_OK
    answer = room.call(LIST, {"RoomId": "room-1", "Limit": 20, "Offset": 0})
    assert sorted(answer) == sorted([*SIMPLE_OK, "Response"])
    until = answer["Response"]["BannedAccountList"][0]["BannedUntil"]
    assert abs(until - time.time() - 3600) < 10
    listed = [{"Member_Account": "user1", "BannedUntil": until}]
    assert exact(answer["Response"]) == exact({"BannedAccountList": listed, "NextOffset": 0})


def test_nobody_banned_is_an_empty_list(room: Caller) -> None:
    assert exact(room.ok(LIST, {"RoomId": "room-1"})) == exact({"BannedAccountList": [], "NextOffset": 0})


def test_whoever_is_inside_leaves_at_once_and_all_are_told_together(room: Caller, log: EventLog) -> None:
    room.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 0, "Member_Account": "user2"})
    log.new()
    room.ok(BAN, ban("user2", "outsider", "user1", "user2", reason="spam"))
    assert list(room.members()) == ["user0"]
    assert room.room()["MemberCount"] == 1
    told, seats, left = log.told("MembersBanned", "SeatsChanged", "MemberLeft")
    until = told.data.pop("until")
    assert exact(told.data) == exact({"accounts": ["user2", "outsider", "user1"], "reason": "spam"})
    assert until == told.at + 3_600_000
    assert seats.data["left"] == ["user2"]
    assert [member["account"] for member in left.data["members"]] == ["user2", "user1"]
    assert (left.data["how"], left.data["reason"], left.data["member_count"]) == ("Kicked", "spam", 1)
    assert list(banned(room)) == ["user2", "outsider", "user1"]


def test_a_target_need_not_be_a_member_nor_an_account(room: Caller, log: EventLog) -> None:
    room.ok(BAN, ban("stranger"))
    log.told("MembersBanned")
    assert list(banned(room)) == ["stranger"]


def test_a_later_ban_replaces_the_earlier_end_and_stands_last(room: Caller) -> None:
    room.ok(BAN, ban("user1", seconds=7200))
    room.ok(BAN, ban("user2", seconds=3600))
    room.ok(BAN, ban("user1", seconds=60))
    found = banned(room)
    assert list(found) == ["user2", "user1"]
    assert abs(found["user1"] - time.time() - 60) < 10


@pytest.mark.parametrize("targets", [("user0",), ("user1", "user0"), ("stranger", "user0")])
def test_the_owner_is_no_target(room: Caller, log: EventLog, targets: tuple[str, ...]) -> None:
    room.refused(100006, BAN, ban(*targets))
    assert banned(room) == {}
    assert list(room.members()) == ["user0", "user1", "user2"]
    log.silent()


def test_an_owner_who_is_not_inside_is_no_target_either(caller: Caller) -> None:
    caller.create_room()
    caller.refused(100006, BAN, ban("administrator"))


def test_lifting_frees_whoever_was_banned_and_tells_of_them_only(room: Caller, log: EventLog) -> None:
    room.ok(BAN, ban("user1", "user2", "user3"))
    log.new()
    assert sorted(room.call(UNBAN, unban("user3", "nobody", "user1", "user3"))) == SIMPLE_OK
    (told,) = log.told("MembersUnbanned")
    assert exact(told.data) == exact({"accounts": ["user3", "user1"]})
    assert list(banned(room)) == ["user2"]


def test_lifting_what_is_not_there_succeeds_without_an_event(room: Caller, log: EventLog) -> None:
    room.ok(UNBAN, unban("user1", "stranger", "user0"))
    log.silent()


def test_a_ban_belongs_to_one_room(room: Caller) -> None:
    room.create_room("room-2")
    room.ok(BAN, ban("user1"))
    assert room.ok(LIST, {"RoomId": "room-2"})["BannedAccountList"] == []
    room.ok(UNBAN, {**unban("user1"), "RoomId": "room-2"})
    assert list(banned(room)) == ["user1"]


@pytest.mark.parametrize("reason", ["", "r" * 1000, "語" * 333 + "r", "🦆" * 250])
def test_a_reason_at_the_edge_is_kept(room: Caller, log: EventLog, reason: str) -> None:
    room.ok(BAN, ban("user1", reason=reason))
    told, left = log.told("MembersBanned", "MemberLeft")
    assert (told.data["reason"], left.data["reason"]) == (reason, reason)


@pytest.mark.parametrize("seconds", [1, 10**9, 2**63 - 1])
def test_a_duration_has_no_maximum(room: Caller, seconds: int) -> None:
    room.ok(BAN, ban("user1", seconds=seconds))
    until = banned(room).get("user1")
    if until is None and seconds == 1:
        return  # it is over already
    assert type(until) is int
    assert until >= min(time.time() + seconds, 2**50) - 1


def test_twenty_targets_are_one_event(room: Caller, log: EventLog) -> None:
    crowd = [f"crowd{n}" for n in range(20)]
    room.ok(BAN, ban(*crowd))
    assert log.told("MembersBanned")[0].data["accounts"] == crowd
    room.ok(UNBAN, unban(*crowd))
    assert log.told("MembersUnbanned")[0].data["accounts"] == crowd


def refused_at_the_door(caller: Caller, account: str) -> str:
    """Enter over a connection of its own, as from another device, and be refused."""
    with Member(caller, account) as member:
        return member.refused(100016, "enterRoom", roomId="room-1")


def test_who_is_banned_does_not_enter_with_any_device_or_token(room: Caller, people: People, log: EventLog) -> None:
    room.ok(BAN, ban("user1", "user9"))
    people["user1"].refused(100016, "enterRoom", roomId="room-1")
    assert "banned" in refused_at_the_door(room, "user1")
    refused_at_the_door(room, "user9")  # was banned before it was even an account
    room.create_room("room-2")
    people.enter("user1", room_id="room-2")  # the ban is the room's
    room.ok(UNBAN, unban("user1"))
    people.enter("user1")
    assert list(room.members()) == ["user0", "user2", "user1"]
    refused_at_the_door(room, "user9")


def test_a_ban_stays_with_the_room_whoever_owns_it(room: Caller) -> None:
    room.ok(BAN, ban("user1"))
    change = {"RoomId": "room-1", "From_Account": "user0", "NewOwner_Account": "user2"}
    room.ok(f"{ROOMS}/change_room_owner", change)
    refused_at_the_door(room, "user1")
    room.refused(100006, BAN, ban("user2"))
    room.ok(BAN, ban("user0"))  # is the owner no more


def test_a_ban_that_ended_lets_its_account_in(lives: Lives) -> None:
    life = lives("plain")
    life.caller.create_room()
    life.people.enter("user1")
    life.caller.ok(BAN, ban("user1", seconds=10))
    life.caller.advance(9.999)
    life.people["user1"].refused(100016, "enterRoom", roomId="room-1")
    life.caller.advance(0.001)
    life.people.enter("user1")
    assert list(life.caller.members()) == ["user1"]


@pytest.mark.parametrize(
    ("limit", "shown"), [(-5, 1), (0, 1), (1, 1), (99, 99), (100, 100), (101, 100), (2**63 - 1, 100), (None, 100)]
)
def test_a_page_holds_at_most_a_hundred(shared_bans: Caller, limit: int | None, shown: int) -> None:
    answer = shared_bans.ok(LIST, {"RoomId": "room-1", "Limit": limit})
    assert len(answer["BannedAccountList"]) == shown
    assert answer["NextOffset"] > 0


def test_next_counts_only_where_offset_is_absent(shared_bans: Caller) -> None:
    second = shared_bans.ok(LIST, {"RoomId": "room-1", "Limit": 2})["NextOffset"]
    for page in ({"Offset": second}, {"Next": second}, {"Offset": second, "Next": 0}, {"Offset": None, "Next": second}):
        assert list(banned(shared_bans, **page))[:2] == ["target2", "target3"]
    first: tuple[dict[str, Any], ...] = (
        {"Offset": 0, "Next": second},
        {"Offset": 0, "Next": "x"},
        {"Offset": 0},
        {"Next": 0},
        {"Next": ""},
        {},
    )
    for page in first:
        assert list(banned(shared_bans, **page))[:2] == ["target0", "target1"]


def test_beyond_the_end_is_an_empty_page(shared_bans: Caller) -> None:
    answer = shared_bans.ok(LIST, {"RoomId": "room-1", "Offset": 2**63 - 1})
    assert exact(answer) == exact({"BannedAccountList": [], "NextOffset": 0})


@pytest.fixture(scope="module")
def shared_bans(new_caller: Callable[[], Caller]) -> Caller:
    """A room with 120 bans, target0 to target119."""
    caller = new_caller()
    caller.create_room()
    for first in range(0, 120, 20):
        caller.ok(BAN, ban(*(f"target{n}" for n in range(first, first + 20))))
    return caller


def test_a_ban_ends_at_its_millisecond_and_is_shown_rounded_up(new_server: Callable[..., Server]) -> None:
    with new_server() as server:
        caller = Caller(server.url)
        log = EventLog(server, caller)
        caller.create_room()
        now = caller.ok("conclave/set_clock", {"Freeze": True})["Time"]
        step = 1000 - now % 1000 + 1  # one millisecond past a whole second
        now += step
        assert caller.ok("conclave/set_clock", {"Advance": step / 1000})["Time"] == now
        caller.ok(BAN, ban("user1", seconds=10))
        caller.ok(BAN, ban("user2", seconds=20))
        assert banned(caller) == {"user1": now // 1000 + 11, "user2": now // 1000 + 21}
        assert log.new()[-1].data["until"] == now + 20_000
        caller.advance(9.999)
        assert list(banned(caller)) == ["user1", "user2"]
        caller.advance(0.001)
        assert list(banned(caller)) == ["user2"]
        caller.ok(UNBAN, unban("user1"))  # it has ended already
        log.silent()
        caller.ok(BAN, ban("user1", seconds=5))  # and may begin again
        assert list(banned(caller)) == ["user2", "user1"]
