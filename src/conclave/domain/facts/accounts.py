"""What concerns an account or an application, and no room."""

from conclave.domain.facts.base import Fact


class AccountKicked(Fact, frozen=True):
    """An account was logged out: UserSigs made up to ``second`` do not log in any more [G14b]."""

    account: str
    second: int


class AccountDeleted(Fact, frozen=True):
    """An account was deleted; that it left its rooms stands in their own facts."""

    account: str


class CallbacksConfigured(Fact, frozen=True):
    """What callbacks are sent from here on [C10]; ``is_removed``: those that wait are dropped."""

    version: int
    commands: list[str]
    room_type: str
    is_removed: bool
