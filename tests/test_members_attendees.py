"""Who is to attend a booked room: added, removed, listed, and told of it; and the list of one's booked rooms."""

from typing import Any

import pytest

from tests.backend import Backend
from tests.eventlog import EventLog
from tests.house import ROOMS, Caller
from tests.member import Frame, Join, Member
from tests.told import personal

START = 4_000_000_000  # far ahead
TIMES = {"scheduleStartTime": START, "scheduleEndTime": START + 3600}
ADD, REMOVE = "addAttendeesByAdmin", "removeAttendeesByAdmin"
CHANGED = "onScheduleAttendeesChanged"


def person(account: str, name: str = "", avatar: str = "") -> Frame:
    return {"userId": account, "userName": name, "avatarUrl": avatar}


class Conference:
    """``room-1`` of ann's, which bob is to attend; carl and eve are logged in as well."""

    def __init__(self, member: Join, **params: Any) -> None:
        self.ann, self.bob, self.carl, self.eve = (member(user) for user in ("ann", "bob", "carl", "eve"))
        self.ann.call("scheduleConference", roomId="room-1", scheduleAttendees=["bob"], **{**TIMES, **params})
        self.bob.told()

    def attendees(self) -> list[str]:
        listed: list[str] = self.ann.call("fetchConferenceInfo", roomId="room-1")["scheduleAttendees"]
        return listed


@pytest.fixture
def conference(member: Join) -> Conference:
    return Conference(member)


def test_whoever_is_added_is_told_and_the_others_as_well(conference: Conference, caller: Caller) -> None:
    caller.ok("im_open_login_svc/account_import", {"UserID": "carl", "Nick": "Carl", "FaceUrl": "https://x/c.png"})
    conference.ann.call(ADD, roomId="room-1", userIdList=["carl", "nobody", "bob", "carl", "eve"])
    joined = [person("carl", "Carl", "https://x/c.png"), person("eve")]
    for each in (conference.carl, conference.eve):
        (told,) = personal(each, "onConferenceScheduled")
        assert told["conferenceInfo"]["scheduleAttendees"] == ["bob", "carl", "eve"]
        assert told["operator"] == "ann"
    changed = {"roomId": "room-1", "leftUsers": [], "joinedUsers": joined, "operator": "ann"}
    for each in (conference.ann, conference.bob):
        assert personal(each, CHANGED) == [changed]
    conference.ann.call(ADD, roomId="room-1", userIdList=["carl", "nobody"])
    assert conference.ann.told() == conference.carl.told() == []


def test_whoever_is_removed_is_told_that_it_is_over_for_him(conference: Conference) -> None:
    conference.ann.call(ADD, roomId="room-1", userIdList=["carl"])
    for each in (conference.ann, conference.bob, conference.carl):
        each.told()
    conference.ann.call(REMOVE, roomId="room-1", userIdList=["eve", "bob"])
    told = personal(conference.bob, "onConferenceCancelled", "onConferenceDidCancelled")
    common = {"roomId": "room-1", "reason": 1, "operateUser": {"userId": "ann"}}
    assert told[0] == common
    assert told[1].pop("conferenceInfo")["scheduleAttendees"] == ["carl"]
    assert told[1] == common
    changed = {"roomId": "room-1", "leftUsers": [person("bob")], "joinedUsers": [], "operator": "ann"}
    for each in (conference.ann, conference.carl):
        assert personal(each, CHANGED) == [changed]
    conference.ann.call(REMOVE, roomId="room-1", userIdList=["bob"])
    conference.ann.call("updateConferenceInfo", roomId="room-1", roomName="without bob")
    assert conference.bob.told() == []
    conference.bob.refused(100006, "fetchConferenceInfo", roomId="room-1")
    conference.bob.enter()  # the list is whom to tell, not whom to let in


@pytest.mark.parametrize("method", [ADD, REMOVE])
def test_nobody_but_the_owner_changes_the_list(conference: Conference, caller: Caller, method: str) -> None:
    conference.carl.enter()
    info = {"Member_Account": "carl", "Role": "Admin"}
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})
    for each in (conference.bob, conference.carl, conference.eve):
        each.refused(-2300, method, roomId="room-1", userIdList=["bob"])
    conference.ann.refused(100004, method, roomId="nowhere", userIdList=["bob"])
    for users in ([], None, "bob", [""], [7], [f"user{n}" for n in range(301)]):
        conference.ann.refused(-1001, method, roomId="room-1", userIdList=users)
    assert conference.attendees() == ["bob"]


def test_attendees_inside_are_told_of_others_too(conference: Conference) -> None:
    conference.bob.enter()
    conference.carl.enter()
    conference.bob.told()
    conference.carl.told()
    conference.ann.call(ADD, roomId="room-1", userIdList=["eve"])
    personal(conference.bob, CHANGED, inside=True)
    assert conference.carl.told() == []


def test_there_are_at_most_three_hundred(conference: Conference, caller: Caller, log: EventLog) -> None:
    crowd = [f"user{n:03}" for n in range(300)]
    for first in range(0, 300, 100):
        caller.import_accounts(*crowd[first : first + 100])
    log.new()
    conference.ann.refused(100002, ADD, roomId="room-1", userIdList=crowd)
    assert conference.attendees() == ["bob"]
    log.told()
    conference.ann.call(ADD, roomId="room-1", userIdList=[*crowd[:299], "bob"])
    assert conference.attendees() == ["bob", *crowd[:299]]
    conference.ann.refused(100002, ADD, roomId="room-1", userIdList=crowd[299:])
    conference.ann.call(REMOVE, roomId="room-1", userIdList=crowd[:1])
    conference.ann.call(ADD, roomId="room-1", userIdList=crowd[299:])
    assert conference.attendees() == ["bob", *crowd[1:]]
    found: list[str] = []
    cursor = ""
    while True:
        page = conference.bob.call("fetchAttendeeList", roomId="room-1", cursor=cursor, count=1000)
        assert page["totalAttendeeCount"] == 300
        assert len(page["users"]) == 100
        found += [user["userId"] for user in page["users"]]
        cursor = page["cursor"]
        if not cursor:
            break
    assert found == ["bob", *crowd[1:]]


