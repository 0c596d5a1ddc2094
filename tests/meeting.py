"""A meeting with everybody in it: an owner, an administrator and two general users, who all listen."""

from collections.abc import Iterable
from typing import Final

import pytest

from tests.house import ROOMS, Caller
from tests.member import Frame, Join, Member
from tests.told import data

PEOPLE: Final = ("owner", "admin", "ann", "bob")


class Meeting:
    """The connections by account; what was told before a test begins is forgotten."""

    def __init__(self, caller: Caller, join: Join) -> None:
        self.caller = caller
        caller.import_accounts(*PEOPLE)
        caller.create_room(Owner_Account="owner", IsSeatEnabled=True, MaxSeatCount=4)
        self.people = {account: join(account) for account in PEOPLE}
        for each in self.people.values():
            each.enter()
        self.rest("admin", Role="Admin")
        self.forget()

    def __getitem__(self, account: str) -> Member:
        return self.people[account]

    def rest(self, account: str, **info: str) -> None:
        """Change a member over REST."""
        body = {"RoomId": "room-1", "MemberInfo": {"Member_Account": account, **info}}
        self.caller.ok(f"{ROOMS}/update_room_member_info", body)

    def forget(self) -> None:
        for each in self.people.values():
            each.told()

    def hear(self, *names: str, who: Iterable[str] = PEOPLE) -> list[Frame]:
        """Expect those people to be told exactly these events, and all of them the same; return the data."""
        told = [data(self[account].told()) for account in who if self._are(account, names)]
        assert all(each == told[0] for each in told)
        return told[0]

    def _are(self, account: str, names: tuple[str, ...]) -> bool:
        member = self[account]
        frames = member.told()
        assert tuple(frame["event"] for frame in frames) == names, (account, frames)
        member.events.extend(frames)
        return True

    def silent(self) -> None:
        """Expect nobody to have been told anything."""
        for account, each in self.people.items():
            assert each.names_told() == [], account

    def refused(self, code: int, method: str, *who: str, **params: object) -> None:
        """Expect the method to be refused to each of these people, and nobody to be told of it."""
        for account in who:
            self[account].refused(code, method, **params)
        self.silent()


@pytest.fixture
def meeting(caller: Caller, member: Join) -> Meeting:
    return Meeting(caller, member)
