"""What happens to members: they come and go, and change."""

from conclave.domain.facts.base import Departure, Fact, MemberSnapshot


class MemberEntered(Fact, frozen=True):
    """Somebody who was not a member came in."""

    members: list[MemberSnapshot]
    member_count: int


class MemberLeft(Fact, frozen=True):
    """Members went: of their own will, put out, or lost."""

    members: list[MemberSnapshot]
    how: Departure
    reason: str
    member_count: int
    by_server: bool


class MemberMoved(Fact, frozen=True):
    """A member came through another node than the one that answered for his presence: that is ``node``'s from now on.

    It is written where the other one may be there still, which ends the place that it kept for him.
    """

    account: str
    device: str
    node: str


class MemberUpdated(Fact, frozen=True):
    """Role, name card, custom info, attributes or profile of a member changed; ``changed`` names which."""

    member: MemberSnapshot
    changed: list[str]


class MembersMarked(Fact, frozen=True):
    """Marks were set on, or taken from, members."""

    members: list[MemberSnapshot]


class MembersBanned(Fact, frozen=True):
    """Accounts were barred until a moment (ms)."""

    accounts: list[str]
    until: int
    reason: str


class MembersUnbanned(Fact, frozen=True):
    """Bans were lifted."""

    accounts: list[str]


class RobotAdded(Fact, frozen=True):
    """A stand-in member was put into the room."""

    members: list[MemberSnapshot]
    member_count: int


class RobotRemoved(Fact, frozen=True):
    """A stand-in member was taken out."""

    members: list[MemberSnapshot]
    member_count: int
