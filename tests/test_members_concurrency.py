"""Many at once: whoever follows the events from the snapshot on knows the room, whatever happens meanwhile."""

import random
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.eventlog import EventLog
from tests.house import ROOMS, SEATS, Caller
from tests.member import Frame, Join, Member, Refused

UNTOLD = {"RoomCreated", "MembersBanned", "MembersUnbanned"}
REFUSALS = {-2101, 100005, 100200, 100203, 100205, 100206, 100210}


class Follower:
    """What a client knows: the snapshot, and every event after it."""

    def __init__(self, member: Member, snapshot: Frame) -> None:
        self.member = member
        self.first = self.seq = snapshot["seq"]
        self.name = snapshot["roomInfo"]["roomName"]
        self.count = snapshot["roomInfo"]["roomMemberCount"]
        self.users = {user["userId"]: user for user in snapshot["members"]["list"]}
        self.seats = snapshot["seats"]
        self.seqs: list[int] = []

    def follow(self, frame: Frame) -> None:
        assert frame["roomId"] == "room-1"
        assert frame["seq"] >= self.seq
        if frame["seq"] > self.seq or not self.seqs:
            assert frame["seq"] > self.first
            self.seqs.append(frame["seq"])
        self.seq = frame["seq"]
        data = frame["data"]
        if frame["event"] == "onRemoteUserEnterRoom":
            assert data["userInfo"]["userId"] not in self.users
            self.users[data["userInfo"]["userId"]] = data["userInfo"]
        elif frame["event"] == "onRemoteUserLeaveRoom":
            del self.users[data["userInfo"]["userId"]]
        elif frame["event"] == "onUserInfoChanged":
            self._know(data["userInfo"])
        elif frame["event"] == "onRoomUserCountChanged":
            self.count = data["userCount"]
            assert self.count == len(self.users)
        elif frame["event"] == "onRoomNameChanged":
            self.name = data["roomName"]
        elif frame["event"] == "onSeatListChanged":
            self.seats = data["seatList"]

    def _know(self, user: Frame) -> None:
        self.users[user["userId"]] = user
        for seat in self.seats:  # his seat is not told of anew
            if seat["userId"] == user["userId"]:
                seat.update({name: user[name] for name in ("userName", "nameCard", "avatarUrl")})

    def catch_up(self) -> None:
        for frame in self.member.told():
            self.follow(frame)

    def knows(self, snapshot: Frame) -> None:
        assert self.seq <= snapshot["seq"]
        assert self.name == snapshot["roomInfo"]["roomName"]
        assert self.count == snapshot["roomInfo"]["roomMemberCount"] == len(self.users)
        assert list(self.users.values()) == snapshot["members"]["list"]
        assert self.seats == snapshot["seats"]


def act(member: Member, dice: random.Random) -> None:
    """Do something that a member does; being too late is no fault."""
    method = dice.choice(["enterRoom", "enterRoom", "exitRoom", "takeSeat", "leaveSeat", "getRoomSnapshot", "drop"])
    if method == "drop":
        member.drop()
        member.__init__(member.caller, member.user)  # type: ignore[misc]
        return
    params: dict[str, Frame] = {
        "enterRoom": {"roomId": "room-1"},
        "takeSeat": {"seatIndex": dice.choice([-1, 0, 1, 2])},
    }
    try:
        member.call(method, **params.get(method, {}))
    except Refused as refused:
        if refused.code not in REFUSALS:
            raise


