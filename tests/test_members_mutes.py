"""Who may not send messages: one by one, or all; who may say so, and for how long it holds [R23]."""

import pytest

from tests.backend import Backend
from tests.house import ROOMS, Caller
from tests.meeting import Meeting, meeting
from tests.member import Join, Member
from tests.people import Enter
from tests.told import HANDED_ON

__all__ = ["meeting"]  # a fixture
ONE, ALL, LIST = "disableSendingMessageByAdmin", "disableSendingMessageForAllUser", "getBannedUserList"


def say(member: Member) -> None:
    member.call("sendTextMessage", textContent="hello")


def muted(member: Member) -> list[str]:
    return [each["userId"] for each in member.call(LIST)["userInfoList"]]


@pytest.mark.parametrize(("who", "whom"), [("owner", "admin"), ("owner", "bob"), ("admin", "bob")])
def test_a_mute(meeting: Meeting, who: str, whom: str) -> None:
    for is_disable in (True, False):
        meeting[who].call(ONE, userId=whom, isDisable=is_disable)
        told = {"userId": whom, "isDisable": is_disable, "operator": who}
        assert meeting.hear("onSendMessageForUserDisableChanged") == [told]
        assert meeting["ann"].call("getUserInfo", userId=whom)["isMessageDisabled"] is is_disable
        assert muted(meeting["owner"]) == [whom] * is_disable
        meeting[who].call(ONE, userId=whom, isDisable=is_disable)
        meeting.silent()
        if is_disable:
            meeting.refused(100017, "sendTextMessage", whom, textContent="hello")
            meeting.refused(100017, "sendCustomMessage", whom, businessId="poll", data="")
    say(meeting[whom])


def test_who_may_not_mute_whom(meeting: Meeting) -> None:
    meeting["owner"].call("changeUserRole", userId="bob", userRole=1)
    meeting["owner"].call(ONE, userId="bob", isDisable=True)
    meeting.forget()
    for is_disable in (True, False):
        for whom in ("owner", "admin", "bob", "ann", "stranger"):
            meeting.refused(-2301, ONE, "ann", userId=whom, isDisable=is_disable)
        meeting.refused(100006, ONE, "owner", "admin", userId="owner", isDisable=is_disable)
        meeting.refused(100006, ONE, "bob", userId="bob", isDisable=is_disable)  # who is muted does not unmute himself
        meeting.refused(100006, ONE, "admin", userId="bob", isDisable=is_disable)
        meeting.refused(100005, ONE, "owner", "admin", userId="stranger", isDisable=is_disable)
    meeting.refused(-1001, ONE, "owner", userId="ann")
    meeting.refused(-2301, LIST, "ann")


def test_a_mute_outlasts_leaving_but_not_the_room(meeting: Meeting) -> None:
    meeting["admin"].call(ONE, userId="bob", isDisable=True)
    meeting["bob"].call("exitRoom")
    assert muted(meeting["admin"]) == ["bob"]
    members = meeting["bob"].enter()["members"]["list"]
    assert [each["isMessageDisabled"] for each in members] == [False, False, False, True]
    assert meeting["ann"].next_event("onRemoteUserEnterRoom")["data"]["userInfo"]["isMessageDisabled"] is True
    meeting.forget()
    meeting.refused(100017, "sendTextMessage", "bob", textContent="hello")
    meeting.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    meeting.caller.create_room()
    meeting["bob"].enter()
    say(meeting["bob"])


def test_a_mute_of_somebody_who_left_may_be_lifted(meeting: Meeting) -> None:
    meeting["admin"].call(ONE, userId="bob", isDisable=True)
    meeting["bob"].call("exitRoom")
    meeting.forget()
    meeting.refused(100005, ONE, "admin", userId="bob", isDisable=True)
    meeting["admin"].call(ONE, userId="bob", isDisable=False)
    told = {"userId": "bob", "isDisable": False, "operator": "admin"}
    assert meeting.hear("onSendMessageForUserDisableChanged", who=("owner", "admin", "ann")) == [told]
    meeting.refused(100005, ONE, "admin", userId="bob", isDisable=False)
    meeting["bob"].enter()
    say(meeting["bob"])


