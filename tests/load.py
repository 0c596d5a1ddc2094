"""Load for fault tests: backends that change rooms without a pause, and note what was acknowledged."""

import itertools
import json
import threading
from typing import Self

import httpx

from tests.database import Database
from tests.house import ROOMS, Caller
from tests.member import Frame, Member
from tests.nodes import Node, Pair, until_late


class Changing(threading.Thread):
    """A backend with a room: creates it, and renames it again and again; each name is another one.

    It calls the first of the callers, or with ``in_turn`` each in its turn; one that does not answer is left for the
    others. ``acknowledged`` are the names that were answered with 0, ``unanswered`` those that were not answered,
    ``refused`` other codes.
    """

    def __init__(self, room_id: str, *callers: Caller, in_turn: bool = False) -> None:
        super().__init__(name=room_id)
        self.room_id = room_id
        self.acknowledged: list[str] = []
        self.unanswered: list[str] = []
        self.refused: list[int] = []
        self.stopping = False
        self._callers = list(callers)
        self._in_turn = in_turn
        self._callers[0].create_room(room_id, RoomName=f"{room_id} 0")
        self.acknowledged.append(f"{room_id} 0")

    def run(self) -> None:
        for number in itertools.count(1):
            if self.stopping:
                return
            caller = self._callers[number % len(self._callers) if self._in_turn else 0]
            self._rename(caller, f"{self.room_id} {number}")

    def _rename(self, caller: Caller, name: str) -> None:
        try:
            info = {"RoomId": self.room_id, "RoomName": name}
            code = caller.call(f"{ROOMS}/update_room_info", {"RoomInfo": info})["ErrorCode"]
        except httpx.TransportError:
            self.unanswered.append(name)
            self._callers.remove(caller)
            return
        if code:
            self.refused.append(code)
        else:
            self.acknowledged.append(name)


class Load:
    """Several of them, who go on until the end of the block."""

    def __init__(self, *backends: Changing) -> None:
        self.backends = backends

    def __enter__(self) -> Self:
        for each in self.backends:
            each.start()
        return self

    def goes_on(self, by: int = 10) -> None:
        """Return when each has been acknowledged so many more changes."""
        goals = [(each, len(each.acknowledged) + by) for each in self.backends]
        until_late(lambda: all(len(each.acknowledged) >= goal for each, goal in goals))

    def __exit__(self, *_: object) -> None:
        for each in self.backends:
            each.stopping = True
        for each in self.backends:
            each.join(30)
            assert not each.is_alive()

    def check(self, database: Database) -> None:
        """Expect of each room's log what was acknowledged, once, in its order, and at most what was not answered."""
        for each in self.backends:
            assert each.refused == []
            there = names_told(database, each.room_id)
            assert [name for name in there if name not in each.unanswered] == each.acknowledged
            assert there == sorted(set(there), key=lambda name: int(name.rpartition(" ")[2]))


class Audience:
    """Members who listen to a room each, through one node, while it is changed through the other."""

    def __init__(self, two: Pair, node: Node, *rooms: Changing) -> None:
        self.members = {room: two.member(node, f"listener of {room.room_id}") for room in rooms}
        for room, member in self.members.items():
            member.enter(room.room_id)

    def check(self) -> None:
        """Expect each to have heard every change of his room since he came, in order, none twice."""
        for room, member in self.members.items():
            names = [frame["data"]["roomName"] for frame in _heard_until(member, room.acknowledged[-1])]
            assert names == room.acknowledged[1:]


def _heard_until(member: Member, name: str) -> list[Frame]:
    frames = [member.next_event("onRoomNameChanged")]
    while frames[-1]["data"]["roomName"] != name:
        frames.append(member.next_event("onRoomNameChanged"))
    assert [frame["seq"] for frame in frames] == sorted({frame["seq"] for frame in frames})
    return frames


def names_told(database: Database, room_id: str) -> list[str]:
    """Return the names that a room was given, by the log."""
    query = "SELECT data FROM events WHERE room_id = ? AND kind IN ('RoomCreated', 'RoomUpdated') ORDER BY seq"
    return [json.loads(data)["room"]["name"] for (data,) in database.query(query, room_id)]