def test_the_list_is_read_by_those_whom_it_concerns(conference: Conference) -> None:
    conference.ann.call(ADD, roomId="room-1", userIdList=["ann", "carl"])
    first = conference.bob.call("fetchAttendeeList", roomId="room-1", count=2)
    assert first["users"] == [person("bob"), person("ann")]
    rest = conference.ann.call("fetchAttendeeList", roomId="room-1", count=2, cursor=first["cursor"])
    assert rest == {"users": [person("carl")], "cursor": "", "totalAttendeeCount": 3}
    conference.eve.refused(100006, "fetchAttendeeList", roomId="room-1")
    conference.eve.refused(100004, "fetchAttendeeList", roomId="nowhere")
    snapshot = conference.eve.enter()
    assert conference.eve.call("fetchAttendeeList", roomId="room-1")["totalAttendeeCount"] == 3
    conference.ann.call("createRoom", roomId="room-2")
    assert conference.ann.call("fetchAttendeeList", roomId="room-2")["users"] == []
    for cursor in ("x", first["cursor"] + ".1", first["cursor"][:-1] + "zz"):
        conference.ann.refused(-1001, "fetchAttendeeList", roomId="room-1", cursor=cursor)
    conference.ann.refused(-1001, "fetchAttendeeList", roomId="room-2", cursor=first["cursor"])
    assert snapshot["members"]["next"] == ""


def test_a_list_of_attendees_raises_no_callback(backend: Backend, member: Join) -> None:
    backend.listen()
    ann = member("ann", of=backend.caller)
    backend.caller.import_accounts("bob")
    ann.call("scheduleConference", roomId="room-1", **TIMES)
    ann.call(ADD, roomId="room-1", userIdList=["bob"])
    ann.call(REMOVE, roomId="room-1", userIdList=["bob"])
    ann.call("cancelConference", roomId="room-1")
    backend.told("Room.CallbackAfterCreateRoom", "Room.CallbackAfterDestroyRoom")


def test_whoever_logs_in_later_is_not_told_but_may_look(conference: Conference, member: Join) -> None:
    conference.ann.call(ADD, roomId="room-1", userIdList=["carl"])
    late = member("carl")
    assert late.told() == []
    assert [info["basicRoomInfo"]["roomId"] for info in rooms(late)] == ["room-1"]


# fetchScheduledConferenceList


def rooms(member: Member, **params: Any) -> list[Frame]:
    """All pages of the list."""
    found: list[Frame] = []
    cursor = ""
    while True:
        page = member.call("fetchScheduledConferenceList", cursor=cursor, **params)
        assert page.keys() == {"list", "cursor"}
        found += page["list"]
        cursor = page["cursor"]
        if not cursor:
            return found


def ids(found: list[Frame]) -> list[str]:
    return [info["basicRoomInfo"]["roomId"] for info in found]


def test_one_lists_what_one_owns_or_is_to_attend(conference: Conference, caller: Caller) -> None:
    ann, bob = conference.ann, conference.bob
    bob.call("scheduleConference", roomId="room-2", scheduleAttendees=["ann", "bob"], **TIMES)
    bob.call("createRoom", roomId="room-3")
    caller.create_room("room-4")
    caller.ok("group_open_http_svc/create_group", {"Type": "Public", "Name": "chat", "Owner_Account": "bob"})
    ann.call("scheduleConference", roomId="room-5", scheduleAttendees=["bob"])
    assert ids(rooms(bob)) == ["room-1", "room-2", "room-3", "room-5"]
    assert ids(rooms(ann)) == ["room-1", "room-2", "room-5"]
    assert rooms(conference.eve) == []
    assert ids(rooms(bob, statusArray=[1])) == ["room-1", "room-2"]
    assert ids(rooms(bob, statusArray=[2])) == ["room-3", "room-5"]
    assert ids(rooms(bob, statusArray=[2, 1])) == ids(rooms(bob, statusArray=[]))
    assert rooms(bob, statusArray=[0]) == []
    assert rooms(ann)[0] == ann.call("fetchConferenceInfo", roomId="room-1")
    for count in (1, 2, 3):
        assert ids(rooms(bob, count=count)) == ["room-1", "room-2", "room-3", "room-5"]
    ann.call("cancelConference", roomId="room-1")
    conference.eve.enter("room-2")
    assert ids(rooms(bob, statusArray=[1])) == []


def test_a_page_of_the_list_is_bounded_and_its_cursor_its_own(conference: Conference, caller: Caller) -> None:
    for n in range(2, 23):
        caller.create_room(f"room-{n}", Owner_Account="bob")  # more than he may create himself
    page = conference.bob.call("fetchScheduledConferenceList", count=1000)
    assert len(page["list"]) == 20
    assert ids(rooms(conference.bob)) == [f"room-{n}" for n in range(1, 23)]
    refused = "fetchScheduledConferenceList"
    conference.ann.refused(-1001, refused, cursor=page["cursor"])
    conference.bob.refused(-1001, refused, cursor=page["cursor"], statusArray=[1])
    for params in ({"count": 0}, {"cursor": "x"}, {"statusArray": ["1"]}, {"statusArray": 1}):
        conference.bob.refused(-1001, refused, **params)
