"""Who asks for what: the one argument that every rule takes first."""

from typing import Final

import msgspec

from conclave.domain.applications import Application
from conclave.store.statements import Transaction

SYSTEM = "@TIM#SYSTEM"
REST: Final = "RESTAPI"
"""The platform of whatever is asked for over REST."""


def is_rest(platform: str) -> bool:
    """Tell whether something was asked for over REST, not by a member nor by the clock."""
    return platform == REST


class Operation(msgspec.Struct, frozen=True):
    """A transaction, the application it is for, and whoever asked.

    ``operator`` is a user id, or ``SYSTEM`` for what the clock does. ``platform`` and ``client_ip`` are what the
    callbacks call OptPlatform and ClientIP; ``device`` is the one that a member asks from, ``node`` the one that
    answers for his presence.
    """

    tx: Transaction
    application: Application
    operator: str
    platform: str = "Unknown"
    client_ip: str = "127.0.0.1"
    device: str = ""
    node: str = ""

    @property
    def sdkappid(self) -> int:
        """The application's id: the first part of every key."""
        return self.application.sdkappid

    @property
    def now(self) -> int:
        """Milliseconds: the time of every fact of this operation."""
        return self.tx.now

    def is_past(self, moment: int) -> bool:
        """Tell whether a moment (ms) has come by now; 0 never does."""
        return 0 < moment <= self.now


def of_the_clock(tx: Transaction, application: Application) -> Operation:
    """Return the operation in which the clock does something, whoever's call it is that comes upon it first."""
    return Operation(tx, application, SYSTEM)
