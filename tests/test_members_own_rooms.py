"""How many rooms a member may own and still create another; REST creates as many as it likes."""

from collections.abc import Callable, Iterator

import pytest

from tests.house import ROOMS, Caller, Server
from tests.member import Member

START = 4_000_000_000  # far ahead
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


@pytest.fixture
def bob(caller: Caller) -> Iterator[Member]:
    with Member(caller, "bob") as bob:
        yield bob


def test_nobody_is_handed_more_than_he_may_own_without_being_there(caller: Caller, ann: Member, bob: Member) -> None:
    for room_id in ("room-1", "room-2"):
        ann.call("scheduleConference", roomId=room_id, scheduleStartTime=START)
        ann.call("transferConferenceOwner", roomId=room_id, userId="bob")
    ann.call("createRoom", roomId="room-3")
    assert "'bob' owns" in ann.refused(101011, "transferConferenceOwner", roomId="room-3", userId="bob")
    assert caller.room("room-3")["Owner_Account"] == "ann"
    bob.call("transferConferenceOwner", roomId="room-1", userId="bob")  # it is his
    bob.call("cancelConference", roomId="room-1")
    ann.call("transferConferenceOwner", roomId="room-3", userId="bob")


def test_whoever_is_inside_takes_over_whatever_he_owns(caller: Caller, ann: Member, bob: Member) -> None:
    for number in (1, 2):
        bob.call("createRoom", roomId=f"room-{number}")
    for each in (ann, bob):
        each.call("createAndJoinRoom", roomId="room-3")
    ann.call("transferConferenceOwner", roomId="room-3", userId="bob")
    for each in (ann, bob):
        each.call("createAndJoinRoom", roomId="room-4")
    ann.call("changeUserRole", userId="bob", userRole=0)
    for room_id in ("room-3", "room-4"):
        assert caller.room(room_id)["Owner_Account"] == "bob"


def test_the_backend_hands_on_as_many_as_it_likes(caller: Caller, ann: Member, bob: Member) -> None:
    for number in (1, 2):
        bob.call("createRoom", roomId=f"room-{number}")
    ann.call("createAndJoinRoom", roomId="room-3")
    bob.enter("room-3")
    change = {"RoomId": "room-3", "From_Account": "ann", "NewOwner_Account": "bob"}
    caller.ok(f"{ROOMS}/change_room_owner", change)
    assert caller.room("room-3")["Owner_Account"] == "bob"


def test_without_any_members_create_none(new_server: Callable[..., Server]) -> None:
    caller = Caller(new_server(toml="rates = {default = 0}\nmax_rooms_per_member = 0").start().url)
    with Member(caller, "ann") as ann:
        for method in CREATING:
            ann.refused(100006, method, roomId="room-1")
        caller.create_room(Owner_Account="ann")
        ann.call("createAndJoinRoom", roomId="room-1")
        ann.call("exitRoom")
        caller.import_accounts("bob")
        ann.call("transferConferenceOwner", roomId="room-1", userId="bob")  # he creates none, with or without it


def test_twenty_as_it_comes(new_caller: Callable[[], Caller]) -> None:
    with Member(new_caller(), "ann") as ann:
        for number in range(20):
            ann.call("createRoom", roomId=f"room-{number}")
        ann.refused(101011, "createRoom", roomId="room-20")
