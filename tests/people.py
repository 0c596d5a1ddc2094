"""People inside rooms: accounts that entered over connections of their own, and stay for the test."""

from typing import Any, Protocol

from tests.house import Caller
from tests.member import Member


class Enter(Protocol):
    """Brings accounts into a room, in this order; an account has one connection for each room."""

    def __call__(self, *accounts: str, room_id: str = "room-1", **params: Any) -> None: ...


class People:
    """The connections of a test."""

    def __init__(self, caller: Caller) -> None:
        self._caller = caller
        self._members: dict[tuple[str, str], Member] = {}

    def __getitem__(self, account: str) -> Member:
        """The connection that entered ``room-1``."""
        return self._members[account, "room-1"]

    def enter(self, *accounts: str, room_id: str = "room-1", **params: Any) -> None:
        for account in accounts:
            member = self._members.get((account, room_id))
            if member is None:
                member = self._members[account, room_id] = Member(self._caller, account)
            member.enter(room_id, **params)

    def close(self) -> None:
        for member in self._members.values():
            member.close()
