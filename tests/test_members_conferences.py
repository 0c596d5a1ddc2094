"""Booked rooms: scheduled, changed, cancelled, handed on and listed; who is told of it, inside and outside."""

from typing import Any

import pytest

from tests import backend as to
from tests.backend import Backend
from tests.clockwork import DAY
from tests.house import ROOMS, Caller
from tests.member import Frame, Join, Member
from tests.told import HANDED_ON, personal

START = 4_000_000_000  # far ahead
TIMES = {"scheduleStartTime": START, "scheduleEndTime": START + 3600}


@pytest.fixture
def ann(member: Join) -> Member:
    """Owns what is booked."""
    return member("ann")


@pytest.fixture
def bob(member: Join) -> Member:
    """Is to attend."""
    return member("bob")


@pytest.fixture
def eve(member: Join) -> Member:
    """Has nothing to do with it."""
    return member("eve")


@pytest.fixture
def booked(ann: Member, bob: Member, eve: Member) -> Frame:
    """``room-1``, which starts in a distant future; what was told of it is forgotten."""
    ann.call("scheduleConference", roomId="room-1", roomName="weekly", scheduleAttendees=["bob"], **TIMES)
    bob.told()
    return ann.call("fetchConferenceInfo", roomId="room-1")


# scheduleConference


def test_those_who_are_to_attend_are_told_on_all_their_devices(ann: Member, bob: Member, member: Join) -> None:
    other = member("bob")
    invited = ["bob", "nobody", "bob", "ann"]
    ann.call("scheduleConference", roomId="room-1", scheduleAttendees=invited, reminderSecondsBeforeStart=60, **TIMES)
    for each in (bob, other, ann):
        (told,) = personal(each, "onConferenceScheduled")
        assert told["roomId"] == "room-1"
        assert told["operator"] == "ann"
        info = told["conferenceInfo"]
        assert info["scheduleAttendees"] == ["bob", "ann"]  # each once, and nobody unknown [R4] [R12]
        assert (info["scheduleStartTime"], info["scheduleEndTime"]) == (START, START + 3600)
        assert (info["status"], info["reminderSecondsBeforeStart"]) == (1, 60)
        assert info == each.call("fetchConferenceInfo", roomId="room-1")
        assert info["basicRoomInfo"] == each.call("fetchRoomInfo", roomId="room-1")


def test_rest_books_alike(caller: Caller, bob: Member, eve: Member) -> None:
    caller.ok("im_open_login_svc/account_import", {"UserID": "ann", "Nick": "Ann"})
    times = {"ScheduleStartTime": START, "ScheduleEndTime": START + 300}
    room = {"RoomId": "room-1", "RoomType": "Conference", "Owner_Account": "ann", **times}
    caller.ok(f"{ROOMS}/create_room", {"RoomInfo": room, "ScheduleInviteeList_Account": ["bob"]})
    (told,) = personal(bob, "onConferenceScheduled")
    assert told["operator"] == "administrator"
    assert told["conferenceInfo"]["basicRoomInfo"]["ownerName"] == "Ann"
    assert personal(eve) == []


def test_a_booking_takes_all_that_a_creation_takes(ann: Member) -> None:
    ann.call("scheduleConference", roomId="room-1", isSeatEnabled=True, maxSeatCount=3, password="secret-1", **TIMES)
    info = ann.call("fetchConferenceInfo", roomId="room-1")
    assert (info["basicRoomInfo"]["maxSeatCount"], info["basicRoomInfo"]["isPasswordEnabled"]) == (3, True)
    assert "secret-1" not in str(info)


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"scheduleStartTime": START, "scheduleEndTime": START + 299}, 100002),
        ({"scheduleStartTime": START, "scheduleEndTime": START + DAY + 1}, 100002),
        ({"scheduleStartTime": -1}, -1001),
        ({"scheduleAttendees": [f"user{n}" for n in range(301)]}, -1001),
        ({"scheduleAttendees": [""]}, -1001),
        ({"reminderSecondsBeforeStart": -1}, -1001),
    ],
)
def test_a_booking_is_refused(ann: Member, params: dict[str, Any], code: int) -> None:
    ann.refused(code, "scheduleConference", roomId="room-1", **params)
    ann.refused(100004, "fetchConferenceInfo", roomId="room-1")


def test_without_times_it_starts_now(ann: Member) -> None:
    ann.call("scheduleConference", roomId="room-1")
    info = ann.call("fetchConferenceInfo", roomId="room-1")
    assert (info["status"], info["scheduleEndTime"] - info["scheduleStartTime"]) == (2, 3600)


