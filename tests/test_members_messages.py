"""Messages to all in the room: what is told, in which order, and what those who come later may read."""

import threading
from collections.abc import Callable

import pytest

from tests.clockwork import Lives
from tests.house import FIRST_SDKAPPID, ROOMS, Caller, Server
from tests.meeting import Meeting, meeting
from tests.member import Frame, Join, Member
from tests.told import data, user

__all__ = ["meeting"]  # a fixture
Servers = Callable[..., Server]


def say(member: Member, *texts: str) -> None:
    for text in texts:
        member.call("sendTextMessage", textContent=text)


def stored(server: Server) -> int:
    """How many messages the database holds."""
    ((found,),) = server.database.query("SELECT COUNT(*) FROM messages")
    return int(found)


def texts(page: Frame) -> list[str]:
    return [each["textContent"] for each in page["list"]]


def test_a_text_reaches_everybody_the_sender_too(meeting: Meeting) -> None:
    meeting["ann"].call("changeUserNameCard", userId="ann", nameCard="A.")
    meeting.forget()
    text = "<b>Hello</b> \u202eyou 🙂"
    answer = meeting["ann"].call("sendTextMessage", textContent=text, extensionInfo={"to": "bob"})
    assert answer.keys() == {"sequence", "timestampInSecond"}
    said = {
        "sender": user("ann", nameCard="A."),
        **answer,
        "textContent": text,
        "extensionInfo": {"to": "bob"},
    }
    assert meeting.hear("onReceiveTextMessage") == [said]
    for account in meeting.people:
        assert meeting[account].call("getMessageList") == {"list": [said], "next": 0}


def test_a_custom_message(meeting: Meeting) -> None:
    answer = meeting["owner"].call("sendCustomMessage", businessId="poll", data='{"choice":2}')
    said = {"sender": user("owner", userRole=0), **answer, "businessId": "poll", "data": '{"choice":2}'}
    assert meeting.hear("onReceiveCustomMessage") == [said]
    assert meeting["bob"].call("getMessageList")["list"] == [said]
    assert meeting["bob"].call("sendCustomMessage", businessId="x", data="")["sequence"] == 2


def test_the_time_is_the_servers(lives: Lives) -> None:
    life = lives("plain")
    life.caller.create_room()
    life.people.enter("user1")
    assert life.people["user1"].call("sendTextMessage", textContent="now")["timestampInSecond"] == int(life.now)


def test_what_is_no_message(meeting: Meeting) -> None:
    for params in ({}, {"textContent": ""}, {"textContent": 1}, {"textContent": "x", "extensionInfo": {"a": 1}}):
        meeting.refused(-1001, "sendTextMessage", "ann", **params)
    for params in ({"data": "x"}, {"businessId": "", "data": "x"}, {"businessId": "x"}):
        meeting.refused(-1001, "sendCustomMessage", "ann", **params)
    for params in ({"count": 0}, {"count": 101}, {"before": -1}):
        meeting.refused(-1001, "getMessageList", "ann", **params)
    assert meeting["ann"].call("getMessageList") == {"list": [], "next": 0}


def test_a_message_has_4096_bytes_in_all(meeting: Meeting) -> None:
    whole = {"textContent": "é" * 2000, "extensionInfo": {"a" * 48: "b" * 48}}
    assert meeting["ann"].call("sendTextMessage", **whole)["sequence"] == 1
    assert meeting["ann"].call("sendCustomMessage", businessId="x" * 96, data="y" * 4000)["sequence"] == 2
    meeting.forget()
    meeting.refused(9522, "sendTextMessage", "ann", **{**whole, "textContent": "é" * 2000 + "e"})
    meeting.refused(9522, "sendTextMessage", "owner", **{**whole, "extensionInfo": {"a" * 48: "b" * 49}})
    meeting.refused(9522, "sendTextMessage", "owner", **{**whole, "extensionInfo": {"a" * 49: "b" * 48}})
    meeting.refused(9522, "sendCustomMessage", "ann", businessId="x" * 97, data="y" * 4000)


def test_reading_back_page_by_page(meeting: Meeting, member: Join) -> None:
    said = [str(number) for number in range(1, 13)]
    say(meeting["ann"], *said[:9])
    say(meeting["bob"], *said[9:])
    late = member("late")
    late.enter()
    pages = [late.call("getMessageList", count=5)]
    while pages[-1]["next"]:
        pages.append(late.call("getMessageList", count=5, before=pages[-1]["next"]))
    assert [texts(page) for page in pages] == [said[7:], said[2:7], said[:2]]
    assert texts(late.call("getMessageList", before=3, count=2)) == said[:2]
    assert late.call("getMessageList", before=3, count=2)["next"] == 0
    assert late.call("getMessageList", before=1) == {"list": [], "next": 0}
    assert texts(late.call("getMessageList", before=2**63 - 1)) == said


def test_a_message_shows_its_sender_as_he_was(meeting: Meeting) -> None:
    meeting["bob"].call("setSelfInfo", userName="Bob")
    say(meeting["bob"], "before")
    meeting["owner"].call("kickRemoteUserOutOfRoom", userId="bob")
    meeting["bob"].call("setSelfInfo", userName="Robert")
    (said,) = meeting["ann"].call("getMessageList")["list"]
    assert said["sender"] == user("bob", userName="Bob")


