"""A connection that was lost goes on: what was missed follows, each frame once, or a fresh snapshot comes instead."""

import contextlib
from collections.abc import Callable, Iterator

import pytest

from conclave.realtime.recent import MOST_CHARACTERS, MOST_FRAMES, Recent, Told
from tests.database import ENGINE
from tests.house import BOTH_PORTS, ROOMS, Caller, Server
from tests.member import Frame, Join, Member, Refused, until


@pytest.fixture(params=BOTH_PORTS)
def door(request: pytest.FixtureRequest) -> str:
    return str(request.param)


UPDATE = f"{ROOMS}/update_room_info"
KICK_OUT = f"{ROOMS}/kick_user_out"


@pytest.fixture
def phone(room: Caller, member: Join) -> Member:
    """A device in the room that is about to lose its connection."""
    phone = member("ann", deviceId="phone")
    phone.enter()
    return phone


@pytest.fixture
def again(phone: Member, member: Join) -> Callable[[], Member]:
    """Cuts the device's cable and logs it in anew."""

    def come_back() -> Member:
        phone.drop()
        return member("ann", deviceId="phone")

    return come_back


def rename(caller: Caller, name: str) -> None:
    caller.ok(UPDATE, {"RoomInfo": {"RoomId": "room-1", "RoomName": name}})


def names(frames: list[Frame]) -> Iterator[tuple[str, int]]:
    return ((frame["event"], frame["seq"]) for frame in frames)


def test_what_was_missed_follows_the_answer_in_its_order(
    room: Caller, phone: Member, member: Join, again: Callable[[], Member]
) -> None:
    bob = member("bob")
    bob.enter()
    seen = phone.told()[-1]["seq"]
    phone.drop()
    rename(room, "one")
    bob.call("takeSeat", seatIndex=0)
    expected = bob.told()
    back = again()
    result = back.call("resume", roomId="room-1", seq=seen, frames=2)
    assert result == {"resumed": True, "seq": expected[-1]["seq"], "snapshot": None}
    assert back.told() == expected
    rename(room, "two")
    assert [frame["data"]["roomName"] for frame in back.expect("onRoomNameChanged")] == ["two"]
    back.call("takeSeat", seatIndex=1)
    assert room.seats() == ["bob", "ann"]


@pytest.mark.parametrize(("frames", "missed"), [(0, 2), (1, 1), (2, 0), (3, 0), (None, 0)])
def test_a_connection_cut_between_the_frames_of_one_event_misses_none_and_gets_none_twice(
    phone: Member, member: Join, again: Callable[[], Member], frames: int | None, missed: int
) -> None:
    member("bob").enter()
    both = phone.told()
    assert [frame["event"] for frame in both] == ["onRemoteUserEnterRoom", "onRoomUserCountChanged"]
    back = again()
    known = {} if frames is None else {"frames": frames}
    assert back.call("resume", roomId="room-1", seq=both[0]["seq"], **known)["resumed"]
    assert back.told() == both[2 - missed :]


def test_frames_for_one_alone_are_kept_for_him_alone(
    room: Caller, phone: Member, member: Join, again: Callable[[], Member]
) -> None:
    phone.call("takeSeat", seatIndex=1)
    bob = member("bob", deviceId="phone")
    bob.enter()
    seen = phone.told()[-1]["seq"]
    room.ok("room_engine_http_mic/kick_user_off_seat", {"RoomId": "room-1", "Member_Account": "ann", "Data": "x"})
    bob.drop()
    other = member("bob", deviceId="phone")
    assert other.call("resume", roomId="room-1", seq=seen)["resumed"]
    back = again()
    assert back.call("resume", roomId="room-1", seq=seen)["resumed"]
    assert [name for name, _ in names(other.told())] == ["onSeatListChanged"]
    assert [name for name, _ in names(back.told())] == ["onSeatListChanged", "onKickedOffSeat"]


def test_a_connection_that_never_broke_may_ask_as_well(room: Caller, phone: Member) -> None:
    start = phone.call("getRoomSnapshot")["seq"]
    rename(room, "one")
    told = phone.told()
    assert phone.call("resume", roomId="room-1", seq=start)["resumed"]
    assert phone.told() == told


@pytest.mark.parametrize("seq", [0, 1, 10_000])
def test_who_claims_to_know_what_he_cannot_gets_a_snapshot(
    phone: Member, member: Join, again: Callable[[], Member], seq: int
) -> None:
    member("bob").enter()
    back = again()
    result = back.call("resume", roomId="room-1", seq=seq)
    assert not result["resumed"]
    assert result["snapshot"] == back.call("getRoomSnapshot")
    assert result["seq"] == result["snapshot"]["seq"]


def test_a_device_whose_place_another_has_taken_over_does_not_take_it_back_by_itself(
    room: Caller, phone: Member, member: Join, again: Callable[[], Member]
) -> None:
    seq = phone.call("getRoomSnapshot")["seq"]
    phone.drop()
    laptop = member("ann", deviceId="laptop")
    laptop.enter()
    back = again()
    assert "another device" in back.refused(100005, "resume", roomId="room-1", seq=seq)
    rename(room, "one")
    assert [frame["event"] for frame in laptop.told()] == ["onRoomNameChanged"]
    back.enter()
    assert laptop.next_event("onKickedOutOfRoom")["data"]["reason"] == 1


