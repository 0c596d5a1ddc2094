"""lock_seat, switch_seat and move_user_to_seat: what changes, what travels, what is refused ([S6]-[S9])."""

from typing import Any, Final

import pytest

from tests.eventlog import EventLog
from tests.house import Caller
from tests.seating import (
    EXCHANGE,
    FIRST,
    LOCK,
    MOVE,
    OFF,
    REFUSE,
    REPLACE,
    SWITCH,
    lock,
    move,
    off,
    room,
    seat,
    seated,
    seats,
    switch,
    told,
)
from tests.test_rooms import SIMPLE_OK, exact

__all__ = ["room", "seated"]  # fixtures
NOBODY: Final[dict[str, Any]] = {"seated": [], "left": [], "kicked": [], "data": ""}


# lock_seat


@pytest.mark.parametrize(
    ("index", "flags", "after"),
    [
        (2, {"ForbidTaken": True}, seat(2, locked=True)),
        (3, {"ForbidTaken": False}, seat(3)),
        (0, {"ForbidAudio": True}, seat(0, "user1", video=True, audio=True)),
        (0, {"ForbidVideo": False}, seat(0, "user1")),
        (0, {"ForbidVideo": False, "ForbidAudio": True}, seat(0, "user1", audio=True)),
        (1, {"ForbidVideo": True}, seat(1, "user2", video=True, audio=True)),
        (2, {"ForbidTaken": True, "ForbidVideo": True, "ForbidAudio": True}, seat(2, locked=True)),
        (0, {"ForbidTaken": False, "ForbidAudio": True}, seat(0, "user1", video=True, audio=True)),
    ],
)
def test_what_is_given_changes_and_the_rest_stays(
    seated: Caller, log: EventLog, index: int, flags: dict[str, bool], after: dict[str, Any]
) -> None:
    assert sorted(seated.call(LOCK, lock(index, **flags))) == SIMPLE_OK
    assert exact(seats(seated)) == exact([*FIRST[:index], after, *FIRST[index + 1 :]])
    assert exact(told(log)) == exact({**NOBODY, "seats": [after]})


@pytest.mark.parametrize(
    ("index", "flags"),
    [
        (0, {}),
        (0, {"ForbidTaken": None, "ForbidVideo": None, "ForbidAudio": None}),
        (0, {"ForbidTaken": False}),
        (0, {"ForbidVideo": True, "ForbidAudio": False}),
        (2, {"ForbidTaken": False}),
        (2, {"ForbidVideo": True}),
        (2, {"ForbidVideo": True, "ForbidAudio": True}),
        (3, {"ForbidTaken": True}),
        (3, {"ForbidVideo": True, "ForbidAudio": True}),
    ],
)
def test_what_changes_nothing_succeeds_without_an_event(
    seated: Caller, log: EventLog, index: int, flags: dict[str, bool]
) -> None:
    seated.ok(LOCK, lock(index, **flags))
    assert seats(seated) == FIRST
    log.silent()


@pytest.mark.parametrize("flags", [{}, {"ForbidVideo": True, "ForbidAudio": True}])
def test_locking_a_taken_seat_takes_its_user_off_first(seated: Caller, log: EventLog, flags: dict[str, bool]) -> None:
    seated.ok(LOCK, lock(0, ForbidTaken=True, **flags))
    assert exact(seats(seated)) == exact([seat(0, locked=True), *FIRST[1:]])
    expected = {**NOBODY, "left": ["user1"], "kicked": ["user1"], "seats": [seat(0, locked=True)]}
    assert exact(told(log)) == exact(expected)
    assert "user1" in seated.members()
    seated.refused(100206, OFF, off("user1"))


# switch_seat


def test_a_user_moves_to_an_empty_seat_with_the_flags(seated: Caller, log: EventLog) -> None:
    assert sorted(seated.call(SWITCH, switch("user1", 2))) == SIMPLE_OK
    after = [seat(0), FIRST[1], seat(2, "user1", video=True), FIRST[3]]
    assert exact(seats(seated)) == exact(after)
    assert exact(told(log)) == exact({**NOBODY, "seats": [after[0], after[2]]})


