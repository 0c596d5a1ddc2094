"""Name, seat mode, speech mode, password and number of seats, as owner and administrators change them."""

from typing import Any

import pytest

from tests import backend as to
from tests.assembly import Assembly, assembly
from tests.backend import Backend
from tests.eventlog import EventLog
from tests.house import ROOMS, SEATS, Caller
from tests.member import Frame, Join

__all__ = ["assembly"]
UPDATE = f"{ROOMS}/update_room_info"
BY_ADMINISTRATOR: dict[str, dict[str, Any]] = {
    "updateRoomNameByAdmin": {"roomName": "weekly"},
    "updateRoomSeatModeByAdmin": {"seatMode": 2},
    "updateRoomSpeechModeByAdmin": {"speechMode": 2},
    "updateRoomPasswordByAdmin": {"password": "secret-2"},
    "setRoomMetadataByAdmin": {"metadata": {"topic": "budget"}},
    "deleteRoomMetadataByAdmin": {"keys": ["topic"]},
}


@pytest.mark.parametrize("method", BY_ADMINISTRATOR)
def test_owner_and_administrators_may_and_nobody_else(caller: Caller, member: Join, method: str) -> None:
    assembly = Assembly(caller, member, IsSeatEnabled="Seat" in method)
    if method == "deleteRoomMetadataByAdmin":
        assembly.owner.call("setRoomMetadataByAdmin", metadata={"topic": "x"})
    params = BY_ADMINISTRATOR[method]
    assembly.ann.refused(-2301, method, **params)
    assembly.outsider.refused(-2101, method, **params)
    assert assembly.admin.call(method, **params) == {}
    if method != "deleteRoomMetadataByAdmin":
        assert assembly.owner.call(method, **params) == {}


@pytest.mark.parametrize("method", BY_ADMINISTRATOR)
def test_a_room_that_ended_is_not_changed(assembly: Assembly, method: str) -> None:
    assembly.caller.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    assembly.caller.create_room()
    assembly.admin.next_event("onRoomDismissed")
    assembly.admin.refused(-2101, method, **BY_ADMINISTRATOR[method])


# The name


def test_a_new_name_is_told_once(assembly: Assembly) -> None:
    assembly.admin.call("updateRoomNameByAdmin", roomName="weekly")
    assert assembly.told() == [{"event": "onRoomNameChanged", "roomName": "weekly", "operator": "admin"}]
    assembly.owner.call("updateRoomNameByAdmin", roomName="weekly")
    assert assembly.told() == []
    assembly.update(RoomName="monthly")
    assert assembly.told() == [{"event": "onRoomNameChanged", "roomName": "monthly", "operator": "administrator"}]
    for name in ("", "é" * 51, 7, None):
        assembly.owner.refused(-1001, "updateRoomNameByAdmin", roomName=name)


def test_a_change_raises_the_callback_of_update_room_info(backend: Backend, member: Join) -> None:
    assembly = Assembly(backend.caller, member, IsSeatEnabled=True, TakeSeatMode="FreeToTake")
    backend.listen(to.UPDATE)
    assembly.admin.call("updateRoomNameByAdmin", roomName="weekly")
    assembly.admin.call("updateRoomNameByAdmin", roomName="weekly")  # which changes nothing [R28]
    assembly.owner.call("updateRoomSeatModeByAdmin", seatMode=2)
    assembly.owner.call("updateRoomPasswordByAdmin", password="secret-2")
    named, seats, password = backend.told(*[to.UPDATE] * 3)
    assert (named.body["Operator_Account"], named.body["RoomInfo"]["RoomName"]) == ("admin", "weekly")
    assert (seats.body["Operator_Account"], seats.body["RoomInfo"]["TakeSeatMode"]) == ("owner", "ApplyToTake")
    assert "secret" not in password.text


# The seat mode


def test_a_new_seat_mode_leaves_people_on_their_seats(caller: Caller, member: Join) -> None:
    assembly = Assembly(caller, member, IsSeatEnabled=True, TakeSeatMode="FreeToTake")
    assembly.ann.call("takeSeat", seatIndex=1)
    assembly.told()
    assembly.admin.call("updateRoomSeatModeByAdmin", seatMode=2)
    assert assembly.told() == [{"event": "onRoomSeatModeChanged", "seatMode": 2, "operator": "admin"}]
    assert caller.seats() == ["", "ann"]
    assembly.update(TakeSeatMode="FreeToTake")
    assert assembly.told() == [{"event": "onRoomSeatModeChanged", "seatMode": 1, "operator": "administrator"}]
    assembly.owner.refused(-1001, "updateRoomSeatModeByAdmin", seatMode=0)


def test_a_room_without_seats_has_no_seat_mode(assembly: Assembly) -> None:
    assembly.ann.refused(-2301, "updateRoomSeatModeByAdmin", seatMode=2)
    assembly.owner.refused(100211, "updateRoomSeatModeByAdmin", seatMode=2)


# The speech mode


def switched(operator: str, *, is_barred: bool) -> list[Frame]:
    by = {"isDisable": is_barred, "operator": operator}
    return [
        {"event": "onAllUserMicrophoneDisableChanged", **by},
        {"event": "onAllUserCameraDisableChanged", **by},
        {"event": "onRoomSpeechModeChanged", "speechMode": 2 if is_barred else 1, "operator": operator},
    ]


