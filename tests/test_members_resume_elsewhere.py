"""Resuming at the edges: from another room, as somebody who has become a robot, after an event that is not kept."""

import contextlib
import time

from websockets.exceptions import ConnectionClosed

from conclave.realtime.recent import Recent, Told
from tests.house import ROOMS, Caller
from tests.member import Join, Member, Refused, until


def test_who_resumes_in_another_room_leaves_the_one_that_the_device_is_in(room: Caller, member: Join) -> None:
    room.create_room("room-2")
    phone, laptop, bob = member("ann"), member("ann"), member("bob")
    phone.enter("room-1")
    laptop.enter("room-2")
    bob.enter("room-2")
    laptop.refused(100005, "resume", roomId="room-1", seq=0)  # the phone is there
    assert list(room.members("room-2")) == ["ann", "bob"]
    phone.drop()
    until(lambda: resumes(laptop))
    kicked = laptop.next_event("onKickedOutOfRoom")
    assert (kicked["roomId"], kicked["data"]["reason"]) == ("room-2", 5)
    assert [frame["event"] for frame in bob.expect("onRemoteUserLeaveRoom", "onRoomUserCountChanged")]
    assert list(room.members("room-2")) == ["bob"]
    laptop.call("exitRoom")
    assert list(room.members("room-1")) == []


def resumes(member: Member) -> bool:
    try:
        return not member.call("resume", roomId="room-1", seq=0)["resumed"]
    except Refused:
        return False


def test_nobody_resumes_as_the_robot_that_stands_in_his_place(room: Caller, member: Join) -> None:
    phone = member("ann", deviceId="phone")
    seq = phone.enter()["seq"]
    phone.call("exitRoom")
    room.ok(f"{ROOMS}/add_robot", {"RoomId": "room-1", "Member_Account": "ann"})
    phone.refused(100005, "resume", roomId="room-1", seq=seq)
    phone.refused(-2101, "sendTextMessage", textContent="I am a robot")


def test_of_an_event_that_is_not_kept_it_is_known_to_whom_how_many_frames_went() -> None:
    recent = Recent(4, keep_ms=1000)
    recent.keep(Told(5, 0, "to all", None, ()))
    recent.keep(Told(5, 0, "to bob", ("bob",), ()))
    recent.keep(Told(6, 2000, "news", None, ()))
    assert recent.missed("ann", 5, 1) == ["news"]
    assert recent.missed("bob", 5, 2) == ["news"]
    assert recent.missed("bob", 5, 1) is None
    assert recent.missed("ann", 4, 1) is None
    recent.keep(Told(7, 4000, "later", None, ()))
    assert recent.missed("ann", 5, 1) is None
    assert recent.missed("bob", 6, 1) == ["later"]
    assert recent.missed("bob", 6, 0) is None


def test_who_resumes_while_an_older_connection_leaves_learns_that_it_is_over(room: Caller, member: Join) -> None:
    """The leave is in its commit when the newer connection takes the place up; tried at many moments around it."""
    for attempt in range(40):
        old = member("ann", deviceId="phone")
        seq = old.enter()["seq"]
        with Member(room, "ann", login=False) as new:
            login = {"sdkAppId": room.sdkappid, "userId": "ann", "userSig": room.token("ann"), "deviceId": "phone"}
            asked = new.send("login", **login), new.send("resume", roomId="room-1", seq=seq)
            time.sleep(attempt % 10 * 0.0004)
            with contextlib.suppress(ConnectionClosed):
                old.send("exitRoom")
            new.answer(asked[0])
            with contextlib.suppress(Refused):
                new.answer(asked[1])
                rename = {"RoomInfo": {"RoomId": "room-1", "RoomName": str(attempt)}}
                room.ok(f"{ROOMS}/update_room_info", rename)  # a commit behind that of the leave
                told: list[str] = []

                def agree(new: Member = new, told: list[str] = told) -> bool:
                    told += [frame["event"] for frame in new.told()]
                    return ("onKickedOutOfRoom" in told) != ("ann" in room.members())

                until(agree)
            with contextlib.suppress(Refused):
                new.call("exitRoom")
        old.close()