def test_a_booking_raises_its_callbacks(backend: Backend, member: Join) -> None:
    backend.listen()
    ann = member("ann", of=backend.caller)
    backend.caller.import_accounts("bob")
    ann.call("scheduleConference", roomId="room-1", scheduleAttendees=["bob"], **TIMES)
    ann.call("updateConferenceInfo", roomId="room-1", roomName="monthly", scheduleEndTime=START + 600)
    ann.call("transferConferenceOwner", roomId="room-1", userId="bob")
    member("bob", of=backend.caller).call("cancelConference", roomId="room-1")
    created, updated, handed, cancelled = backend.told(to.CREATE, to.UPDATE, to.UPDATE, to.DESTROY)
    assert created.body["ScheduleInviteeList_Account"] == ["bob"]
    assert created.body["RoomInfo"]["RoomStatus"] == "NotStarted"
    assert (updated.body["Operator_Account"], updated.body["RoomInfo"]["RoomName"]) == ("ann", "monthly")
    assert handed.body["RoomInfo"]["Owner_Account"] == cancelled.body["Operator_Account"] == "bob"


# updateConferenceInfo


@pytest.mark.usefixtures("booked")
def test_a_change_is_told_with_its_flags(ann: Member, bob: Member, eve: Member, caller: Caller) -> None:
    ann.call("updateConferenceInfo", roomId="room-1", roomName="monthly", scheduleStartTime=START + 600)
    names = {"roomName": "monthly", "scheduleStartTime": START + 600, "scheduleEndTime": START + 3600}
    for each in (ann, bob):
        (told,) = personal(each, "onConferenceInfoChanged")
        assert told["conferenceModifyInfo"] == {"roomId": "room-1", **names, "reminderSecondsBeforeStart": 0}
        assert (told["modifyFlag"], told["operator"]) == (1 + 65536, "ann")
    changes = {"IsAudioDisabled": True, "IsMessageDisabled": True, "IsPasswordEnabled": True, "Password": "secret-1"}
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", **changes}})
    (told,) = personal(bob, "onConferenceInfoChanged")
    assert (told["modifyFlag"], told["operator"]) == (2 + 8 + 32, "administrator")
    info = told["conferenceModifyInfo"]
    assert (info["isMicrophoneDisableForAllUser"], info["isPasswordEnabled"]) == (True, True)
    assert "secret-1" not in str(told)
    caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "CustomInfo": "x"}})
    assert personal(bob) == personal(eve) == []


def test_each_field_of_a_change_arrives(ann: Member, booked: Frame) -> None:
    bans = dict.fromkeys(
        (
            "isMicrophoneDisableForAllUser",
            "isCameraDisableForAllUser",
            "isScreenShareDisableForAllUser",
            "isMessageDisableForAllUser",
        ),
        True,
    )
    ann.call("updateConferenceInfo", roomId="room-1", scheduleEndTime=START + 900, reminderSecondsBeforeStart=60)
    ann.call("updateConferenceInfo", roomId="room-1", password="secret-1", **bans)
    info = ann.call("fetchConferenceInfo", roomId="room-1")
    assert info.pop("basicRoomInfo").items() >= {**bans, "isPasswordEnabled": True}.items()
    expected = {**booked, "scheduleEndTime": START + 900, "reminderSecondsBeforeStart": 60}
    assert info == {name: value for name, value in expected.items() if name != "basicRoomInfo"}
    flags = [told["modifyFlag"] for told in personal(ann, *["onConferenceInfoChanged"] * 2)]
    assert flags == [131072 + 64, 32 + 16 + 8 + 4 + 2]
    ann.call("updateConferenceInfo", roomId="room-1", password="", **bans)
    assert personal(ann, "onConferenceInfoChanged")[0]["modifyFlag"] == 32
    ann.call("updateConferenceInfo", roomId="room-1", **bans)
    assert personal(ann) == []


@pytest.mark.usefixtures("booked")
def test_a_schedule_stays_within_its_bounds(ann: Member) -> None:
    for times in (
        {"scheduleStartTime": START + 3301},
        {"scheduleStartTime": START + 3601},
        {"scheduleEndTime": START + 299},
        {"scheduleEndTime": START + DAY + 1},
        {"scheduleStartTime": START, "scheduleEndTime": START},
    ):
        ann.refused(100002, "updateConferenceInfo", roomId="room-1", **times)
    ann.call("updateConferenceInfo", roomId="room-1", scheduleStartTime=START + 9000, scheduleEndTime=START + 9300)


@pytest.mark.usefixtures("booked")
def test_only_the_owner_changes_what_has_not_started(bob: Member, eve: Member) -> None:
    for each in (bob, eve):
        each.refused(-2300, "updateConferenceInfo", roomId="room-1", roomName="x")
        each.refused(100004, "updateConferenceInfo", roomId="nowhere", roomName="x")
        each.refused(-2300, "cancelConference", roomId="room-1")
        each.refused(-2300, "transferConferenceOwner", roomId="room-1", userId="bob")


@pytest.mark.usefixtures("booked")
def test_an_administrator_is_none_before_the_start(bob: Member, caller: Caller) -> None:
    caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "bob"})  # who starts nothing [R22]
    info = {"Member_Account": "bob", "Role": "Admin"}
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})
    bob.refused(-2300, "updateConferenceInfo", roomId="room-1", roomName="x")


