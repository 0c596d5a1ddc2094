"""Who is inside, as members ask for it."""

from typing import Any, Final

from tests.house import ROOMS, Caller
from tests.meeting import PEOPLE, Meeting, meeting
from tests.member import Frame, Join, Member
from tests.people import Enter
from tests.told import user

__all__ = ["meeting"]  # a fixture
NEEDING_A_ROOM: Final[dict[str, dict[str, Any]]] = {
    "getUserList": {},
    "getUserInfo": {"userId": "ann"},
    "getBannedUserList": {},
    "getUserListByTag": {"tag": 1000},
    "addCategoryTagForUsers": {"tag": 1000, "userList": ["ann"]},
    "removeCategoryTagForUsers": {"tag": 1000, "userList": ["ann"]},
    "changeUserRole": {"userId": "ann", "userRole": 1},
    "changeUserNameCard": {"userId": "ann", "nameCard": "A."},
    "setCustomInfoForUser": {"userId": "ann", "customInfo": {"a": "b"}},
    "kickRemoteUserOutOfRoom": {"userId": "ann"},
    "disableSendingMessageByAdmin": {"userId": "ann", "isDisable": True},
    "disableSendingMessageForAllUser": {"isDisable": True},
    "sendTextMessage": {"textContent": "hello"},
    "sendCustomMessage": {"businessId": "poll", "data": ""},
    "getMessageList": {},
}


def follow(member: Member, page: Frame) -> list[str]:
    """The accounts of a page and of all that follow it."""
    found = [each["userId"] for each in page["userInfoList"]]
    while page["nextSequence"]:
        page = member.call("getUserList", nextSequence=page["nextSequence"])
        found += [each["userId"] for each in page["userInfoList"]]
    return found


def test_a_list_of_everybody_with_everything(meeting: Meeting) -> None:
    meeting.caller.import_accounts("robot")
    meeting.caller.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "robot"})
    meeting["ann"].call("changeUserNameCard", userId="ann", nameCard="A.")
    listed = [
        user("owner", userRole=0),
        user("admin", userRole=1),
        user("ann", nameCard="A."),
        user("bob"),
        user("robot", isRobot=True),
    ]
    for account in PEOPLE:
        assert meeting[account].call("getUserList") == {"userInfoList": listed, "nextSequence": 0}
        assert meeting[account].call("getUserInfo", userId="ann") == listed[2]


def test_fifty_to_a_page(caller: Caller, enter: Enter, member: Join) -> None:
    caller.create_room()
    enter(*(f"user{number}" for number in range(104)))
    ann = member("ann")
    snapshot = ann.enter()
    everybody = list(caller.members())
    first = ann.call("getUserList")
    assert len(first["userInfoList"]) == 50
    assert first["userInfoList"] == snapshot["members"]["list"]
    assert follow(ann, first) == everybody
    assert follow(ann, ann.call("getUserList", next=snapshot["members"]["next"])) == everybody[50:]
    assert len(everybody) == 105
    kick = {"RoomId": "room-1", "MemberList_Account": ["user3", "user49"], "Reason": ""}
    caller.ok(f"{ROOMS}/kick_user_out", kick)
    assert ann.call("getUserList", nextSequence=first["nextSequence"])["userInfoList"][0]["userId"] == "user50"


def test_the_end_of_the_list_is_on_no_page_of_its_own(caller: Caller, enter: Enter, member: Join) -> None:
    caller.create_room()
    enter(*(f"user{number}" for number in range(49)))
    ann = member("ann")
    assert ann.enter()["members"]["next"] == ""
    page = ann.call("getUserList")
    assert (len(page["userInfoList"]), page["nextSequence"]) == (50, 0)
    assert ann.call("getUserList", nextSequence=2**63 - 1) == {"userInfoList": [], "nextSequence": 0}


def test_a_place_that_no_list_gave(meeting: Meeting) -> None:
    for params in (
        {"nextSequence": -1},
        {"nextSequence": 2**63},
        {"nextSequence": "1"},
        {"next": "1.2"},
        {"next": "x"},
    ):
        meeting.refused(-1001, "getUserList", "ann", **params)


def test_somebody_who_is_not_inside(meeting: Meeting) -> None:
    meeting.caller.import_accounts("stranger")
    meeting.refused(100005, "getUserInfo", "owner", "ann", userId="stranger")
    meeting.refused(-1001, "getUserInfo", "ann", userId="")


def test_outside_there_is_nobody_to_ask_about(meeting: Meeting, member: Join) -> None:
    stranger = member("stranger")
    for method, params in NEEDING_A_ROOM.items():
        stranger.refused(-2101, method, **params)
    meeting.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    meeting["ann"].next_event("onRoomDismissed")
    for method, params in NEEDING_A_ROOM.items():
        meeting["ann"].refused(-2101, method, **params)


def test_without_a_login_nothing(caller: Caller) -> None:
    with Member(caller, "ann", login=False) as nobody:
        for method, params in {**NEEDING_A_ROOM, "setSelfInfo": {}, "getSelfInfo": {}}.items():
            nobody.refused(-1002, method, **params)