def test_what_one_alone_is_told_beside_the_room_is_not_missed(
    phone: Member, member: Join, again: Callable[[], Member]
) -> None:
    bob, laptop = member("bob"), member("ann", deviceId="laptop")
    phone.call("inviteUsers", roomId="room-1", userIdList=["bob"])
    seq = phone.told()[-1]["seq"]
    phone.drop()
    bob.call("reject", roomId="room-1", reason=1)
    answered = laptop.next_event("onInvitationRejected")
    assert "seq" not in answered
    back = again()
    back.call("ping")  # what was told to the device's new connection would be told twice
    assert back.call("resume", roomId="room-1", seq=seq)["resumed"]
    rejected, changed = back.told()
    assert (rejected["event"], changed["event"]) == ("onInvitationRejected", "onInvitationStatusChanged")
    assert rejected["data"] == answered["data"]
    assert rejected["seq"] == changed["seq"]


def test_a_device_between_login_and_resume_is_told_nothing_twice(
    phone: Member, member: Join, again: Callable[[], Member]
) -> None:
    bob = member("bob")
    phone.call("inviteUsers", roomId="room-1", userIdList=["bob"])
    seq = phone.told()[-1]["seq"]
    back = again()
    bob.call("reject", roomId="room-1")
    assert back.told() == []
    assert back.call("resume", roomId="room-1", seq=seq)["resumed"]
    assert [frame["event"] for frame in back.told()] == ["onInvitationRejected", "onInvitationStatusChanged"]


def test_whose_membership_ended_is_told_so(
    room: Caller, phone: Member, member: Join, again: Callable[[], Member]
) -> None:
    seq = phone.call("getRoomSnapshot")["seq"]
    phone.drop()
    room.ok(KICK_OUT, {"RoomId": "room-1", "MemberList_Account": ["ann"], "Reason": "x"})
    back = again()
    back.refused(100005, "resume", roomId="room-1", seq=seq)
    back.refused(-2101, "leaveSeat")
    room.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    back.refused(100004, "resume", roomId="room-1", seq=seq)
    room.create_room()
    back.refused(100005, "resume", roomId="room-1", seq=seq)


def test_a_room_of_the_same_id_is_another_room(
    room: Caller, phone: Member, member: Join, again: Callable[[], Member]
) -> None:
    seq = phone.call("getRoomSnapshot")["seq"]
    phone.drop()
    room.ok(f"{ROOMS}/destroy_room", {"RoomId": "room-1"})
    room.create_room()
    laptop = member("ann", deviceId="laptop")
    laptop.enter()
    again().refused(100005, "resume", roomId="room-1", seq=seq)
    laptop.drop()
    back = again()
    answers: list[Frame] = []
    until(lambda: is_answered(back, seq, answers))  # once the server has noticed that the laptop is gone
    assert not answers[0]["resumed"]
    assert answers[0]["snapshot"]["seats"] == []


def is_answered(member: Member, seq: int, answers: list[Frame]) -> bool:
    """Ask to resume; the answer goes into ``answers`` unless it is a refusal."""
    with contextlib.suppress(Refused):
        answers.append(member.call("resume", roomId="room-1", seq=seq))
    return bool(answers)


def test_what_does_not_fit_is_not_kept(room: Caller, phone: Member, again: Callable[[], Member]) -> None:
    seq = phone.call("getRoomSnapshot")["seq"]
    phone.drop()
    for number in range(MOST_FRAMES + 1):  # one more than is kept
        rename(room, str(number))
    back = again()
    assert not back.call("resume", roomId="room-1", seq=seq)["resumed"]


def test_a_server_that_started_anew_gives_a_snapshot_with_seat_and_role(new_server: Callable[..., Server]) -> None:
    server = new_server().start()
    caller = Caller(server.url)
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=2)
    ann = Member(caller, "ann", deviceId="phone")
    ann.enter()
    ann.call("takeSeat", seatIndex=1)
    seq = ann.told()[-1]["seq"]
    server.kill()
    server.start()
    back = Member(Caller(server.url), "ann", deviceId="phone")
    result = back.call("resume", roomId="room-1", seq=seq)
    # Where others might serve, the log says that ann has come through another node.
    assert (result["resumed"], result["seq"]) == (False, seq + (ENGINE == "postgresql"))
    assert result["snapshot"]["seats"][1]["userId"] == "ann"
    back.call("leaveSeat")
    assert [frame["event"] for frame in back.told()] == ["onSeatListChanged"]
    # From here on the server knows again what it told.
    again = Member(Caller(server.url), "ann", deviceId="phone")
    assert again.call("resume", roomId="room-1", seq=result["seq"])["resumed"]
    assert [frame["event"] for frame in again.told()] == ["onSeatListChanged"]


def told(seq: int, at: int = 0, text: str = "x") -> Told:
    return Told(seq, at, text, None, ())


def test_frames_are_kept_for_a_time_and_a_size() -> None:
    recent = Recent(4, keep_ms=1000)
    for seq in (5, 5, 6):
        recent.keep(told(seq, at=100 * seq))
    assert recent.missed("ann", 4, None) == ["x", "x", "x"]
    assert recent.missed("ann", 5, 1) == ["x", "x"]
    assert recent.missed("ann", 3, None) is None
    assert recent.missed("ann", 4, 0) is None
    recent.keep(told(7, at=1550))
    assert recent.missed("ann", 4, None) is None
    assert recent.missed("ann", 5, None) == ["x", "x"]
    recent.keep(told(8, at=1560, text="x" * MOST_CHARACTERS))
    assert recent.missed("ann", 7, None) == ["x" * MOST_CHARACTERS]
    recent.keep(told(9, at=1570))
    assert recent.missed("ann", 7, None) is None
    assert recent.missed("ann", 8, None) == ["x"]
