"""A meeting in which people ask each other: an owner, an administrator, and two general users, all connected."""

from collections.abc import Callable
from typing import Any, Final

import pytest

from tests.house import ROOMS, SEATS, Caller
from tests.member import Frame, Join, Member
from tests.told import user

OPEN_CAMERA, OPEN_MICROPHONE, TAKE_SEAT, INVITE, APPLY_CAMERA, APPLY_MICROPHONE, APPLY_SCREEN = 1, 2, 4, 5, 6, 7, 8
ACCEPTED, REJECTED, CANCELLED, TIMED_OUT, FAILED = range(5)
SYSTEM: Final = "@TIM#SYSTEM"


class Meeting:
    """``room-1`` of an application; ``owner``, ``admin``, ``ann`` and ``bob`` are inside, and have heard all so far."""

    def __init__(self, caller: Caller, join: Join, **info: Any) -> None:
        self.caller = caller
        self._join = join
        caller.import_accounts("owner")
        seats = {"IsSeatEnabled": True, "MaxSeatCount": 2, "TakeSeatMode": "ApplyToTake"}
        caller.create_room(Owner_Account="owner", **{**seats, **info})
        self.people: dict[str, Member] = {}
        for account in ("owner", "admin", "ann", "bob"):
            self.enter(account)
        self.role("admin", "Admin")
        self.hush()

    @property
    def owner(self) -> Member:
        return self.people["owner"]

    @property
    def admin(self) -> Member:
        return self.people["admin"]

    @property
    def ann(self) -> Member:
        return self.people["ann"]

    @property
    def bob(self) -> Member:
        return self.people["bob"]

    def enter(self, account: str, **params: Any) -> Frame:
        """Let another one in, or the same one anew; return his snapshot."""
        self.people[account] = self._join(account, of=self.caller, **params)
        return self.people[account].enter()

    def role(self, account: str, role: str) -> None:
        info = {"Member_Account": account, "Role": role}
        self.caller.ok(f"{ROOMS}/update_room_member_info", {"RoomId": "room-1", "MemberInfo": info})

    def hand_over(self, account: str) -> None:
        change = {"RoomId": "room-1", "From_Account": "owner", "NewOwner_Account": account}
        self.caller.ok(f"{ROOMS}/change_room_owner", change)

    def update(self, **info: Any) -> None:
        self.caller.ok(f"{ROOMS}/update_room_info", {"RoomInfo": {"RoomId": "room-1", **info}})

    def pick(self, account: str, index: int) -> None:
        self.caller.ok(f"{SEATS}/pick_user_on_seat", {"RoomId": "room-1", "Index": index, "Member_Account": account})

    def kick(self, *accounts: str) -> None:
        kicked = {"RoomId": "room-1", "MemberList_Account": list(accounts), "Reason": ""}
        self.caller.ok(f"{ROOMS}/kick_user_out", kicked)

    def hush(self) -> None:
        """Let everybody hear what has been told so far."""
        for member in self.people.values():
            member.told()

    def heard(self) -> dict[str, list[tuple[str, str]]]:
        """Return who was told what of requests since then: the event's name, and the request's id."""
        return {account: requests for account, member in self.people.items() if (requests := news(member.told()))}


def news(frames: list[Frame]) -> list[tuple[str, str]]:
    """Return the events of requests among these, as ``(name, id)``."""
    return [
        (frame["event"], frame["data"].get("requestId") or frame["data"]["request"]["requestId"])
        for frame in frames
        if frame["event"].startswith("onRequest")
    ]


def apply(member: Member, **params: Any) -> str:
    """Apply for a seat; return the id."""
    request_id: str = member.call("takeSeat", **params)["requestId"]
    assert request_id
    return request_id


def invite(member: Member, account: str, **params: Any) -> str:
    """Invite somebody to a seat; return the id."""
    request_id: str = member.call("takeUserOnSeatByAdmin", userId=account, **params)["requestId"]
    assert request_id
    return request_id


def request(request_id: str, action: int, sender: Frame | str, **known: Any) -> Frame:
    """A request as it is told, but for its times."""
    return {
        "requestId": request_id,
        "requestAction": action,
        "content": "",
        "fromUser": user(sender) if isinstance(sender, str) else sender,
        "toUser": "",
        "extensionInfo": "",
        "seatIndex": -1,
        **known,
    }


def untimed(shown: Frame) -> Frame:
    """A request without its times."""
    return {name: value for name, value in shown.items() if name not in ("timestamp", "expireTime")}


@pytest.fixture
def meeting(caller: Caller, member: Join) -> Meeting:
    """In a room with two seats, taken by application."""
    return Meeting(caller, member)


@pytest.fixture
def new_meeting(caller: Caller, member: Join) -> Callable[..., Meeting]:
    """Makes a meeting in a room with other settings."""
    return lambda **info: Meeting(caller, member, **info)