def test_messages_end_with_their_room(meeting: Meeting) -> None:
    say(meeting["ann"], "one", "two")
    meeting.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    meeting.caller.create_room()
    meeting["ann"].enter()
    assert meeting["ann"].call("getMessageList") == {"list": [], "next": 0}
    assert meeting["ann"].call("sendTextMessage", textContent="anew")["sequence"] == 1


@pytest.mark.parametrize(("kept", "readable"), [(3, ["5", "6", "7"]), (0, [])])
def test_what_is_kept_is_a_setting(new_server: Servers, kept: int, readable: list[str]) -> None:
    server = new_server(toml=f"rates = {{default = 0}}\nmessage_history = {kept}\nmessage_limit = 5").start()
    caller = Caller(server.url, FIRST_SDKAPPID)
    caller.create_room()
    with Member(caller, "ann") as ann:
        ann.enter()
        say(ann, *map(str, range(1, 8)))
        assert texts(ann.call("getMessageList", count=2)) == readable[-2:]
        assert texts(ann.call("getMessageList")) == readable
        ann.refused(9522, "sendTextMessage", textContent="123456")
        assert [frame["data"]["sequence"] for frame in ann.told()] == [*range(1, 8)]
    assert stored(server) == len(readable)


def test_fewer_kept_from_now_on(new_server: Servers) -> None:
    server = new_server(toml="rates = {default = 0}\nmessage_history = 9").start()
    caller = Caller(server.url, FIRST_SDKAPPID)
    caller.create_room()
    with Member(caller, "ann") as ann:
        ann.enter()
        say(ann, "1", "2", "3", "4")
    server.stop()
    server.configure("rates = {default = 0}\nmessage_history = 2")
    server.start()
    with Member(caller, "ann") as ann:
        ann.enter()
        assert texts(ann.call("getMessageList")) == ["3", "4"]
        say(ann, "5")
        assert texts(ann.call("getMessageList")) == ["4", "5"]
        assert ann.call("getMessageList")["next"] == 0
    assert stored(server) == 2


def test_nobody_floods_a_room(new_server: Servers) -> None:
    server = new_server(toml="rates = {default = 0}\nmessage_rate = 3").start()
    caller = Caller(server.url, FIRST_SDKAPPID)
    for room_id in ("room-1", "room-2"):
        caller.create_room(room_id)
    caller.ok("conclave/set_clock", {"Freeze": True})
    with Member(caller, "ann") as ann, Member(caller, "bob") as bob:
        ann.enter()
        bob.enter()
        say(ann, "1", "2")
        ann.call("sendCustomMessage", businessId="3", data="")
        for _ in range(2):
            ann.refused(-2, "sendTextMessage", textContent="too fast")
            ann.enter()
            ann.refused(-2, "sendCustomMessage", businessId="too", data="fast")
            ann.call("exitRoom")
            ann.enter()
        say(bob, "4", "5", "6")
        caller.advance(0.34)
        say(ann, "7")
        ann.refused(-2, "sendTextMessage", textContent="too fast")
        ann.enter("room-2")
        say(ann, "1", "2", "3")
        ann.call("exitRoom")  # the room is empty now
        ann.enter("room-2")
        ann.refused(-2, "sendTextMessage", textContent="too fast")
        assert [frame["data"]["sequence"] for frame in bob.told() if "sequence" in frame["data"]] == [*range(1, 8)]


def test_many_at_once_are_in_one_order_for_all(meeting: Meeting) -> None:
    def talk(account: str) -> None:
        say(meeting[account], *(f"{account} {number}" for number in range(10)))

    talkers = [threading.Thread(target=talk, args=(account,)) for account in meeting.people]
    for talker in talkers:
        talker.start()
    for talker in talkers:
        talker.join()
    heard = [meeting[account].told() for account in meeting.people]
    assert all(frames == heard[0] for frames in heard)
    assert [frame["data"]["sequence"] for frame in heard[0]] == [*range(1, 41)]
    numbers = [frame["seq"] for frame in heard[0]]
    assert numbers == sorted(set(numbers))
    for account in meeting.people:
        own = [frame["data"]["textContent"] for frame in heard[0] if frame["data"]["sender"]["userId"] == account]
        assert own == [f"{account} {number}" for number in range(10)]
    assert texts(meeting["ann"].call("getMessageList", count=100)) == [
        each["textContent"] for each in (frame["data"] for frame in heard[0])
    ]


def test_a_message_that_was_missed_comes_with_the_resumption(meeting: Meeting, member: Join) -> None:
    eve = member("eve", deviceId="phone")
    seq = eve.enter()["seq"]
    eve.close()
    say(meeting["ann"], "while you were out")
    again = member("eve", deviceId="phone")
    assert again.call("resume", roomId="room-1", seq=seq)["resumed"] is True
    (told,) = data(again.expect("onReceiveTextMessage"))
    assert told["textContent"] == "while you were out"
