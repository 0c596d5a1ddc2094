"""Rooms over REST: create, read, change, end."""

from tests.house import ROOMS, Caller


def test_a_created_room_can_be_read(caller: Caller) -> None:
    caller.create_room(RoomName="weekly sync")
    assert caller.room()["RoomName"] == "weekly sync"


def test_a_room_id_is_used_once(caller: Caller) -> None:
    caller.create_room()
    info = caller.refused(100010, f"{ROOMS}/create_room", {"RoomInfo": {"RoomId": "room-1", "RoomType": "Conference"}})
    assert "already exists" in info