@pytest.mark.parametrize(
    ("account", "index", "code"),
    [
        ("user1", 1, 100210),
        ("user1", 3, 100200),
        ("user3", 2, 100206),
        ("user3", 1, 100206),
        ("user3", 3, 100206),
        ("user4", 2, 100206),
    ],
)
def test_switching_is_refused(seated: Caller, log: EventLog, account: str, index: int, code: int) -> None:
    seated.refused(code, SWITCH, switch(account, index))
    assert seats(seated) == FIRST
    log.silent()


def test_switching_to_the_own_seat_changes_nothing(seated: Caller, log: EventLog) -> None:
    seated.ok(SWITCH, switch("user1", 0))
    assert seats(seated) == FIRST
    log.silent()


# move_user_to_seat


@pytest.mark.parametrize("policy", [REFUSE, REPLACE, EXCHANGE])
def test_to_an_empty_seat_every_policy_moves(seated: Caller, log: EventLog, policy: int) -> None:
    assert sorted(seated.call(MOVE, move("user1", 2, policy))) == SIMPLE_OK
    after = [seat(0), FIRST[1], seat(2, "user1", video=True), FIRST[3]]
    assert exact(seats(seated)) == exact(after)
    assert exact(told(log)) == exact({**NOBODY, "seats": [after[0], after[2]]})


@pytest.mark.parametrize("policy", [REFUSE, REPLACE, EXCHANGE])
def test_a_locked_seat_is_unlocked_by_the_move(seated: Caller, log: EventLog, policy: int) -> None:
    seated.ok(MOVE, move("user2", 3, policy))
    after = [FIRST[0], seat(1), FIRST[2], seat(3, "user2", audio=True)]
    assert exact(seats(seated)) == exact(after)
    assert exact(told(log)) == exact({**NOBODY, "seats": [after[1], after[3]]})


def test_policy_0_refuses_a_taken_seat(seated: Caller, log: EventLog) -> None:
    assert "already on" in seated.refused(100210, MOVE, move("user1", 1, REFUSE))
    assert seats(seated) == FIRST
    log.silent()


def test_policy_1_puts_the_occupant_off(seated: Caller, log: EventLog) -> None:
    seated.ok(MOVE, move("user1", 1, REPLACE))
    after = [seat(0), seat(1, "user1", video=True), *FIRST[2:]]
    assert exact(seats(seated)) == exact(after)
    assert exact(told(log)) == exact({**NOBODY, "left": ["user2"], "kicked": ["user2"], "seats": after[:2]})
    assert "user2" in seated.members()


def test_policy_2_exchanges_both_with_their_flags(seated: Caller, log: EventLog) -> None:
    seated.ok(MOVE, move("user1", 1, EXCHANGE))
    after = [seat(0, "user2", audio=True), seat(1, "user1", video=True), *FIRST[2:]]
    assert exact(seats(seated)) == exact(after)
    assert exact(told(log)) == exact({**NOBODY, "seats": after[:2]})
    seated.ok(MOVE, move("user1", 0, EXCHANGE))
    assert seats(seated) == FIRST


@pytest.mark.parametrize("policy", [REFUSE, REPLACE, EXCHANGE])
@pytest.mark.parametrize(
    ("account", "index", "code"),
    [("user3", 2, 100206), ("user3", 1, 100206), ("user4", 2, 100005), ("user4", 1, 100005), ("user4", 9, 100252)],
)
def test_moving_is_refused(seated: Caller, log: EventLog, account: str, index: int, code: int, policy: int) -> None:
    seated.refused(code, MOVE, move(account, index, policy))
    assert seats(seated) == FIRST
    log.silent()


@pytest.mark.parametrize("policy", [REFUSE, REPLACE, EXCHANGE])
def test_moving_to_the_own_seat_changes_nothing(seated: Caller, log: EventLog, policy: int) -> None:
    seated.ok(MOVE, move("user1", 0, policy))
    assert seats(seated) == FIRST
    log.silent()
