"""The life of a room: booked, running, empty, ended, by a clock that the test moves ([R8]-[R10], [R22], [R26])."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.clockwork import DAY, Lives
from tests.house import ROOMS, Caller, Server
from tests.member import Refused

CREATE: Final = f"{ROOMS}/create_room"
SIX_HOURS: Final = 6 * 3600


# The schedule


@pytest.mark.parametrize(
    ("start", "end", "shown"),
    [
        (None, None, (0, 3600)),
        (0, None, (0, 3600)),
        (100, None, (100, 3700)),
        (-100, None, (-100, 3500)),
        (None, 300, (0, 300)),
        (None, DAY, (0, DAY)),
        (100, 400, (100, 400)),
        (100, 100 + DAY, (100, 100 + DAY)),
        (-1000, -700, (-1000, -700)),
        (400 * DAY, 400 * DAY + 300, (400 * DAY, 400 * DAY + 300)),
    ],
)
def test_a_schedule_at_its_edges(lives: Lives, start: int | None, end: int | None, shown: tuple[int, int]) -> None:
    life = lives("plain")
    now = int(life.now)
    given = {"ScheduleStartTime": start, "ScheduleEndTime": end}
    times: dict[str, Any] = {name: now + offset for name, offset in given.items() if offset is not None}
    life.caller.create_room(**times)
    info = life.caller.room()
    assert (info["ScheduleStartTime"] - now, info["ScheduleEndTime"] - now) == shown
    assert info["RoomStatus"] == ("NotStarted" if shown[0] > 0 else "Running")


@pytest.mark.parametrize(
    ("start", "end"),
    [
        (None, 299),
        (None, DAY + 1),
        (None, 0),
        (None, -1),
        (100, 399),
        (100, 101 + DAY),
        (100, 100),
        (100, 99),
        (-1000, -701),
    ],
)
def test_a_schedule_beyond_its_edges_is_100002(lives: Lives, start: int | None, end: int) -> None:
    life = lives("plain")
    now = int(life.now)
    times = {"ScheduleEndTime": now + end} | ({} if start is None else {"ScheduleStartTime": now + start})
    body = {"RoomInfo": {"RoomId": "room-1", "RoomType": "Conference", **times}}
    assert "ScheduleEndTime" in life.caller.refused(100002, CREATE, body)


# The start


def test_a_booked_room_runs_from_its_start(lives: Lives) -> None:
    life = lives("plain")
    start = life.book()
    life.advance_to(start - 0.001)
    assert life.caller.room()["RoomStatus"] == "NotStarted"
    life.caller.advance(0.001)
    assert life.caller.room()["RoomStatus"] == "Running"  # at once, whenever the clock's work is done
    started = life.last("RoomStarted")
    assert (started.seq, started.at, started.operator) == (2, start * 1000, "@TIM#SYSTEM")
    assert started.data["room"]["has_started"] is True
    life.stays_beyond(start + 10)
    assert [event.kind for event in life.log.all()] == ["RoomCreated", "RoomStarted"]


def test_a_room_that_began_at_once_is_not_started_again(lives: Lives) -> None:
    life = lives("plain")
    life.book(after=0)
    life.book("past", after=-5000)
    life.stays_beyond(life.now + 10)
    assert [event.kind for event in life.log.all() + life.log.all("past")] == ["RoomCreated", "RoomCreated"]


def test_an_entry_before_the_start_starts_the_room(lives: Lives) -> None:
    life = lives("plain")
    start = life.book()
    life.people.enter("user1")
    assert life.caller.room()["RoomStatus"] == "Running"
    life.people["user1"].call("exitRoom")
    assert life.caller.room()["RoomStatus"] == "Running"  # and stays so
    life.people.enter("user1", "user2")
    life.stays_beyond(start + 10)
    assert [event.kind for event in life.log.all()] == [
        "RoomCreated",
        "RoomStarted",
        "MemberEntered",
        "MemberLeft",
        "MemberEntered",
        "MemberEntered",
    ]
    assert life.log.all()[1].operator == "user1"


def test_where_early_entry_is_not_allowed_the_start_lets_people_in(lives: Lives) -> None:
    life = lives("punctual")
    start = life.book()
    with pytest.raises(Refused) as refused:
        life.people.enter("user1")
    assert refused.value.code == 100006
    assert life.caller.room()["RoomStatus"] == "NotStarted"
    life.advance_to(start)
    life.people.enter("user1")
    assert list(life.caller.members()) == ["user1"]


def test_a_robot_does_not_start_a_room(lives: Lives) -> None:
    life = lives("plain")
    life.book()
    life.caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    assert life.caller.room()["RoomStatus"] == "NotStarted"


def test_a_booked_room_can_be_changed_and_cancelled(lives: Lives) -> None:
    life = lives("plain")
    start = life.book()
    life.caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": "later"}})
    assert life.caller.room()["RoomName"] == "later"
    life.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    life.book("other", after=1)
    life.advance_to(start + 1)
    life.last("RoomStarted", "other")
    assert life.log.all()[-1].kind == "RoomDestroyed"  # nothing starts a room that is gone


# The end


@pytest.mark.parametrize(
    ("rules", "lasts", "ends_after"),
    [
        ("plain", 300, SIX_HOURS),  # empty for six hours, and the schedule is over
        ("plain", DAY, DAY),  # empty for longer, but booked for a day
        ("brisk", 300, 300),
        ("hasty", 300, 300),
    ],
)
def test_a_room_that_nobody_entered_ends_after_both_moments(
    lives: Lives, rules: str, lasts: int, ends_after: int
) -> None:
    life = lives(rules)
    now = life.book(after=0, lasts=lasts)
    life.ends_at(now + ends_after)
    assert life.last("RoomDestroyed").seq == 2
    life.caller.create_room()  # the id is free again


def test_a_room_of_the_past_still_has_the_patience_for_empty_ones(lives: Lives) -> None:
    life = lives("brisk")
    life.book(after=-5000)
    life.ends_at(life.now + 60)


def test_a_booked_room_waits_for_its_meeting(lives: Lives) -> None:
    life = lives("brisk")
    start = life.book(after=2 * DAY)
    life.ends_at(start + 300)
    assert [event.kind for event in life.log.all()] == ["RoomCreated", "RoomStarted", "RoomDestroyed"]


def test_a_clock_that_jumps_over_start_and_end_does_both_in_order(lives: Lives) -> None:
    life = lives("brisk")
    start = life.book()
    life.advance_to(start + 5000)
    life.last("RoomDestroyed")
    events = life.log.all()
    assert [event.kind for event in events] == ["RoomCreated", "RoomStarted", "RoomDestroyed"]
    assert [event.seq for event in events] == [1, 2, 3]
    assert events[-1].at == (start + 5000) * 1000  # the clock's time, not the time that was missed [R29]


def test_more_rooms_than_one_batch_end_together(lives: Lives) -> None:
    life = lives("hasty")
    rooms = [f"room {number}" for number in range(120)]
    for room_id in rooms:
        life.book(room_id, after=10)
    life.advance_to(life.now + 5000)
    for room_id in rooms:
        life.last("RoomDestroyed", room_id)
    kinds = {tuple(event.kind for event in life.log.all(room_id)) for room_id in rooms}
    assert kinds == {("RoomCreated", "RoomStarted", "RoomDestroyed")}
    assert life.caller.ok("conclave/list_rooms")["TotalCount"] == 0


def test_a_room_with_a_person_inside_is_never_closed_by_the_clock(lives: Lives) -> None:
    life = lives("brisk")
    life.book(after=0)
    life.people.enter("user1")
    life.stays_beyond(life.now + 3000)
    life.people["user1"].call("exitRoom")
    life.ends_at(life.now + 60)


def test_whoever_comes_back_in_time_keeps_the_room(lives: Lives) -> None:
    life = lives("brisk")
    life.book(after=-5000)
    life.caller.advance(59)
    life.people.enter("user1")
    life.stays_beyond(life.now + 120)
    life.people["user1"].call("exitRoom")
    life.caller.advance(59)
    life.people.enter("user1", "user2")
    life.people["user1"].call("exitRoom")
    life.stays_beyond(life.now + 120)  # somebody is left
    life.people["user2"].call("exitRoom")
    life.ends_at(life.now + 60)


def test_leaving_before_the_scheduled_end_waits_for_it(lives: Lives) -> None:
    life = lives("brisk")
    start = life.book(after=0, lasts=600)
    life.people.enter("user1")
    life.caller.advance(100)
    life.people["user1"].call("exitRoom")
    life.ends_at(start + 600)


@pytest.mark.parametrize("how", ["kick_user_out", "ban_room_member"])
def test_putting_the_last_person_out_leaves_the_room_empty(lives: Lives, how: str) -> None:
    life = lives("brisk")
    life.book(after=-5000)
    life.people.enter("user1", "user2")
    life.caller.advance(100)
    targets = {"RoomId": "room-1", "MemberList_Account": ["user1", "user2"], "Reason": "", "Duration": 9}
    life.caller.ok(f"{ROOMS}/{how}", targets)
    life.ends_at(life.now + 60)


def test_a_robot_does_not_keep_a_room_nor_does_its_coming_and_going(lives: Lives) -> None:
    life = lives("brisk")
    robot = {"RoomId": "room-1", "Member_Account": "robot"}
    life.book(after=-5000)
    empty_since = life.now
    life.caller.advance(20)
    life.caller.ok(f"{ROOMS}/add_robot", robot)
    life.caller.advance(20)
    life.caller.ok(f"{ROOMS}/delete_robot", robot)
    life.caller.ok(f"{ROOMS}/add_robot", robot)
    life.ends_at(empty_since + 60)
    assert [event.kind for event in life.log.all()].count("RobotRemoved") == 1  # the end tells no leaving [C6]


def test_robots_stay_behind_when_the_last_person_leaves(lives: Lives) -> None:
    life = lives("brisk")
    life.book(after=-5000)
    life.caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    life.people.enter("user1")
    life.stays_beyond(life.now + 120)
    life.people["user1"].call("exitRoom")
    assert list(life.caller.members()) == ["robot"]
    life.ends_at(life.now + 60)


# create_room_interval


def create(room_id: str = "room-1", **info: Any) -> dict[str, Any]:
    return {"RoomInfo": {"RoomId": room_id, "RoomType": "Conference", **info}}


def test_an_id_rests_after_its_room_where_that_is_set(lives: Lives) -> None:
    life = lives("paused")
    life.caller.create_room()
    life.caller.refused(100010, CREATE, create())  # in use answers R3
    life.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    assert "destroyed" in life.caller.refused(100012, CREATE, create())
    life.caller.refused(100002, CREATE, create(Owner_Account="stranger"))  # accounts come before the rest
    life.caller.refused(100013, CREATE, create(MaxMemberCount=301))
    life.caller.create_room("room-2")
    life.caller.advance(29.999)
    life.caller.refused(100012, CREATE, create())
    life.caller.advance(0.001)
    life.caller.create_room()


def test_an_end_by_the_clock_counts_as_well(lives: Lives) -> None:
    life = lives("paused")
    life.book(after=-5000)
    life.ends_at(life.now + 60)
    life.caller.refused(100012, CREATE, create())
    life.caller.advance(30)
    life.caller.create_room()


def test_by_default_an_id_may_be_used_again_at_once(lives: Lives) -> None:
    life = lives("plain")
    for _ in range(3):
        life.caller.create_room()
        life.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})


def test_the_interval_counts_for_what_ended_before_it_was_set(new_server: Callable[..., Server]) -> None:
    server = new_server(toml="rates = {default = 0}").start()
    caller = Caller(server.url)
    caller.create_room()
    caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    server.stop()
    server.configure("rates = {default = 0}\ncreate_room_interval = 3600")
    server.start()
    caller.refused(100012, CREATE, create())
    caller.advance(3600)
    caller.create_room()


def test_a_plan_without_rooms_is_100007(new_server: Callable[..., Server]) -> None:
    caller = Caller(new_server(toml="allow_rooms = false").start().url)
    caller.refused(100015, CREATE, create(RoomType="Live"))
    assert "plan" in caller.refused(100007, CREATE, create())