def test_speech_by_application_bars_microphone_and_camera(assembly: Assembly) -> None:
    assembly.admin.call("updateRoomSpeechModeByAdmin", speechMode=1)  # as it is
    assert assembly.told() == []
    assembly.admin.call("updateRoomSpeechModeByAdmin", speechMode=2)
    assert assembly.told() == switched("admin", is_barred=True)
    assert (assembly.caller.room()["IsAudioDisabled"], assembly.caller.room()["IsVideoDisabled"]) == (True, True)
    assembly.owner.call("updateRoomSpeechModeByAdmin", speechMode=1)
    assert assembly.told() == switched("owner", is_barred=False)
    for mode in (0, 4, "1", None):
        assembly.owner.refused(-1001, "updateRoomSpeechModeByAdmin", speechMode=mode)


def test_speech_follows_from_both_bans_whoever_sets_them(assembly: Assembly) -> None:
    assembly.update(IsAudioDisabled=True)
    assert [frame["event"] for frame in assembly.told()] == ["onAllUserMicrophoneDisableChanged"]
    assembly.update(IsVideoDisabled=True)
    camera, speech = assembly.told()
    assert (camera["event"], speech["event"]) == ("onAllUserCameraDisableChanged", "onRoomSpeechModeChanged")
    assert (speech["speechMode"], speech["operator"]) == (2, "administrator")
    assembly.update(IsAudioDisabled=False)
    assert assembly.told()[-1]["speechMode"] == 1


def test_what_has_to_do_with_seats_is_not_switched(caller: Caller, member: Join, assembly: Assembly) -> None:
    assembly.owner.refused(-2104, "updateRoomSpeechModeByAdmin", speechMode=3)
    assembly.owner.call("createAndJoinRoom", roomId="room-2", isSeatEnabled=True)
    for mode in (1, 2):
        assembly.owner.refused(-2104, "updateRoomSpeechModeByAdmin", speechMode=mode)
    assembly.owner.call("updateRoomSpeechModeByAdmin", speechMode=3)
    caller.ok(UPDATE, {"RoomInfo": {"RoomId": "room-2", "IsAudioDisabled": True, "IsVideoDisabled": True}})
    assert "onRoomSpeechModeChanged" not in assembly.owner.names_told()


# The password


def test_a_new_password_counts_for_those_who_come(assembly: Assembly) -> None:
    assembly.admin.call("updateRoomPasswordByAdmin", password="secret-2")
    changed = [{"event": "onRoomInfoChanged", "changed": {"isPasswordEnabled": True}, "operator": "admin"}]
    assert assembly.told() == changed
    assembly.outsider.refused(100018, "enterRoom", roomId="room-1")
    assembly.admin.call("updateRoomPasswordByAdmin", password="secret-3")
    assert assembly.told() == []
    assembly.outsider.refused(100019, "enterRoom", roomId="room-1", password="secret-2")
    assembly.outsider.enter(password="secret-3")
    assembly.outsider.call("exitRoom")
    assembly.ann.call("getRoomSnapshot")


def test_an_empty_password_leaves_the_stored_one_unused(assembly: Assembly) -> None:
    assembly.owner.call("updateRoomPasswordByAdmin", password="secret-2")
    assembly.owner.call("updateRoomPasswordByAdmin", password="")
    assert (assembly.caller.room()["IsPasswordEnabled"], assembly.caller.room()["Password"]) == (False, "secret-2")
    assembly.outsider.enter()
    assembly.update(IsPasswordEnabled=True)  # which finds it again [R25]
    assert assembly.caller.room()["Password"] == "secret-2"
    for password in ("x" * 33, "ü", None, 5):
        assembly.owner.refused(-1001, "updateRoomPasswordByAdmin", password=password)


# updateRoomInfo


def test_the_owner_changes_name_and_password_at_once(assembly: Assembly, log: EventLog) -> None:
    for each in (assembly.admin, assembly.ann):
        each.refused(-2300, "updateRoomInfo", roomName="weekly")
    log.new()
    assembly.owner.call("updateRoomInfo", roomName="weekly", password="secret-2")
    assert [frame["event"] for frame in assembly.told()] == ["onRoomNameChanged", "onRoomInfoChanged"]
    (updated,) = log.told("RoomUpdated")
    assert "secret" not in str(updated.data)
    assembly.owner.call("updateRoomInfo")
    log.told()
    assembly.owner.call("exitRoom")
    assembly.owner.refused(-2101, "updateRoomInfo", roomName="x")  # who left has to enter again


# The number of seats


def test_seats_are_counted_before_anybody_is_inside(caller: Caller, member: Join) -> None:
    ann, bob = member("ann"), member("bob")
    ann.call("createRoom", roomId="room-1", isSeatEnabled=True, maxSeatCount=4)
    caller.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 3, "ForbidTaken": True})
    bob.refused(-2300, "setMaxSeatCount", roomId="room-1", maxSeatCount=3)
    ann.refused(100004, "setMaxSeatCount", roomId="nowhere", maxSeatCount=3)
    ann.refused(100013, "setMaxSeatCount", roomId="room-1", maxSeatCount=21)
    ann.refused(-1001, "setMaxSeatCount", roomId="room-1", maxSeatCount=0)
    ann.call("setMaxSeatCount", roomId="room-1", maxSeatCount=2)
    snapshot = ann.enter()
    assert (snapshot["roomInfo"]["maxSeatCount"], len(snapshot["seats"])) == (2, 2)
    assert caller.seats() == ["", ""]
    ann.refused(100013, "setMaxSeatCount", roomId="room-1", maxSeatCount=3)
    ann.call("exitRoom")
    ann.call("setMaxSeatCount", roomId="room-1", maxSeatCount=5)
    assert ann.enter()["seats"][3] == snapshot["seats"][0] | {"index": 3}  # the lock of before is forgotten
    ann.call("createRoom", roomId="room-2")
    ann.refused(100211, "setMaxSeatCount", roomId="room-2", maxSeatCount=2)
