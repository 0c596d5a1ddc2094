"""An account that is inside only as a robot: it may log in, but it sees no more of the room than any outsider."""

import pytest

from tests.house import ROOMS, Caller
from tests.member import Join, Member


@pytest.fixture
def robot(caller: Caller, member: Join) -> Member:
    """Logged in, and put into the room as a robot by the backend, as an administrator even; ``ann`` owns the room."""
    caller.import_accounts("ann", "robot")
    caller.create_room(Owner_Account="ann")
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    info = {"Member_Account": "robot", "Role": "Admin"}
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})
    return member("robot")


def test_a_robot_reads_nothing(robot: Member) -> None:
    robot.refused(100005, "getRoomSnapshot", roomId="room-1")
    robot.refused(100006, "fetchConferenceInfo", roomId="room-1")  # as any outsider
    robot.refused(100006, "fetchAttendeeList", roomId="room-1")
    robot.refused(100005, "resume", roomId="room-1", seq=0)
    robot.refused(-2101, "getUserList")


def test_a_robot_changes_nothing(robot: Member) -> None:
    robot.refused(-2300, "updateConferenceInfo", roomId="room-1", roomName="mine")


def test_an_attendee_who_is_inside_as_a_robot_stays_an_attendee(robot: Member, member: Join) -> None:
    owner = member("ann")
    owner.call("addAttendeesByAdmin", roomId="room-1", userIdList=["robot"])
    robot.expect("onConferenceScheduled")
    assert robot.call("fetchConferenceInfo", roomId="room-1")["basicRoomInfo"]["roomId"] == "room-1"
