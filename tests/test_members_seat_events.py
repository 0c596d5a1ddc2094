"""What members are told of seats: from REST and from members."""

from tests.house import ROOMS, SEATS, Caller
from tests.member import Member
from tests.told import data, seat, user


def test_taking_and_leaving_a_seat(room: Caller, ann: Member, bob: Member) -> None:
    bob.call("takeSeat", seatIndex=1)
    taken = {
        "seatList": [seat(0), seat(1, "bob")],
        "seatedList": [seat(1, "bob")],
        "leftList": [],
        "newlySeatedUsers": [user("bob")],
        "newlyLeftUsers": [],
    }
    assert data(ann.expect("onSeatListChanged"), 4) == [taken]
    assert data(bob.expect("onSeatListChanged"), 4) == [taken]
    bob.call("leaveSeat")
    left = {
        "seatList": [seat(0), seat(1)],
        "seatedList": [],
        "leftList": [seat(1, "bob")],
        "newlySeatedUsers": [],
        "newlyLeftUsers": [user("bob")],
    }
    assert data(ann.expect("onSeatListChanged"), 5) == [left]


def test_a_seat_shows_whoever_sits_there(room: Caller, ann: Member, bob: Member) -> None:
    room.ok("im_open_login_svc/account_import", {"UserID": "bob", "Nick": "Bob", "FaceUrl": "https://x/b.png"})
    room.ok(
        f"{ROOMS}/update_room_member_info",
        {"RoomId": "room-1", "MemberInfo": {"Member_Account": "bob", "NameCard": "B."}},
    )
    bob.call("takeSeat", seatIndex=0)
    shown = seat(0, "bob", userName="Bob", nameCard="B.", avatarUrl="https://x/b.png")
    assert ann.next_event("onSeatListChanged")["data"]["seatList"][0] == shown
    room.ok(
        f"{ROOMS}/update_room_member_info",
        {"RoomId": "room-1", "MemberInfo": {"Member_Account": "bob", "NameCard": "Bobby"}},
    )
    ann.call("takeSeat", seatIndex=1)
    seats = ann.next_event("onSeatListChanged")["data"]["seatList"]
    assert seats[0] == {**shown, "nameCard": "Bobby"}
    assert seats == ann.call("getRoomSnapshot")["seats"]


def test_being_seated_by_rest(room: Caller, ann: Member, bob: Member) -> None:
    room.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": 1, "Member_Account": "bob"})
    told = data(bob.expect("onSeatListChanged"), 4)[0]
    assert told["seatedList"] == [seat(1, "bob")]


def test_being_taken_off_the_seat(room: Caller, ann: Member, bob: Member) -> None:
    bob.call("takeSeat", seatIndex=1)
    for each in (ann, bob):
        each.told()
    room.ok(f"{SEATS}/kick_user_off_seat", {"RoomId": "room-1", "Member_Account": "bob", "Data": "time is up"})
    changed, kicked = data(bob.expect("onSeatListChanged", "onKickedOffSeat"), 5)
    assert changed["leftList"] == [seat(1, "bob")]
    assert kicked == {"seatIndex": 1, "operator": {"userId": "administrator"}, "extensionInfo": "time is up"}
    assert ann.names_told() == ["onSeatListChanged"]


def test_a_lock_takes_the_user_off_first(room: Caller, ann: Member, bob: Member) -> None:
    bob.call("takeSeat", seatIndex=1)
    for each in (ann, bob):
        each.told()
    room.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 1, "ForbidTaken": True})
    changed, kicked = data(bob.expect("onSeatListChanged", "onKickedOffSeat"))
    assert changed["seatList"] == [seat(0), seat(1, isLocked=True)]
    assert (kicked["seatIndex"], kicked["extensionInfo"]) == (1, "")
    bob.refused(100200, "takeSeat", seatIndex=1)


def test_flags_of_a_seat(room: Caller, ann: Member) -> None:
    ann.call("takeSeat", seatIndex=0)
    ann.told()
    room.ok(f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 0, "ForbidVideo": True, "ForbidAudio": True})
    changed = data(ann.expect("onSeatListChanged"))[0]
    assert changed["seatList"][0] == seat(0, "ann", isVideoLocked=True, isAudioLocked=True)
    assert (changed["seatedList"], changed["leftList"]) == ([], [])


def test_moves_between_seats(room: Caller, ann: Member, bob: Member) -> None:
    ann.call("takeSeat", seatIndex=0)
    room.ok(f"{SEATS}/switch_seat", {"RoomId": "room-1", "ToIndex": 1, "Member_Account": "ann"})
    moved = bob.expect("onSeatListChanged", "onSeatListChanged")[1]["data"]
    assert moved["seatList"] == [seat(0), seat(1, "ann")]
    assert (moved["seatedList"], moved["leftList"]) == ([], [])
    bob.call("takeSeat", seatIndex=0)
    for each in (ann, bob):
        each.told()
    move = {"RoomId": "room-1", "SeatIndex": 1, "Member_Account": "bob"}
    room.ok(f"{SEATS}/move_user_to_seat", {**move, "Policy": 2})
    assert data(bob.expect("onSeatListChanged"))[0]["seatList"] == [seat(0, "ann"), seat(1, "bob")]
    ann.told()
    room.ok(f"{SEATS}/move_user_to_seat", {**move, "SeatIndex": 0, "Policy": 1})
    changed, kicked = data(ann.expect("onSeatListChanged", "onKickedOffSeat"))
    assert changed["seatList"] == [seat(0, "bob"), seat(1)]
    assert changed["leftList"] == [seat(0, "ann")]
    assert kicked["seatIndex"] == 0


def test_whoever_leaves_frees_the_seat_first(room: Caller, ann: Member, bob: Member) -> None:
    bob.call("takeSeat", seatIndex=1)
    ann.told()
    bob.call("exitRoom")
    seats, left, _ = ann.expect("onSeatListChanged", "onRemoteUserLeaveRoom", "onRoomUserCountChanged")
    assert seats["data"]["seatList"] == [seat(0), seat(1)]
    assert left["seq"] == seats["seq"] + 1
