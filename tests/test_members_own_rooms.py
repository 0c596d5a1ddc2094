"""How many rooms a member may own and still create another; REST creates as many as it likes."""

from collections.abc import Callable, Iterator

import pytest

from tests.house import ROOMS, Caller, Server
from tests.member import Member

CREATING = ("createRoom", "scheduleConference", "createAndJoinRoom")


@pytest.fixture
def caller(new_server: Callable[..., Server]) -> Caller:
    """Of an application whose members may own two rooms."""
    return Caller(new_server(toml="rates = {default = 0}\nmax_rooms_per_member = 2").start().url)


@pytest.fixture
def ann(caller: Caller) -> Iterator[Member]:
    with Member(caller, "ann") as ann:
        yield ann


@pytest.mark.parametrize("method", CREATING)
def test_a_member_owns_so_many_and_no_more(caller: Caller, ann: Member, method: str) -> None:
    for number in (1, 2):
        ann.call(method, roomId=f"room-{number}")
    for each in CREATING:
        assert "2 rooms" in ann.refused(101011, each, roomId="room-3")
    caller.refused(100004, f"{ROOMS}/get_room_info", {"RoomId": "room-3"})
    ann.call("createAndJoinRoom", roomId="room-2")  # creates nothing
    ann.call("destroyRoom")
    ann.call(method, roomId="room-3")
    with Member(caller, "bob") as bob:
        bob.call(method, roomId="room-4")  # each has his own


def test_an_id_in_use_is_refused_as_such(caller: Caller, ann: Member) -> None:
    caller.create_room("room-1", Owner_Account="administrator")
    for room_id in ("room-2", "room-3"):
        ann.call("createRoom", roomId=room_id)
    ann.refused(100003, "createRoom", roomId="room-1")
    ann.refused(100010, "createRoom", roomId="room-2")
    ann.refused(101011, "createRoom", roomId="room-4")


def test_the_backend_creates_as_many_as_it_likes_and_they_count(caller: Caller, ann: Member) -> None:
    for number in range(4):
        caller.create_room(f"room-{number}", Owner_Account="ann")
    caller.ok("group_open_http_svc/create_group", {"Type": "Public", "Name": "x", "Owner_Account": "ann"})
    ann.refused(101011, "createRoom", roomId="room-9")
    for number in range(3):
        caller.ok(f"{ROOMS}/destroy_room", {"RoomId": f"room-{number}"})
    ann.call("createRoom", roomId="room-9")  # the Chat group is no room
    ann.refused(101011, "createRoom", roomId="room-8")


def test_without_any_members_create_none(new_server: Callable[..., Server]) -> None:
    caller = Caller(new_server(toml="rates = {default = 0}\nmax_rooms_per_member = 0").start().url)
    with Member(caller, "ann") as ann:
        for method in CREATING:
            ann.refused(100006, method, roomId="room-1")
        caller.create_room(Owner_Account="ann")
        ann.call("createAndJoinRoom", roomId="room-1")


def test_twenty_as_it_comes(new_caller: Callable[[], Caller]) -> None:
    with Member(new_caller(), "ann") as ann:
        for number in range(20):
            ann.call("createRoom", roomId=f"room-{number}")
        ann.refused(101011, "createRoom", roomId="room-20")