@pytest.mark.parametrize("by", ["a member", "rest"])
def test_a_new_owner_may_speak(meeting: Meeting, by: str) -> None:
    meeting["owner"].call(ONE, userId="ann", isDisable=True)
    meeting.forget()
    if by == "rest":
        change = {"RoomId": "room-1", "From_Account": "owner", "NewOwner_Account": "ann"}
        meeting.caller.ok(f"{ROOMS}/change_room_owner", change)
    else:
        meeting["owner"].call("changeUserRole", userId="ann", userRole=0)
    frames = meeting["bob"].expect(*HANDED_ON, "onSendMessageForUserDisableChanged")
    operator = "administrator" if by == "rest" else "owner"
    assert frames[-1]["data"] == {"roomId": "room-1", "userId": "ann", "isDisable": False, "operator": operator}
    say(meeting["ann"])
    assert muted(meeting["ann"]) == []
    assert meeting["bob"].call("getUserInfo", userId="ann")["isMessageDisabled"] is False


def test_all_general_users_are_barred(meeting: Meeting) -> None:
    meeting["admin"].call(ALL, isDisable=True)
    told = meeting.hear("onSendMessageForAllUserDisableChanged")
    assert told == [{"isDisable": True, "operator": "admin"}]
    meeting.refused(-2380, "sendTextMessage", "ann", "bob", textContent="hello")
    say(meeting["owner"])
    say(meeting["admin"])
    meeting["owner"].call("changeUserRole", userId="ann", userRole=1)
    say(meeting["ann"])
    meeting["owner"].call(ONE, userId="admin", isDisable=True)
    meeting["admin"].refused(100017, "sendTextMessage", textContent="hello")
    meeting.forget()
    meeting["ann"].call(ALL, isDisable=True)
    meeting.silent()
    meeting["owner"].call(ALL, isDisable=False)
    meeting.forget()
    say(meeting["bob"])


def test_general_users_do_not_bar_all(meeting: Meeting) -> None:
    for is_disable in (True, False):
        meeting.refused(-2301, ALL, "ann", "bob", isDisable=is_disable)
    meeting.refused(-1001, ALL, "owner")


def test_rest_bars_all_alike(backend: Backend, meeting: Meeting) -> None:
    raised = ("Room.CallbackAfterUpdateRoomInfo", "Room.CallbackAfterMessageMuteChanged")
    backend.listen(*raised)
    meeting.caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "IsMessageDisabled": True}})
    told = meeting.hear("onSendMessageForAllUserDisableChanged")
    assert told == [{"isDisable": True, "operator": "administrator"}]
    meeting.refused(-2380, "sendTextMessage", "ann", textContent="hello")
    meeting["admin"].call(ALL, isDisable=False)
    found = backend.told(*raised, *raised)
    assert [each.body["Operator_Account"] for each in found] == ["administrator"] * 2 + ["admin"] * 2
    assert found[2].body["RoomInfo"]["IsMessageDisabled"] is found[3].body["IsMessageDisabled"] is False
    assert meeting.caller.room()["IsMessageDisabled"] is False


def test_the_list_of_the_muted_is_paged(caller: Caller, enter: Enter, member: Join) -> None:
    caller.import_accounts("owner")
    caller.create_room(Owner_Account="owner")
    everybody = [f"user{number}" for number in range(53)]
    enter(*everybody)
    owner = member("owner")
    owner.enter()
    for account in reversed(everybody):
        owner.call(ONE, userId=account, isDisable=True)
    caller.ok("im_open_login_svc/account_import", {"UserID": "user52", "Nick": "The last", "FaceUrl": "x"})
    first = owner.call(LIST)
    assert first["userInfoList"][0] == {"userId": "user52", "userName": "The last", "avatarUrl": "x"}
    rest = owner.call(LIST, nextSequence=first["nextSequence"])
    found = [each["userId"] for each in first["userInfoList"] + rest["userInfoList"]]
    assert (found, len(first["userInfoList"]), rest["nextSequence"]) == (everybody[::-1], 50, 0)
