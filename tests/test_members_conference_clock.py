"""Booked rooms and the clock: reminders, starts, and what moving a schedule moves."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.clockwork import Life, Lives
from tests.member import Join, Member
from tests.told import personal


def scheduled(life: Life, member: Join, **params: Any) -> tuple[Member, Member, int]:
    ann, bob = member("ann", of=life.caller), member("bob", of=life.caller)
    start = int(life.now) + 3600
    times = {"scheduleStartTime": start, "scheduleEndTime": start + 300}
    ann.call("scheduleConference", roomId="room-1", scheduleAttendees=["bob"], **{**times, **params})
    bob.told()
    return ann, bob, start


def test_the_reminder_comes_in_time_and_once(lives: Lives, member: Join) -> None:
    life = lives("plain")
    ann, bob, start = scheduled(life, member, reminderSecondsBeforeStart=600)
    life.advance_to(start - 600.001)
    life.book("other", after=0)
    assert personal(bob) == []
    life.caller.advance(0.001)
    life.last("RoomStartingSoon")
    for each in (ann, bob):
        (told,) = personal(each, "onConferenceWillStart")
        assert (told["roomId"], told["conferenceInfo"]["status"]) == ("room-1", 1)
    life.advance_to(start)
    life.last("RoomStarted")
    for each in (ann, bob):
        assert personal(each, "onConferenceStatusChanged") == [{"roomId": "room-1", "status": 2}]


def test_moving_the_start_moves_the_reminder_and_the_end(lives: Lives, member: Join) -> None:
    life = lives("brisk")
    ann, bob, start = scheduled(life, member, reminderSecondsBeforeStart=600)
    later = {"scheduleStartTime": start + 7200, "scheduleEndTime": start + 7500}
    ann.call("updateConferenceInfo", roomId="room-1", **later)
    bob.told()
    life.stays_beyond(start + 1000)
    assert personal(bob) == []
    life.advance_to(start + 6600)
    life.last("RoomStartingSoon")
    assert personal(bob, "onConferenceWillStart")
    life.ends_at(start + 7500)
    assert [event.kind for event in life.log.all()][-3:] == ["RoomStartingSoon", "RoomStarted", "RoomDestroyed"]


@pytest.mark.parametrize("how", ["none", "late", "early entry", "taken back", "cancelled", "slept"])
def test_nobody_is_reminded_of_what_has_begun_or_wants_no_reminder(lives: Lives, member: Join, how: str) -> None:
    life = lives("plain")
    ann, bob, start = scheduled(life, member, reminderSecondsBeforeStart={"none": 0, "late": 4000}.get(how, 600))
    deeds: dict[str, Callable[[], object]] = {
        "early entry": lambda: member("eve", of=life.caller).enter(),
        "taken back": lambda: ann.call("updateConferenceInfo", roomId="room-1", reminderSecondsBeforeStart=0),
        "cancelled": lambda: ann.call("cancelConference", roomId="room-1"),
    }
    if how in deeds:
        deeds[how]()
    if how != "slept":
        life.advance_to(start - 1)
    life.advance_to(start + 1)
    life.last({"early entry": "MemberEntered", "cancelled": "RoomDestroyed"}.get(how, "RoomStarted"))
    assert "onConferenceWillStart" not in bob.names_told()


def test_a_start_that_is_moved_into_the_past_starts_it(lives: Lives, member: Join) -> None:
    life = lives("plain")
    ann, bob, _ = scheduled(life, member)
    now = int(life.now)
    ann.call("updateConferenceInfo", roomId="room-1", scheduleStartTime=now - 10, scheduleEndTime=now + 600)
    assert ann.call("fetchConferenceInfo", roomId="room-1")["status"] == 2
    life.caller.advance(1)
    life.last("RoomStarted")
    assert bob.names_told() == ["onConferenceInfoChanged", "onConferenceStatusChanged"]
