"""Guessing the password of a room: ten wrong ones in a row, then one every six seconds."""

import pytest

from conclave.realtime.backlog import FEW, Backlog
from tests.clockwork import Life, Lives
from tests.member import Member

ENTERING = ("enterRoom", "createAndJoinRoom")


@pytest.fixture
def life(lives: Lives) -> Life:
    life = lives("plain")
    for room_id in ("room-1", "room-2"):
        life.caller.create_room(room_id, IsPasswordEnabled=True, Password="secret-1")
    return life


def guess(member: Member, times: int, method: str = "enterRoom", room_id: str = "room-1") -> None:
    for number in range(times):
        member.refused(100019, method, roomId=room_id, password=f"secret-x{number}")


@pytest.mark.parametrize("method", ENTERING)
def test_ten_in_a_row_then_one_every_six_seconds(life: Life, method: str) -> None:
    with Member(life.caller, "ann", deviceId="phone") as ann:
        guess(ann, 10, method)
        for each in ENTERING:
            assert "wait" in ann.refused(-2, each, roomId="room-1", password="secret-1")
        with Member(life.caller, "ann", deviceId="laptop") as again:
            again.refused(-2, "enterRoom", roomId="room-1", password="secret-1")
        life.caller.advance(5.9)
        ann.refused(-2, method, roomId="room-1", password="secret-1")
        life.caller.advance(0.1)
        guess(ann, 1, method)
        ann.refused(-2, method, roomId="room-1", password="secret-1")
        life.caller.advance(12)
        guess(ann, 2, method)
        ann.refused(-2, method, roomId="room-1", password="secret-1")
        life.caller.advance(6)
        ann.call(method, roomId="room-1", password="secret-1")
        ann.call("exitRoom")
        ann.call(method, roomId="room-1", password="secret-1")  # a right one costs nothing


def test_each_account_and_each_room_by_itself(life: Life) -> None:
    with Member(life.caller, "ann") as ann, Member(life.caller, "bob") as bob:
        guess(ann, 10)
        guess(ann, 10, room_id="room-2")
        guess(bob, 9)
        bob.enter(password="secret-1")
        ann.refused(-2, "enterRoom", roomId="room-1", password="secret-1")
        ann.refused(100018, "enterRoom", roomId="room-1")  # none is not a guess
        ann.refused(100018, "enterRoom", roomId="room-1", password="")


def test_whoever_needs_no_password_guesses_nothing(life: Life) -> None:
    with Member(life.caller, "administrator") as owner, Member(life.caller, "ann") as ann:
        ann.enter(password="secret-1")
        for _ in range(12):
            owner.enter(password="secret-x")
            ann.enter(password="secret-x")


def test_only_a_wrong_password_is_a_guess(life: Life) -> None:
    with Member(life.caller, "ann") as ann:
        for _ in range(12):
            ann.refused(100018, "enterRoom", roomId="room-1")
            ann.refused(100004, "enterRoom", roomId="nowhere", password="x")
        ann.refused(100004, "enterRoom", roomId="nowhere", password="x")
        ann.enter(password="secret-1")


def test_all_is_forgotten_after_a_minute(life: Life) -> None:
    with Member(life.caller, "ann") as ann:
        for _ in range(3):
            guess(ann, 10)
            ann.refused(-2, "enterRoom", roomId="room-1", password="secret-1")
            life.caller.advance(60)
        guess(ann, 10)


def test_what_counts_no_more_takes_no_room() -> None:
    backlog = Backlog[int]()
    for number in range(100 * FEW):
        backlog.add(number, 10, now_ns=number)
    assert len(backlog._until) <= FEW + 20
    assert backlog.of(100 * FEW - 1, 100 * FEW) == 9
    assert backlog.of(0, 100 * FEW) == 0
