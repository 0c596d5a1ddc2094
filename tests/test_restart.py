"""What a server does when it comes back: moments it slept through, ceilings that moved, a clock that went back."""

import time
from collections.abc import Callable

from tests.eventlog import EventLog
from tests.house import ROOMS, Caller, Server

BARE = "rates = {default = 0}"


def wait_for(log: EventLog, room_id: str, kind: str) -> None:
    deadline = time.monotonic() + 10
    while log.all(room_id)[-1].kind != kind:
        assert time.monotonic() < deadline, log.all(room_id)
        time.sleep(0.02)


def test_moments_that_a_server_slept_through_are_made_up_for(new_server: Callable[..., Server]) -> None:
    server = new_server(toml=f"empty_room_ttl = 5\n{BARE}")
    with server:
        caller = Caller(server.url)
        log = EventLog(server, caller)
        now = int(caller.ok("conclave/set_clock")["Time"] // 1000)
        caller.create_room("over", ScheduleStartTime=now - 400, ScheduleEndTime=now - 100)
        caller.create_room("booked", ScheduleStartTime=now + 6)
        ban = {"RoomId": "booked", "MemberList_Account": ["user1"], "Reason": "", "Duration": 1}
        caller.ok(f"{ROOMS}/ban_room_member", ban)
        server.kill()  # before either moment has come
    assert {event.kind for event in log.all("over")} == {"RoomCreated"}
    while time.time() < now + 6.1:
        time.sleep(0.05)
    with server:
        caller = Caller(server.url)
        assert caller.room("booked")["RoomStatus"] == "Running"
        assert caller.ok(f"{ROOMS}/get_banned_member_list", {"RoomId": "booked"})["BannedAccountList"] == []
        wait_for(log, "over", "RoomDestroyed")
        wait_for(log, "booked", "RoomStarted")
        ended, started = log.all("over")[-1], log.all("booked")[-1]
        assert (ended.seq, ended.operator, ended.data["by_system"]) == (2, "@TIM#SYSTEM", True)
        assert (started.seq, started.operator) == (3, "@TIM#SYSTEM")
        assert started.at >= (now + 6) * 1000
        caller.refused(100004, f"{ROOMS}/get_room_info", {"RoomId": "over"})


def test_a_clock_that_went_back_does_not_take_the_times_of_a_room_along(new_server: Callable[..., Server]) -> None:
    server = new_server(toml=BARE)
    with server:
        caller = Caller(server.url)
        log = EventLog(server, caller)
        caller.advance(5000)
        caller.create_room()
        assert server.stop() == 0
    with server:  # its clock is the machine's again: 5000 seconds earlier
        caller = Caller(server.url)
        for name in ("second", "third"):
            caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": name}})
        created, *updated = log.all()
        assert [event.at for event in updated] == [created.at] * 2  # [R29]
        caller.advance(6000)
        caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": "fourth"}})
        assert log.all()[-1].at > created.at
        assert [event.seq for event in log.all()] == [1, 2, 3, 4]


def test_a_ceiling_that_moved_holds_for_entries_and_new_rooms(new_server: Callable[..., Server]) -> None:
    server = new_server(toml=f"max_member_count = 3\n{BARE}")
    robots = ("robot-1", "robot-2", "robot-3")

    def add(caller: Caller, robot: str) -> int:
        return int(caller.call(f"{ROOMS}/add_robot", {"RoomId": "old", "Member_Account": robot})["ErrorCode"])

    with server:
        caller = Caller(server.url)
        caller.import_accounts(*robots)
        caller.create_room("old")
        assert [add(caller, robot) for robot in robots[:2]] == [0, 0]
        server.stop()
    text = server.config.read_text()
    server.config.write_text(text.replace("max_member_count = 3", "max_member_count = 1"))
    with server:  # lower than what is inside: nobody is put out, nobody comes in
        caller = Caller(server.url)
        assert (caller.room("old")["MemberCount"], caller.room("old")["MaxMemberCount"]) == (2, 3)
        assert add(caller, "robot-3") == 100008
        caller.ok(f"{ROOMS}/delete_robot", {"RoomId": "old", "Member_Account": "robot-1"})
        assert add(caller, "robot-3") == 100008
        body = {"RoomInfo": {"RoomId": "old", "MaxMemberCount": 2}}
        caller.refused(100013, f"{ROOMS}/update_room_info", body)
        caller.create_room("new")
        assert caller.room("new")["MaxMemberCount"] == 1
        server.stop()
    server.config.write_text(text.replace("max_member_count = 3", "max_member_count = 9"))
    with server:  # a later rise does not raise what a room has
        caller = Caller(server.url)
        assert (caller.room("old")["MaxMemberCount"], caller.room("new")["MaxMemberCount"]) == (3, 1)
        assert [add(caller, robot) for robot in ("robot-1", "robot-3")] == [0, 0]
        caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "new", "MaxMemberCount": 9}})