@pytest.mark.usefixtures("booked")
def test_once_it_runs_its_administrators_may_and_its_times_are_fixed(
    ann: Member, bob: Member, eve: Member, caller: Caller
) -> None:
    bob.enter()
    eve.enter()
    bob.refused(-2300, "updateConferenceInfo", roomId="room-1", roomName="x")
    info = {"Member_Account": "bob", "Role": "Admin"}
    caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})
    ann.told()
    bob.told()
    bob.call("updateConferenceInfo", roomId="room-1", roomName="monthly", scheduleStartTime=START)  # as it is
    assert bob.names_told() == ["onRoomNameChanged"]  # who is inside is told there
    assert personal(ann, "onConferenceInfoChanged")[0]["operator"] == "bob"
    for each in (ann, bob):
        each.refused(100006, "updateConferenceInfo", roomId="room-1", scheduleStartTime=START + 1)
        each.refused(100006, "updateConferenceInfo", roomId="room-1", reminderSecondsBeforeStart=1)
    eve.refused(-2300, "updateConferenceInfo", roomId="room-1", roomName="x")
    ann.refused(100006, "cancelConference", roomId="room-1")


# cancelConference


@pytest.mark.parametrize("by", ["ann", "administrator"])
def test_a_cancelled_conference_is_told(
    ann: Member, bob: Member, eve: Member, caller: Caller, booked: Frame, by: str
) -> None:
    if by == "ann":
        ann.call("cancelConference", roomId="room-1")
    else:
        caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    common = {"roomId": "room-1", "reason": 0, "operateUser": {"userId": by}}
    for each in (ann, bob):
        told = personal(each, "onConferenceCancelled", "onConferenceDidCancelled")
        assert told == [common, {**common, "conferenceInfo": booked}]
    assert personal(eve) == []
    bob.refused(100004, "enterRoom", roomId="room-1")


@pytest.mark.usefixtures("booked")
def test_the_end_of_one_that_runs_is_told_inside(ann: Member, bob: Member, eve: Member) -> None:
    eve.enter()
    ann.enter()
    for each in (ann, bob, eve):
        each.told()
    ann.call("destroyRoom")
    assert eve.names_told() == ann.names_told() == ["onRoomDismissed"]
    assert bob.names_told() == []


# transferConferenceOwner


@pytest.mark.usefixtures("booked")
def test_what_was_not_entered_goes_to_anybody(ann: Member, bob: Member, eve: Member) -> None:
    ann.refused(100002, "transferConferenceOwner", roomId="room-1", userId="stranger")
    ann.call("transferConferenceOwner", roomId="room-1", userId="ann")
    ann.call("transferConferenceOwner", roomId="room-1", userId="eve")
    for each in (bob, eve):
        (told,) = personal(each, "onConferenceOwnerChanged")
        assert (told["newOwner"]["userId"], told["newOwner"]["userRole"]) == ("eve", 0)
        assert (told["oldOwner"]["userId"], told["oldOwner"]["userRole"]) == ("ann", 2)
        assert (told["conferenceInfo"]["basicRoomInfo"]["ownerId"], told["operator"]) == ("eve", "ann")
    assert personal(ann) == []  # who did it
    ann.refused(-2300, "transferConferenceOwner", roomId="room-1", userId="bob")
    assert (eve.enter()["role"], ann.enter()["role"]) == (0, 2)


@pytest.mark.usefixtures("booked")
def test_where_people_are_inside_it_goes_to_one_of_them(ann: Member, bob: Member, eve: Member, caller: Caller) -> None:
    bob.enter()
    ann.refused(-2101, "transferConferenceOwner", roomId="room-1", userId="bob")
    ann.enter()
    ann.refused(100005, "transferConferenceOwner", roomId="room-1", userId="eve")
    bob.told()
    ann.call("transferConferenceOwner", roomId="room-1", userId="bob")
    assert bob.names_told() == list(HANDED_ON)  # in the room, and not a second time
    assert caller.members()["bob"]["Role"] == "Owner"


@pytest.mark.usefixtures("booked")
def test_the_first_entry_is_told_outside(ann: Member, bob: Member, eve: Member) -> None:
    eve.enter()
    for each in (ann, bob):
        assert personal(each, "onConferenceStatusChanged") == [{"roomId": "room-1", "status": 2}]


# fetchConferenceInfo


def test_those_whom_it_concerns_look_at_it(ann: Member, bob: Member, eve: Member, booked: Frame) -> None:
    assert bob.call("fetchConferenceInfo", roomId="room-1") == booked
    eve.refused(100006, "fetchConferenceInfo", roomId="room-1")
    eve.refused(100004, "fetchConferenceInfo", roomId="nowhere")
    eve.enter()
    assert eve.call("fetchConferenceInfo", roomId="room-1")["basicRoomInfo"]["roomMemberCount"] == 1