def change(caller: Caller, dice: random.Random, account: str) -> None:
    """Do something that a backend does."""
    commands: list[tuple[str, dict[str, Any]]] = [
        (f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", "RoomName": f"name {dice.random()}"}}),
        (f"{ROOMS}/kick_user_out", {"RoomId": "room-1", "MemberList_Account": [account], "Reason": ""}),
        (
            f"{ROOMS}/update_room_member_info",
            {"RoomId": "room-1", "MemberInfo": {"Member_Account": account, "NameCard": f"{dice.random():.9}"}},
        ),
        (f"{SEATS}/lock_seat", {"RoomId": "room-1", "Index": 2, "ForbidTaken": dice.choice([True, False])}),
        (f"{SEATS}/kick_user_off_seat", {"RoomId": "room-1", "Member_Account": account}),
    ]
    envelope = caller.call(*dice.choice(commands))
    assert envelope["ErrorCode"] in (0, *REFUSALS), envelope


@pytest.mark.parametrize("seed", range(3))
def test_followers_know_the_room(caller: Caller, member: Join, log: EventLog, seed: int) -> None:
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=3)
    first = member("first")
    followers = [Follower(first, first.enter())]
    accounts = [f"user{n}" for n in range(6)]

    def play(account: str) -> None:
        dice = random.Random(f"{seed} {account}")
        actor = Member(caller, account)
        for _ in range(30):
            act(actor, dice)
        actor.close()

    def steer(number: int) -> None:
        dice = random.Random(f"{seed} {number}")
        backend = Caller(caller.url, caller.sdkappid)
        for _ in range(40):
            change(backend, dice, dice.choice(accounts))

    with ThreadPoolExecutor() as pool:
        work = [*(pool.submit(play, account) for account in accounts), *(pool.submit(steer, n) for n in range(2))]
        for n in range(5):  # more come in while it goes on
            late = member(f"late{n}")
            followers.append(Follower(late, late.enter()))
            for follower in followers:
                follower.catch_up()
        for each in work:
            each.result()
    for follower in followers:
        follower.catch_up()
    snapshot = first.call("getRoomSnapshot")
    told = [event.seq for event in log.all() if event.kind not in UNTOLD]
    for follower in followers:
        follower.knows(snapshot)
        assert follower.seqs == [seq for seq in told if seq > follower.first]
    assert list(caller.members()) == list(followers[0].users)
    assert caller.seats() == [seat["userId"] for seat in followers[0].seats]


def test_a_race_for_one_seat_has_one_winner(caller: Caller, member: Join) -> None:
    caller.create_room(IsSeatEnabled=True, MaxSeatCount=1)
    racers = [member(f"user{n}") for n in range(8)]
    for racer in racers:
        racer.enter()
    with ThreadPoolExecutor(len(racers)) as pool:
        for _ in range(5):
            sent = list(pool.map(lambda racer: racer.send("takeSeat", seatIndex=0), racers))
            outcomes = []
            for racer, request_id in zip(racers, sent, strict=True):
                try:
                    racer.answer(request_id)
                    outcomes.append(0)
                except Refused as refused:
                    outcomes.append(refused.code)
            assert sorted(outcomes) == [0, *[100210] * 7]
            racers[outcomes.index(0)].call("leaveSeat")


def test_a_race_for_the_last_place_has_one_winner(caller: Caller, member: Join) -> None:
    caller.create_room(MaxMemberCount=1)
    racers = [member(f"user{n}") for n in range(8)]
    sent = [racer.send("enterRoom", roomId="room-1") for racer in racers]
    outcomes = []
    for racer, request_id in zip(racers, sent, strict=True):
        try:
            racer.answer(request_id)
            outcomes.append(0)
        except Refused as refused:
            outcomes.append(refused.code)
    assert sorted(outcomes) == [0, *[100008] * 7]
    assert len(caller.members()) == 1


def is_inside(member: Member) -> bool:
    try:
        member.call("getRoomSnapshot")
    except Refused as refused:
        if refused.code != -2101:
            raise
        return False
    return True


def test_two_devices_that_take_each_other_over_leave_one_inside(caller: Caller, member: Join) -> None:
    caller.create_room()
    watcher = member("watcher")
    watcher.enter()
    phone, laptop = member("ann", deviceId="phone"), member("ann", deviceId="laptop")
    phone.enter()
    watcher.told()
    for _ in range(10):
        sent = [(device, device.send("enterRoom", roomId="room-1")) for device in (laptop, phone)]
        for device, request_id in sent:
            device.answer(request_id)
    inside = [device for device in (laptop, phone) if is_inside(device)]
    assert len(inside) == 1
    assert watcher.names_told() == []
    inside[0].call("exitRoom")
    assert watcher.names_told() == ["onRemoteUserLeaveRoom", "onRoomUserCountChanged"]


def test_entering_two_rooms_at_once_leaves_one_in_one(caller: Caller, member: Join) -> None:
    for place in range(3):
        caller.create_room(f"room-{place}")
    for _ in range(5):
        phone = member("ann", deviceId="phone")
        for place in (0, 1, 2, 1):
            sent = phone.send("enterRoom", roomId=f"room-{place}")
    while phone.receive().get("id") != sent:
        pass
    assert [len(caller.members(f"room-{place}")) for place in range(3)] == [0, 1, 0]
