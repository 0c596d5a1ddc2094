"""The profile of an account: changed by itself or by the backend, seen in every room that it is in."""

import pytest

from tests.eventlog import EventLog
from tests.house import ROOMS, Caller
from tests.meeting import Meeting, meeting
from tests.member import Join, Member
from tests.told import data, seat, user

__all__ = ["meeting"]  # a fixture
PICTURE = "https://example.com/a.png"
IMPORT = "im_open_login_svc/account_import"


def test_a_profile_of_ones_own(member: Join) -> None:
    ann = member("ann")
    assert ann.call("getSelfInfo") == {"userId": "ann", "userName": "", "avatarUrl": ""}
    ann.call("setSelfInfo", userName="Ann", avatarUrl=PICTURE)
    ann.call("setSelfInfo")
    ann.call("setSelfInfo", userName="Ann B.")
    assert ann.call("getSelfInfo") == {"userId": "ann", "userName": "Ann B.", "avatarUrl": PICTURE}
    ann.call("setSelfInfo", avatarUrl="")
    assert member("ann").call("getSelfInfo") == {"userId": "ann", "userName": "Ann B.", "avatarUrl": ""}


@pytest.mark.parametrize("field", ["userName", "avatarUrl"])
def test_a_profile_has_bounds(member: Join, field: str) -> None:
    ann = member("ann")
    ann.call("setSelfInfo", **{field: "é" * 250})
    for value in ("é" * 250 + "e", 1, "a\0b"):
        ann.refused(-1001, "setSelfInfo", **{field: value})
    assert ann.call("getSelfInfo")[field] == "é" * 250


def test_everybody_in_the_room_is_told_at_once(meeting: Meeting) -> None:
    meeting["ann"].call("setSelfInfo", userName="Ann", avatarUrl=PICTURE)
    ann = user("ann", userName="Ann", avatarUrl=PICTURE)
    assert meeting.hear("onUserInfoChanged") == [{"userInfo": ann, "modifyFlag": 0, "operator": "ann"}]
    meeting["ann"].call("setSelfInfo", userName="Ann", avatarUrl=PICTURE)
    meeting["ann"].call("setSelfInfo")
    meeting.silent()
    assert meeting["bob"].call("getUserInfo", userId="ann") == ann


def test_the_backend_may_change_it_as_well(meeting: Meeting) -> None:
    meeting.caller.ok(IMPORT, {"UserID": "ann", "Nick": "Ann"})
    told = {"userInfo": user("ann", userName="Ann"), "modifyFlag": 0, "operator": "administrator"}
    assert meeting.hear("onUserInfoChanged") == [told]
    meeting.caller.ok(IMPORT, {"UserID": "ann", "Nick": "Ann"})
    meeting.caller.ok(IMPORT, {"UserID": "ann"})
    meeting.caller.ok("im_open_login_svc/multiaccount_import", {"AccountList": [{"UserID": "ann", "Nick": "Ann"}]})
    meeting.silent()
    meeting.caller.ok("im_open_login_svc/multiaccount_import", {"AccountList": [{"UserID": "ann", "Nick": "A."}]})
    assert meeting.hear("onUserInfoChanged")[0]["userInfo"]["userName"] == "A."


def test_an_administrator_who_was_never_imported_has_a_profile_too(caller: Caller, member: Join) -> None:
    caller.create_room()
    administrator, ann = member("administrator"), member("ann")
    administrator.enter()
    ann.enter()
    administrator.call("setSelfInfo", userName="The house")
    told = data(ann.expect("onUserInfoChanged"))
    assert told[0]["userInfo"] == user("administrator", userRole=0, userName="The house")
    assert ann.call("getRoomSnapshot")["roomInfo"]["ownerName"] == "The house"


def test_every_room_is_told_also_on_another_device(caller: Caller, member: Join) -> None:
    listeners: dict[str, Member] = {}
    for room_id in ("room-1", "room-2", "room-3"):
        caller.create_room(room_id)
        listeners[room_id] = member(f"user of {room_id}")
        listeners[room_id].enter(room_id)
    phone, laptop, elsewhere = member("ann"), member("ann"), member("ann")
    phone.enter("room-1")
    laptop.enter("room-2")
    for listener in listeners.values():
        listener.told()
    elsewhere.call("setSelfInfo", userName="Ann")
    for room_id in ("room-1", "room-2"):
        (told,) = listeners[room_id].expect("onUserInfoChanged")
        assert told["roomId"] == told["data"]["roomId"] == room_id
        assert told["data"]["userInfo"] == user("ann", userName="Ann")
    assert phone.names_told() == laptop.names_told() == ["onUserInfoChanged"]
    assert listeners["room-3"].names_told() == []


def test_of_many_rooms_the_newest_are_told(caller: Caller, member: Join, log: EventLog) -> None:
    ann, listener = member("ann"), member("bob")
    for number in range(22):
        caller.create_room(f"room-{number}")
        caller.ok(f"{ROOMS}/add_robot", {"RoomId": f"room-{number}", "Member_Account": "ann"})
    caller.ok(
        "group_open_http_svc/create_group", {"Type": "Public", "Name": "x", "MemberList": [{"Member_Account": "ann"}]}
    )
    listener.enter("room-1")
    log.new()
    ann.call("setSelfInfo", userName="Ann")
    told = log.told(*["MemberUpdated"] * 20)
    assert [fact.room_id for fact in told] == [f"room-{number}" for number in range(2, 22)]
    assert listener.names_told() == []
    assert listener.call("getUserInfo", userId="ann")["userName"] == "Ann"
    caller.ok(IMPORT, {"UserID": "ann", "Nick": "Ann B."})
    log.told(*["MemberUpdated"] * 22)  # the backend tells all
    assert listener.names_told() == ["onUserInfoChanged"]


def test_seats_show_the_new_name(meeting: Meeting) -> None:
    meeting["ann"].call("takeSeat", seatIndex=0)
    meeting["ann"].call("setSelfInfo", userName="Ann", avatarUrl=PICTURE)
    meeting["bob"].call("takeSeat", seatIndex=2)
    meeting["bob"].next_event("onUserInfoChanged")
    (told,) = data([meeting["bob"].next_event("onSeatListChanged")])
    sits = seat(0, "ann", userName="Ann", avatarUrl=PICTURE)
    assert told["seatList"] == [sits, seat(1), seat(2, "bob"), seat(3)]
    assert meeting["bob"].call("getRoomSnapshot")["seats"] == told["seatList"]
